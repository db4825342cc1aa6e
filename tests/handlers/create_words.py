"""A typed create command, read or refused."""

from __future__ import annotations

import pytest

from handlers.grammar import House, read_command
from handlers.requests import CreateLink
from models.errors import (
    PaylinkError,
)
from tests.handlers.houses import ONE


def create(text: str, house: House = ONE) -> CreateLink:
    request = read_command(f"create {text}", house)
    assert isinstance(request, CreateLink)
    return request


def refused(text: str, error: type[PaylinkError], house: House = ONE) -> str:
    with pytest.raises(error) as caught:
        read_command(text, house)
    return caught.value.for_staff()
