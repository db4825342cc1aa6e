"""A link drafted from what people wrote to each other: what is certain is taken, what may mean two things is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.grammar.draft import Draft, read_draft
from handlers.grammar.house import House
from models.plain_text import INVOICE_MAX, NAME_MAX
from tests.cast import FIRM, ONE_ACCOUNT_FIRM, OPERATING, TRUST

TODAY = date(2026, 11, 23)
ONE = House(TODAY, ONE_ACCOUNT_FIRM, ONE_ACCOUNT_FIRM.accounts)
DOLLARS_TWICE = House(TODAY, FIRM, {"operating": OPERATING, "toronto": replace(TRUST, key="toronto", currency="CAD")})
JANE = "<mailto:jane@acme.example|jane@acme.example>"


def drafted(text: str, house: House = ONE, said_on: date = TODAY) -> Draft:
    return read_draft(text, house, said_on)


def test_a_message_that_says_all_drafts_all() -> None:
    """(X1)"""
    text = f"Please bill *Jane Doe* $1,250.00 for invoice 1042, due 15 Dec. Her address is {JANE}."
    assert drafted(text) == Draft("1,250.00", "USD", "Jane Doe", "jane@acme.example", "1042", date(2026, 12, 15))


def test_a_form_that_somebody_typed_is_read_by_its_labels() -> None:
    text = "amount: 900\nclient: Müller &amp; Söhne GmbH\ninvoice no: 2026/77\ndue: 2026-12-24\nmail: b@mueller.example"
    assert drafted(text) == Draft("900", "", "Müller & Söhne GmbH", "b@mueller.example", "2026/77", date(2026, 12, 24))


def test_a_message_with_nothing_of_the_kind_drafts_nothing() -> None:
    assert drafted("Lunch at 12? I have 3 meetings, call 555 1234, v1.2.3, 50% done, room 300k") == Draft()


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("$1,250.00", "1,250.00", "USD"),
        ("_$300_ please", "300", "USD"),
        ("300 EUR", "300", "EUR"),
        ("€300", "300", "EUR"),
        ("usd 300", "300", "USD"),
        ("she owes $100, really 100.00 USD", "100.00", "USD"),  # one sum said twice
        ("create 1250 jane@acme.example for Jane Doe", "1250", ""),
        ("amount due: 10.12", "10.12", ""),
        ("try 20 times", "", ""),  # TRY is a currency as well
        ("TRY 20 TIMES", "", ""),
        ("invoice 1042", "", ""),
        ("$300k", "", ""),
        ("$1.2 million", "", ""),
        ("$100/hour", "", ""),
        ("-$300", "", ""),
        ("200-300 USD", "", ""),
        ("$100 or 200", "", ""),
    ],
)
def test_an_amount_is_taken_as_it_stands_there_or_not_at_all(text: str, amount: str, currency: str) -> None:
    """(F13)"""
    draft = drafted(text)
    assert (draft.amount, draft.currency) == (amount, currency)


def test_of_several_amounts_none_is_guessed_and_the_form_says_so() -> None:
    """(F13)"""
    draft = drafted("either $100 or $200, or 50 EUR, or $10?")
    assert draft.amount == ""
    assert draft.hints == ("The message names several amounts ($100, $200 and 50 EUR, …): type the one that is meant.",)


@pytest.mark.parametrize("text", ["1.250,00 €", "USD 300 EUR", "$1.999", "A$300"])
def test_an_unclear_amount_is_left_blank_and_the_form_says_so(text: str) -> None:
    draft = drafted(text)
    assert draft.amount == ""
    assert draft.hints == (f"The amount “{text}” is not clear, so it was left blank.",)


def test_a_dollar_sign_where_accounts_have_several_dollars_stays_with_its_figure() -> None:
    """(F12) The account that is chosen says which; a sign that does not fit it is refused by the form."""
    draft = drafted("$300 please", DOLLARS_TWICE)
    assert (draft.amount, draft.currency) == ("$300", "")


def test_of_several_addresses_none_is_guessed() -> None:
    draft = drafted("a@b.example or c@d.example")
    assert draft.email == ""
    assert draft.hints == ("The message names several addresses (a@b.example and c@d.example).",)


def test_the_firms_own_addresses_are_nobodys_to_be_asked() -> None:
    assert drafted(f"cc {FIRM.intake_address}, to {JANE}").email == "jane@acme.example"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Jane Doe &lt;" + JANE + "&gt; owes 300 EUR", "Jane Doe"),
        ("Ask Jane Doe (jane@acme.example) for $20", "Jane Doe"),
        ("Please charge Acme Corporation, thanks", "Acme Corporation"),
        ("for Jane Doe, jane@acme.example", "Jane Doe"),
        ("for Legal Services, jane@acme.example", ""),
        ("bill Jane Doe, then charge John Roe", ""),
        ("bill jane", ""),
        ("Bill Gates <bill@ms.example> $5", "Bill Gates"),
    ],
)
def test_a_name_is_taken_where_it_is_clear(text: str, name: str) -> None:
    assert drafted(text).client == name


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("invoice 1042", "1042"),
        ("Invoice no. 2026/77.", "2026/77"),
        ("inv #15", "15"),
        ("invoice 15 Dec", ""),
        ("invoice $300", ""),
        ("invoice 300 USD", ""),
        ("invoice 2026-12-01", ""),
        ("invoices for May", ""),
        ("invoice 1042 and invoice 1043", ""),
    ],
)
def test_an_invoice_number_is_taken_where_it_is_clear(text: str, number: str) -> None:
    assert drafted(text).invoice == number


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("due 12/15/2026 please", date(2026, 12, 15)),
        ("due date: 2026-12-24", date(2026, 12, 24)),
        ("payable by December 24th, 2026", date(2026, 12, 24)),
        ("due friday", date(2026, 11, 27)),
        ("due 10/11/26", None),
        ("amount due 10.12", None),
        ("due 30/30/2026", None),
        ("we met on 24 Dec", None),
        ("due 24 Dec or due 31 Dec", None),
    ],
)
def test_a_due_date_is_taken_where_it_is_clear(text: str, due: date | None) -> None:
    assert drafted(text).due == due


def test_a_day_without_its_year_is_meant_from_the_day_it_was_said_on() -> None:
    """A message may be old: what was due on Friday is past by now, and is not moved to the next."""
    assert drafted("due friday", said_on=TODAY - timedelta(days=3)).due == date(2026, 11, 27)
    late = drafted("due friday", said_on=TODAY - timedelta(days=30))
    assert late.due is None
    assert late.hints == ("The due date 2026-10-30 is past, so it was left blank.",)


def test_nothing_is_taken_from_a_message_that_holds_a_card_number() -> None:
    """(B20)"""
    draft = drafted("Jane pays $30 with 4242 4242 4242 4242")
    assert (draft.amount, draft.client) == ("", "")
    assert "card number" in draft.hints[0]
    assert "4242" not in str(draft)


@pytest.mark.parametrize(
    "unit", ["1", "1,", "a@", "@", "$", "$1 ", "due ", "Jane ", "invoice ", "<", "*", "name: ", ". "]
)
def test_a_huge_message_is_read_in_a_moment(unit: str) -> None:
    """Slack takes 40,000 characters; nothing may grow with their square."""
    assert drafted(unit * (40_000 // len(unit))).email == ""


_SCRAPS = st.sampled_from(
    "$ € £ ¥ USD EUR usd 100 1,250.00 1.250,00 -5 0 999999999999 invoice #1042 due friday 15 Dec 12/15/2026 for bill "
    "Jane Doe jane@acme.example <mailto:a@b.example|a@b.example> &lt; name: amount: create * _ ` ~ \n ( ) , . "
    "👩‍👩‍👧 ١٢٣ \u202e".split(" ")
)
_TEXTS = st.one_of(st.text(max_size=300), st.lists(st.one_of(_SCRAPS, st.text(max_size=8)), max_size=30).map(" ".join))


@given(_TEXTS, st.sampled_from([ONE, DOLLARS_TWICE]))
def test_no_message_whatever_breaks_the_reader_and_no_amount_is_made_up(text: str, house: House) -> None:
    """(X1, F13)"""
    draft = read_draft(text, house, TODAY)
    assert draft.amount in text
    assert draft.email.split("@")[0].lower() in text.lower()
    assert draft.invoice in text
    assert len(draft.client) <= NAME_MAX
    assert len(draft.invoice) <= INVOICE_MAX
    assert draft.due is None or draft.due >= TODAY
