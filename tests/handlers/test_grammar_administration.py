"""What admins type about accounts, people and channels: understood, or answered with the right form."""

from __future__ import annotations

import pytest

from handlers.grammar import read_command
from models.errors import PaylinkError
from tests.handlers.houses import TWO


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("accounts please", "is not understood. Write"),
        ("accounts partial trust min 50 plenty", "“plenty” is no amount. Write it as `accounts partial KEY min 50`."),
        ("accounts partial trust min 50 EUR", "is in USD, so its least part must be, too."),
        ("users add sam@firm.example", "As what? Write `users add sam@firm.example staff`"),
        ("users add sam@firm.example boss", "“boss” is no role: write `admin`, `staff` or `viewer`."),
        ("users remove sam", "“sam” names nobody: type @ and choose the person"),
        ("users everybody", "is not understood. Write"),
        ("notifications loud", "“loud” names no channel: type # and choose it from Slack's list."),
    ],
)
def test_what_is_unclear_is_answered_with_the_right_form(text: str, words: str) -> None:
    with pytest.raises(PaylinkError) as unclear:
        read_command(text, TWO)
    assert words in unclear.value.for_staff()


def test_a_person_is_taken_off_by_mention() -> None:
    assert read_command("users remove <@U0SAM|sam>", TWO) == read_command("users remove <@U0SAM>", TWO)
