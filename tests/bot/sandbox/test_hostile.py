"""What people and programs send that is no good."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser, Page, expect

from bot.slack.stand_in import NOOR, PAYMENTS
from tests.bot.sandbox.made import (
    App,
    Json,
    PostOffice,
    open_page,
)


@pytest.mark.parametrize("path", ["mail/send", "slack/say", "slack/click", "slack/submit", "slack/close"])
async def test_no_other_sites_form_can_act_here(site: str, app: App, office: PostOffice, path: str) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.post(site + path, data={"user": NOOR, "text": "x", "from": "noor@firm.example"}) as answer:
            assert answer.status == 415
        headers = {"Content-Type": "text/plain"}
        async with session.post(site + path, data='{"user": "U0NOOR00001"}', headers=headers) as answer:
            assert answer.status == 415
    assert app.heard == []
    assert office.posted == []


@pytest.mark.parametrize(
    "letter",
    [
        {"from": "stranger@elsewhere.example", "to": "pay@firm.example", "subject": "x", "text": ""},
        {"from": "noor@firm.example", "to": "pay@firm.example", "subject": "x\r\nBcc: all@firm.example", "text": ""},
        {
            "from": "noor@firm.example",
            "to": "pay@firm.example",
            "subject": "x",
            "files": [{"name": "a", "content": "%"}],
        },
        {"from": "noor@firm.example"},
        [],
    ],
)
async def test_a_letter_that_is_none_is_refused(site: str, office: PostOffice, letter: Any) -> None:
    """(T18)"""
    async with aiohttp.ClientSession() as session, session.post(f"{site}mail/send", json=letter) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"]
    assert office.posted == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("slack/say", {"user": "U0GHOST", "channel": PAYMENTS, "text": "/paylink list"}),
        ("slack/say", {"user": NOOR, "channel": "C0NOWHERE", "text": "hello"}),
        ("slack/click", {"user": NOOR, "channel": PAYMENTS, "ts": "1.2", "block_id": "b", "action_id": "a"}),
        ("slack/submit", {"user": NOOR, "values": {}}),
        ("slack/close", {"user": NOOR}),
    ],
)
async def test_acts_on_things_that_are_not_there_are_refused(site: str, path: str, body: Json) -> None:
    async with aiohttp.ClientSession() as session, session.post(site + path, json=body) as answer:
        assert answer.status == 409


@pytest.mark.parametrize(
    "path", ["mail/jane@acme.example/1", "mail/noor@firm.example/s0", "mail/x/0/file/0", "mail/x/-1"]
)
async def test_letters_that_are_not_there_are_not_found(site: str, path: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(site + path) as answer:
        assert answer.status == 404


async def test_a_letter_with_everything_wrong_is_shown_as_far_as_it_can_be(page: Page, office: PostOffice) -> None:
    for raw in (
        b"",
        b"From: a@b <c@d>\r\nDate: yesterday\r\nContent-Type: text/plain; charset=klingon\r\n\r\nwords \xff\r\n",
        b"Subject: =?utf-8?q?=FF?=\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/html\n\n<p>hi",
    ):
        office.take("jane@acme.example", raw)
    await expect(page.locator(".row")).to_have_count(3)


async def test_a_stopped_sandbox_says_so(browser: Browser, site: str) -> None:
    page = await open_page(browser, site)
    await page.context.set_offline(True)
    await expect(page.get_by_text("The sandbox has stopped.")).to_be_visible(timeout=15_000)
    await page.context.set_offline(False)
    await expect(page.get_by_text("The sandbox has stopped.")).to_be_hidden(timeout=15_000)
    await page.context.close()
