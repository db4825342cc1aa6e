"""The list of links: a view, its filters, one page of it, and what the whole result adds up to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from tortoise.expressions import Q, RawSQL, Subquery
from tortoise.functions import Sum
from tortoise.queryset import QuerySet

from handlers.answers import LinkList
from handlers.firm import Firm
from handlers.grammar import spell_list
from handlers.links.cards import cards_for
from handlers.links.count_views import STATES, count_views
from handlers.people.sight import Sight, seen
from handlers.ports import Ports
from handlers.requests import ListLinks, View
from models.money import Money
from models.tables import Payment, PaymentLink, Recipient

PAGE = 10
_NEAR = 10  # pages
MOST_ADDED_UP = 10_000  # links; adding up a hundred thousand takes ten times as long as all the rest
_CAME_IN = (View.RECEIVED, View.PART_PAID)
_VIEWS: dict[View, Q] = {
    View.ALL: Q(),
    **{view: Q(state__in=states) for view, states in STATES.items()},
    # in the words of the index needs_a_look: SQLite takes it for no others
    View.ATTENTION: Q(id__in=RawSQL("(SELECT id FROM payment_link WHERE late_money OR review OR disputed)")),
}
_SORTS = {
    "reference": "reference",
    "created": "id",
    "client": "payer_name",
    "amount": "amount_minor",
    "paid": "paid_minor",
    "state": "state",
    "invoice": "invoice_number",
    "due": "due_on",
    "account": "account",
    "by": "creator_name",
    "email": "email",
}


async def list_links(asked: ListLinks, sight: Sight, ports: Ports) -> LinkList:
    """One page of what may be seen of a list; a page beyond the end is the last one (B18)."""
    found = found_by(asked, sight, ports.firm)
    count = await found.count()
    pages = max(1, -(-count // PAGE))
    page = min(max(1, asked.page), pages)
    return LinkList(
        view=asked.view,
        rows=await cards_for(await _rows(found, asked, page), ports.firm),
        page=page,
        pages=pages,
        count=count,
        totals=await _totals(found) if count <= MOST_ADDED_UP else (),
        received=await _received(found) if asked.view in _CAME_IN and count <= MOST_ADDED_UP else (),
        command=spell_list(replace(asked, page=1)),
        columns=asked.columns,
        asked=replace(asked, page=page),
        counts=await count_views(sight),
        within=within(sight),
    )


async def _rows(found: QuerySet[PaymentLink], asked: ListLinks, page: int) -> list[PaymentLink]:
    """The links of a page. Far from the first one their ids come first: only those have to be put in order."""
    part = in_order(found, asked).offset((page - 1) * PAGE).limit(PAGE)
    if page <= _NEAR:
        return await part
    ids = await part.values_list("id", flat=True)
    links = {link.id: link for link in await PaymentLink.filter(id__in=ids)}
    return [links[each] for each in ids if each in links]


async def _totals(found: QuerySet[PaymentLink]) -> tuple[Money, ...]:
    """What the links add up to, one sum a currency."""
    sums = found.annotate(total=Sum("amount_minor")).group_by("currency").order_by("currency")
    return tuple(Money(int(row["total"]), row["currency"]) for row in await sums.values("currency", "total"))


async def _received(found: QuerySet[PaymentLink]) -> tuple[Money, ...]:
    """What came in for the links, without what went back or is on its way back, one sum a currency."""
    came = Payment.filter(state="succeeded", link_id__in=Subquery(found.values("id")))
    sums = came.annotate(came=Sum("amount_minor"), back=Sum("refunded_minor")).group_by("currency").order_by("currency")
    rows = await sums.values("currency", "came", "back")
    return tuple(Money(int(row["came"]) - int(row["back"]), row["currency"]) for row in rows)


def in_order(found: QuerySet[PaymentLink], asked: ListLinks) -> QuerySet[PaymentLink]:
    """The links by the column that was asked for; those alike in it by their age."""
    order = ("-" if asked.descending else "") + _SORTS[asked.sort]
    return found.order_by(order, "-id" if asked.descending else "id")


def found_by(asked: ListLinks, sight: Sight, firm: Firm) -> QuerySet[PaymentLink]:
    """The links of a view that pass its filters and may be seen, in no order."""
    return PaymentLink.filter(_VIEWS[asked.view], *_texts(asked), *_days(asked, firm), *_amounts(asked), seen(sight))


def within(sight: Sight) -> str:
    """What a list leaves out, as a sentence; blank where it leaves out nothing."""
    return "" if sight.everything else f"These are {in_words(sight)}; an admin sees all of them."


def in_words(sight: Sight) -> str:
    """Whose links somebody sees who does not see all: 'the links you made and those of this channel'."""
    channels = {channel for window in sight.windows for channel in window.channels}
    theirs = {0: "", 1: " and those of this channel"}.get(len(channels), " and those of your channels")
    return f"the links you made{theirs}"


def _texts(asked: ListLinks) -> Iterator[Q]:
    """Capitals are alike to small letters; a text is found anywhere in what it is looked for in."""
    if asked.name:
        yield _holds("payer_name", asked.name)
    if asked.invoice:
        yield _holds("invoice_number", asked.invoice)
    if asked.account:
        yield Q(account=asked.account)
    if asked.reference:
        yield Q(reference__contains=asked.reference)
    if asked.made_by:
        yield _holds("creator_name", asked.made_by)
    if asked.email:
        mailed = Recipient.filter(address__icontains=asked.email)
        yield Q(email__icontains=asked.email) | Q(id__in=Subquery(mailed.values("link_id")))


def _holds(field: str, text: str) -> Q:
    """SQLite knows small and large letters of ASCII only, so others are looked for as people write names."""
    spelled = [text] if text.isascii() else dict.fromkeys([text, text.lower(), text.upper(), text.title()])
    return Q(*(Q(**{f"{field}__icontains": each}) for each in spelled), join_type="OR")


def _days(asked: ListLinks, firm: Firm) -> Iterator[Q]:
    if asked.made_from:
        yield Q(created_at__gte=firm.start_of(asked.made_from))
    if asked.made_to:
        yield Q(created_at__lt=firm.start_of(asked.made_to + timedelta(days=1)))
    if asked.due_from:
        yield Q(due_on__gte=asked.due_from)
    if asked.due_to:
        yield Q(due_on__lte=asked.due_to)


def _amounts(asked: ListLinks) -> Iterator[Q]:
    if asked.over:
        yield Q(amount_minor__gt=asked.over.minor, currency=asked.over.currency)
    if asked.under:
        yield Q(amount_minor__lt=asked.under.minor, currency=asked.under.currency)
