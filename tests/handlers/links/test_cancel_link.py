"""Cancelling links nobody is paying; the races against a payer are in tests/handlers/payments."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.links.cancel_link import cancel_links
from handlers.links.create_link import create_link
from handlers.links.show_link import show_link
from handlers.payments.close_link import ask_to_close, close_link
from handlers.requests import Asker, CancelLinks, CreateLink, ShowLink
from models.link_states import LinkState
from models.money import Money
from models.tables import PaymentLink
from tests.cast import NOOR, SAM, Surroundings

pytestmark = pytest.mark.usefixtures("database")

LENA = Asker("U0LENA", "Lena", SAM.role, SAM.in_slack().door, "C0OTHER")


@pytest.fixture
def around() -> Surroundings:
    return Surroundings()


async def a_link(around: Surroundings, minor: int = 125000, channel: str = "C0BILLING") -> str:
    asked = CreateLink(Money(minor, "USD"), "operating", payer_name="Jane Doe")
    made = await create_link(asked, SAM.in_slack(channel=channel), around.ports)
    return made.card.reference


async def test_an_unpaid_link_is_cancelled_and_the_answer_names_amount_and_client(around: Surroundings) -> None:
    reference = await a_link(around)
    report = await cancel_links(CancelLinks((reference,)), SAM.in_slack(), around.ports)
    [outcome] = report.outcomes
    assert outcome.done
    assert "$1,250.00 for Jane Doe" in outcome.sentence
    shown = await show_link(ShowLink(reference), NOOR.in_slack(), around.ports)
    assert shown.card.state is LinkState.CANCELLED
    assert shown.history[-1].words == "Cancelled by Sam Okafor. The client can no longer pay with it."
    assert (shown.card.ended_at, shown.card.ended_by) == (around.clock.now(), "Sam Okafor")


async def test_only_while_stripe_is_waited_for_does_the_trail_say_so(around: Surroundings) -> None:
    reference = await a_link(around)
    link = await PaymentLink.get(reference=reference)
    by = SAM.in_slack()
    await ask_to_close(link, LinkState.CANCELLED, by.actor, by.name, around.ports)
    shown = await show_link(ShowLink(reference), by, around.ports)
    assert shown.history[-1].words == "Sam Okafor asked to close it; waiting for Stripe."
    await close_link(link.id, around.ports)
    shown = await show_link(ShowLink(reference), by, around.ports)
    assert [line.words for line in shown.history if line.kind == "closing"] == ["Sam Okafor asked to close it."]


async def test_cancelling_twice_says_who_cancelled_it_and_changes_nothing(around: Surroundings) -> None:
    """(B17)"""
    reference = await a_link(around)
    await cancel_links(CancelLinks((reference,)), SAM.in_slack(), around.ports)
    before = (await PaymentLink.get()).event_count
    report = await cancel_links(CancelLinks((reference,)), NOOR.in_slack(), around.ports)
    assert not report.outcomes[0].done
    assert "Cancelled by Sam Okafor" in report.outcomes[0].sentence
    assert (await PaymentLink.get()).event_count == before


@pytest.mark.own_rows
async def test_of_a_mixed_selection_the_unpaid_are_cancelled_and_the_others_reported(around: Surroundings) -> None:
    """(F57)"""
    unpaid, paid, processing = [await a_link(around, minor) for minor in (10000, 20000, 30000)]
    await PaymentLink.filter(reference=paid).update(state=LinkState.PAID)
    await PaymentLink.filter(reference=processing).update(state=LinkState.PROCESSING)
    asked = CancelLinks((unpaid, paid, processing, "PL-000000", unpaid))
    report = await cancel_links(asked, SAM.in_slack(), around.ports)
    assert [outcome.done for outcome in report.outcomes] == [True, False, False, False]
    sentences = [outcome.sentence for outcome in report.outcomes]
    assert "already paid" in sentences[1]
    assert "was paid by bank debit" in sentences[2]
    assert "not found" in sentences[3]


async def test_staff_cancel_a_colleagues_link_only_in_its_own_channel(around: Surroundings) -> None:
    reference = await a_link(around)
    elsewhere = await cancel_links(CancelLinks((reference,)), LENA, around.ports)
    assert not elsewhere.outcomes[0].done
    assert "was not found here" in elsewhere.outcomes[0].sentence
    there = await cancel_links(CancelLinks((reference,)), replace(LENA, channel="C0BILLING"), around.ports)
    assert there.outcomes[0].done


async def test_an_admin_cancels_any_link_from_anywhere(around: Surroundings) -> None:
    reference = await a_link(around)
    report = await cancel_links(CancelLinks((reference,)), NOOR.by_mail(), around.ports)
    assert report.outcomes[0].done
