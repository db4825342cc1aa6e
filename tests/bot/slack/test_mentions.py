"""`@Paylink …` and direct messages: the same words, answered where they were said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.slack.listeners.mentions import after_mention
from bot.slack.stand_in import BOT_USER, PAYMENTS, SAM
from bot.slack.stand_in.payloads import app_mention, direct_message
from handlers.answers import FormWanted, LinkMade
from tests.bot.slack.rig import CARD, TOKEN, Rig, rigged, words
from tests.waiting import eventually


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as built:
        yield built


async def test_a_mention_is_heard_as_a_command_and_answered_to_its_writer_only(rig: Rig) -> None:
    rig.desk.answers = [LinkMade(CARD)]
    await rig.slack.say(SAM, PAYMENTS, "@Paylink create 1250 for Jane Doe")
    (shown,) = await eventually(lambda: rig.slack.ephemerals(SAM, PAYMENTS), "the answer")
    assert CARD.url in words(shown)
    assert TOKEN not in str(rig.slack.messages(PAYMENTS))
    ((by, text),) = rig.desk.heard
    assert text == "create 1250 for Jane Doe"
    assert (by.key, by.channel, by.delivery) == (SAM, PAYMENTS, rig.slack.sent[0].payload["event_id"])


async def test_a_mention_in_a_thread_is_answered_in_it(rig: Rig) -> None:
    first = await rig.slack.say(SAM, PAYMENTS, "Jane asks how to pay")
    await rig.slack.say(SAM, PAYMENTS, "@Paylink list", thread_ts=first["ts"])
    await eventually(lambda: rig.slack.ephemerals(SAM, PAYMENTS), "the answer")
    call = next(call for call in rig.slack.calls if call.method == "chat.postEphemeral")
    assert call.args["thread_ts"] == first["ts"]


async def test_a_mention_alone_offers_the_form_by_a_button(rig: Rig) -> None:
    rig.desk.answers = [FormWanted(), FormWanted()]
    await rig.slack.say(SAM, PAYMENTS, "@Paylink")
    (shown,) = await eventually(lambda: rig.slack.ephemerals(SAM, PAYMENTS), "the answer")
    await rig.slack.click(SAM, PAYMENTS, shown["ts"], "new_link")
    assert rig.slack.view_of(SAM) is not None


async def test_a_direct_message_is_a_command_and_answered_there(rig: Rig) -> None:
    await rig.slack.say(SAM, SAM, "help")
    await eventually(lambda: [m for m in rig.slack.messages(SAM) if "What you can say" in words(m)], "the answer")
    assert [(text, by.channel) for by, text in rig.desk.heard] == [("help", "")]


async def test_the_same_event_again_carries_the_same_delivery(rig: Rig) -> None:
    """(M14)"""
    await rig.slack.say(SAM, PAYMENTS, "@Paylink create 100")
    for _ in range(3):
        assert (await rig.slack.redeliver(rig.slack.sent[0])).status == 200
    assert len({by.delivery for by, _ in rig.desk.heard}) == 1


async def test_bots_and_our_own_messages_are_not_listened_to(rig: Rig) -> None:
    """(T12) Two bots could talk to each other for ever."""
    person, channel = rig.slack.workspace.people[SAM], rig.slack.workspace.channels[PAYMENTS]
    heard = {"ts": "1795446000.000100", "text": f"<@{BOT_USER}> help"}
    for more in ({"bot_id": "B0OTHER"}, {"subtype": "message_changed"}, {"user": ""}, {"edited": {"user": SAM}}):
        for event in (
            app_mention(person, channel, rig.line.keys.team_id, heard),
            direct_message(person, channel, rig.line.keys.team_id, heard),
        ):
            event["event"] |= more
            assert (await rig.slack.delivery.send("events_api", event)).status == 200
    assert rig.desk.heard == []


async def test_events_nobody_asked_for_are_acknowledged(rig: Rig) -> None:
    """Slack would send them again and again, and in the end turn the app off."""
    person, channel = rig.slack.workspace.people[SAM], rig.slack.workspace.channels[PAYMENTS]
    event = app_mention(person, channel, rig.line.keys.team_id, {"ts": "1.2", "text": "x"})
    event["event"]["type"] = "reaction_added"
    assert (await rig.slack.delivery.send("events_api", event)).status == 200


async def test_a_guests_mention_is_answered_with_why_not(rig: Rig) -> None:
    """(T12)"""
    people = rig.slack.workspace.people
    people[SAM] = replace(people[SAM], is_restricted=True)
    await rig.slack.say(SAM, PAYMENTS, "@Paylink create 100")
    (shown,) = await eventually(lambda: rig.slack.ephemerals(SAM, PAYMENTS), "the answer")
    assert "Guests cannot" in words(shown)
    assert rig.desk.heard == []


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("<@U0ME> create 100", "create 100"),
        ("<@U0ME|paylink>: create 100", "create 100"),
        ("hey <@U0SAM> ask <@U0ME> create 100 for <@U0SAM>", "create 100 for <@U0SAM>"),
        ("<@U0ME>", ""),
        ("create 100", "create 100"),
    ],
)
def test_what_follows_the_mention_of_us_is_the_command(text: str, meant: str) -> None:
    assert after_mention(text, "U0ME") == meant
