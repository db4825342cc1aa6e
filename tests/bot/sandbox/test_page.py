"""/sandbox/ in a real browser: a newcomer types, clicks, writes letters and reads them."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, expect

from bot.clock import SystemClock
from bot.sandbox import TRIES, mount
from bot.sandbox.sample import sample_csv
from bot.slack.stand_in import BOT_USER, NOOR, PAYMENTS, SAM, SlackStandIn
from bot.slack.stand_in.workspace import StoredFile
from tests.waiting import eventually

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


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def office() -> PostOffice:
    return PostOffice()


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    stand_in = SlackStandIn("xoxb-1", "a-signing-secret-of-32-characters", "", "T0TEAM00001", "", None, SystemClock())
    await stand_in.serve()
    yield stand_in
    await stand_in.close()


@pytest.fixture
async def site(app: App, slack: SlackStandIn, office: PostOffice) -> AsyncIterator[str]:
    """The product's server with the page on it; its URL."""
    server = web.Application()
    server.router.add_post("/slack/events", app.events)
    mount(server, slack, office, firm="Harbor & Finch LLP", intake="pay@firm.example", clock=SystemClock())
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0)
    await place.start()
    url = f"http://127.0.0.1:{place.port}"
    slack.events_url = f"{url}/slack/events"
    yield f"{url}/sandbox/"
    await runner.cleanup()


@pytest.fixture
async def page(browser: Browser, site: str) -> AsyncIterator[Page]:
    """The page at desktop width; what its console says against it fails the test."""
    opened = await open_page(browser, site)
    yield opened
    assert opened.complaints == []  # type: ignore[attr-defined]
    await opened.context.close()


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


# ── the first look ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_page_says_what_it_is_and_what_to_do(page: Page) -> None:
    await expect(page.get_by_role("heading", name="Paylink Sandbox")).to_be_visible()
    await expect(page.get_by_text("No real money, no account, nothing leaves this machine.")).to_be_visible()
    steps = page.get_by_role("list", name="How it works").get_by_role("listitem")
    await expect(steps).to_have_text([re.compile("Type a command"), re.compile("pay"), re.compile("turn paid")])
    await expect(page.get_by_text("Harbor & Finch LLP").first).to_be_visible()


async def test_three_commands_to_try_are_a_click_away(page: Page, app: App) -> None:
    await expect(page.locator(".try")).to_have_count(3)
    await page.locator(".try").first.click()
    box = page.get_by_label("Message or command")
    await expect(box).to_have_value(TRIES[0][0])
    await expect(box).to_be_focused()
    assert app.heard == []  # it is put into the box, not sent
    await page.keyboard.press("Enter")
    await expect(box).to_have_value("")
    assert app.heard[0]["text"].startswith("create 1250 <mailto:jane@acme.example|")


async def test_nothing_inline_and_nothing_from_elsewhere(site: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(site) as answer:
        text = await answer.text()
        policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert re.findall(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=|https?://", text) == []


async def test_the_address_without_its_slash_leads_to_the_page(site: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(site.rstrip("/"), allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (308, "/sandbox/")


# ── the channel ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_block_kit_is_drawn_and_its_buttons_work(page: Page, slack: SlackStandIn, app: App) -> None:
    slack.workspace.post(PAYMENTS, BOT_USER, "PL-7F3K9Q", EVERY_BLOCK)
    message = page.locator(".message")
    await expect(message.locator(".heading")).to_have_text("PL-7F3K9Q · $1,250.00")
    await expect(message.locator("strong", has_text="Jane Doe")).to_be_visible()
    await expect(message.get_by_text("for Jane Doe & Sons")).to_be_visible()
    await expect(message.locator(".fields > div")).to_have_text(["State🟢 open", "DueDec 15"])
    await expect(message.locator("em", has_text="italic")).to_be_visible()
    await expect(message.locator("blockquote")).to_have_text("quoted")
    await expect(message.locator("pre").first).to_have_text("pre\n  formatted")
    await expect(message.get_by_role("link", name="a link")).to_have_attribute("href", "https://x.example/a")
    await expect(message.get_by_text("@Sam Ortiz")).to_be_visible()
    await expect(message.get_by_role("cell", name="$1,250.00")).to_be_visible()
    await expect(message.get_by_role("listitem")).to_have_text("an item")
    await expect(message.locator(".undrawn")).to_have_count(0)
    await message.get_by_role("button", name="Copy link").click()
    await expect(message.get_by_role("button", name="Copy link")).to_be_enabled()
    (action,) = app.actions()
    assert (action["action_id"], action["value"]) == ("copy", "PL-7F3K9Q")


async def test_menus_and_pickers_of_a_message_tell_the_app(page: Page, slack: SlackStandIn, app: App) -> None:
    slack.workspace.post(PAYMENTS, BOT_USER, "PL-7F3K9Q", EVERY_BLOCK)
    await page.get_by_label("View", exact=True).select_option("paid")
    await page.locator("summary").click()
    await page.get_by_role("button", name="Resend").click()
    await page.get_by_label("Mail it").check()
    await page.get_by_label("Trust").check()
    await page.locator("[type=date]").fill("2027-01-02")
    await eventually(lambda: len(app.actions()) == 5, "five actions")
    told = {action["action_id"]: action for action in app.actions()}
    assert told["view"]["selected_option"]["value"] == "paid"
    assert told["more"]["selected_option"]["value"] == "resend"
    assert [chosen["value"] for chosen in told["ticks"]["selected_options"]] == ["mail"]
    assert told["radio"]["selected_option"]["value"] == "trust"
    assert told["day"]["selected_date"] == "2027-01-02"


async def test_a_button_that_asks_first_does_nothing_when_the_answer_is_no(
    page: Page, slack: SlackStandIn, app: App
) -> None:
    slack.workspace.post(PAYMENTS, BOT_USER, "card", CARD)
    await page.get_by_role("button", name="Cancel").click()
    question = page.get_by_role("dialog", name="Cancel PL-7F3K9Q?")
    await expect(question).to_contain_text("The client cannot pay it any more.")
    await question.get_by_role("button", name="Keep it").click()
    await expect(question).to_be_hidden()
    assert app.actions() == []
    await page.get_by_role("button", name="Cancel").click()
    await question.get_by_role("button", name="Cancel the link").click()
    await expect(page.get_by_role("button", name="Cancel")).to_be_enabled()
    assert [action["action_id"] for action in app.actions()] == ["cancel"]


async def test_what_a_message_says_never_becomes_markup(page: Page, slack: SlackStandIn) -> None:
    """(T14)"""
    hostile = [
        "<img src=x onerror=alert(1)>",
        "&lt;img src=x onerror=alert(1)&gt;",
        "<javascript:alert(1)|click>",
        "*<script>alert(1)</script>*",
        "`</code><script>alert(1)</script>`",
    ]
    blocks = [block for text in hostile for block in (section(text), {"type": "header", "text": plain(text)})]
    slack.workspace.post(PAYMENTS, BOT_USER, "x", blocks)
    await expect(page.locator(".message .heading")).to_have_text(hostile)
    await expect(page.locator(".message").locator("img, script, a, [onerror]")).to_have_count(0)


async def test_an_answer_is_for_its_asker_only_and_can_be_dismissed(page: Page, slack: SlackStandIn, app: App) -> None:
    async def answer(said: Json) -> Json:
        return {"text": "made", "blocks": [section("*PL-1* is made")]}

    app.answer = answer
    await command(page, "/paylink create 100")
    whisper = page.locator(".whisper")
    await expect(whisper).to_contain_text("Only visible to you")
    await expect(whisper).to_contain_text("/paylink create 100")
    await expect(whisper.locator("strong", has_text="PL-1")).to_be_visible()
    await page.get_by_label("You are").select_option(SAM)
    await expect(whisper).to_have_count(0)
    await page.get_by_label("You are").select_option(NOOR)
    await whisper.get_by_role("button", name="Dismiss").click()
    await expect(whisper).to_have_count(0)


async def test_a_command_that_fails_shows_slacks_own_line(page: Page, slack: SlackStandIn) -> None:
    slack.events_url = "http://127.0.0.1:1/slack/events"
    await command(page, "/paylink list")
    await expect(page.locator(".failed")).to_contain_text('/paylink failed with the error "dispatch_failed"')
    await command(page, "/remind me")
    await expect(page.locator(".failed").last).to_contain_text("/remind is not a valid command here")


async def test_a_card_is_edited_in_place_and_its_thread_opens(page: Page, slack: SlackStandIn) -> None:
    card = slack.workspace.post(PAYMENTS, BOT_USER, "PL-1 is open", CARD)
    slack.workspace.post(PAYMENTS, BOT_USER, "Mailed to jane@acme.example", (), card["ts"])
    await expect(page.locator(".message")).to_have_count(1)
    await page.get_by_role("button", name="1 reply").click()
    await expect(page.locator(".thread")).to_contain_text("Mailed to jane@acme.example")
    slack.workspace.edit(PAYMENTS, card["ts"], "PL-1 is paid", [section(":white_check_mark: *Paid*")])
    slack.workspace.post(PAYMENTS, BOT_USER, "Paid by card", (), card["ts"])
    await expect(page.get_by_text("(edited)")).to_be_visible()
    await expect(page.locator(".message strong").first).to_have_text("Paid")
    await expect(page.locator(".thread")).to_contain_text("Paid by card")
    for step in ("#step-2", "#step-3"):
        await expect(page.locator(step)).to_have_class(re.compile("done"))


async def test_a_card_that_changes_out_of_sight_is_a_click_away(page: Page, slack: SlackStandIn) -> None:
    card = slack.workspace.post(PAYMENTS, BOT_USER, "PL-1 is open", CARD)
    for number in range(30):
        slack.workspace.post(PAYMENTS, BOT_USER, f"message {number}")
    await expect(page.get_by_text("message 29")).to_be_in_viewport()
    slack.workspace.edit(PAYMENTS, card["ts"], "PL-1 is paid", [section(":white_check_mark: *Paid*")])
    await page.get_by_role("button", name="A card above has changed").click()
    await expect(page.locator(".message strong", has_text="Paid")).to_be_in_viewport()
    await expect(page.get_by_role("button", name="A card above has changed")).to_be_hidden()


async def test_the_box_hints_at_commands_and_brings_the_last_one_back(page: Page) -> None:
    box = page.get_by_label("Message or command")
    await box.press_sequentially("/pay")
    await expect(page.get_by_role("listbox", name="Commands").get_by_role("option")).to_have_count(7)
    await box.fill("/paylink li")
    await expect(page.get_by_role("listbox", name="Commands").get_by_role("option")).to_have_count(1)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(box).to_have_value("/paylink list outstanding ")
    await page.keyboard.press("Enter")
    await expect(box).to_have_value("")
    await page.keyboard.press("ArrowUp")
    await expect(box).to_have_value("/paylink list outstanding")
    await page.keyboard.press("ArrowDown")
    await expect(box).to_have_value("")


async def test_a_file_that_was_posted_can_be_saved(page: Page, slack: SlackStandIn, site: str) -> None:
    slack.workspace.files["F1"] = StoredFile("F1", "paylinks B-17.csv", b"reference,url\n", done=True)
    slack.workspace.post(PAYMENTS, BOT_USER, "your links", files=[{"id": "F1", "name": "paylinks B-17.csv"}])
    async with page.expect_download() as started:
        await page.get_by_role("link", name="paylinks B-17.csv").click()
    saved = await started.value
    assert saved.suggested_filename == "paylinks B-17.csv"
    assert (await saved.path()).read_bytes() == b"reference,url\n"


# ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_form_is_filled_in_corrected_and_sent(page: Page, slack: SlackStandIn, app: App) -> None:
    async def answer(said: Json) -> Json | None:
        if said.get("command"):
            slack.workspace.open_view(NOOR, FORM)
        elif said["type"] == "view_submission":
            amount = said["view"]["state"]["values"]["amount"]["amount"]["value"]
            if amount == "abc":
                return {"response_action": "errors", "errors": {"amount": "abc is not a number"}}
        return None

    app.answer = answer
    await command(page, "/paylink")
    form = page.get_by_role("dialog", name="New payment link")
    await expect(form.get_by_label("Amount")).to_be_focused()
    await page.set_viewport_size({"width": 1280, "height": 400})
    assert await form.evaluate("it => it.scrollHeight <= it.clientHeight")  # only what is between head and foot scrolls
    await form.get_by_role("button", name="Send").click()
    await expect(form.locator(".error")).to_have_text(["Please complete this required field."] * 2)
    assert len(app.heard) == 1  # Slack itself refused
    await form.get_by_label("Amount").fill("abc")
    await form.get_by_label("Email").fill("jane@acme.example")
    await form.get_by_label("Due date").fill("2026-12-15")
    await form.get_by_label("Account").select_option("trust")
    await form.get_by_label("Message").fill("two\nlines")
    await form.get_by_role("button", name="Send").click()
    await expect(form.locator(".error")).to_have_text(["abc is not a number"])
    await expect(form.get_by_label("Amount")).to_be_focused()
    await expect(form.get_by_label("Email")).to_have_value("jane@acme.example")
    await form.get_by_label("Amount").fill("1250")
    await page.keyboard.press("Enter")
    await expect(form).to_be_hidden()
    values = app.heard[-1]["view"]["state"]["values"]
    assert values["amount"]["amount"]["value"] == "1250"
    assert values["due"]["due"]["selected_date"] == "2026-12-15"
    assert values["account"]["account"]["selected_option"]["value"] == "trust"
    assert values["send"]["send"]["selected_options"][0]["value"] == "mail"
    assert values["message"]["message"]["value"] == "two\nlines"
    assert values["count"]["count"]["value"] is None


async def test_a_form_that_is_filled_later_keeps_what_was_typed(page: Page, slack: SlackStandIn) -> None:
    view = slack.workspace.open_view(NOOR, FORM)
    form = page.get_by_role("dialog", name="New payment link")
    await form.get_by_label("Amount").fill("12")
    slack.workspace.change_view(NOOR, view["id"], {**FORM, "blocks": [section("Two accounts"), *FORM["blocks"]]})
    await expect(form.get_by_text("Two accounts")).to_be_visible()
    await expect(form.get_by_label("Amount")).to_have_value("12")
    await page.keyboard.press("Escape")
    await expect(form).to_be_hidden()
    assert slack.view_of(NOOR) is None


# ── mail ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

LETTER = """<!doctype html><html><head><title>x</title></head><body style="background:#eee">
<p id="said" style="color:rgb(255, 0, 0)">Dear Jane</p>
<script>document.getElementById("said").textContent = "run"</script>
<img src="https://tracker.example/x.png" alt=""><a href="SITE">Pay now</a></body></html>"""


async def test_a_clients_letter_arrives_with_its_link_and_is_shown_as_designed_and_as_text(
    page: Page, office: PostOffice, site: str
) -> None:
    link = site.replace("/sandbox/", "/p/abcdefgh12345678")
    office.bring("jane@acme.example", "Payment request", f"Dear Jane,\n{link}\n", LETTER.replace("SITE", link))
    await expect(page.get_by_role("heading", name="jane@acme.example")).to_be_visible()
    await expect(page.get_by_role("link", name="Open the payment page")).to_have_attribute("href", link)
    await page.get_by_role("button", name="Payment request").click()
    frame = page.frame_locator("iframe")
    await expect(frame.locator("#said")).to_have_text("Dear Jane")  # its script did not run
    await expect(frame.locator("#said")).to_have_css("color", "rgb(255, 0, 0)")
    async with page.context.expect_page() as opened:
        await frame.get_by_role("link", name="Pay now").click()
    assert (await opened.value).url == link
    await page.get_by_role("button", name="Show plain text").click()
    await expect(page.locator("pre").get_by_role("link", name=link)).to_be_visible()
    await expect(page.locator("#step-2")).not_to_have_class(re.compile("done"))  # read, but not paid
    page.complaints.clear()  # type: ignore[attr-defined] # Chromium tells of what the frame may not do; that is meant


async def test_staff_mail_the_sample_csv_and_answer_the_review(page: Page, office: PostOffice) -> None:
    await page.get_by_role("button", name="Write a letter").click()
    await page.get_by_role("button", name="Attach the sample CSV").click()
    await expect(page.get_by_role("list", name="Attached files")).to_contain_text("invoices.csv")
    await page.get_by_label("Text").fill("Please send these.")
    await page.get_by_role("button", name="Send the letter").click()
    await expect(page.get_by_role("button", name="To pay@firm.example")).to_be_visible()
    raw, sender, recipients = office.posted[0]
    letter = message_from_bytes(raw, _class=EmailMessage, policy=default)
    assert (sender, recipients) == ("noor@firm.example", ["pay@firm.example"])
    assert (letter["From"], letter["Subject"]) == ("Noor Haddad <noor@firm.example>", "Invoices")
    (attached,) = letter.iter_attachments()
    assert attached.get_filename() == "invoices.csv"
    assert attached.get_payload(decode=True) == sample_csv(SystemClock().now().date())
    office.bring("noor@firm.example", "Re: Invoices: B-1", "5 rows.\nReply: send", References=letter["Message-ID"])
    await page.get_by_role("button", name="B-1").click()
    await page.get_by_role("button", name="Reply").click()
    await page.get_by_label("Text").press_sequentially("send")
    await page.get_by_role("button", name="Send the letter").click()
    await expect(page.get_by_role("button", name="To pay@firm.example")).to_have_count(2)
    answer = message_from_bytes(office.posted[1][0], _class=EmailMessage, policy=default)
    review = message_from_bytes(office.came[0].raw, _class=EmailMessage, policy=default)
    assert answer["Subject"] == "Re: Invoices: B-1"
    assert answer["In-Reply-To"] == review["Message-ID"]
    assert answer["References"].split() == [letter["Message-ID"], review["Message-ID"]]
    assert answer.get_content().splitlines()[0] == "send"
    assert "> Reply: send" in answer.get_content()


async def test_a_file_of_ones_own_and_another_sender(page: Page, office: PostOffice, slack: SlackStandIn) -> None:
    await page.get_by_role("button", name="Write a letter").click()
    await page.get_by_label("From").select_option("sam@firm.example")
    await page.get_by_label("Subject").fill("create 480 omar@client.example for Omar Reyes")
    big = b"a,b\n" + b"1,2\n" * 300_000
    await page.get_by_label("Attach a file").set_input_files({"name": "ä b.csv", "mimeType": "text/csv", "buffer": big})
    await page.get_by_role("button", name="Send the letter").click()
    await expect(page.get_by_role("button", name="To pay@firm.example")).to_be_visible()
    letter = message_from_bytes(office.posted[0][0], _class=EmailMessage, policy=default)
    (attached,) = letter.iter_attachments()
    assert (letter["From"], attached.get_filename()) == ("Sam Ortiz <sam@firm.example>", "ä b.csv")
    assert attached.get_payload(decode=True) == big


async def test_who_writes_is_who_was_chosen_and_a_letter_to_elsewhere_waits_for_no_answer(page: Page) -> None:
    await page.get_by_label("You are").select_option(label="Sam Ortiz · staff")
    await page.get_by_role("button", name="Write a letter").click()
    await expect(page.get_by_label("From")).to_have_value("sam@firm.example")
    for to, told in (
        ("elsewhere@firm.example", "reads only what is mailed to"),
        ("Pay+trust@firm.example", "lands here"),
    ):
        await page.get_by_role("button", name="Write a letter").click()
        await page.get_by_label("To", exact=True).fill(to)
        await page.get_by_role("button", name="Send the letter").click()
        await expect(page.get_by_role("status").filter(has_text=told)).to_be_visible()


async def test_a_command_without_its_slash_is_a_message_and_the_page_says_so(page: Page) -> None:
    await command(page, "list outstanding")
    await expect(page.get_by_role("status").filter(has_text="A command begins with /paylink.")).to_be_visible()


async def test_five_hundred_letters_can_be_searched(page: Page, office: PostOffice) -> None:
    for number in range(500):
        office.bring(f"c{number}@client.example", f"Payment request {number}", "text")
    await expect(page.get_by_text("400 more addresses")).to_be_visible()
    await page.get_by_label("Find an address").fill("c321@")
    await expect(page.locator(".group")).to_have_count(1)
    await expect(page.get_by_role("heading", name="c321@client.example")).to_be_visible()


def test_the_sample_has_the_seven_columns_and_dates_to_come() -> None:
    """(F25)"""
    rows = list(csv.DictReader(io.StringIO(sample_csv(date(2026, 12, 30)).decode())))
    columns = "invoice number, invoice date, due date, recipient name, amount, email address, custom message"
    assert list(rows[0]) == columns.split(", ")
    assert len(rows) == 5
    assert all(row["invoice date"] == "2026-12-30" < row["due date"] for row in rows)


# ── hostile and broken ───────────────────────────────────────────────────────────────────────────────────────────────


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


# ── for everybody ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [{}, PHONE], ids=["desktop", "phone"])
async def test_the_page_keeps_nobody_out(
    browser: Browser,
    site: str,
    slack: SlackStandIn,
    office: PostOffice,
    axe: Callable[[Page], Awaitable[list[str]]],
    size: Json,
    scheme: str,
) -> None:
    """WCAG 2.2 AA, nothing wider than the window, in every state of the page."""
    page = await open_page(browser, site, **size, color_scheme=scheme)
    found = [await axe(page)]
    card = slack.workspace.post(PAYMENTS, BOT_USER, "card", EVERY_BLOCK)
    slack.workspace.post(PAYMENTS, BOT_USER, "reply", (), card["ts"])
    slack.workspace.whisper(PAYMENTS, NOOR, "for you", [section("*for you* `code`")], command="/paylink list")
    office.bring("jane@acme.example", "Payment request", "Dear Jane", "<html lang=en><title>x</title><p>Dear Jane</p>")
    await page.get_by_role("button", name="1 reply").click()
    await expect(page.locator(".whisper")).to_be_visible()
    found.append(await axe(page))
    await page.get_by_label("Message or command").fill("/pay")
    await expect(page.get_by_role("listbox")).to_be_visible()
    found.append(await axe(page))
    assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    slack.workspace.open_view(NOOR, FORM)
    await page.get_by_role("dialog").get_by_role("button", name="Send").click()
    await expect(page.locator(".error").first).to_be_visible()
    found.append(await axe(page))
    await page.get_by_role("button", name="Close", exact=True).click()
    if size:
        await page.get_by_role("button", name="Mail").click()
    await page.get_by_role("button", name="Payment request").click()
    await expect(page.frame_locator("iframe").get_by_text("Dear Jane")).to_be_visible()
    found.append(await axe(page))
    await page.get_by_role("button", name="Write a letter").click()
    await page.get_by_role("button", name="Attach the sample CSV").click()
    found.append(await axe(page))
    assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert found == [[]] * len(found)
    await page.context.close()


async def test_everything_can_be_done_with_the_keyboard(page: Page, slack: SlackStandIn, app: App) -> None:
    slack.workspace.post(PAYMENTS, BOT_USER, "card", CARD)
    await expect(page.locator(".heading")).to_be_visible()
    await page.get_by_role("log").focus()
    reached = []
    for _ in range(3):
        await page.keyboard.press("Tab")
        reached.append(await page.evaluate("document.activeElement.textContent"))
    assert reached == ["jane@acme.example", "Copy link", "Cancel"]
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog", name="Cancel PL-7F3K9Q?")).to_be_hidden()
    assert app.actions() == []
