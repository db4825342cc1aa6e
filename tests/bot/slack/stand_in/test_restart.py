"""What the local Slack remembers over a restart, and a process of its own."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.stand_in import BOT_USER, NOOR, PAYMENTS, SAM
from bot.slack.stand_in.hands import hands
from tests.bot.slack.stand_in.made import (
    make_slack,
    section,
)
from tests.fakes import FakeClock


async def test_a_restarted_sandbox_still_shows_the_channel(clock: FakeClock, tmp_path: Path) -> None:
    file = tmp_path / "deep" / "slack.jsonl"
    first = make_slack(clock, file)
    card = first.workspace.post(PAYMENTS, BOT_USER, "card", [section("open")])
    first.workspace.post(PAYMENTS, BOT_USER, "reply", (), card["ts"])
    first.workspace.post(first.workspace.direct(SAM).id, BOT_USER, "direct")
    first.workspace.edit(PAYMENTS, card["ts"], "card", [section("paid")])
    # No close: the process is killed, in the middle of a line.
    with file.open("a") as handle:
        handle.write('{"channel": "C0PAYM')
    second = make_slack(clock, file)
    assert [m["blocks"][0]["text"]["text"] for m in second.messages(PAYMENTS)] == ["paid"]
    assert [m["text"] for m in second.thread(PAYMENTS, card["ts"])] == ["reply"]
    assert [m["text"] for m in second.messages(SAM)] == ["direct"]
    assert second.workspace.new_ts() > card["ts"]
    first.workspace.close()
    second.workspace.close()


async def test_the_stand_in_runs_in_a_process_of_its_own(session: aiohttp.ClientSession) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.slack.stand_in", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(20):
        line = (await process.stdout.readline()).decode()
    url = re.fullmatch(r"PAYLINK_SLACK__API_URL=(http://\S+/api/)\n", line)
    assert url
    client = AsyncWebClient(token="xoxb-sandbox", base_url=url[1], session=session)
    await client.chat_postMessage(channel="#payments", text="hello")
    base = url[1].removesuffix("/api/")
    async with session.get(f"{base}/hands/state", params={"user": NOOR}) as answer:
        state = await answer.json()
    assert [m["text"] for m in state["channels"][0]["messages"]] == ["hello"]
    process.terminate()
    assert await process.wait() == 0


async def test_a_page_that_outlived_the_process_is_told_everything_anew(clock: FakeClock) -> None:
    async with aiohttp.ClientSession() as session:
        versions = []
        for _ in range(2):
            slack = make_slack(clock)
            app = slack.app()
            app.add_subapp("/hands", hands(slack))
            url = await slack.serve(app=app)
            async with session.get(f"{url}/hands/state", params={"user": NOOR}) as answer:
                versions.append((await answer.json())["version"])
            async with session.get(f"{url}/hands/state", params={"user": NOOR, "since": versions[-1]}) as answer:
                assert answer.status == 204
            await slack.close()
    assert versions[0] != versions[1]
