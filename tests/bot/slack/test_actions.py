"""Buttons: each asks the desk for one thing, and its answer is for the one who pressed it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.slack.listeners.actions import request_of
from bot.slack.stand_in import NOOR, PAYMENTS, SAM
from handlers.answers import (
    CancelReport,
    LinkCopied,
    LinkList,
    LinkMade,
    LinkShown,
    Outcome,
    RefundAsked,
    RefundOffer,
    RefundProposed,
    Refusal,
    Resent,
)
from handlers.ports import Posted
from handlers.requests import (
    BalanceLink,
    CancelLinks,
    CopyLink,
    ResendLink,
    SendRefund,
    ShowLink,
    View,
)
from models.link_states import LinkState
from models.money import Money
from tests.bot.slack.rig import CARD, TOKEN, Json, Rig, rigged, words
from tests.waiting import eventually


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as built:
        yield built


async def card_in_channel(rig: Rig) -> str:
    return (await rig.line.poster.post_card(PAYMENTS, CARD)).ts


async def test_copy_shows_the_bare_url_to_the_one_who_pressed_and_to_nobody_else(rig: Rig) -> None:
    """(F23)"""
    ts = await card_in_channel(rig)
    rig.desk.answers = [LinkCopied(CARD.reference, CARD.url)]
    shown = await rig.slack.click(SAM, PAYMENTS, ts, "copy_link")
    assert f"```{CARD.url}```" in words(shown)
    assert shown["is_ephemeral"]
    assert rig.slack.ephemerals(NOOR) == []
    assert TOKEN not in str(rig.slack.messages(PAYMENTS))


async def test_the_desk_is_told_who_pressed_what_and_which_press_it_was(rig: Rig) -> None:
    """(M14)"""
    ts = await card_in_channel(rig)
    rig.desk.answers = [CancelReport((Outcome(CARD.reference, True, "PL-7F3K9Q is cancelled."),))]
    shown = await rig.slack.click(SAM, PAYMENTS, ts, "cancel_link")
    ((by, request),) = rig.desk.asked
    assert request == CancelLinks(("PL-7F3K9Q",))
    assert (by.key, by.channel, by.delivery) == (SAM, PAYMENTS, rig.slack.sent[0].payload["trigger_id"])
    assert "🚫 PL-7F3K9Q is cancelled." in words(shown)


async def test_the_balance_button_in_a_thread_asks_for_the_balance_and_is_answered_there(rig: Rig) -> None:
    """(F4, X2)"""
    poster = rig.line.poster
    root = await poster.post_card(PAYMENTS, replace(CARD, reference="PL-0M4XTR", state=LinkState.PART_PAID))
    card = replace(CARD, state=LinkState.PART_PAID, left_open=CARD.amount)
    where = await poster.post_card(PAYMENTS, card, root)
    await poster.edit_card(where, replace(card, balance_of="PL-0M4XTR"))
    [reply] = rig.slack.thread(PAYMENTS, root.ts)
    assert "Balance of" in words(reply)
    assert len(rig.slack.messages(PAYMENTS)) == 1
    rig.desk.answers = [LinkMade(CARD, ("jane@acme.example",), balance_of="PL-7F3K9Q")]
    shown = await rig.slack.click(SAM, PAYMENTS, where.ts, "balance_link")
    ((_, request),) = rig.desk.asked
    assert request == BalanceLink("PL-7F3K9Q")
    assert "Balance link of PL-7F3K9Q made" in words(shown)
    assert rig.slack.sent[-1].payload["container"]["thread_ts"] == root.ts


async def test_a_second_persons_press_shows_the_balance_link_there_is(rig: Rig) -> None:
    """(M08)"""
    ts = await card_in_channel(rig)
    where = Posted(PAYMENTS, ts)
    await rig.line.poster.edit_card(where, replace(CARD, state=LinkState.PART_PAID, left_open=CARD.amount))
    rig.desk.answers = [LinkMade(CARD, notes=("No other was made.",), balance_of="PL-0M4XTR", stood=True)]
    shown = words(await rig.slack.click(NOOR, PAYMENTS, ts, "balance_link"))
    assert "PL-0M4XTR has a balance link already" in shown
    assert CARD.url in shown


async def test_pressing_twice_is_answered_twice_with_what_is_so(rig: Rig) -> None:
    """(B17)"""
    ts = await card_in_channel(rig)
    rig.desk.answers = [
        CancelReport((Outcome(CARD.reference, True, "PL-7F3K9Q is cancelled."),)),
        CancelReport((Outcome(CARD.reference, False, "PL-7F3K9Q is cancelled already."),)),
    ]
    await rig.slack.click(SAM, PAYMENTS, ts, "cancel_link")
    assert "cancelled already" in words(await rig.slack.click(SAM, PAYMENTS, ts, "cancel_link"))


async def test_a_press_on_a_card_that_has_gone_stale_is_answered(rig: Rig) -> None:
    ts = await card_in_channel(rig)
    rig.desk.answers = [Refusal("link_not_open", "PL-7F3K9Q is already paid; nothing was changed.")]
    assert "already paid" in words(await rig.slack.click(SAM, PAYMENTS, ts, "resend_link"))


async def test_sending_again_says_to_whom(rig: Rig) -> None:
    ts = await card_in_channel(rig)
    rig.desk.answers = [Resent(CARD, ("jane@acme.example",))]
    assert "on its way again to jane@acme.example" in words(await rig.slack.click(SAM, PAYMENTS, ts, "resend_link"))


async def test_the_buttons_of_an_ephemeral_answer_work_too(rig: Rig) -> None:
    rig.desk.answers = [LinkMade(CARD), LinkCopied(CARD.reference, CARD.url)]
    made = await rig.slack.type_command(SAM, PAYMENTS, "create 1250")
    assert CARD.url in words(await rig.slack.click(SAM, PAYMENTS, made["ts"], "copy_link"))


async def test_a_list_is_turned_in_its_place(rig: Rig) -> None:
    first = LinkList(View.ALL, (CARD,), 1, 2, 11, (Money(1, "USD"),), "list for Jane")
    second = LinkList(
        View.ALL, (replace(CARD, reference="PL-000002"),), 2, 2, 11, (Money(1, "USD"),), "list for Jane page 2"
    )
    rig.desk.answers = [first, second]
    listed = await rig.slack.type_command(SAM, PAYMENTS, "list for Jane")
    await rig.slack.click(SAM, PAYMENTS, listed["ts"], "list_next")
    (left,) = rig.slack.ephemerals(SAM)
    assert "PL-000002" in words(left)
    assert "PL-7F3K9Q" not in words(left)
    assert [said for _, said in rig.desk.heard] == ["list for Jane", "list for Jane page 2"]


async def test_rows_of_a_list_can_be_copied_or_shown(rig: Rig) -> None:
    """(F55)"""
    paid = replace(CARD, reference="PL-000002", state=LinkState.PAID)
    rig.desk.answers = [
        LinkList(View.ALL, (CARD, paid), 1, 1, 2, (Money(1, "USD"),), "list"),
        LinkCopied(CARD.reference, CARD.url),
        LinkShown(paid, ()),
    ]
    listed = await rig.slack.type_command(SAM, PAYMENTS, "list")
    await rig.slack.click(SAM, PAYMENTS, listed["ts"], "copy_link")
    assert "✅ Paid" in words(await rig.slack.click(SAM, PAYMENTS, listed["ts"], "show_link"))
    assert [request for _, request in rig.desk.asked] == [CopyLink("PL-7F3K9Q"), ShowLink("PL-000002")]


async def test_a_slow_press_is_acknowledged_and_answered_later() -> None:
    """(F17)"""
    async with rigged(patience=0.05) as rig:
        ts = await card_in_channel(rig)
        rig.desk.hold = asyncio.Event()
        rig.desk.answers = [CancelReport((Outcome(CARD.reference, True, "PL-7F3K9Q is cancelled."),))]
        assert await rig.slack.click(SAM, PAYMENTS, ts, "cancel_link") == {}
        rig.desk.hold.set()
        await eventually(lambda: rig.slack.ephemerals(SAM, PAYMENTS), "the answer")


@pytest.mark.parametrize(
    ("action", "value", "request_"),
    [
        ("copy_link", "PL-7F3K9Q", CopyLink("PL-7F3K9Q")),
        ("resend_link", "PL-7F3K9Q", ResendLink("PL-7F3K9Q")),
        ("send_refund_0", "PL-7F3K9Q 12 4000 1", SendRefund("PL-7F3K9Q", 12, 4000, 1)),
        ("send_refund_0", "PL-7F3K9Q 12 4000", None),
        ("send_refund_0", "PL-7F3K9Q 12 -4000 1", None),
        ("send_refund_0", "PL-7F3K9Q", None),
        ("send_refund", "PL-7F3K9Q 12 4000 1", None),
        ("copy_link", "", None),
        ("copy_link", "https://evil.example", None),
        ("something_else", "PL-7F3K9Q", None),
    ],
)
def test_a_button_that_is_not_ours_asks_for_nothing(action: str, value: str, request_: object) -> None:
    assert request_of(action, value) == request_


async def test_a_forged_page_command_does_nothing_but_list(rig: Rig) -> None:
    rig.desk.answers = [LinkList(View.ALL, (CARD,), 1, 2, 11, (Money(1, "USD"),), "list")]
    listed = await rig.slack.type_command(SAM, PAYMENTS, "list")
    blocks: list[Json] = rig.slack.ephemerals(SAM)[0]["blocks"]
    for block in blocks:
        for element in block.get("elements", []):
            if element.get("action_id") == "list_next":
                element["value"] = "create 9999"
    rig.slack.workspace.rewhisper(SAM, listed["ts"], "x", blocks)
    await rig.slack.click(SAM, PAYMENTS, listed["ts"], "list_next")
    assert [said for _, said in rig.desk.heard] == ["list"]


OFFER = RefundOffer(
    CARD.reference, 12, Money(4000, "USD"), 0, CARD.amount, "Harbor & Finch Operating", CARD.created_at, "card", "Late."
)


async def test_a_proposed_refund_asks_once_more_and_then_the_desk_is_told_which(rig: Rig) -> None:
    """(M05)"""
    rig.desk.answers = [
        RefundProposed(CARD.reference, "Jane Doe", (OFFER,), ("Nothing has moved yet.",)),
        RefundAsked(CARD.reference, "$40.00 goes back."),
    ]
    shown = await rig.slack.type_command(NOOR, PAYMENTS, "refund PL-7F3K9Q 40")
    assert "*$40.00* of $1,250.00, paid by card on Nov 23, 2026, 10:00, into Harbor &amp; Finch Operating" in words(
        shown
    )
    [button] = [block["accessory"] for block in shown["blocks"] if "accessory" in block]
    assert button["text"]["text"] == "Refund"
    assert button["confirm"]["confirm"]["text"] == "Refund"
    assert "Stripe keeps its fee" in button["confirm"]["text"]["text"]
    assert TOKEN not in str(shown)
    told = await rig.slack.click(NOOR, PAYMENTS, shown["ts"], "send_refund_0")
    assert rig.desk.asked[0][1] == SendRefund(CARD.reference, 12, 4000, 0)
    assert "↩️ $40.00 goes back." in words(told)


async def test_money_that_came_late_can_be_sent_back_from_the_card_and_from_the_alert(rig: Rig) -> None:
    """(M04)"""
    late = replace(CARD, state=LinkState.CANCELLED, late_money=True, offers=(OFFER,))
    ts = (await rig.line.poster.post_card(PAYMENTS, late)).ts
    rig.desk.answers = [RefundAsked(CARD.reference, "$40.00 goes back."), RefundAsked(CARD.reference, "Already.")]
    assert "goes back" in words(await rig.slack.click(NOOR, PAYMENTS, ts, "send_refund_0"))
    alert = await rig.line.poster.tell(NOOR, "PL-7F3K9Q: MONEY ARRIVED ON A CLOSED LINK", (OFFER,))
    await rig.slack.click(NOOR, alert.channel, alert.ts, "send_refund_0")
    assert [request for _, request in rig.desk.asked] == [SendRefund(CARD.reference, 12, 4000, 0)] * 2
