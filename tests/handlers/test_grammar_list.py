"""`list` with its filters."""

from __future__ import annotations

from datetime import date

import pytest

from handlers.grammar import COLUMNS, House, read_command
from handlers.requests import ListLinks, ListPart, View
from models.errors import AccountUnclear, AmountUnclear, CommandUnclear, CurrencyUnknown, DateUnclear, PaylinkError
from models.money import Money
from tests.handlers.houses import GERMAN, ONE, TWO


def listed(text: str, house: House = TWO) -> ListLinks:
    request = read_command(f"list {text}", house)
    assert isinstance(request, ListLinks)
    return request


def refused(text: str, error: type[PaylinkError] = CommandUnclear, house: House = TWO) -> str:
    with pytest.raises(error) as caught:
        read_command(f"list {text}", house)
    return caught.value.for_staff()


def test_list_alone_lists_everything_newest_first() -> None:
    assert listed("") == ListLinks()


@pytest.mark.parametrize(
    ("text", "view"),
    [(view.value, view) for view in View]
    + [
        ("OUTSTANDING", View.OUTSTANDING),
        ("open", View.OUTSTANDING),
        ("paid", View.RECEIVED),
        ("part paid", View.PART_PAID),
        ("partly paid", View.PART_PAID),
        ("canceled", View.CANCELLED),
        ("view: expired", View.EXPIRED),
    ],
)
def test_views_are_called_as_people_call_them(text: str, view: View) -> None:
    assert listed(text) == ListLinks(view)


def test_every_filter_is_understood() -> None:
    assert listed(
        "outstanding page 3 for Jane Doe invoice INV-10 account trust from 1 Nov to today over 100 under 1,000.00 EUR "
        "email jane@ reference pl-7f by Sam Okafor due from 1 Dec due to 31 Dec "
        "sort amount desc columns reference, client, amount"
    ) == ListLinks(
        View.OUTSTANDING,
        page=3,
        name="Jane Doe",
        invoice="INV-10",
        account="trust",
        made_from=date(2026, 11, 1),
        made_to=date(2026, 11, 23),
        over=Money(10_000, "USD"),
        under=Money(100_000, "EUR"),
        email="jane@",
        reference="PL-7F",
        made_by="Sam Okafor",
        due_from=date(2026, 12, 1),
        due_to=date(2026, 12, 31),
        sort="amount",
        descending=True,
        columns=("reference", "client", "amount"),
    )


def test_filters_may_stand_on_lines_of_their_own() -> None:
    assert listed("\nview: paid\nclient: Jane\npage: 2") == listed("paid for Jane page 2")


def test_days_of_a_list_lie_in_the_past() -> None:
    asked = listed("from 1 Dec to friday")
    assert (asked.made_from, asked.made_to) == (date(2025, 12, 1), date(2026, 11, 20))
    assert listed("from 30 days ago").made_from == date(2026, 10, 24)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("friday", date(2026, 11, 27)),
        ("1 Nov", date(2026, 11, 1)),
        ("1 Dec", date(2026, 12, 1)),
        ("5 June", date(2026, 6, 5)),
        ("5 May", date(2027, 5, 5)),
        ("30 days ago", date(2026, 10, 24)),
        ("2027-02-03", date(2027, 2, 3)),
    ],
)
def test_a_due_date_without_its_year_is_the_nearest_one(text: str, day: date) -> None:
    assert listed(f"due from {text}").due_from == day
    assert listed(f"due-to: {text}").due_to == day


@pytest.mark.parametrize(
    ("text", "sort", "columns"),
    [
        ("sort due from 1 Nov", "due", ()),
        ("sort by due from 1 Nov", "due", ()),
        ("sort by by from 1 Nov", "by", ()),
        ("columns due from 1 Nov", "created", ("due",)),
        ("columns client, due from 1 Nov", "created", ("client", "due")),
    ],
)
def test_due_as_a_column_is_no_filter(text: str, sort: str, columns: tuple[str, ...]) -> None:
    asked = listed(text)
    assert (asked.sort, asked.columns, asked.made_from, asked.due_from) == (sort, columns, date(2026, 11, 1), None)


@pytest.mark.parametrize(
    ("text", "page"),
    [("0", 1), ("-1", 1), ("−7", 1), ("+2", 2), ("1000000000", 10**9), ("9" * 100, 10**9), ("2", 2)],
)
def test_b18_a_page_that_cannot_be_is_the_nearest(text: str, page: int) -> None:
    assert listed(f"page {text}").page == page


@pytest.mark.parametrize("text", ["unpayed", "nonsense", "outstanding nonsense", "jane@acme.com"])
def test_b18_a_bad_filter_shows_the_filters(text: str) -> None:
    said = refused(text)
    assert "is no filter" in said
    assert "The views are all, outstanding, received" in said


def test_b18_a_misspelled_filter_is_guessed_at() -> None:
    assert "Did you mean `outstanding`?" in refused("outstnading")
    assert "Did you mean `invoice`?" in refused("invocie 7")


@pytest.mark.parametrize(
    ("text", "column", "descending"),
    [
        ("sort amount", "amount", False),
        ("sort by amount desc", "amount", True),
        ("sort due ascending", "due", False),
        ("sort created", "created", True),
        ("sort created asc", "created", False),
        ("sort invoice desc", "invoice", True),
        ("sort account", "account", False),
        ("sort by desc", "by", True),
        ("sort by by", "by", False),
        ("sort: Client", "client", False),
    ],
)
def test_a_list_is_sorted_by_one_column(text: str, column: str, descending: bool) -> None:
    """(F52)"""
    asked = listed(text)
    assert (asked.sort, asked.descending) == (column, descending)


def test_columns_may_be_called_as_keywords_are() -> None:
    """(F50, F51)"""
    assert listed(f"columns {', '.join(COLUMNS)}").columns == COLUMNS
    asked = listed("columns reference, invoice, account invoice 7 account trust")
    assert asked.columns == ("reference", "invoice", "account")
    assert (asked.invoice, asked.account) == ("7", "trust")
    assert listed("columns account").columns == ("account",)
    assert listed("columns: client amount, client").columns == ("client", "amount")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("sort colour", "“colour” is no column. The columns are reference, created, client"),
        ("columns client, colour", "“colour” is no column"),
        ("sort amount sideways", "Write `asc` or `desc`"),
        ("sort amount asc desc", "Write `asc` or `desc`"),
        ("sort", "`sort` has no value"),
        ("columns", "`columns` has no value"),
        ("page two", "“two” is no page number"),
        ("page 2 3", "“2 3” is no page number"),
        ("page", "`page` has no value"),
        ("over", "`over` has no value"),
        ("over 100 under", "`under` has no value"),
        ("over 100 unter 200", "“unter” is not understood. Did you mean `under`?"),
        ("over 100 whatsoever", "“whatsoever” is not understood. The form is"),
        ("paid view: open", "view is given twice"),
        ("for Jane for Bob", "`for` is given twice"),
        ("due from 2 Dec due to 1 Dec", "`due from` 2026-12-02 is after `due to` 2026-12-01"),
        ("due from", "`due-from` has no value"),
        ("by", "`by` has no value"),
        (f"email {'x' * 255}", "Email too long"),
        ("from today to 1 Nov", "`from` 2026-11-23 is after `to` 2026-11-01"),
        ("over 100 under 100", "Nothing is over 100.00 and under 100.00"),
        ("paid\nThanks", "Line 2, “Thanks”, is not understood"),
    ],
)
def test_an_unclear_filter_is_named(text: str, why: str) -> None:
    assert why in refused(text)


def test_values_of_filters_are_judged_as_anywhere() -> None:
    assert "no such date" in refused("from tomorow", DateUnclear)
    assert "not a number" in refused("over abc", AmountUnclear)
    assert "Unknown currency XYZ" in refused("over 100 XYZ", CurrencyUnknown)
    assert "one of: operating." in refused("account trust", AccountUnclear, ONE)


def test_a_filters_amount_is_not_held_to_what_stripe_charges() -> None:
    asked = listed("over 0 under 0.10")
    assert (asked.over, asked.under) == (Money(0, "USD"), Money(10, "USD"))
    assert listed("over 1.000 account kanzlei", GERMAN).over == Money(100_000, "EUR")
    assert listed("over 100 USD under 5 EUR").under == Money(500, "EUR")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", set()),
        ("page 2", set()),
        ("outstanding", {ListPart.FILTERS}),
        ("all", {ListPart.FILTERS}),
        ("for Jane", {ListPart.FILTERS}),
        ("sort amount columns due", {ListPart.SORT, ListPart.COLUMNS}),
        ("all page 1", None),
        ("for Jane page 2", None),
        ("default", None),
    ],
)
def test_f54_a_list_knows_which_parts_of_it_were_put_into_words(text: str, said: set[ListPart] | None) -> None:
    """(F54) The others are as its asker keeps them; a page of a list that is told in words stands as it is."""
    assert listed(text).said == said


def test_f54_list_default_stands_by_itself() -> None:
    """(F54)"""
    assert listed("default") == ListLinks(default=True)
    assert "stands by itself" in refused("default sort amount")
