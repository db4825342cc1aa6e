"""Two replicas on one PostgreSQL, and a product whose database takes its time, as people in Slack notice them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from bot.clock import SystemClock
from bot.slack.stand_in import NOOR, PAYMENTS
from bot.slack.stand_in.delivery import Delivery, Sent
from tests.journeys.house import SIGNING_SECRET, House, furnished, words_of
from tests.journeys.letters import reference_in
from tests.relay import gate
from tests.servers import SmtpSink, free_port
from tests.waiting import eventually

pytestmark = pytest.mark.only_postgres


@contextlib.asynccontextmanager
async def two_replicas(house: House) -> AsyncIterator[list[Delivery]]:
    """The ways to each of them."""
    port = free_port()
    await house.start()
    second = house.start_another(port=port)
    ways = [Delivery(f"http://127.0.0.1:{at}/slack/events", SIGNING_SECRET, SystemClock()) for at in (house.port, port)]

    async def ready() -> bool:
        async with aiohttp.ClientSession() as session:
            try:
                async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    return answer.status == 200
            except aiohttp.ClientError:
                return False

    try:
        await eventually(ready, "the second replica", 60)
        yield ways
    finally:
        for way in ways:
            await way.close()
        second.kill()
        second.wait()


async def to_both(ways: list[Delivery], sent: Sent) -> None:
    """Both get it at the same moment under the one public address, and one of them twice."""
    sent = replace(sent, headers={**sent.headers, "Host": urlsplit(ways[0].events_url).netloc})
    replies = await asyncio.gather(*(way.again(sent) for way in [*ways, ways[0]]))
    assert [reply.status for reply in replies] == [200, 200, 200], [reply.text[:300] for reply in replies]


async def test_what_comes_to_two_replicas_at_once_changes_things_once(
    tmp_path: Path, database_url: str, smtp_sink: SmtpSink
) -> None:
    """(M14)"""
    async with furnished(tmp_path, database_url, smtp_sink) as house, two_replicas(house) as ways:
        signed = house.slack.delivery._signed
        typed = signed("slash_commands", _typed(house, "create 1250 for Jane Doe"), 0)
        await to_both(ways, typed)
        listed = await house.type("list")
        reference = reference_in(listed)
        assert "1 link" in listed
        card = await house.card(reference)
        await house.slack.click(NOOR, PAYMENTS, card["ts"], "cancel_link")
        await to_both(ways, house.slack.sent[-1])
        lines = await house.thread_says(reference, "Cancelled by Noor Haddad")
        assert sum("Cancelled by" in line for line in lines) == 1
        await house.card_says(reference, "Cancelled")
        shown = await house.type(f"show {reference}")
        assert shown.count("Cancelled by") == 1


def _typed(house: House, text: str) -> dict[str, str]:
    trigger = house.slack.workspace.tickets.trigger(NOOR)
    return {
        "command": "/paylink",
        "text": text,
        "user_id": NOOR,
        "user_name": "noor",
        "team_id": house.slack.workspace.team_id,
        "channel_id": PAYMENTS,
        "trigger_id": trigger,
        "response_url": f"{house.slack.base_url}/response/none",
    }


async def test_while_the_database_takes_its_time_slack_hears_that_it_is_worked_on(
    tmp_path: Path, database_url: str, smtp_sink: SmtpSink
) -> None:
    """(F17) One link is made, however long it takes."""
    behind = urlsplit(database_url)
    async with (
        gate(behind.port or 5432) as (port, is_open),
        furnished(tmp_path, database_url.replace(f":{behind.port}", f":{port}"), smtp_sink) as house,
    ):
        await house.start()
        await house.type("help")
        is_open.clear()
        shown = await house.slack.type_command(NOOR, PAYMENTS, "create 1250 for Jane Doe")
        assert "Working on it" in words_of(shown), shown
        await house.slack.redeliver(house.slack.sent[-1])
        is_open.set()

        async def answer() -> str:
            return "".join(words_of(m) for m in house.slack.ephemerals(NOOR) if "Link made" in words_of(m))

        reference = reference_in(await eventually(answer, "the answer"))
        assert "1 link" in await house.type("list")
        await house.card(reference)
