"""A firm with one account, and its desk."""

from __future__ import annotations

import pytest

from handlers.desk import Desk
from tests.cast import ONE_ACCOUNT_FIRM, Surroundings


@pytest.fixture
def around() -> Surroundings:
    return Surroundings(firm=ONE_ACCOUNT_FIRM)


@pytest.fixture
def desk(around: Surroundings) -> Desk:
    return Desk(around.ports)
