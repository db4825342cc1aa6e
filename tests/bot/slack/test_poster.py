"""Notices out: one card, edited in place, told in its thread; and what Slack's refusals mean for them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.slack.stand_in import BOT_USER, GENERAL, PAYMENTS, SAM
from bot.slack.stand_in.faults import Fault
from handlers.answers import FileReady
from handlers.ports import ChannelClosed, DeliveryRefused, DeliveryTrouble, FrontClosed, Posted
from models.link_states import LinkState
from tests.bot.slack.rig import CARD, TOKEN, Rig, rigged, words


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged(starts=False) as built:
        yield built


async def test_one_card_is_posted_edited_and_told_in_its_thread(rig: Rig) -> None:
    """(N1)"""
    poster = rig.line.poster
    where = await poster.post_card(PAYMENTS, CARD)
    await poster.tell_in_thread(where, "Paid: 1250.00 USD by card.")
    await poster.edit_card(where, replace(CARD, state=LinkState.PAID, paid=CARD.amount))
    (card,) = rig.slack.messages(PAYMENTS)
    assert "✅ Paid" in words(card)
    assert "copy_link" not in str(card)
    assert [words(reply) for reply in rig.slack.thread(PAYMENTS, where.ts)] == ["Paid: 1250.00 USD by card."]


async def test_a_notice_to_a_person_is_posted_to_their_id_and_edited_where_slack_put_it(rig: Rig) -> None:
    """(SPEC 8)"""
    where = await rig.line.poster.post_card(SAM, CARD)
    assert where.channel.startswith("D")
    await rig.line.poster.edit_card(where, replace(CARD, state=LinkState.EXPIRED))
    await rig.line.poster.tell(SAM, "Mail intake is down.")
    first, second = rig.slack.messages(SAM)
    assert "⌛ Expired" in words(first)
    assert words(second) == "Mail intake is down."


async def test_a_long_word_to_somebody_is_told_whole(rig: Rig) -> None:
    """The morning's word on letters may be longer than one section, of which Slack takes 3,000 characters."""
    lines = [f"• letter {number} <{'&' * 40}> of U0SAM: `show PL-7F3K9Q`" for number in range(40)]
    await rig.line.poster.tell(SAM, "\n".join(["Heard:", "", *lines, "", "The end."]))
    [told] = rig.slack.messages(SAM)
    assert len(told["blocks"]) > 1
    assert "letter 39" in words(told)
    assert words(told).endswith("The end.")


async def test_a_file_follows_a_message_that_is_edited_meanwhile(rig: Rig) -> None:
    """(F58) An upload needs the id of the direct messages, which only a message posted to the person tells."""
    poster = rig.line.poster
    where = await poster.tell(SAM, "Export: begun.")
    await poster.retell(where, "Export: half of it.")
    await poster.send_file(where, FileReady("links.xlsx", b"PK" * 3_000_000, "x/y", "2 links"))
    note, sent = rig.slack.messages(SAM)
    assert words(note) == "Export: half of it."
    ((file,),) = [sent["files"]]
    assert file["name"] == "links.xlsx"
    assert rig.slack.workspace.files[file["id"]].content == b"PK" * 3_000_000


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_an_upload_slack_fails_or_slows_is_tried_again_later(rig: Rig, method: str) -> None:
    """(F14)"""
    where, file = await rig.line.poster.tell(SAM, "Export: begun."), FileReady("links.xlsx", b"PK", "x/y", "")
    rig.slack.faults.plan(method, Fault(status=500), times=1)
    with pytest.raises(DeliveryTrouble) as failed:
        await rig.line.poster.send_file(where, file)
    assert not isinstance(failed.value, DeliveryRefused)
    rig.slack.faults.plan(method, Fault(status=429, retry_after=7), times=1)
    with pytest.raises(DeliveryTrouble) as slowed:
        await rig.line.poster.send_file(where, file)
    assert slowed.value.retry_after == 7
    with pytest.raises(DeliveryTrouble, match="asked us to wait"):
        await rig.line.poster.send_file(where, file)


async def test_nothing_posted_holds_the_token_or_is_unfurled(rig: Rig) -> None:
    """(T02, T03)"""
    where = await rig.line.poster.post_card(PAYMENTS, CARD)
    await rig.line.poster.tell_in_thread(where, "x")
    posts = [call.args for call in rig.slack.calls if call.method == "chat.postMessage"]
    assert all(post["unfurl_links"] is False and post["unfurl_media"] is False for post in posts)
    assert TOKEN not in str(posts)


async def test_the_same_line_told_twice_carries_the_same_event_id(rig: Rig) -> None:
    """(M11)"""
    where = await rig.line.poster.post_card(PAYMENTS, CARD)
    for line in ("Paid.", "Paid.", "Refunded."):
        await rig.line.poster.tell_in_thread(where, line)
    replies = rig.slack.thread(PAYMENTS, where.ts)
    first, again, other = (reply["metadata"]["event_payload"]["event_id"] for reply in replies)
    assert first == again != other


async def test_slack_asking_to_wait_is_heeded_for_that_channel_only(rig: Rig) -> None:
    """(F14)"""
    poster = rig.line.poster
    rig.slack.faults.plan("chat.postMessage", Fault(status=429, retry_after=30), channel=PAYMENTS)
    with pytest.raises(DeliveryTrouble) as trouble:
        await poster.post_card(PAYMENTS, CARD)
    assert trouble.value.retry_after == 30
    assert not isinstance(trouble.value, DeliveryRefused)
    asked = len(rig.slack.calls)
    rig.clock.tick(10)
    with pytest.raises(DeliveryTrouble) as trouble:
        await poster.post_card(PAYMENTS, CARD)
    assert trouble.value.retry_after == 20
    assert len(rig.slack.calls) == asked, "Slack was asked again before its time"
    await poster.post_card(GENERAL, CARD)
    rig.clock.tick(20)
    await poster.post_card(PAYMENTS, CARD)
    assert len(rig.slack.messages(PAYMENTS)) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=500),
        Fault(status=503, html=True),
        Fault(status=502, html=True),
        Fault(cut=True),
        Fault(error="internal_error"),
        Fault(error="fatal_error"),
        Fault(error="a_word_we_never_heard_of"),
    ],
)
async def test_a_broken_slack_is_tried_again_later(rig: Rig, fault: Fault) -> None:
    """(F15)"""
    rig.slack.faults.plan("chat.postMessage", fault)
    with pytest.raises(DeliveryTrouble) as trouble:
        await rig.line.poster.post_card(PAYMENTS, CARD)
    assert not isinstance(trouble.value, DeliveryRefused)
    assert [call.method for call in rig.slack.calls].count("chat.postMessage") == 1, "the job tries again, not the call"


async def test_a_slack_that_cannot_be_reached_is_tried_again_later(rig: Rig) -> None:
    """(F15)"""
    await rig.slack.close()
    with pytest.raises(DeliveryTrouble) as trouble:
        await rig.line.poster.tell(SAM, "x")
    assert not isinstance(trouble.value, DeliveryRefused)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        ("channel_not_found", "knows no such channel"),
        ("is_archived", "archived"),
        ("not_in_channel", "/invite @Paylink"),
        ("invalid_auth", "install the app again"),
        ("token_revoked", "install the app again"),
        ("account_inactive", "install the app again"),
        ("missing_scope", "lacks a permission"),
        ("user_disabled", "left the workspace"),
        ("invalid_blocks", "fault of Paylink"),
    ],
)
async def test_what_will_never_work_is_given_up_with_its_cause(rig: Rig, error: str, why: str) -> None:
    """(F16)"""
    rig.slack.faults.plan("chat.postMessage", Fault(error=error))
    with pytest.raises(DeliveryRefused, match=why):
        await rig.line.poster.post_card(PAYMENTS, CARD)


async def test_channels_that_are_archived_or_without_us_are_given_up(rig: Rig) -> None:
    """(F16)"""
    rig.slack.workspace.channels[PAYMENTS].archived = True
    rig.slack.workspace.channels[GENERAL].members.discard(BOT_USER)
    for channel in (PAYMENTS, GENERAL, "C0NOWHERE"):
        with pytest.raises(DeliveryRefused):
            await rig.line.poster.post_card(channel, CARD)


async def test_a_card_that_somebody_deleted_is_given_up(rig: Rig) -> None:
    where = await rig.line.poster.post_card(PAYMENTS, CARD)
    rig.slack.workspace.delete(PAYMENTS, where.ts)
    with pytest.raises(DeliveryRefused, match="deleted"):
        await rig.line.poster.edit_card(where, CARD)
    with pytest.raises(DeliveryRefused):
        await rig.line.poster.edit_card(Posted(PAYMENTS, "1.2"), CARD)


async def test_nothing_is_posted_where_another_company_reads_along(rig: Rig) -> None:
    """(T12) Not even to a card that stood there before the channel was shared."""
    where = await rig.line.poster.post_card(PAYMENTS, CARD)
    rig.slack.workspace.channels[PAYMENTS].shared = True
    rig.clock.tick(61)
    for posting in (
        rig.line.poster.post_card(PAYMENTS, CARD),
        rig.line.poster.tell_in_thread(where, "Paid."),
        rig.line.poster.tell(PAYMENTS, "x"),
    ):
        with pytest.raises(DeliveryRefused, match="another company"):
            await posting
    assert len(rig.slack.messages(PAYMENTS)) == 1


async def test_while_slack_does_not_say_who_reads_along_nothing_is_posted(rig: Rig) -> None:
    """(T12)"""
    rig.slack.faults.plan("conversations.info", Fault(status=500), times=2)
    with pytest.raises(DeliveryTrouble) as trouble:
        await rig.line.poster.post_card(PAYMENTS, CARD)
    assert not isinstance(trouble.value, DeliveryRefused)
    assert rig.slack.messages(PAYMENTS) == []


async def test_a_closed_channel_is_asked_about_once_a_minute_and_never_posted_to(rig: Rig) -> None:
    """(F16)"""
    rig.slack.workspace.channels[PAYMENTS].archived = True
    rig.slack.workspace.channels[GENERAL].members.discard(BOT_USER)
    for _ in range(10):
        with pytest.raises(ChannelClosed, match="archived"):
            await rig.line.poster.post_card(PAYMENTS, CARD)
        with pytest.raises(ChannelClosed, match="/invite @Paylink"):
            await rig.line.poster.tell(GENERAL, "x")
    assert [call.method for call in rig.slack.calls] == ["conversations.info"] * 2
    rig.slack.workspace.channels[PAYMENTS].archived = False
    rig.clock.tick(61)
    await rig.line.poster.post_card(PAYMENTS, CARD)
    assert len(rig.slack.messages(PAYMENTS)) == 1


@pytest.mark.parametrize("method", ["conversations.info", "chat.postMessage"])
async def test_a_token_that_was_refused_is_left_alone_for_a_minute_everywhere(rig: Rig, method: str) -> None:
    """(F16)"""
    rig.slack.faults.plan(method, Fault(error="token_revoked"))
    with pytest.raises(FrontClosed, match="install the app again"):
        await rig.line.poster.post_card(PAYMENTS, CARD)
    asked = len(rig.slack.calls)
    for channel in (PAYMENTS, GENERAL, SAM):
        with pytest.raises(FrontClosed, match="install the app again"):
            await rig.line.poster.tell(channel, "x")
    assert len(rig.slack.calls) == asked
    rig.clock.tick(61)
    await rig.line.poster.post_card(PAYMENTS, CARD)
