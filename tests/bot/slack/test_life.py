"""The front's life: starting, Socket Mode coming and going, stopping."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.slack import socket_mode
from bot.slack.heard import not_heard
from bot.slack.socket_mode import SlackUnusable
from bot.slack.stand_in import NOOR, PAYMENTS, SAM
from bot.slack.stand_in.faults import Fault
from handlers.answers import CancelReport, FormWanted, LinkMade, Outcome
from tests.bot.slack.rig import CARD, Rig, rigged, words
from tests.waiting import eventually


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Connected by Socket Mode."""
    async with rigged(socket_mode=True) as built:
        await eventually(lambda: built.front.state() == "ok", "connecting")
        yield built


async def test_over_http_the_front_is_up_once_slack_says_who_we_are() -> None:
    async with rigged(starts=False) as rig:
        assert rig.front.state() == "down"
        await rig.front.start()
        assert rig.front.state() == "ok"


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        ({"bot_token": "xoxb-wrong"}, "PAYLINK_SLACK__BOT_TOKEN: invalid_auth"),
        ({"team_id": "T0OTHER"}, "not of PAYLINK_SLACK__TEAM_ID"),
        ({"app_token": "xapp-wrong"}, "PAYLINK_SLACK__APP_TOKEN: invalid_auth"),
        ({"app_token": "xoxb-1"}, "PAYLINK_SLACK__APP_TOKEN: not_allowed_token_type"),
    ],
)
async def test_a_token_that_slack_refuses_is_an_error_and_no_endless_loop(keys: dict[str, str], named: str) -> None:
    async with rigged(starts=False, keys=keys) as rig:
        with pytest.raises(SlackUnusable, match=named):
            await rig.front.start()
        assert rig.front.state() == "down"


@pytest.mark.parametrize("socket", [False, True])
async def test_a_slack_that_is_away_at_the_start_is_waited_for(socket: bool) -> None:
    async with rigged(socket_mode=socket, starts=False) as rig:
        rig.slack.faults.plan("auth.test", Fault(status=500), times=2)
        rig.slack.faults.plan("apps.connections.open", Fault(status=503, html=True))
        await rig.front.start()
        assert rig.front.state() == "down"
        await eventually(lambda: rig.front.state() == "ok", "Slack coming back")


async def test_in_socket_mode_nothing_is_mounted(rig: Rig) -> None:
    """(T23)"""
    assert rig.front.routes() == []
    async with rig.session.post(rig.url, data=b"") as answer:
        assert answer.status == 404


async def test_commands_presses_forms_and_mentions_come_by_the_socket(rig: Rig) -> None:
    rig.desk.answers = [
        LinkMade(CARD),
        CancelReport((Outcome(CARD.reference, True, "PL-7F3K9Q is cancelled."),)),
        FormWanted(),
        LinkMade(CARD),
    ]
    made = await rig.slack.type_command(SAM, PAYMENTS, "create 1250")
    assert CARD.url in words(made)
    assert "is cancelled" in words(await rig.slack.click(SAM, PAYMENTS, made["ts"], "cancel_link"))
    await rig.slack.type_command(NOOR, PAYMENTS, "")
    assert await rig.slack.submit(NOOR, {"Amount": "100"}) == {}
    await eventually(lambda: rig.slack.ephemerals(NOOR), "the form's answer")
    await rig.slack.say(SAM, PAYMENTS, "@Paylink help")
    await eventually(lambda: [text for _, text in rig.desk.heard if text == "help"], "the mention")


async def test_an_envelope_that_comes_again_carries_the_same_delivery(rig: Rig) -> None:
    """(M14, F19)"""
    await rig.slack.type_command(SAM, PAYMENTS, "create 100")
    payload = rig.slack.sent[-1].payload
    for retry in range(1, 20):
        assert (await rig.slack.delivery.send("slash_commands", payload, retry=retry)).status == 200
    assert len({by.delivery for by, _ in rig.desk.heard}) == 1


async def test_another_workspaces_envelope_is_acknowledged_and_not_obeyed(rig: Rig) -> None:
    """(T12)"""
    await rig.slack.type_command(SAM, PAYMENTS, "create 100")
    foreign = rig.slack.sent[-1].payload | {"team_id": "T0OTHER"}
    assert (await rig.slack.delivery.send("slash_commands", foreign)).body["text"].startswith("Paylink is not set up")
    assert len(rig.desk.heard) == 1


async def test_a_slow_desk_is_acknowledged_over_the_socket_too() -> None:
    """(F17)"""
    async with rigged(socket_mode=True, patience=0.05) as rig:
        await eventually(lambda: rig.front.state() == "ok", "connecting")
        rig.desk.hold = asyncio.Event()
        assert "Working on it" in words(await rig.slack.type_command(SAM, PAYMENTS, "list"))
        rig.desk.hold.set()
        await eventually(lambda: len(rig.slack.ephemerals(SAM)) == 2, "the answer")


async def test_when_slack_asks_us_to_come_back_we_do_and_nothing_is_lost(rig: Rig) -> None:
    """(F19)"""
    for _ in range(10):
        await rig.slack.disconnect_sockets()
        await eventually(lambda: rig.slack.delivery.sockets, "coming back")
        assert "What you can say" in words(await rig.slack.type_command(SAM, PAYMENTS, "help"))
    assert len(rig.desk.heard) == 10


async def test_a_connection_that_breaks_is_opened_anew(rig: Rig) -> None:
    """(F19)"""
    for socket in list(rig.slack.delivery.sockets):
        transport = socket._req.transport if socket._req else None
        assert transport is not None
        transport.abort()
    await eventually(lambda: not rig.slack.delivery.sockets, "breaking")
    await eventually(lambda: rig.slack.delivery.sockets, "coming back", 20)
    await eventually(lambda: rig.front.state() == "ok", "being up again")
    assert "What you can say" in words(await rig.slack.type_command(SAM, PAYMENTS, "help"))


async def test_a_withdrawn_address_is_not_knocked_at_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """(F19) The SDK alone would: it asks for a new one only when a connection ends."""
    monkeypatch.setattr(socket_mode, "LOST_AFTER", 1.0)
    monkeypatch.setattr(socket_mode, "CONNECT_WITHIN", 1.0)
    async with rigged(socket_mode=True) as rig:
        await eventually(lambda: rig.front.state() == "ok", "connecting")
        real, refused = rig.slack.api.socket_tickets, set[str]()

        class Withdrawn(set[str]):
            def add(self, ticket: str) -> None:
                refused.add(ticket)

        rig.slack.api.socket_tickets = Withdrawn()
        await rig.slack.disconnect_sockets()
        await eventually(lambda: len(refused) >= 2, "knocking again with a new ticket", 30)
        assert rig.front.state() == "down"
        rig.slack.api.socket_tickets = real
        await eventually(lambda: rig.front.state() == "ok", "being up again", 40)


async def test_stopping_answers_what_has_come_in_and_then_hangs_up() -> None:
    """(F31)"""
    async with rigged(socket_mode=True) as rig:
        await eventually(lambda: rig.front.state() == "ok", "connecting")
        rig.desk.hold = asyncio.Event()
        asking = asyncio.create_task(rig.slack.type_command(SAM, PAYMENTS, "help"))
        await eventually(lambda: rig.desk.heard, "the command arriving")
        stopping = asyncio.create_task(rig.front.drain())
        await asyncio.sleep(0.05)
        rig.desk.hold.set()
        assert "What you can say" in words(await asking)
        await stopping
        await eventually(lambda: not rig.slack.delivery.sockets, "hanging up")
        assert rig.front.state() == "down"


async def test_closing_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    async with rigged(socket_mode=True) as rig:
        await eventually(lambda: rig.front.state() == "ok", "connecting")
        await rig.slack.type_command(SAM, PAYMENTS, "help")
        assert asyncio.all_tasks() > before, "or nothing had to end"
    await eventually(lambda: asyncio.all_tasks() <= before, "the last task ending")


async def test_what_slack_has_sent_is_kept_once_a_kind(rig: Rig) -> None:
    """For `paylink doctor`: no token of ours can ask Slack what the app is set up for."""
    await rig.slack.say(SAM, PAYMENTS, "@Paylink help")
    await rig.slack.say(SAM, PAYMENTS, "@Paylink help")
    await rig.slack.say(SAM, SAM, "help")
    await rig.slack.open_home(SAM)
    await rig.slack.take_shortcut(SAM, "bulk_upload")
    await eventually(lambda: len(rig.heard) == 4, "four kinds")
    assert rig.heard == ["app_mention", "message.im", "app_home_opened", "bulk_upload"]
    assert not_heard(frozenset(rig.heard)) == "the shortcut “New payment link”, the shortcut “Ask for payment”"
