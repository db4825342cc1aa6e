"""The form from Slack's own menus: from anywhere, and drafted from a message."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.slack.blocks.answers import NEW_LINK, form_offered
from bot.slack.blocks.form import CALLBACK
from bot.slack.manifest import ASK_SHORTCUT, NEW_LINK_SHORTCUT
from bot.slack.stand_in import BOT_USER, PAYMENTS, SAM
from bot.slack.stand_in.people import NOOR
from handlers.answers import FormWanted, LinkMade, Refusal
from handlers.requests import CreateLink, OpenForm
from tests.bot.slack.rig import CARD, HOUSE, FakeDesk, Rig, form_of, rigged, words
from tests.waiting import eventually

ASKED = "Please bill Jane Doe $1,250.00 for invoice 1042, due 15 Dec. She is at jane@acme.example."


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as built:
        built.desk.answers = [FormWanted()]
        yield built


async def begins_with(rig: Rig) -> dict[str, Any]:
    """What stands in the form's fields before anybody types."""
    fields = {
        block["block_id"]: block["element"] for block in (await form_of(rig))["blocks"] if block["type"] == "input"
    }
    held = {name: field.get("initial_value") or field.get("initial_date") for name, field in fields.items()}
    return {name: value for name, value in held.items() if value and name != "currency"}


async def test_the_global_shortcut_opens_the_form_and_its_answer_comes_in_person(rig: Rig) -> None:
    rig.desk.answers = [FormWanted(), LinkMade(CARD)]
    await rig.slack.take_shortcut(SAM, NEW_LINK_SHORTCUT)
    assert (await form_of(rig))["callback_id"] == CALLBACK
    assert await rig.slack.submit(SAM, {"Amount": "100"}) == {}
    await eventually(lambda: [m for m in rig.slack.messages(SAM) if CARD.url in words(m)], "the answer")
    (by, request) = rig.desk.asked[-1]
    assert isinstance(request, CreateLink)
    assert by.channel == ""


async def test_the_button_of_the_home_tab_opens_the_same_form(rig: Rig) -> None:
    rig.slack.workspace.publish_home(SAM, {"type": "home", "blocks": list(form_offered().blocks)})
    await rig.slack.click_in_home(SAM, NEW_LINK)
    assert (await form_of(rig))["callback_id"] == CALLBACK


async def test_a_message_drafts_the_form_and_is_kept_nowhere(rig: Rig) -> None:
    """(X1)"""
    message = await rig.slack.say(NOOR, PAYMENTS, ASKED)
    await rig.slack.take_message_shortcut(SAM, PAYMENTS, message["ts"], ASK_SHORTCUT)
    assert await begins_with(rig) == {
        "amount": "1,250.00",
        "client": "Jane Doe",
        "email": "jane@acme.example",
        "invoice": "1042",
        "due": "2026-12-15",
    }
    assert "look it through" in words(await form_of(rig))
    assert "Please bill" not in str(await form_of(rig))
    assert [request for _, request in rig.desk.asked] == [OpenForm()]
    assert rig.desk.heard == []


async def test_of_several_amounts_the_form_takes_none_and_says_so(rig: Rig) -> None:
    """(F13)"""
    message = await rig.slack.say(NOOR, PAYMENTS, "either $100 or $200 from jane@acme.example")
    await rig.slack.take_message_shortcut(SAM, PAYMENTS, message["ts"], ASK_SHORTCUT)
    assert await begins_with(rig) == {"email": "jane@acme.example"}
    assert "several amounts ($100 and $200)" in words(await form_of(rig))


async def test_a_message_that_says_nothing_of_money_opens_the_form_and_says_so(rig: Rig) -> None:
    message = await rig.slack.say(NOOR, PAYMENTS, "Lunch?")
    await rig.slack.take_message_shortcut(SAM, PAYMENTS, message["ts"], ASK_SHORTCUT)
    assert await begins_with(rig) == {}
    assert "Nothing in the message is clearly an amount" in words(await form_of(rig))


async def test_what_was_due_when_an_old_message_was_written_is_past(rig: Rig) -> None:
    message = await rig.slack.say(NOOR, PAYMENTS, "$100 due friday")
    rig.desk.at_home = replace(HOUSE, today=HOUSE.today + timedelta(days=30))
    await rig.slack.take_message_shortcut(SAM, PAYMENTS, message["ts"], ASK_SHORTCUT)
    assert await begins_with(rig) == {"amount": "100"}
    assert "is past" in words(await form_of(rig))


async def test_the_answer_about_a_message_with_a_thread_goes_into_it_for_the_asker_only(rig: Rig) -> None:
    rig.desk.answers = [FormWanted(), LinkMade(CARD)]
    message = await rig.slack.say(NOOR, PAYMENTS, ASKED)
    reply = await rig.slack.say(NOOR, PAYMENTS, "And $5 for the copies", thread_ts=message["ts"])
    await rig.slack.take_message_shortcut(SAM, PAYMENTS, reply["ts"], ASK_SHORTCUT)
    assert await begins_with(rig) == {"amount": "5"}
    assert await rig.slack.submit(SAM, {}) == {}
    (shown,) = await eventually(lambda: rig.slack.ephemerals(SAM, PAYMENTS), "the answer")
    assert CARD.url in words(shown)
    assert rig.slack.ephemerals(NOOR, PAYMENTS) == []
    call = next(call for call in rig.slack.calls if call.method == "chat.postEphemeral")
    assert call.args["thread_ts"] == message["ts"]


async def test_the_answer_about_a_message_without_a_thread_stands_beside_it(rig: Rig) -> None:
    """Slack shows nobody an answer for their eyes only in a thread that has no replies."""
    rig.desk.answers = [FormWanted(), LinkMade(CARD)]
    message = await rig.slack.say(NOOR, PAYMENTS, ASKED)
    await rig.slack.take_message_shortcut(SAM, PAYMENTS, message["ts"], ASK_SHORTCUT)
    await form_of(rig)
    assert await rig.slack.submit(SAM, {}) == {}
    (shown,) = await eventually(lambda: rig.slack.ephemerals(SAM, PAYMENTS), "the answer")
    assert "thread_ts" not in shown


async def test_the_answer_reaches_its_asker_in_a_channel_that_paylink_is_not_in(rig: Rig) -> None:
    """(F18)"""
    rig.desk.answers = [FormWanted(), LinkMade(CARD)]
    message = await rig.slack.say(NOOR, PAYMENTS, ASKED)
    reply = await rig.slack.say(NOOR, PAYMENTS, ASKED, thread_ts=message["ts"])
    rig.slack.workspace.channels[PAYMENTS].members.discard(BOT_USER)
    await rig.slack.take_message_shortcut(SAM, PAYMENTS, reply["ts"], ASK_SHORTCUT)
    await form_of(rig)
    assert await rig.slack.submit(SAM, {}) == {}
    await eventually(lambda: rig.slack.ephemerals(SAM, PAYMENTS), "the answer")


async def test_whoever_may_not_make_links_gets_no_draft() -> None:
    """(T16)"""
    async with rigged(FakeDesk([Refusal("not_allowed", "You are not set up to use Paylink.")])) as rig:
        message = await rig.slack.say(NOOR, PAYMENTS, ASKED)
        await rig.slack.take_message_shortcut(SAM, PAYMENTS, message["ts"], ASK_SHORTCUT)
        assert "You are not set up" in words(await form_of(rig))
        assert "Jane" not in str(await form_of(rig))


async def test_a_guest_gets_no_form(rig: Rig) -> None:
    """(T12)"""
    people = rig.slack.workspace.people
    people[SAM] = replace(people[SAM], is_restricted=True)
    await rig.slack.take_shortcut(SAM, NEW_LINK_SHORTCUT)
    assert "Guests cannot" in words(await form_of(rig))
    assert rig.desk.asked == []
