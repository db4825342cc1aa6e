"""The list: its views, filters, pages and totals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.slack.blocks.links import found_words
from handlers.answers import LinkList, LinkShown
from handlers.desk import Desk
from handlers.links.create_link import create_link
from handlers.links.list_links import MOST_ADDED_UP, list_links
from handlers.people.sight import Sight, Window
from handlers.requests import CreateLink, ListLinks, View
from models.link_states import LinkState
from models.money import Money
from models.statements import insert_all
from models.tables import Payment, PaymentLink
from tests.cast import NOOR, SAM, VERA, Surroundings

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.own_rows]

ALL = Sight(everything=True)


@pytest.fixture
async def around() -> Surroundings:
    """Twelve dollar links of 10 to 120 and one over 30 euro, an hour apart."""
    around = Surroundings()
    for number in range(1, 13):
        asked = CreateLink(
            Money(number * 1000, "USD"), "operating", payer_name=f"Client {number}", invoice_number=f"{number}"
        )
        await create_link(asked, SAM.in_slack(), around.ports)
        around.clock.tick(timedelta(hours=1))
    await create_link(CreateLink(Money(3000, "EUR"), "trust", payer_name="Ödön"), SAM.in_slack(), around.ports)
    return around


async def the_list(around: Surroundings, **asked: object) -> LinkList:
    return await list_links(replace(ListLinks(), **asked), ALL, around.ports)  # type: ignore[arg-type]  # any of its fields


async def test_the_newest_come_first_ten_a_page_with_totals_of_the_whole(around: Surroundings) -> None:
    first = await the_list(around)
    assert [row.payer_name for row in first.rows[:2]] == ["Ödön", "Client 12"]
    assert (len(first.rows), first.page, first.pages, first.count) == (10, 1, 2, 13)
    assert first.totals == (Money(3000, "EUR"), Money(78000, "USD"))
    second = await the_list(around, page=2)
    assert [row.payer_name for row in second.rows] == ["Client 3", "Client 2", "Client 1"]
    assert second.totals == first.totals


async def test_ten_thousand_links_are_added_up_and_more_are_only_counted(around: Surroundings) -> None:
    def link(number: int) -> dict[str, object]:
        facts = {"reference": f"PL-{number:06}", "token": f"token-{number}", "account": "operating", "currency": "USD"}
        who = {"created_by": "U0SAM", "creator_name": "Sam Okafor", "door": "slack", "created_at": around.clock.now()}
        return {**facts, **who, "amount_minor": 100}

    await insert_all(PaymentLink, [link(number) for number in range(MOST_ADDED_UP - 13)])
    assert (await the_list(around)).totals == (Money(3000, "EUR"), Money(78000 + 100 * (MOST_ADDED_UP - 13), "USD"))
    await insert_all(PaymentLink, [link(MOST_ADDED_UP)])
    many = await the_list(around, page=10**9)
    assert (many.count, many.totals, many.page) == (10_001, (), 1_001)
    assert (await the_list(around, name="Client")).totals == (Money(78000, "USD"),)


async def test_a_list_tells_the_command_that_other_pages_are_asked_for_with(around: Surroundings) -> None:
    """(B18) From any page: what stands in a button or a letter is the command and ` page N`."""
    for page in (1, 2):
        shown = await the_list(around, page=page, name="Client")
        assert (shown.page, shown.command) == (page, 'list all for "Client"')


@pytest.mark.parametrize(("asked", "given"), [(0, 1), (-1, 1), (3, 2), (10**9, 2)])
async def test_a_page_that_is_not_there_is_the_nearest_one(around: Surroundings, asked: int, given: int) -> None:
    """(B18)"""
    assert (await the_list(around, page=asked)).page == given


@pytest.mark.parametrize(
    ("view", "states"),
    [
        (View.OUTSTANDING, {LinkState.OPEN, LinkState.CLOSING}),
        (View.RECEIVED, {LinkState.PAID, LinkState.PART_PAID}),
        (View.PROCESSING, {LinkState.PROCESSING}),
        (View.PART_PAID, {LinkState.PART_PAID}),
        (View.CANCELLED, {LinkState.CANCELLED}),
        (View.EXPIRED, {LinkState.EXPIRED}),
        (View.ALL, set(LinkState)),
    ],
)
async def test_each_view_shows_its_states(around: Surroundings, view: View, states: set[LinkState]) -> None:
    """(F45-F49)"""
    for number, state in enumerate(LinkState, 1):
        await PaymentLink.filter(payer_name=f"Client {number}").update(state=state)
    shown = await the_list(around, view=view)
    found = {row.state for row in shown.rows} | {row.state for row in (await the_list(around, view=view, page=2)).rows}
    assert found == states


async def test_attention_lists_what_a_person_must_look_at(around: Surroundings) -> None:
    await PaymentLink.filter(payer_name="Client 3").update(late_money=True)
    await PaymentLink.filter(payer_name="Client 5").update(review=True)
    assert {row.payer_name for row in (await the_list(around, view=View.ATTENTION)).rows} == {"Client 3", "Client 5"}


async def test_the_list_is_filtered_by_client_invoice_account_and_amount(around: Surroundings) -> None:
    assert (await the_list(around, name="client 1")).count == 4
    assert (await the_list(around, invoice="12")).count == 1
    assert (await the_list(around, account="trust")).count == 1
    over = await the_list(around, over=Money(10000, "USD"))
    assert {row.payer_name for row in over.rows} == {"Client 11", "Client 12"}
    under = await the_list(around, under=Money(2000, "USD"))
    assert {row.payer_name for row in under.rows} == {"Client 1"}


async def test_the_list_is_filtered_by_address_reference_maker_and_due_date(around: Surroundings) -> None:
    """(F53) Of several addresses each counts, not the first alone."""
    due = CreateLink(
        Money(500, "USD"), "operating", emails=("ap@acme.example", "jane@acme.example"), due_on=date(2026, 12, 15)
    )
    made = await create_link(due, NOOR.in_slack(), around.ports)
    reference = made.card.reference
    for found in (
        {"email": "JANE@"},
        {"email": "acme"},
        {"reference": reference[3:7]},
        {"made_by": "haddad"},
        {"due_from": date(2026, 12, 15)},
        {"due_to": date(2026, 12, 15)},
    ):
        assert [row.reference for row in (await the_list(around, **found)).rows] == [reference], found
    assert (await the_list(around, due_from=date(2026, 12, 16))).count == 0
    assert (await the_list(around, due_to=date(2026, 12, 14))).count == 0


async def test_a_list_and_its_counts_hold_what_may_be_seen(around: Surroundings) -> None:
    """(RELIABILITY section 1) One's own links, and those whose channel one speaks in."""
    await PaymentLink.filter(payer_name="Client 1").update(created_by="U0OTHER", channel="C0OTHER", review=True)
    await PaymentLink.filter(payer_name="Client 2").update(created_by="U0OTHER", channel="C0OTHER")
    own = await list_links(ListLinks(), Sight(made_by=("U0SAM",)), around.ports)
    assert (own.count, {each.view: each.count for each in own.counts}[View.ALL]) == (11, 11)
    assert own.within == "These are the links you made; an admin sees all of them."
    there = await list_links(ListLinks(), Sight(windows=(Window(("C0OTHER",), None),)), around.ports)
    counts = {each.view: each.count for each in there.counts}
    assert [row.payer_name for row in there.rows] == ["Client 2", "Client 1"]
    assert (counts[View.ALL], counts[View.OUTSTANDING], counts[View.ATTENTION], counts[View.RECEIVED]) == (2, 2, 1, 0)
    assert there.totals == (Money(3000, "USD"),)
    assert (await list_links(ListLinks(), Sight(), around.ports)).count == 0


@pytest.mark.parametrize("text", ["ödön", "ÖDÖN", "Ödö", "dön", "öD"])
async def test_a_name_is_found_however_large_its_letters_are(around: Surroundings, text: str) -> None:
    assert [row.payer_name for row in (await the_list(around, name=text)).rows] == ["Ödön"]


async def test_days_of_the_filter_are_the_firms_days(around: Surroundings) -> None:
    """(F36) The links were made from 10:00 to 22:00 in New York, which is past midnight in UTC."""
    monday, tuesday = date(2026, 11, 23), date(2026, 11, 24)
    assert (await the_list(around, made_from=monday, made_to=monday)).count == 13
    assert (await the_list(around, made_from=tuesday)).count == 0


async def test_the_whole_result_is_sorted_both_ways(around: Surroundings) -> None:
    """(F52)"""
    rising = await the_list(around, sort="amount", descending=False)
    falling = await the_list(around, sort="amount", descending=True)
    assert rising.rows[0].amount == Money(1000, "USD")
    assert falling.rows[0].amount == Money(12000, "USD")


async def test_wild_cards_in_a_filter_are_only_letters(around: Surroundings) -> None:
    assert (await the_list(around, name="%")).count == 0
    assert (await the_list(around, name="Client _")).count == 0


async def test_who_may_only_look_is_told_so_with_the_answer(around: Surroundings) -> None:
    """So that a front offers no button that would refuse them."""
    desk = Desk(around.ports)
    for person, may_act in ((VERA, False), (SAM, True), (NOOR, True)):
        listed = await desk.hear(person.in_slack(), "list")
        assert isinstance(listed, LinkList)
        assert listed.may_act is may_act
        shown = await desk.hear(person.in_slack(), f"show {listed.rows[0].reference}")
        assert isinstance(shown, LinkShown)
        assert shown.may_act is may_act
        assert bool(shown.card.url) is may_act


async def test_the_views_of_paid_links_add_up_what_came_in_without_what_went_back(around: Surroundings) -> None:
    """Beside what was asked for; money that is still moving or failed did not come in."""
    await PaymentLink.filter(id__in=[1, 2]).update(state=LinkState.PAID)
    await PaymentLink.filter(id=13).update(state=LinkState.PART_PAID)
    euro, dollar = {"link_id": 13, "currency": "EUR"}, {"currency": "USD"}
    paid: list[dict[str, object]] = [
        {**dollar, "link_id": 1, "amount_minor": 1000, "state": "succeeded"},
        {**dollar, "link_id": 2, "amount_minor": 2000, "refunded_minor": 500, "state": "succeeded"},
        {**dollar, "link_id": 2, "amount_minor": 2000, "state": "failed"},
        {**dollar, "link_id": 3, "amount_minor": 3000, "state": "processing"},
        {**euro, "amount_minor": 1200, "state": "succeeded"},
    ]
    for number, each in enumerate(paid):
        same = {"account": "operating", "session_id": "cs", "payment_intent": f"pi_{number}", "at": around.clock.now()}
        await Payment(**same, **each).save()
    received = await the_list(around, view=View.RECEIVED)
    assert received.totals == (Money(3000, "EUR"), Money(3000, "USD"))
    assert received.received == (Money(1200, "EUR"), Money(2500, "USD"))
    asked = "3 links, €30.00 and $30.00 asked for, €12.00 and $25.00 received"
    assert found_words(received, around.ports.firm) == asked
    part_paid = await the_list(around, view=View.PART_PAID)
    assert (part_paid.totals, part_paid.received) == ((Money(3000, "EUR"),), (Money(1200, "EUR"),))
    assert (await the_list(around)).received == ()
