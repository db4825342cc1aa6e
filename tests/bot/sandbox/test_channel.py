"""The channel: typing, reading, clicking, as in Slack."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from bot.slack.stand_in import BOT_USER, NOOR, PAYMENTS, SAM, SlackStandIn
from bot.slack.stand_in.workspace import StoredFile
from tests.bot.sandbox.made import (
    CARD,
    EVERY_BLOCK,
    App,
    Json,
    command,
    plain,
    section,
)
from tests.waiting import eventually


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
    await page.get_by_role("button", name="More", exact=True).click()
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


async def test_a_card_in_a_thread_is_drawn_there_with_its_buttons(page: Page, slack: SlackStandIn, app: App) -> None:
    """(X2) A balance link stands under the card of the first link, and can be used there."""
    root = slack.workspace.post(PAYMENTS, BOT_USER, "first", [section("*PL-0M4XTR* is partly paid")])
    slack.workspace.post(PAYMENTS, BOT_USER, "balance", CARD, root["ts"])
    await expect(page.get_by_role("button", name="Copy link")).to_have_count(0)
    await page.get_by_role("button", name="1 reply").click()
    thread = page.locator(".thread")
    await expect(thread.locator(".heading")).to_have_text("PL-7F3K9Q · $1,250.00")
    await thread.get_by_role("button", name="Copy link").click()
    await expect(thread.get_by_role("button", name="Copy link")).to_be_enabled()
    (action,) = app.actions()
    assert action["action_id"] == "copy"
    assert app.heard[-1]["container"]["thread_ts"] == root["ts"]


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
