"""The process: ready soon; told to stop, done with what is under way and gone.

That it says so first, and takes ten seconds at the most whatever hangs, is shown in tests/bot/test_stopping.py.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.slack.stand_in import NOOR, PAYMENTS
from tests.conftest import ON_POSTGRES
from tests.journeys.house import LONGEST_STOP, NOOR_EMAIL, READY_WITHIN, House, furnished, words_of
from tests.journeys.letters import reference_in, text_of
from tests.servers import Dovecot, SmtpSink
from tests.waiting import eventually


@pytest.fixture
async def house(tmp_path: Path, database_url: str, smtp_sink: SmtpSink, dovecot: Dovecot) -> AsyncIterator[House]:
    async with furnished(tmp_path, database_url, smtp_sink, dovecot) as house:
        yield house


async def paylink(house: House, verb: str) -> subprocess.CompletedProcess[str]:
    """Run another verb with the product's settings."""
    command = [sys.executable, "-m", "bot", verb]
    return await asyncio.to_thread(
        subprocess.run, command, env=house.environment(), capture_output=True, text=True, check=False
    )


async def get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def test_started_by_its_command_it_runs_until_it_is_told_to_stop_and_ends_with_0(house: House) -> None:
    with (house.folder / "paylink.log").open("ab") as log:
        command = [sys.executable, "-m", "bot", "run"]
        process = subprocess.Popen(command, env=house.environment(), stdout=log, stderr=log)
    try:
        await eventually(house.answers, "the product to be ready", READY_WITHIN)
        process.terminate()
        assert await asyncio.to_thread(process.wait, LONGEST_STOP) == 0
    finally:
        process.kill()


async def test_a_running_product_answers_the_probes_and_shows_its_figures(house: House) -> None:
    await house.start()
    assert await get(f"{house.url}/healthz") == (200, '{"alive": true}')
    assert (await get(f"{house.url}/readyz"))[0] == 200
    await eventually(lambda: _all_ok(house), "every part to be ok")
    status, figures = await get(f"{house.url}/metrics")
    assert status == 200
    assert 'paylink_part_up{part="database"} 1.0' in figures
    assert 'paylink_jobs{state="due"}' in figures


async def _all_ok(house: House) -> bool:
    _, states = await get(f"{house.url}/readyz")
    return states == '{"database": "ok", "slack": "ok", "mail": "ok", "jobs": "ok"}'


async def test_told_to_stop_it_finishes_what_is_under_way_and_ends_with_0(house: House) -> None:
    """(F31)"""
    await house.start()
    typing = [asyncio.create_task(house.type(f"create {n} for Client {n}")) for n in range(100, 120)]
    await asyncio.wait(typing, return_when=asyncio.FIRST_COMPLETED)
    assert await house.stop() == 0
    await asyncio.gather(*typing)
    seen = [words_of(whisper) for whisper in house.slack.ephemerals(NOOR, PAYMENTS)]
    made = {reference_in(words) for words in seen if "PL-" in words}
    assert made
    await house.start()
    listed = await house.type("list sort amount asc")
    for reference in made:
        assert reference in await house.type(f"show {reference}")
    assert f"{len(made)} link" in listed


async def test_logs_are_json_with_a_request_id_from_the_front_to_the_job_and_without_any_token(house: House) -> None:
    """(T03, T22)"""
    await house.start()
    answer = await house.type("create 1250 jane@acme.example for Jane Doe")
    found = re.search(r"/p/([A-Za-z0-9_-]+)", answer)
    assert found
    async with aiohttp.ClientSession() as session:
        await session.get(f"{house.url}/p/{found[1]}")
        await session.post(f"{house.url}/p/{found[1]}", data={"nonsense": "4242 4242 4242 4242"})
    await house.letter_to("jane@acme.example")
    assert await house.stop() == 0
    lines = [line for line in house.log.splitlines() if line]
    assert all(line.startswith("{") for line in lines), [line for line in lines if not line.startswith("{")]
    for secret in (found[1], *house.secrets()):
        assert secret not in house.log
    assert "4242" not in house.log


if ON_POSTGRES:

    async def test_replicas_share_the_work_of_one_database(house: House) -> None:
        """One process takes commands and shows pages, two others send what is owed; each letter leaves once."""
        await house.start("--only", "web,slack")
        helpers = [house.start_another("--only", "work") for _ in range(2)]
        for number in range(100, 140):
            await house.type(f"create {number} client{number}@acme.example for Client {number}")
        for number in range(100, 140):
            await house.letter_to(f"client{number}@acme.example")
        assert len(house.sink.letters) == 40
        for process in helpers:
            process.kill()
            process.wait()

else:

    async def test_a_second_process_on_the_same_file_is_refused_with_one_clear_line(house: House) -> None:
        """(F33)"""
        await house.start()
        assert house.process is not None
        second = await paylink(house, "run")
        assert second.returncode == 1
        refusals = [line for line in second.stderr.splitlines() if "Another process" in line]
        assert len(refusals) == 1
        assert str(house.process.pid) in refusals[0]


async def test_doctor_says_what_works_and_shows_no_secret(house: House) -> None:
    examined = await paylink(house, "doctor")
    assert examined.returncode == 0, examined.stdout + examined.stderr
    for what in ("settings", "database", "Slack", "Stripe operating", "mail in (IMAP)", "mail out (SMTP)"):
        assert re.search(rf"^(ok|note) +{re.escape(what)}", examined.stdout, re.MULTILINE), examined.stdout
    for secret in house.secrets():
        assert secret not in examined.stdout + examined.stderr


async def test_doctor_fails_where_something_does_not_work_and_names_it(house: House) -> None:
    house.settings["ACCOUNTS__OPERATING__SECRET_KEY"] = "sk_test_51AnotherKey00revoked"
    house.settings["MAIL__SMTP_URL"] = "smtp://127.0.0.1:9"
    house.settings |= {
        "CAPTCHA__PROVIDER": "turnstile",
        "CAPTCHA__SITE_KEY": "0x4AAAAAAABkMYinukE8nzY",
        "CAPTCHA__SECRET_KEY": "0x4AAAAAAABkSecretOfTheTests",
        "CAPTCHA__VERIFY_URL": "http://127.0.0.1:9/siteverify",
    }
    examined = await paylink(house, "doctor")
    assert examined.returncode == 1
    assert re.search(r"^FAIL +Stripe operating", examined.stdout, re.MULTILINE), examined.stdout
    assert re.search(r"^FAIL +mail out", examined.stdout, re.MULTILINE), examined.stdout
    assert re.search(r"^FAIL +captcha", examined.stdout, re.MULTILINE), examined.stdout
    assert "SecretOfTheTests" not in examined.stdout + examined.stderr


async def test_a_refused_slack_token_leaves_the_clients_pages_up_and_the_admins_are_mailed(
    house: House,
) -> None:
    """(F16)"""
    house.settings["SLACK__BOT_TOKEN"] = "xoxb-7204518936-revokedKQ9vLm"
    await house.start()
    _, states = await get(f"{house.url}/readyz")
    assert '"slack": "down"' in states
    assert (await get(f"{house.url}/p/{'x' * 32}"))[0] == 404
    told = (await house.letter_to(NOOR_EMAIL)).message
    assert "invalid_auth" in text_of(told)


async def test_a_slack_that_does_not_answer_at_all_keeps_no_client_waiting_and_no_stop(house: House) -> None:
    """(F15, F31) The line is taken and nothing is said: a call is given up after ten seconds only."""
    callers: set[asyncio.StreamWriter] = set()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        callers.add(writer)
        while await reader.read(65_536):
            pass
        writer.close()
        callers.discard(writer)

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as slack:
        house.settings["SLACK__API_URL"] = f"http://127.0.0.1:{slack.sockets[0].getsockname()[1]}/api/"
        await house.start()
        assert (await get(f"{house.url}/p/{'x' * 32}"))[0] == 404
        assert "slack.away" not in house.log  # nobody has given up on it yet
        assert await house.stop() == 0
        await eventually(lambda: not callers, "the callers to be gone")


async def test_the_audit_of_a_used_database_is_whole(house: House) -> None:
    await house.start()
    await house.type("create 80 for Jane Doe")
    await house.stop()
    verified = await paylink(house, "verify-audit")
    assert verified.returncode == 0
    assert "the trail is whole" in verified.stdout
