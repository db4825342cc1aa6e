"""The grammar under everything that can be typed: it answers or refuses, and reads back what it writes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from handlers.grammar import COLUMNS, House, read_batch_reply, read_command, spell_create, spell_list
from handlers.requests import CreateLink, ListLinks, View
from models.addresses import read_address
from models.card_numbers import holds_card_number
from models.currencies import CURRENCIES
from models.errors import PaylinkError
from models.money import Money
from models.plain_text import clean, one_line
from tests.handlers.houses import GERMAN, NONE_OPEN, ONE, TODAY, TRUST_FIRST, TWO

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


@st.composite
def typed(draw: st.DrawFn) -> str:
    """Text made of the grammar's own words, in any order and badly glued."""
    return "".join(word + draw(_GLUE) for word in draw(st.lists(_WORDS | st.text(max_size=6), max_size=25)))


@st.composite
def commands(draw: st.DrawFn) -> str:
    """Text that begins as a command does."""
    verb = draw(st.sampled_from("create list show cancel resend help".split()))
    return f"{verb} {draw(st.sampled_from(['', '100 ', 'PL-7F3K9Q ']))}{draw(typed())}"


def _says_something(error: PaylinkError) -> None:
    assert error.for_staff()
    assert len(error.for_staff()) < 2000


@given(st.text() | st.text(alphabet=st.characters()) | typed() | commands(), HOUSES)
def test_any_text_is_a_request_or_a_plain_refusal(text: str, house: House) -> None:
    try:
        read_command(text, house)
    except PaylinkError as error:
        _says_something(error)


@given(st.text() | typed(), HOUSES)
def test_any_reply_is_a_decision_or_a_plain_refusal(text: str, house: House) -> None:
    try:
        read_batch_reply(text, 17, house)
    except PaylinkError as error:
        _says_something(error)


# ── what is written is read back ──────────────────────────────────────────────────────────────────────────────────────

_TRICKY = """
    for invoice message link only " “ ” ' : , &amp; &lt;x&gt; <a@b.c> <@U1|n> <http://x|x> <tel:1|1> @ 5" min:
""".split()


def _texts(most: int) -> st.SearchStrategy[str]:
    raw = st.text(max_size=most) | st.lists(st.sampled_from(_TRICKY) | st.text(max_size=4), max_size=8).map(" ".join)
    return raw.map(lambda text: one_line(clean(text)[0])[:most].strip())


def _amounts() -> st.SearchStrategy[Money]:
    """Amounts of any currency, at least twice what Stripe charges at least."""
    return st.builds(
        lambda cur, share: Money(
            int((cur.minimum * 2 + (cur.maximum - cur.minimum * 2) * share) // cur.step) * cur.step, cur.code
        ),
        st.sampled_from(sorted(CURRENCIES.values(), key=lambda cur: cur.code)),
        st.floats(0, 1),
    )


@st.composite
def links(draw: st.DrawFn) -> CreateLink:
    amount = draw(_amounts())
    cur = CURRENCIES[amount.currency]
    emails = dict.fromkeys(map(read_address, draw(st.lists(st.emails(), max_size=3))))
    assume(len({address.lower() for address in emails}) == len(emails))
    least = draw(st.none() | st.just(Money(cur.minimum, cur.code)))
    days = st.none() | st.integers(0, 366).map(lambda away: TODAY + timedelta(days=away))
    return CreateLink(
        amount,
        draw(st.sampled_from(sorted(TWO.accounts))),
        emails=tuple(emails),
        payer_name=draw(_texts(200)),
        invoice_number=draw(_texts(60)),
        due_on=draw(days),
        message=draw(_texts(500) | st.lists(_texts(40), max_size=4).map("\n".join).map(str.strip)),
        partial=least is not None or draw(st.booleans()),
        partial_minimum=least,
        expires_on=draw(days),
        link_only=draw(st.booleans()),
        again=draw(st.booleans()),
    )


@st.composite
def lists(draw: st.DrawFn) -> ListLinks:
    day = st.none() | st.integers(0, 3000).map(lambda away: TODAY - timedelta(days=away))
    made = sorted(filter(None, (draw(day), draw(day))))
    return ListLinks(
        view=draw(st.sampled_from(View)),
        page=draw(st.integers(1, 10**9)),
        name=draw(_texts(200)),
        invoice=draw(_texts(60)),
        account=draw(st.sampled_from(["", *TWO.accounts])),
        made_from=made[0] if made else None,
        made_to=made[1] if len(made) > 1 else None,
        over=draw(st.none() | _amounts()),
        under=draw(st.none() | _amounts()),
        sort=draw(st.sampled_from(COLUMNS)),
        descending=draw(st.booleans()),
        columns=tuple(draw(st.lists(st.sampled_from(COLUMNS), unique=True))),
    )


def _readable(command: str) -> None:
    assume(not holds_card_number(command))
    assume(len(command) <= 4000)


@given(links(), st.sampled_from([TWO, replace(TWO, firm=GERMAN.firm)]))
def test_a_link_written_as_a_command_is_read_back(asked: CreateLink, house: House) -> None:
    command = spell_create(asked)
    _readable(command)
    assert read_command(command, house) == asked


@given(lists(), st.sampled_from([TWO, replace(TWO, firm=GERMAN.firm)]))
def test_a_list_written_as_a_command_is_read_back(asked: ListLinks, house: House) -> None:
    """A paging button carries the command."""
    if asked.over and asked.under:
        assume(asked.over.currency != asked.under.currency or asked.over.minor < asked.under.minor)
    command = spell_list(asked)
    _readable(command)
    assert read_command(command, house) == asked


@given(
    st.permutations(["for Jane Doe", "invoice 1042", "due 2026-12-15", "message Thank you", "partial min 5", "again"])
)
def test_the_order_of_keywords_does_not_matter(parts: Any) -> None:
    assert read_command(f"create 100 jane@acme.com {' '.join(parts)}", ONE) == read_command(
        "create 100 jane@acme.com for Jane Doe invoice 1042 due 2026-12-15 message Thank you partial min 5 again", ONE
    )
