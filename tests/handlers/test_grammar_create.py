"""`create` as people type it, in Slack and by mail, and what they read where it is unclear."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from handlers.firm import Account
from handlers.grammar import read_command
from handlers.requests import CreateLink
from models.errors import (
    AccountUnclear,
    AmountUnclear,
    CommandUnclear,
    CurrencyUnknown,
    DateUnclear,
)
from models.money import Money
from tests.handlers.create_words import create, refused
from tests.handlers.houses import GERMAN, NONE_OPEN, ONE, TRUST_FIRST, TWO


def test_one_line_makes_a_link() -> None:
    """(F11)"""
    assert create("1250 jane@acme.com for Jane Doe invoice 1042") == CreateLink(
        Money(125_000, "USD"), "operating", emails=("jane@acme.com",), payer_name="Jane Doe", invoice_number="1042"
    )


def test_every_keyword_is_understood() -> None:
    everything = create(
        "1,250.00 EUR jane@acme.com bob@acme.com for Jane Doe invoice INV-1042/b due 15 Dec account Operating "
        "message Thank you, it was a pleasure. partial min 100 expires +30d link-only again"
    )
    assert everything == CreateLink(
        amount=Money(125_000, "EUR"),
        account="operating",
        emails=("jane@acme.com", "bob@acme.com"),
        payer_name="Jane Doe",
        invoice_number="INV-1042/b",
        due_on=date(2026, 12, 15),
        message="Thank you, it was a pleasure.",
        partial=True,
        partial_minimum=Money(10_000, "EUR"),
        expires_on=date(2026, 12, 23),
        link_only=True,
        again=True,
    )


def test_keywords_may_come_in_any_order_and_case() -> None:
    assert create("INVOICE 7 Again FOR Jane LINK-ONLY amount:100") == create("100 for Jane invoice 7 link-only again")


@pytest.mark.parametrize("text", ["100 for:Jane invoice:7", "100 for: Jane invoice: 7", "100 For : Jane\ninvoice: 7"])
def test_a_keyword_with_a_colon_means_the_same(text: str) -> None:
    assert create(text) == create("100 for Jane invoice 7")


def test_a_keyword_may_be_followed_by_any_kind_of_blank() -> None:
    assert create("100 for\u00a0Jane invoice\u20097") == create("100 for Jane invoice 7")


def test_a_message_may_hold_words_that_name_fields_elsewhere() -> None:
    asked = create("100 message Reply to: pay@firm.com, name: Jane, amount: as agreed invoice 7")
    assert asked.message == "Reply to: pay@firm.com, name: Jane, amount: as agreed"
    assert (asked.emails, asked.invoice_number) == ((), "7")
    assert create("100 message Hi\nto: jane@acme.com").emails == ("jane@acme.com",)


def test_letters_that_only_look_like_a_keywords_are_text() -> None:
    assert create("100 for meſsage link‐only").payer_name == "meſsage link‐only"


def test_further_lines_hold_pairs_named_as_the_form_and_the_file_name_them() -> None:
    mailed = create(
        "\n\nAmount: 1,250.00\nCurrency: EUR\nE-mail: jane@acme.com, bob@acme.com\nClient name: Jane Doe\n"
        "invoice_number: 1042\nDue date: 2026-12-15\nAccount: operating\nCustom message: Thank you.\n"
        "partial: yes\nmin: 100\nlink-only: no\n"
    )
    assert mailed == create(
        "1250 EUR jane@acme.com bob@acme.com for Jane Doe invoice 1042 due 2026-12-15 message Thank you. "
        "partial min 100"
    )


def test_a_further_line_that_is_no_pair_is_refused_by_its_number() -> None:
    said = refused("create 100 for Jane\n\nThanks, Bob", CommandUnclear)
    assert "Line 3, “Thanks, Bob”, is not understood" in said
    assert "`invoice: 1042`" in said
    assert "Did you mean `invoice:`?" in refused("create 100\ninvocie: 7", CommandUnclear)


def test_a_message_in_quotes_may_have_several_lines() -> None:
    asked = create('100 message "Dear Jane,\n\nplease pay." \nagain: yes')
    assert asked.message == "Dear Jane,\n\nplease pay."
    assert asked.again
    assert "Line 5" in refused('create 100 message "a\n\nb"\nagain\nBob', CommandUnclear)


# ── amounts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1250", Money(125_000, "USD")),
        ("$1,250.00", Money(125_000, "USD")),
        ("1250 EUR", Money(125_000, "EUR")),
        ("EUR 1250", Money(125_000, "EUR")),
        ("1250eur", Money(125_000, "EUR")),
        ("EUR1250", Money(125_000, "EUR")),
        ("€ 1250", Money(125_000, "EUR")),
        ("£1250", Money(125_000, "GBP")),
        ("$1250 USD", Money(125_000, "USD")),
        ("500 jpy", Money(500, "JPY")),
        ('"1250"', Money(125_000, "USD")),
    ],
)
def test_an_amount_may_name_its_currency(text: str, amount: Money) -> None:
    assert create(f"{text} jane@acme.com").amount == amount
    assert create(f"jane@acme.com, {text}").amount == amount
    assert create(f"{text}, jane@acme.com").amount == amount


def test_without_a_currency_it_is_the_accounts() -> None:
    euros = Account("europe", "Europe", "operating", "EUR")
    house = replace(TWO, accounts={**TWO.accounts, "europe": euros})
    assert create("100 account europe", house).amount == Money(10_000, "EUR")
    assert create("100 account trust", house).amount == Money(10_000, "USD")


def test_amounts_follow_the_firms_number_format() -> None:
    """(B08)"""
    assert create("€1.250,00", GERMAN).amount == Money(125_000, "EUR")
    assert create("1.250", GERMAN).amount == Money(125_000, "EUR")
    assert create("1250.00", GERMAN).amount == Money(125_000, "EUR")
    assert "write 1250.00" in refused("create 1.250,00", AmountUnclear)


@pytest.mark.parametrize("text", ["abc", "NaN", "Infinity", "1e5", "0x10", "1_000", "eur", "amount: abc"])
def test_b03_b05_what_is_no_amount_is_named(text: str) -> None:
    assert "amount is missing or not a number" in refused(f"create {text}", AmountUnclear)


@pytest.mark.parametrize("text", ["", "for Jane", "jane@acme.com", "to jane@acme.com", "amount:"])
def test_b03_a_missing_amount_is_asked_for_with_the_form_of_the_command(text: str) -> None:
    said = refused(f"create {text}", AmountUnclear)
    assert said.startswith("The amount is missing. The form is: `create 1250 jane@acme.com")


@pytest.mark.parametrize("text", ["0", "-5", "+5", "5-", "USD -5"])
def test_b04_an_amount_is_more_than_nothing(text: str) -> None:
    assert "must be more than 0" in refused(f"create {text}", AmountUnclear)


@pytest.mark.parametrize("text", ["１２", "٣", "½", "−5", "1\u200b250"])
def test_b06_only_plain_digits_are_digits(text: str) -> None:
    assert "digits 0-9" in refused(f"create {text}", AmountUnclear)


def test_b07_digits_that_a_currency_lacks_are_refused() -> None:
    assert "USD has 2 decimals" in refused("create 1.999 USD", AmountUnclear)
    assert "JPY has no decimals" in refused("create 100.5 JPY", AmountUnclear)


def test_b08_an_unclear_amount_is_shown_in_a_clear_form() -> None:
    assert create("1,000.00").amount == Money(100_000, "USD")
    assert "ambiguous: write 1000.00" in refused("create 1.000,00", AmountUnclear)
    assert "ambiguous: write 1.00" in refused("create 1,00", AmountUnclear)


def test_b09_limits_are_named() -> None:
    assert "above the limit of $999,999.99" in refused(f"create {'9' * 40}", AmountUnclear)
    assert "minimum is $0.50" in refused("create 0.49", AmountUnclear)


def test_b10_currencies_are_known_and_given_once() -> None:
    assert "Unknown currency XYZ" in refused("create 100 XYZ", CurrencyUnknown)
    assert "given twice: usd and usd" in refused("create 100 usd usd", CommandUnclear)
    assert "given twice" in refused("create 100 usd currency: EUR", CommandUnclear)
    assert "amount is given twice" in refused("create 100 amount: 200", CommandUnclear)


def test_a_word_that_belongs_nowhere_is_named_with_the_keyword_that_may_be_meant() -> None:
    assert "“fro” is not understood. Did you mean `for`?" in refused("create 1250 fro Jane", CommandUnclear)
    said = refused("create 1250 Jane Doe", CommandUnclear)
    assert "A name needs the word `for`" in said
    assert "`create 1250 jane@acme.com for Jane Doe invoice 1042`" in said


# ── partial payment and flags ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text", ["partial min 20", "partial-min 20", "partial: min 20", "partial min: $20.00", "min: 20 USD"]
)
def test_the_least_part_may_be_named(text: str) -> None:
    """(F4)"""
    asked = create(f"100 {text}")
    assert asked.partial
    assert asked.partial_minimum == Money(2000, "USD")


def test_a_part_of_any_size_may_be_allowed() -> None:
    """(F4)"""
    asked = create("100 partial")
    assert asked.partial
    assert asked.partial_minimum is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("partial min 100", "must be from $0.50 to $99.50"),
        ("partial min 99.51", "must be from $0.50 to $99.50"),
        ("partial min 20 EUR", "in EUR but the amount in USD"),
        ("partial min 0.10", "minimum is $0.50"),
        ("partial min abc", "missing or not a number"),
    ],
)
def test_the_least_part_fits_the_amount(text: str, why: str) -> None:
    assert why in refused(f"create 100 {text}", AmountUnclear)


@pytest.mark.parametrize("text", ["link-only", "linkonly", "link only", "LINK ONLY", "link_only", "link-only: yes"])
def test_link_only_may_be_written_in_several_ways(text: str) -> None:
    """(F22)"""
    assert create(f"100 jane@acme.com {text}").link_only


@pytest.mark.parametrize("text", ["100", "100 for Jane Doe", "100 expires +30d"])
def test_a_command_that_says_nothing_of_parts_leaves_it_to_the_account(text: str) -> None:
    """(F4)"""
    assert create(text).partial is None


@pytest.mark.parametrize("text", ["100 partial: no", "100\npartial: off", "100 partial: false for Jane"])
def test_part_payment_can_be_refused_in_a_word(text: str) -> None:
    """(F4)"""
    assert create(text).partial is False


@pytest.mark.parametrize("text", ["0.99 partial", "0.60 partial min 0.50", "50 JPY partial", "0.50 partial: yes"])
def test_an_amount_too_small_for_two_payments_is_not_offered_in_parts(text: str) -> None:
    """(M08) What the first one leaves could never be paid."""
    assert "a part, and what it leaves, must each be at least" in refused(f"create {text}", AmountUnclear)


@pytest.mark.parametrize("text", ["partial 20", "again maybe", "link-only please", "again: perhaps not"])
def test_a_keyword_that_stands_by_itself_takes_no_value(text: str) -> None:
    assert "stands by itself" in refused(f"create 100 {text}", CommandUnclear)


# ── accounts ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_f12_the_account_is_asked_for_where_there_are_several() -> None:
    said = refused("create 1250 jane@acme.com", AccountUnclear, TWO)
    assert "`create 1250 jane@acme.com account operating` or `create 1250 jane@acme.com account trust`" in said
    for shown in said.split("`")[1::2]:
        assert isinstance(read_command(shown, TWO), CreateLink)


def test_f12_a_command_of_several_lines_gets_one_more() -> None:
    assert "Add a line to the command: `account: operating`" in refused("create 1250\nfor: Jane", AccountUnclear, TWO)


def test_f12_other_faults_come_first() -> None:
    assert "abc" in refused("create abc", AmountUnclear, TWO)
    assert "tomorow" in refused("create 100 due tomorow", DateUnclear, TWO)


def test_the_usual_account_need_not_be_named() -> None:
    assert create("100", TRUST_FIRST).account == "trust"
    assert create("100 account operating", TRUST_FIRST).account == "operating"
    assert create("100 account Harbor & Finch Operating", TRUST_FIRST).account == "operating"
    assert create("100 account trust", replace(TWO, default_account="closed")).account == "trust"


def test_b12_only_the_accounts_open_here_are_listed() -> None:
    assert "no account “savings” here. Write `account` and one of: operating, trust" in refused(
        "create 100 account savings", AccountUnclear, TWO
    )
    said = refused("create 100 account trust", AccountUnclear, ONE)
    assert said.endswith("one of: operating.")


def test_without_any_account_there_is_nothing_to_choose() -> None:
    assert "No merchant account is open here" in refused("create 100", AccountUnclear, NONE_OPEN)
    assert "No merchant account is open here" in refused("create 100 account trust", AccountUnclear, NONE_OPEN)
