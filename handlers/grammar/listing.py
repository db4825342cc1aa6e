"""`list [VIEW] [page N] [for NAME] [invoice NO] [account KEY] [from DATE] [to DATE] [over AMOUNT] [by NAME] …`"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from difflib import get_close_matches

from handlers.grammar.amounts import read_money
from handlers.grammar.house import House
from handlers.grammar.said import Said, sorted_out
from handlers.grammar.words import Vocabulary, Word, words_of
from handlers.requests import ListLinks, ListPart, View
from models.calendar import parse_day
from models.errors import CommandUnclear
from models.money import Money, parse_figure
from models.plain_text import INVOICE_MAX, NAME_MAX, shortened

COLUMNS = tuple("reference created client amount paid state invoice due account by email".split())
EXAMPLE = "list outstanding for Jane from 1 Nov over 100 sort amount desc"
VOCABULARY = Vocabulary(
    "page for invoice account from to over under email reference by due-from due-to sort columns".split(),
    {
        "view": "view",
        "name": "for",
        "client": "for",
        "client name": "for",
        "invoice number": "invoice",
        "ref": "reference",
        "made by": "by",
    },
)
_NAMES_AFTER = frozenset({"sort", "columns"})  # columns are called as keywords are: invoice, account
_DUE = {"due-from": "from", "due-to": "to"}
_FILTERS = frozenset("view for invoice account from to over under email reference by due-from due-to".split())
_VIEWS = {view.value: view for view in View} | {
    "open": View.OUTSTANDING,
    "unpaid": View.OUTSTANDING,
    "paid": View.RECEIVED,
    "part": View.PART_PAID,
    "partpaid": View.PART_PAID,
    "partly-paid": View.PART_PAID,
    "canceled": View.CANCELLED,
}
_DIRECTIONS = {"asc": False, "ascending": False, "desc": True, "descending": True}
EMAIL_MAX, MAKER_MAX, REFERENCE_MAX = 254, 120, 9  # characters of a filter, as the columns have them
_WEEK = timedelta(days=7)
_LAST_PAGE = 10**9  # beyond any list; the operation shows the last page there is


def read_list(text: str, house: House) -> ListLinks:
    """What follows the word `list`.

    Raises AmountUnclear, CurrencyUnknown, DateUnclear, AccountUnclear, CommandUnclear.
    """
    said = sorted_out(_parted(words_of(text, VOCABULARY)), VOCABULARY, _NAMES_AFTER)
    if said.text("").lower() == "default":
        return _default(said)
    account = house.account(said.text("account", "KEY")) if said.has("account") else None
    usual = account.currency if account else house.firm.currency
    sort, descending = _sort(said)
    asked = ListLinks(
        view=_view(said, several=len(house.accounts) > 1),
        page=_page(said),
        name=said.line("for", "Jane Doe", "Name", NAME_MAX),
        invoice=said.line("invoice", "1042", "Invoice number", INVOICE_MAX),
        account=account.key if account else "",
        made_from=_day(said, "from", house),
        made_to=_day(said, "to", house),
        over=_figure(said, "over", usual, house),
        under=_figure(said, "under", usual, house),
        email=said.line("email", "jane@acme.com", "Email", EMAIL_MAX),
        reference=said.line("reference", "PL-7F3K9Q", "Reference", REFERENCE_MAX).upper(),
        made_by=said.line("by", "Sam", "Name", MAKER_MAX),
        due_from=_due(said, "due-from", house),
        due_to=_due(said, "due-to", house),
        sort=sort,
        descending=descending,
        columns=_columns(said),
        said=_said(said),
    )
    return _sensible(asked)


def _parted(words: Iterable[Word]) -> Iterator[Word]:
    """The words as they are meant where columns are named: `sort by amount` is `sort amount`, and in `sort due from
    1 Nov` the words `due from` are no keyword."""
    listed = list(words)
    before, current = "", ""  # what was written just before, and the keyword whose value it is
    for word, after in zip(listed, [*listed[1:], None], strict=False):
        named = current in _NAMES_AFTER and (before in _NAMES_AFTER or before.endswith(","))
        if before == "sort" and word.key == "by" and after and after.raw.lower().split()[0] in COLUMNS:
            continue
        if word.key in _DUE and named and not word.colon and " " in word.raw:
            key = _DUE[word.key]
            yield replace(word, text="due", raw="due", key="")
            yield replace(word, text=key, raw=key, key=key)
            before = current = key
            continue
        yield word
        if word.key and (word.colon or not named):
            before = current = word.key
        else:
            before = word.raw


def _default(said: Said) -> ListLinks:
    if len(said.values) > 1:
        raise CommandUnclear("`list default` stands by itself: it forgets your own view and shows the usual list.")
    return ListLinks(default=True)


def _said(said: Said) -> frozenset[ListPart] | None:
    """The parts that are put into words; None where a page is asked for of a list that is told in words.

    That is how lists tell the way to their other pages.
    """
    named = {key for key in said.values if key} | ({"view"} if said.words("") else set())
    if "page" in named and len(named) > 1:
        return None
    parts = {ListPart.SORT: {"sort"}, ListPart.COLUMNS: {"columns"}, ListPart.FILTERS: _FILTERS}
    return frozenset(part for part, keys in parts.items() if keys & named)


def _view(said: Said, *, several: bool) -> View:
    """`several`: merchant accounts."""
    if said.has("view") and said.words(""):
        raise CommandUnclear("The view is given twice. Give it once, as in `list outstanding`.")
    words = (said.text("view", "outstanding") or said.text("")).lower().split()
    view = _VIEWS.get("-".join(words)) if words else View.ALL
    if view is None:
        meant = get_close_matches(words[0], [*_VIEWS, *VOCABULARY.keywords], 1, 0.7)
        hint = f" Did you mean `{meant[0]}`?" if meant else ""
        raise CommandUnclear(
            f"“{shortened(' '.join(words))}” is no filter.{hint} The views are {', '.join(View)}. Filters begin with a "
            f"word of theirs: for NAME, invoice NO, {'account KEY, ' * several}from DATE, to DATE, over AMOUNT, under "
            "AMOUNT, email ADDRESS, reference REF, by NAME, due from DATE, due to DATE; `help list` has examples."
        )
    return view


def _page(said: Said) -> int:
    """The nearest page there can be (B18)."""
    value = said.text("page", "2") or "1"
    found = re.fullmatch(r"([+−-]?)([0-9]+)", value)
    if not found:
        raise CommandUnclear(f"“{shortened(value)}” is no page number. Write it as `page 2`.")
    return 1 if found[1] in ("-", "−") else min(max(int(found[2]), 1), _LAST_PAGE)


def _day(said: Said, key: str, house: House) -> date | None:
    value = said.text(key, f"{house.today - timedelta(days=14):%Y-%m-%d}")
    return parse_day(value, house.today, house.firm.dates, past=True) if value else None


def _due(said: Said, key: str, house: House) -> date | None:
    """A day that bills are due on, which may be past or to come: without its year the nearest one is meant."""
    value = said.text(key, f"{house.today + timedelta(days=14):%Y-%m-%d}")
    if not value:
        return None
    ahead, back = (parse_day(value, house.today, house.firm.dates, past=past) for past in (False, True))
    near = min(ahead, back, key=lambda day: abs(day - house.today))
    return ahead if ahead - back <= _WEEK else near  # `friday` is the one to come


def _figure(said: Said, key: str, usual: str, house: House) -> Money | None:
    if not said.text(key, "100.00"):
        return None
    words = [word.text.rstrip(",;") for word in said.words(key)]
    return read_money(words, usual, house.firm.numbers, _not_understood, parse_figure)


def _not_understood(word: str) -> CommandUnclear:
    meant = VOCABULARY.close_to(word)
    hint = f"Did you mean `{meant}`? " if meant else ""
    return CommandUnclear(f"“{shortened(word)}” is not understood. {hint}The form is: `{EXAMPLE}`.")


def _sort(said: Said) -> tuple[str, bool]:
    """The column, and whether the largest comes first: the newest do, other columns go upwards, unless it is said."""
    words = said.text("sort", "amount desc").lower().split()
    if not words:
        return "created", True
    column, direction = _column(words[0]), words[1:]
    if len(direction) > 1 or not set(direction) <= _DIRECTIONS.keys():
        raise CommandUnclear(
            f"“{shortened(' '.join(direction))}” is no order. Write `asc` or `desc`, as in `sort amount desc`."
        )
    return column, _DIRECTIONS[direction[0]] if direction else column == "created"


def _columns(said: Said) -> tuple[str, ...]:
    names = re.split(r"[\s,;]+", said.text("columns", "client, amount, state").lower())
    return tuple(dict.fromkeys(_column(name) for name in names if name))


def _column(name: str) -> str:
    if name not in COLUMNS:
        raise CommandUnclear(f"“{shortened(name)}” is no column. The columns are {', '.join(COLUMNS)}.")
    return name


def _sensible(asked: ListLinks) -> ListLinks:
    """The same, when its filters leave anything to find."""
    spans = (("from", "to", asked.made_from, asked.made_to), ("due from", "due to", asked.due_from, asked.due_to))
    for begin, end, first, last in spans:
        if first and last and first > last:
            raise CommandUnclear(f"`{begin}` {first} is after `{end}` {last}: write the earlier day after `{begin}`.")
    if (
        asked.over
        and asked.under
        and asked.over.currency == asked.under.currency
        and asked.over.minor >= asked.under.minor
    ):
        raise CommandUnclear(
            f"Nothing is over {asked.over.plain} and under {asked.under.plain}: write the smaller one after `over`."
        )
    return asked
