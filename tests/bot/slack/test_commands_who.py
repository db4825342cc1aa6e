"""Who may type commands, and where."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.slack.stand_in import BOT_USER, GENERAL, PAYMENTS, SAM
from bot.slack.stand_in.faults import Fault
from handlers.answers import LinkMade
from tests.bot.slack.rig import CARD, Rig, rigged, words


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as built:
        yield built


@pytest.mark.parametrize(
    ("mark", "why"),
    [
        ("is_restricted", "Guests cannot"),
        ("is_ultra_restricted", "Guests cannot"),
        ("is_stranger", "other companies"),
        ("is_bot", "Bots cannot"),
        ("deleted", "deactivated"),
    ],
)
async def test_guests_strangers_bots_and_the_departed_never_reach_the_desk(rig: Rig, mark: str, why: str) -> None:
    """(T12)"""
    people = rig.slack.workspace.people
    people[SAM] = replace(people[SAM], **{mark: True})  # type: ignore[arg-type]
    assert why in words(await rig.slack.type_command(SAM, PAYMENTS, "create 100"))
    assert rig.desk.heard == []


async def test_a_person_slack_does_not_know_is_refused(rig: Rig) -> None:
    """(T12)"""
    rig.slack.faults.plan("users.info", Fault(error="user_not_found"))
    assert "does not know you" in words(await rig.slack.type_command(SAM, PAYMENTS, "create 100"))
    assert rig.desk.heard == []


@pytest.mark.parametrize("fault", [Fault(status=500), Fault(status=429, retry_after=30), Fault(cut=True)])
async def test_nobody_is_let_in_while_slack_does_not_say_who_they_are(rig: Rig, fault: Fault) -> None:
    rig.slack.faults.plan("users.info", fault, times=2)  # aiohttp itself repeats a GET that was cut off, once
    assert "Slack does not say who you are" in words(await rig.slack.type_command(SAM, PAYMENTS, "create 100"))
    assert rig.desk.heard == []


async def test_somebody_made_a_guest_is_refused_within_a_minute(rig: Rig) -> None:
    people = rig.slack.workspace.people
    await rig.slack.type_command(SAM, PAYMENTS, "help")
    people[SAM] = replace(people[SAM], is_restricted=True)
    rig.clock.tick(61)
    await rig.slack.type_command(SAM, PAYMENTS, "help")
    assert len(rig.desk.heard) == 1
    assert [call.method for call in rig.slack.calls].count("users.info") == 2


async def test_nothing_is_done_in_a_channel_that_another_company_reads(rig: Rig) -> None:
    """(T12)"""
    rig.slack.workspace.channels[PAYMENTS].shared = True
    assert "shared with another company" in words(await rig.slack.type_command(SAM, PAYMENTS, "create 100"))
    assert rig.desk.heard == []


async def test_where_paylink_cannot_post_the_news_is_for_the_maker_and_the_answer_says_so(rig: Rig) -> None:
    rig.slack.workspace.channels[GENERAL].members.discard(BOT_USER)
    rig.desk.answers = [LinkMade(CARD)]
    shown = await rig.slack.type_command(SAM, GENERAL, "create 100")
    assert rig.desk.heard[0][0].channel == ""
    assert "/invite @Paylink" in words(shown)


async def test_in_direct_messages_the_news_is_for_the_maker(rig: Rig) -> None:
    rig.desk.answers = [LinkMade(CARD)]
    shown = await rig.slack.type_command(SAM, SAM, "create 100")
    assert rig.desk.heard[0][0].channel == ""
    assert "/invite" not in words(shown)
