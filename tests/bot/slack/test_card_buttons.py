"""The card's further buttons: Fix address with its form, Keep, Seen, Refund; and who is told by name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.slack.blocks.card import link_card
from bot.slack.listeners.actions import request_of
from bot.slack.stand_in import NOOR, PAYMENTS, SAM
from bot.slack.stand_in.faults import Fault
from handlers.answers import AddressFixed, Decided, Delivery, RefundOffer, RefundProposed, Refusal, WrongAddress
from handlers.requests import AskRefund, FixAddress, KeepMoney, MarkSeen
from models.link_states import LinkState
from models.money import Money
from tests.bot.slack.rig import CARD, Rig, rigged, words
from tests.cast import FIRM
from tests.waiting import eventually

WRONG, RIGHT = "jane@acmee.example", "jane@acme.example"
BOUNCED = replace(
    CARD, deliveries=(Delivery(WRONG, "bounced", "there is no such mailbox (their server says: 550 5.1.1 no)"),)
)
OFFER = RefundOffer(
    CARD.reference, 12, Money(4000, "USD"), 0, CARD.amount, "Operating", CARD.created_at, "card", "Late.", True
)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as built:
        yield built


async def form_opened(rig: Rig) -> None:
    ts = (await rig.line.poster.post_card(PAYMENTS, BOUNCED)).ts
    await rig.slack.click(SAM, PAYMENTS, ts, "fix_address_0")
    view = rig.slack.view_of(SAM)
    assert view is not None
    assert WRONG in words(view)
    assert rig.desk.asked == []  # it opens at once, whoever is slow


async def test_the_right_address_is_written_into_the_form_that_names_the_wrong_one(rig: Rig) -> None:
    """(X4)"""
    await form_opened(rig)
    rig.desk.answers = [AddressFixed(CARD, f"PL-7F3K9Q goes to {RIGHT} now.")]
    assert await rig.slack.submit(SAM, {"Email": f" {RIGHT} "}) == {}
    ((by, request),) = rig.desk.asked
    assert request == FixAddress("PL-7F3K9Q", WRONG, RIGHT)
    assert (by.key, by.delivery[:5]) == (SAM, "view:")
    told = await eventually(lambda: rig.slack.ephemerals(SAM, PAYMENTS), "the answer")
    assert "goes to jane@acme.example now" in words(told[-1])


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("jane@", "is not an e-mail address"),
        ("jane@acme.example, bob@acme.example", "is not an e-mail address"),
        ("4242 4242 4242 4242", "payment card number"),
        ("<!channel>", "is not an e-mail address"),
    ],
)
async def test_what_is_no_address_is_said_on_the_field_and_asks_for_nothing(rig: Rig, typed: str, error: str) -> None:
    """(F14, T21)"""
    await form_opened(rig)
    refused = await rig.slack.submit(SAM, {"Email": typed})
    assert error in refused["errors"]["email"]
    assert "4242" not in refused["errors"]["email"]
    assert rig.desk.asked == []


async def test_what_the_desk_refuses_stands_on_the_field_too(rig: Rig) -> None:
    await form_opened(rig)
    rig.desk.answers = [Refusal("link_not_open", "PL-7F3K9Q is already paid; nothing was changed.")]
    refused = await rig.slack.submit(SAM, {"Email": RIGHT})
    assert refused == {"errors": {"email": "PL-7F3K9Q is already paid; nothing was changed."}}


async def test_a_form_that_slack_does_not_open_loses_nothing(rig: Rig) -> None:
    """(F18)"""
    ts = (await rig.line.poster.post_card(PAYMENTS, BOUNCED)).ts
    rig.slack.faults.plan("views.open", Fault(status=500))
    await rig.slack.click(SAM, PAYMENTS, ts, "fix_address_0")
    assert rig.slack.view_of(SAM) is None
    await rig.slack.click(SAM, PAYMENTS, ts, "fix_address_0")
    assert rig.slack.view_of(SAM) is not None


async def test_the_notice_in_the_thread_has_the_button_and_names_who_is_to_notice_it(rig: Rig) -> None:
    """(X4, N1) The name is Slack's own mention, of an id that we hold; what was typed beside it is none."""
    root = await rig.line.poster.post_card(PAYMENTS, BOUNCED)
    told = f"The letter to {WRONG} came back: <@{NOOR}> <!channel>."
    await rig.line.poster.tell_in_thread(root, told, WrongAddress("PL-7F3K9Q", WRONG), SAM)
    [line] = rig.slack.thread(PAYMENTS, root.ts)
    assert words(line).count("<@") == 1
    assert f"<@{SAM}>" in words(line)
    assert "&lt;!channel&gt;" in words(line)
    await rig.slack.click(SAM, PAYMENTS, line["ts"], "fix_address_0")
    assert rig.slack.view_of(SAM) is not None


def test_a_card_says_in_words_what_became_of_each_letter() -> None:
    states = [Delivery("a@x.example", "queued"), Delivery("b@x.example", "sent"), *BOUNCED.deliveries]
    states.append(Delivery("c@x.example", "failed", "there is no such mailbox (their server says: 550 5.1.1 no)"))
    text = words({"blocks": list(link_card(replace(CARD, deliveries=tuple(states)), FIRM).blocks)})
    assert "a@x.example: on its way\nb@x.example: sent" in text
    assert f"{WRONG}: came back (there is no such mailbox)" in text
    assert "c@x.example: not sent (there is no such mailbox)" in text
    assert "550" not in text
    assert f"Fix {WRONG}" in text
    assert "Fix c@x.example" in text


@pytest.mark.parametrize("state", [state for state in LinkState if state is not LinkState.OPEN])
def test_no_address_is_fixed_of_a_link_that_is_no_longer_open(state: LinkState) -> None:
    assert "fix_address" not in str(link_card(replace(BOUNCED, state=state), FIRM).blocks)


async def test_money_that_came_late_is_kept_or_sent_back_from_the_card_and_from_the_alert(rig: Rig) -> None:
    """(M04)"""
    late = replace(CARD, state=LinkState.CANCELLED, late_money=True, offers=(OFFER,))
    ts = (await rig.line.poster.post_card(PAYMENTS, late)).ts
    alert = await rig.line.poster.tell(NOOR, "PL-7F3K9Q: MONEY ARRIVED ON A CLOSED LINK", (OFFER,))
    rig.desk.answers = [Decided(CARD.reference, "$40.00 stays."), Decided(CARD.reference, "Noor did.", repeated=True)]
    assert "✅ $40.00 stays." in words(await rig.slack.click(NOOR, PAYMENTS, ts, "keep_money_0"))
    assert "▫️ Noor did." in words(await rig.slack.click(NOOR, alert.channel, alert.ts, "keep_money_0"))
    assert [request for _, request in rig.desk.asked] == [KeepMoney("PL-7F3K9Q", 12)] * 2
    [keep] = [one for one in rig.slack.messages(PAYMENTS)[0]["blocks"][-1]["elements"] if "keep" in one["action_id"]]
    assert "*$40.00* stays in Operating" in keep["confirm"]["text"]["text"]


async def test_trouble_is_marked_as_seen_as_it_was_seen(rig: Rig) -> None:
    ts = (await rig.line.poster.post_card(PAYMENTS, replace(CARD, review=True, look=7))).ts
    rig.desk.answers = [Decided(CARD.reference, "PL-7F3K9Q needs no look any more.")]
    await rig.slack.click(NOOR, PAYMENTS, ts, "mark_seen")
    assert [request for _, request in rig.desk.asked] == [MarkSeen("PL-7F3K9Q", 7)]


async def test_a_paid_card_offers_to_refund_and_nothing_moves_by_that(rig: Rig) -> None:
    """(M05)"""
    ts = (await rig.line.poster.post_card(PAYMENTS, replace(CARD, state=LinkState.PAID, paid=CARD.amount))).ts
    rig.desk.answers = [RefundProposed(CARD.reference, "Jane Doe", (OFFER,)), Refusal("not_allowed", "An admin does.")]
    assert "What can go back" in words(await rig.slack.click(NOOR, PAYMENTS, ts, "ask_refund"))
    assert "An admin does." in words(await rig.slack.click(SAM, PAYMENTS, ts, "ask_refund"))
    assert [request for _, request in rig.desk.asked] == [AskRefund("PL-7F3K9Q")] * 2


def test_what_went_back_whole_and_what_is_disputed_has_no_refund_button() -> None:
    paid = replace(CARD, state=LinkState.PAID, paid=CARD.amount)
    assert "ask_refund" not in str(link_card(replace(paid, refunded=paid.paid), FIRM).blocks)
    assert "ask_refund" not in str(link_card(replace(paid, offers=(OFFER,)), FIRM).blocks)
    assert "ask_refund" in str(link_card(replace(paid, refunded=Money(1, "USD")), FIRM).blocks)


def test_a_link_whose_balance_is_paid_owes_nothing_on_its_card() -> None:
    card = replace(
        CARD, state=LinkState.PART_PAID, paid=Money(40_000, "USD"), balance_paid_by="PL-0M4XTR", deliveries=()
    )
    message = link_card(card, FIRM)
    text = words({"blocks": list(message.blocks)})
    assert "🌓 Partly paid  ·  the balance paid by PL-0M4XTR" in text
    assert "$400.00 of $1,250.00, the balance by PL-0M4XTR" in text
    assert "owed" not in text
    assert "partly paid, the balance paid by PL-0M4XTR" in message.text


@pytest.mark.parametrize(
    ("action", "value"),
    [
        ("keep_money_0", "PL-7F3K9Q"),
        ("keep_money_0", "PL-7F3K9Q 12 4000 1"),
        ("keep_money_0", "PL-7F3K9Q -1"),
        ("mark_seen", "PL-7F3K9Q"),
        ("mark_seen", "7"),
        ("ask_refund", "PL-7F3K9Q 40"),
    ],
)
def test_a_value_that_is_not_ours_asks_for_nothing(action: str, value: str) -> None:
    assert request_of(action, value) is None
