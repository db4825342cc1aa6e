"""What the tests of the sandbox's page are made of: letters, an app that answers, blocks of every kind."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web
from playwright.async_api import Browser, Page, expect

Json = dict[str, Any]
PHONE: Json = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@dataclass(frozen=True)
class Arrived:
    number: int
    recipients: tuple[str, ...]
    raw: bytes


class PostOffice:
    """Keeps letters, as the sandbox's own does."""

    def __init__(self) -> None:
        self.came: list[Arrived] = []
        self.posted: list[tuple[bytes, str, list[str]]] = []

    async def post(self, raw: bytes, sender: str, recipients: Sequence[str]) -> None:
        self.posted.append((raw, sender, list(recipients)))

    def letters(self) -> list[Arrived]:
        return self.came[::-1]

    def take(self, to: str, raw: bytes) -> None:
        self.came.append(Arrived(len(self.came) + 1, (to,), raw))

    def bring(self, to: str, subject: str, text: str, html: str = "", **headers: str) -> None:
        letter = EmailMessage()
        letter["From"] = '"Harbor & Finch LLP" <pay@firm.example>'
        letter["To"], letter["Subject"], letter["Date"] = to, subject, "Mon, 23 Nov 2026 15:00:00 +0000"
        letter["Message-ID"] = f"<{len(self.came)}@firm.example>"
        for name, value in headers.items():
            letter[name] = value
        letter.set_content(text)
        if html:
            letter.add_alternative(html, subtype="html")
        self.take(to, letter.as_bytes())


class App:
    """The app behind the events URL: it notes what Slack sends and answers what the test says."""

    def __init__(self) -> None:
        self.heard: list[Json] = []
        self.answer: Callable[[Json], Awaitable[Json | None]] | None = None

    async def events(self, request: web.Request) -> web.Response:
        form = {name: values[0] for name, values in parse_qs(await request.text(), keep_blank_values=True).items()}
        said = json.loads(form["payload"]) if "payload" in form else form
        self.heard.append(said)
        answer = await self.answer(said) if self.answer else None
        return web.json_response(answer) if answer else web.Response()

    def actions(self) -> list[Json]:
        return [said["actions"][0] for said in self.heard if said.get("type") == "block_actions"]


async def open_page(browser: Browser, site: str, **options: Any) -> Page:
    context = await browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | options))
    opened = await context.new_page()
    complaints: list[str] = []
    opened.complaints = complaints  # type: ignore[attr-defined]
    opened.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    await opened.goto(site)
    await expect(opened.locator("#channels button").first).to_be_visible()
    return opened


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": True}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(text: str, action: str, value: str = "", **more: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": action, "value": value, **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def option(text: str, value: str) -> Json:
    return {"text": plain(text), "value": value}


CONFIRM = {
    "title": plain("Cancel PL-7F3K9Q?"),
    "text": mrkdwn("The client *cannot* pay it any more."),
    "confirm": plain("Cancel the link"),
    "deny": plain("Keep it"),
    "style": "danger",
}
CARD = [
    {"type": "header", "text": plain("PL-7F3K9Q · $1,250.00")},
    section(
        "for *Jane Doe* &amp; Sons", fields=[mrkdwn("*State*\n:large_green_circle: open"), mrkdwn("*Due*\nDec 15")]
    ),
    {"type": "divider"},
    {"type": "context", "elements": [mrkdwn("sent to <mailto:jane@acme.example|jane@acme.example>")]},
    actions(
        button("Copy link", "copy", "PL-7F3K9Q", style="primary"),
        button("Cancel", "cancel", "PL-7F3K9Q", style="danger", confirm=CONFIRM),
    ),
]
EVERY_BLOCK = [
    *CARD,
    section(
        "_italic_ ~struck~ `code` <https://x.example/a|a link> <@U0SAM000001> <#C0GENERAL01|general> :tada:\n"
        "&gt; quoted\n```pre\n  formatted```after"
    ),
    section("pick", accessory={"type": "overflow", "action_id": "more", "options": [option("Resend", "resend")]}),
    actions(
        {
            "type": "static_select",
            "action_id": "view",
            "placeholder": plain("View"),
            "options": [option("Paid", "paid")],
        },
        {"type": "datepicker", "action_id": "day", "initial_date": "2026-12-15"},
        {"type": "checkboxes", "action_id": "ticks", "options": [option("Mail it", "mail")]},
        {"type": "radio_buttons", "action_id": "radio", "options": [option("Trust", "trust")]},
    ),
    {"type": "image", "image_url": "https://x.example/logo.png", "alt_text": "the firm's logo"},
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "bold words", "style": {"bold": True}},
                    {"type": "emoji", "name": "bell"},
                ],
            },
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "an item"}]}],
            },
        ],
    },
    {
        "type": "table",
        "rows": [
            [{"type": "raw_text", "text": "Reference"}, {"type": "raw_text", "text": "Amount"}],
            [{"type": "raw_text", "text": "PL-7F3K9Q"}, {"type": "raw_text", "text": "$1,250.00"}],
        ],
    },
    {"type": "markdown", "text": "**strong** words"},
]
FORM = {
    "type": "modal",
    "callback_id": "new",
    "title": plain("New payment link"),
    "submit": plain("Send"),
    "close": plain("Cancel"),
    "blocks": [
        {
            "type": "input",
            "block_id": "amount",
            "label": plain("Amount"),
            "hint": plain("1250.00"),
            "element": {"type": "plain_text_input", "action_id": "amount"},
        },
        {
            "type": "input",
            "block_id": "email",
            "label": plain("Email"),
            "optional": True,
            "element": {"type": "email_text_input", "action_id": "email"},
        },
        {
            "type": "input",
            "block_id": "count",
            "label": plain("Copies"),
            "optional": True,
            "element": {"type": "number_input", "action_id": "count", "is_decimal_allowed": False, "max_value": "9"},
        },
        {
            "type": "input",
            "block_id": "due",
            "label": plain("Due date"),
            "optional": True,
            "element": {"type": "datepicker", "action_id": "due"},
        },
        {
            "type": "input",
            "block_id": "account",
            "label": plain("Account"),
            "element": {
                "type": "static_select",
                "action_id": "account",
                "options": [option("Operating", "operating"), option("Trust", "trust")],
            },
        },
        {
            "type": "input",
            "block_id": "send",
            "label": plain("Send"),
            "optional": True,
            "element": {
                "type": "checkboxes",
                "action_id": "send",
                "options": [option("By mail", "mail")],
                "initial_options": [option("By mail", "mail")],
            },
        },
        {
            "type": "input",
            "block_id": "message",
            "label": plain("Message"),
            "optional": True,
            "element": {"type": "plain_text_input", "action_id": "message", "multiline": True},
        },
    ],
}


async def command(page: Page, text: str) -> None:
    await page.get_by_label("Message or command").fill(text)
    await page.keyboard.press("Escape")
    await page.keyboard.press("Enter")
