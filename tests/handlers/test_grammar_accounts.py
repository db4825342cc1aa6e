"""Which account is meant: looked for by a part of its name, and asked for where a firm has very many."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.firm import Account
from handlers.grammar.house import account_like
from models.errors import AccountUnclear
from tests.handlers.create_words import refused
from tests.handlers.houses import TWO

MANY = {
    key: Account(key, f"Office {key[1:]} {kind}", kind, "USD") for key, kind in (("a1", "operating"), ("a2", "trust"))
}
MANY |= {f"m{number}": Account(f"m{number}", f"Matter {number}", "trust", "USD") for number in range(1, 13)}


@pytest.mark.parametrize(("said", "key"), [("a1", "a1"), ("Office 2 trust", "a2"), (" operating ", "a1"), ("M1", "m1")])
def test_an_account_is_found_by_its_key_its_name_or_any_part_that_fits_no_other(said: str, key: str) -> None:
    assert account_like(MANY, said).key == key


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("escrow", "No account has “escrow” in its key or name. There are: a1, a2, m1, m2, m3, m4, m5, m6 and 6 more"),
        ("office", r"“office” fits 2 accounts: a1 \(Office 1 operating\), a2 \(Office 2 trust\). Write the key of one"),
    ],
)
def test_where_none_fits_or_several_do_they_are_named(said: str, words: str) -> None:
    with pytest.raises(AccountUnclear, match=words):
        account_like(MANY, said)


def test_a_firm_without_accounts_asks_its_admin() -> None:
    with pytest.raises(AccountUnclear, match="No merchant account is open here"):
        account_like({}, "operating")


def test_among_very_many_accounts_some_are_named_and_the_rest_counted() -> None:
    """(F12)"""
    house = replace(TWO, accounts=MANY)
    words = refused("create 1250 for Jane Doe", AccountUnclear, house)
    assert (
        words == "Which account is the money for? Add `account` and one of: a1, a2, m1, m2, m3, m4, m5, m6 and 6 more."
    )
