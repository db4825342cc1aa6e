"""What admins type about accounts, people and channels: understood, or answered with the right form."""

from __future__ import annotations

import pytest

from handlers.grammar import read_command
from handlers.requests import MapChannels, PartialRule, RouteNews, ShowQuarantine
from models.errors import PaylinkError
from models.money import Money
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
        ("accounts partial trust", "is not understood. Write"),
        ("accounts partial trust perhaps", "is not understood. Write"),
        ("accounts channels trust #money", "“#money” names no channel: type # and choose it from Slack's list."),
        ("notifications loud", "“loud” is no event. The events are: created, sent"),
        ("notifications payed <#C0MONEY1>", "Did you mean `paid`?"),
        ("notifications paid", "is not understood. Write"),
        ("notifications paid money", "is not understood. Write"),
        ("notifications paid <#C0MONEY1> <#C0MONEY2>", "is not understood. Write"),
        ("notifications paid account <#C0MONEY1>", "is not understood. Write"),
        ("notifications paid from <#C0MONEY1>", "is not understood. Write"),
        ("notifications paid from plenty 3 <#C0MONEY1>", "“plenty” is no amount. Write it as `notifications paid from"),
        ("notifications paid <#money>", "“<#money>” names no channel"),
        ("notifications paid account savings <#C0MONEY1>", "There is no account “savings” here."),
        ("quarantine everything", "Write `quarantine` or `quarantine page 2`."),
        ("quarantine page 0", "Write `quarantine` or `quarantine page 2`."),
        ("quarantine page ٣", "Write `quarantine` or `quarantine page 2`."),
    ],
)
def test_what_is_unclear_is_answered_with_the_right_form(text: str, words: str) -> None:
    with pytest.raises(PaylinkError) as unclear:
        read_command(text, TWO)
    assert words in unclear.value.for_staff()


def test_a_person_is_taken_off_by_mention() -> None:
    assert read_command("users remove <@U0SAM|sam>", TWO) == read_command("users remove <@U0SAM>", TWO)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("quarantine", ShowQuarantine()),
        ("quarantine page 12", ShowQuarantine(12)),
        ("accounts channels trust <#C0A1|a>, <#C0B2|b>", MapChannels("trust", frozenset({"C0A1", "C0B2"}))),
        ("accounts channels trust all", MapChannels("trust", frozenset(), everywhere=True)),
        ("accounts channel trust none", MapChannels("trust", frozenset())),
        ("accounts partial trust usual", PartialRule("trust", allowed=None)),
        ("notifications <#C0A1|a>", RouteNews("all", "C0A1")),
        ("notifications off", RouteNews("all", "", off=True)),
        ("notifications paid off", RouteNews("paid", "", off=True)),
        ("notifications Part_Paid <@U0SAM|sam>", RouteNews("part-paid", "U0SAM")),
        ("notifications late-money <#C0A1> off", RouteNews("late-money", "C0A1", off=True)),
        (
            "notifications paid account trust from $1,000 <#C0A1|a>",
            RouteNews("paid", "C0A1", "trust", Money(100_000, "USD")),
        ),
        ("notifications paid: over 50 EUR, <#C0A1|a>", RouteNews("paid", "C0A1", "", Money(5_000, "EUR"))),
    ],
)
def test_what_an_admin_says_is_understood(text: str, asked: object) -> None:
    assert read_command(text, TWO) == asked
