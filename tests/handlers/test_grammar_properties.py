"""The grammar under everything that can be typed: it answers or refuses, and reads back what it writes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from handlers.grammar import COLUMNS, House, read_batch_reply, read_command, spell_create, spell_list
from handlers.requests import CreateLink, ListLinks, Request, View
from models.addresses import read_address
from models.card_numbers import holds_card_number
from models.currencies import CURRENCIES
from models.errors import PaylinkError
from models.money import Money
from models.part_payment import part_bounds
from models.plain_text import clean, one_line
from tests.handlers.houses import GERMAN, NONE_OPEN, ONE, TODAY, TRUST_FIRST, TWO

pytestmark = pytest.mark.timeout(900)  # the nightly run makes 10,000 examples of each
HOUSES = st.sampled_from([ONE, TWO, TRUST_FIRST, GERMAN, NONE_OPEN])

# ── what people might type ────────────────────────────────────────────────────────────────────────────────────────────

_WORDS = st.sampled_from(
    """
    create list show cancel resend template help remind for invoice due account message partial min expires link-only
    link only again page from to over under sort columns send links discard delete amount email currency yes no asc desc
    by 1250 1,250.00 $5 €1.250,00 -5 0 NaN 9999999999 usd EUR XYZ jane@acme.com a@b @bob <mailto:a@b.com|a@b.com>
    <http://x|y> <@U1|noor> <#C1|c> <!channel> &amp; &lt; PL-7F3K9Q pl7f3k9q please trust operating kanzlei friday 15
    Dec 2026-12-15 31.02. 9999-12-31 +30d in weeks outstanding paid part-paid reference, client client O'Brien " “ ” ""
    : , ; ` : for: message: min: 4242
    """.split()
)
_GLUE = st.sampled_from([" ", " ", " ", "\n", "", "\t", "\u00a0", "\u202e", "\x00"])


_PIECES = st.lists(st.tuples(_WORDS | st.text(max_size=6), _GLUE), max_size=25)
TYPED = _PIECES.map(
    lambda pieces: "".join(word + glue for word, glue in pieces)
)  # the grammar's own words, badly glued
COMMANDS = st.builds(
    "{} {}{}".format,
    st.sampled_from("create list show cancel resend help".split()),
    st.sampled_from(["", "100 ", "PL-7F3K9Q "]),
    TYPED,
)


def _says_something(error: PaylinkError) -> None:
    assert error.for_staff()
    assert len(error.for_staff()) < 2000


@given(st.text() | st.text(alphabet=st.characters()) | TYPED | COMMANDS, HOUSES)
def test_any_text_is_a_request_or_a_plain_refusal(text: str, house: House) -> None:
    try:
        asked = read_command(text, house)
    except PaylinkError as error:
        _says_something(error)
    else:
        assert type(asked) in get_args(Request)


@given(st.text() | TYPED, HOUSES)
def test_any_reply_is_a_decision_or_a_plain_refusal(text: str, house: House) -> None:
    try:
        asked = read_batch_reply(text, 17, house)
    except PaylinkError as error:
        _says_something(error)
    else:
        assert type(asked) in get_args(Request)
        assert getattr(asked, "batch", 17) == 17


# ── what is written is read back ──────────────────────────────────────────────────────────────────────────────────────

_TRICKY = """
    for invoice message link only " “ ” ' : , &amp; &lt;x&gt; <a@b.c> <@U1|n> <http://x|x> <tel:1|1> @ 5" min:
""".split()


def _texts(most: int) -> st.SearchStrategy[str]:
    raw = st.text(max_size=most) | st.lists(st.sampled_from(_TRICKY) | st.text(max_size=4), max_size=8).map(" ".join)
    return raw.map(lambda text: one_line(clean(text)[0])[:most].strip())


def _is_address(text: str) -> bool:
    try:
        return read_address(text) == text
    except PaylinkError:
        return False


# Strategies are built once: building them anew for each example takes most of the time.
_AMOUNTS = st.builds(
    lambda cur, share: Money(
        int((cur.minimum * 2 + (cur.maximum - cur.minimum * 2) * share) // cur.step) * cur.step, cur.code
    ),
    st.sampled_from(sorted(CURRENCIES.values(), key=lambda cur: cur.code)),
    st.floats(0, 1),
)
_NAMES, _NUMBERS, _LINES = _texts(200), _texts(60), _texts(40)
_MESSAGES = _texts(500) | st.lists(_LINES, max_size=4).map("\n".join).map(str.strip)
_ADDRESSES = st.builds(
    "{}@{}".format, st.text("aZ0.'+&=/{-", min_size=1, max_size=8), st.sampled_from(["acme.com", "b.test"])
)
_EMAILS = st.lists(_ADDRESSES.filter(_is_address), max_size=3, unique_by=str.lower)
_SOON = st.none() | st.integers(0, 366).map(lambda away: TODAY + timedelta(days=away))
_LATELY = st.none() | st.integers(0, 3000).map(lambda away: TODAY - timedelta(days=away))


def _with_a_least_part(asked: CreateLink) -> CreateLink:
    """Half the time a partial payment has a least part; an amount too small for parts has none."""
    bounds = part_bounds(asked.amount)
    if bounds is None:
        return replace(asked, partial=None)
    if asked.amount.minor % 2:
        return asked
    return replace(asked, partial=True, partial_minimum=bounds.least)


LINKS = st.builds(
    CreateLink,
    amount=_AMOUNTS,
    account=st.sampled_from(sorted(TWO.accounts)),
    emails=_EMAILS.map(tuple),
    bad_emails=st.just(()),
    payer_name=_NAMES,
    invoice_number=_NUMBERS,
    due_on=_SOON,
    message=_MESSAGES,
    partial=st.none() | st.booleans(),
    partial_minimum=st.none(),
    expires_on=_SOON,
    link_only=st.booleans(),
    again=st.booleans(),
    removed=st.just(""),
).map(_with_a_least_part)

LISTS = st.builds(
    ListLinks,
    view=st.sampled_from(View),
    page=st.integers(1, 10**9),
    name=_NAMES,
    invoice=_NUMBERS,
    account=st.sampled_from(["", *TWO.accounts]),
    made_from=_LATELY,
    made_to=_LATELY,
    over=st.none() | _AMOUNTS,
    under=st.none() | _AMOUNTS,
    email=_LINES,
    reference=_texts(9).map(lambda text: text.upper()[:9].strip()).filter(lambda text: text == text.upper()),
    made_by=_LINES,
    due_from=st.none() | _LATELY | _SOON,
    due_to=st.none() | _LATELY | _SOON,
    sort=st.sampled_from(["created", *COLUMNS]),
    descending=st.booleans(),
    columns=st.lists(st.sampled_from(COLUMNS), unique=True).map(tuple),
)


def contradicts_itself(asked: ListLinks) -> bool:
    spans = ((asked.made_from, asked.made_to), (asked.due_from, asked.due_to))
    upside_down = any(first and last and first > last for first, last in spans)
    if asked.over and asked.under and asked.over.currency == asked.under.currency:
        return upside_down or asked.over.minor >= asked.under.minor
    return upside_down


def _readable(command: str) -> None:
    assume(not holds_card_number(command))
    assume(len(command) <= 4000)


@given(LINKS, st.sampled_from([TWO, replace(TWO, firm=GERMAN.firm)]))
def test_a_link_written_as_a_command_is_read_back(asked: CreateLink, house: House) -> None:
    command = spell_create(asked)
    _readable(command)
    assert read_command(command, house) == asked


@given(LISTS, st.sampled_from([TWO, replace(TWO, firm=GERMAN.firm)]))
def test_a_list_written_as_a_command_is_read_back(asked: ListLinks, house: House) -> None:
    """A paging button carries the command."""
    assume(not contradicts_itself(asked))
    command = spell_list(asked)
    _readable(command)
    assert read_command(command, house) == asked


@given(
    st.permutations(["for Jane Doe", "invoice 1042", "due 2026-12-15", "message Thank you", "partial min 5", "again"])
)
def test_the_order_of_keywords_does_not_matter(parts: list[str]) -> None:
    assert read_command(f"create 100 jane@acme.com {' '.join(parts)}", ONE) == read_command(
        "create 100 jane@acme.com for Jane Doe invoice 1042 due 2026-12-15 message Thank you partial min 5 again", ONE
    )
