"""What is believed of the people Slack tells us about."""

from __future__ import annotations

from typing import Any

import pytest

from bot.slack.directory import member_of


@pytest.mark.parametrize(
    ("said", "email"),
    [
        ({}, "noor@harborfinch.example"),
        ({"is_email_confirmed": True}, "noor@harborfinch.example"),
        ({"is_email_confirmed": False}, ""),
    ],
)
def test_an_address_that_nobody_has_confirmed_is_nobodys(said: dict[str, Any], email: str) -> None:
    """PAYLINK_ADMINS names people by address, so whoever could claim one would be an admin."""
    user = {"id": "U0EVE", "team_id": "T0HARBOR", "profile": {"email": "noor@harborfinch.example"}, **said}
    assert member_of(user, "T0HARBOR").email == email
