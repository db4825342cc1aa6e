"""Texts, addresses and dates in a typed command (B11-B20)."""

from __future__ import annotations

from datetime import date

import pytest

from models.errors import (
    AddressUnclear,
    CardNumberSeen,
    CommandUnclear,
    DateUnclear,
)
from tests.handlers.create_words import create, refused
from tests.handlers.houses import GERMAN


@pytest.mark.parametrize(
    "typed",
    [
        '"Payment for May, due now"',
        "“Payment for May, due now”",
        "„Payment for May, due now“",
        '”Payment for May, due now"',
    ],
)
def test_b11_quotes_straight_or_curly_protect_keywords(typed: str) -> None:
    assert create(f"100 message {typed} for Jane").message == "Payment for May, due now"
    assert create(f"100 message:{typed} for:Jane").payer_name == "Jane"


@pytest.mark.parametrize("text", ['100 for "Jane Doe', "100 for “Jane Doe invoice 7", '100 message "a"b', '100 for "'])
def test_b11_a_quote_that_is_not_closed_is_shown(text: str) -> None:
    assert "quote is not closed at" in refused(f"create {text}", CommandUnclear)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("O'Brien & Sons", "O'Brien & Sons"),
        ("O’Brien", "O’Brien"),
        ("'Jane'", "'Jane'"),
        ('Jane "JJ" Doe', 'Jane "JJ" Doe'),
        ('"Jane ""JJ"" Doe"', 'Jane "JJ" Doe'),
        ('"say 5"x"', 'say 5"x'),
        ('"Doe, Jane",', "Doe, Jane"),
        ("Doe, Jane,", "Doe, Jane"),
        ('Pipes 5" Ltd', 'Pipes 5" Ltd'),
        ("山田 太郎", "山田 太郎"),
    ],
)
def test_names_are_taken_as_they_are(typed: str, name: str) -> None:
    assert create(f"100 for {typed} invoice 7").payer_name == name


@pytest.mark.parametrize(
    ("text", "key"), [("for Jane for Bob", "for"), ("invoice 1 invoice: 2", "invoice"), ("again again", "again")]
)
def test_a_keyword_given_twice_is_refused_by_name(text: str, key: str) -> None:
    assert f"`{key}` is given twice" in refused(f"create 100 {text}", CommandUnclear)


@pytest.mark.parametrize("key", ["for", "invoice", "due", "account", "message", "expires", "partial min"])
def test_a_keyword_without_a_value_is_refused_with_an_example(key: str) -> None:
    assert f"`{key}` has no value. Write it as `{key} " in refused(f"create 100 {key}", CommandUnclear)
    assert f"`{key}` has no value" in refused(f'create 100 {key} ""', CommandUnclear)


def test_b15_texts_have_their_lengths() -> None:
    assert len(create(f"100 message {'x' * 500}").message) == 500
    assert (
        refused(f"create 100 message {'x' * 501}", CommandUnclear)
        == "Message too long (max 500): it has 501 characters."
    )
    assert "Message too long (max 500)" in refused(f"create 100 message {'🎉' * 2000}", CommandUnclear)
    assert "Message too long (max 500): the whole command has 4500" in refused("create 1 " + "x" * 4491, CommandUnclear)
    assert "Client name too long (max 200)" in refused(f"create 100 for {'x' * 201}", CommandUnclear)
    assert "Invoice number too long (max 60)" in refused(f"create 100 invoice {'x' * 61}", CommandUnclear)


def test_b15_control_characters_are_taken_out_with_a_notice() -> None:
    asked = create("100 for Jane\u202e Doe\x00 message Hi\x07")
    assert (asked.payer_name, asked.message) == ("Jane Doe", "Hi")
    assert asked.removed == "Control characters were taken out of the text: U+0000, U+0007, U+202E."
    assert create("100").removed == ""


@pytest.mark.parametrize(
    "name", ["<!channel>", "<@U1>", "```", "<http://x|y>", "<https://acme.com|https://evil.com>", "&lt;b>"]
)
def test_b16_markup_in_a_name_stays_as_it_is(name: str) -> None:
    assert create(f"100 for {name}").payer_name == name.replace("&lt;", "<")


@pytest.mark.parametrize(
    ("wrapped", "read"),
    [
        ("<http://acme.com|acme.com>", "acme.com"),
        ("<https://acme.com/>", "https://acme.com/"),
        ("<https://acme.com/x|https://acme.com/x>", "https://acme.com/x"),
        ("<@U1|noor>", "@noor"),
        ("<#C1|billing>", "#billing"),
        ("<tel:+14155552671|+1 415-555-2671>", "+1 415-555-2671"),
        ("<tel:5552671>", "5552671"),
        ("Smith &amp; Co", "Smith & Co"),
        ("&lt;&amp;lt;&gt;", "<&lt;>"),
    ],
)
def test_slacks_wrappings_are_taken_off(wrapped: str, read: str) -> None:
    assert create(f"100 for {wrapped}").payer_name == read


@pytest.mark.parametrize(
    "text",
    [
        "100 message my card is 4242 4242 4242 4242",
        "100 for 4242-4242-4242-4242",
        "4242424242424242",
        "100 message <tel:4242424242424242|4242424242424242>",
        "100\ninvoice: 4242 4242 4242 4242",
    ],
)
def test_b20_a_card_number_is_refused_and_not_repeated(text: str) -> None:
    """(T21)"""
    said = refused(f"create {text}", CardNumberSeen)
    assert "4242" not in said


def test_b20_a_long_invoice_number_is_no_card_number() -> None:
    assert create("100 invoice 4242424242424241").invoice_number == "4242424242424241"


# ── addresses ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "typed",
    [
        "jane@acme.com bob@acme.com",
        "jane@acme.com, bob@acme.com",
        "jane@acme.com;bob@acme.com",
        "<mailto:jane@acme.com|jane@acme.com> <mailto:bob@acme.com|bob@acme.com>",
        "<mailto:jane@acme.com>, <bob@acme.com>",
        "to jane@acme.com, JANE@ACME.COM, bob@acme.com",
        "for Jane jane@acme.com invoice 7 bob@acme.com",
        "link-only jane@acme.com again bob@acme.com",
        "email: jane@acme.com bob@acme.com",
    ],
)
def test_addresses_may_stand_anywhere_but_in_the_message(typed: str) -> None:
    """(F20)"""
    assert create(f"100 {typed}").emails == ("jane@acme.com", "bob@acme.com")


def test_an_address_in_a_message_or_in_quotes_is_text() -> None:
    asked = create('100 message Questions? pay@firm.com for "sales@acme Inc"')
    assert (asked.emails, asked.message, asked.payer_name) == ((), "Questions? pay@firm.com", "sales@acme Inc")


@pytest.mark.parametrize("typed", ["a@b", "a b@c", "@jane", "jane@", "email: jane", "for Jane a@b"])
def test_b13_what_is_no_address_is_named(typed: str) -> None:
    """(F20)"""
    said = refused(f"create 100 {typed}", AddressUnclear)
    assert "is not an e-mail address. Write it as jane@example.com" in said


def test_b13_a_bad_address_does_not_stop_the_good_ones() -> None:
    """(F20)"""
    asked = create("100 a@b jane@acme.com, c@d")
    assert asked.emails == ("jane@acme.com",)
    assert asked.bad_emails == ("a@b", "c@d")
    assert "“a@b”, “c@d” are not e-mail addresses" in refused("create 100 a@b c@d", AddressUnclear)


def test_a_wrapping_that_hides_another_address_is_not_believed() -> None:
    said = refused("create 100 <mailto:evil@x.com|jane@acme.com>", AddressUnclear)
    assert "evil@x.com" in said
    assert "jane@acme.com" in said


# ── dates ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("due 31.02.", "no such date"),
        ("due 2026-11-22", "due date 2026-11-22 is in the past"),
        ("due yesterday", "in the past"),
        ("due tomorow", "no such date"),
        ("due 01/02/26", "write 2026-01-02 or 2026-02-01"),
        ("expires yesterday", "last day 2026-11-22 is in the past"),
        ("expires +367d", "366 days at most: write 2027-11-24"),
    ],
)
def test_b14_an_impossible_date_is_refused_with_the_right_form(text: str, why: str) -> None:
    assert why in refused(f"create 100 {text}", DateUnclear)


def test_dates_run_from_today_to_a_years_time() -> None:
    asked = create("100 due today expires +366d")
    assert (asked.due_on, asked.expires_on) == (date(2026, 11, 23), date(2027, 11, 24))
    assert create("100 due 15. Dezember, for Jane", GERMAN).due_on == date(2026, 12, 15)
