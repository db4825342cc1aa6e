"""The Home tab, the shortcuts in Slack's menus and the files of the local Slack, as a person uses them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from bot.slack.stand_in import BOT_USER, NOOR, PAYMENTS, SAM, SlackStandIn
from tests.bot.sandbox.made import CARD, PHONE, App, Json, actions, button, open_page, option, plain, section
from tests.waiting import eventually

HOME = {
    "type": "home",
    "blocks": [
        {"type": "header", "text": plain("Sent pages")},
        {
            **actions(
                button("New payment link", "new", style="primary"),
                {
                    "type": "static_select",
                    "action_id": "view",
                    "placeholder": plain("View"),
                    "options": [option("All", "all"), option("Outstanding", "outstanding")],
                },
                {"type": "overflow", "action_id": "more", "options": [option("Export", "export")]},
            ),
            "block_id": "bar",
        },
        {"type": "divider"},
        section("*PL-7F3K9Q*  $1,250.00 · Jane Doe", accessory=button("Show", "show", "PL-7F3K9Q")),
        section("*PL-0M4XTR*  $480.00 · Omar Reyes", accessory=button("Show", "show", "PL-0M4XTR")),
    ],
}
UPLOAD = {
    "type": "modal",
    "callback_id": "bulk",
    "title": plain("Bulk upload"),
    "submit": plain("Upload"),
    "blocks": [
        {
            "type": "input",
            "block_id": "file",
            "label": plain("File"),
            "hint": plain("CSV, TXT or XLSX, at most 5 MiB"),
            "element": {"type": "file_input", "action_id": "file", "filetypes": ["csv", "txt"], "max_files": 1},
        },
        {
            "type": "input",
            "block_id": "states",
            "label": plain("States"),
            "optional": True,
            "element": {
                "type": "multi_static_select",
                "action_id": "states",
                "options": [option("Open", "open"), option("Paid", "paid"), option("Expired", "expired")],
                "initial_options": [option("Open", "open")],
            },
        },
        {
            "type": "input",
            "block_id": "who",
            "label": plain("Told to"),
            "optional": True,
            "element": {"type": "multi_users_select", "action_id": "who"},
        },
    ],
}


def kinds(app: App) -> list[str]:
    return [str(said.get("type") or said.get("command")) for said in app.heard]


async def test_the_home_tab_shows_what_was_published_and_tells_the_app_what_is_used(
    page: Page, slack: SlackStandIn, app: App
) -> None:
    await page.get_by_role("button", name="⌂ Home").click()
    home = page.get_by_role("region", name="Paylink’s Home")
    await expect(home).to_contain_text("nothing to show here yet")
    await expect(page.get_by_label("Message or command")).to_be_hidden()
    slack.workspace.publish_home(NOOR, HOME)
    await home.get_by_label("View").select_option("outstanding")
    await eventually(lambda: len(app.actions()) == 1, "the choice to be told")
    slack.workspace.publish_home(NOOR, {**HOME, "blocks": [*HOME["blocks"], section("Page 2")]})
    await expect(home.get_by_text("Page 2")).to_be_visible()
    await expect(home.get_by_label("View")).to_have_value("outstanding")  # a block that stays keeps its choice
    await home.get_by_role("button", name="Show").last.click()
    await home.get_by_role("button", name="More").click()
    await page.get_by_role("button", name="Export").click()
    await eventually(lambda: len(app.actions()) == 3, "three actions")
    assert [(a["action_id"], a.get("value")) for a in app.actions()[:2]] == [("view", None), ("show", "PL-0M4XTR")]
    assert app.heard[-1]["view"]["state"]["values"]["bar"]["view"]["selected_option"]["value"] == "outstanding"
    await page.get_by_label("You are").select_option(SAM)
    await expect(home).to_contain_text("nothing to show here yet")
    await page.get_by_role("button", name="# payments").click()
    await expect(page.get_by_label("Message or command")).to_be_visible()


async def test_shortcuts_stand_beside_the_box_and_in_the_menu_of_each_message(
    page: Page, slack: SlackStandIn, app: App
) -> None:
    slack.workspace.post(PAYMENTS, SAM, "Jane owes 1250 for invoice 1042")
    await page.get_by_role("button", name="Files and shortcuts").click()
    await page.get_by_role("button", name="New payment link").click()
    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("button", name="Ask for payment").click()
    await eventually(lambda: len(app.heard) == 2, "both shortcuts")
    assert [(said["type"], said["callback_id"]) for said in app.heard] == [
        ("shortcut", "new_payment_link"),
        ("message_action", "ask_for_payment"),
    ]
    assert app.heard[1]["message"]["text"] == "Jane owes 1250 for invoice 1042"


async def test_a_thread_can_be_begun_under_any_message(page: Page, slack: SlackStandIn) -> None:
    root = slack.workspace.post(PAYMENTS, SAM, "Jane owes 1250")
    await page.get_by_role("button", name="More actions").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Reply in thread")).to_be_focused()
    await page.keyboard.press("Enter")
    reply = page.get_by_label("Reply in the thread")
    await expect(reply).to_be_focused()
    await reply.fill("who takes it?")
    await page.keyboard.press("Enter")
    await expect(page.locator(".thread")).to_contain_text("who takes it?")
    assert [line["text"] for line in slack.thread(PAYMENTS, root["ts"])] == ["who takes it?"]


async def test_files_are_shared_with_words_or_without_and_can_be_taken_back_first(
    page: Page, slack: SlackStandIn, tmp_path: Path
) -> None:
    (tmp_path / "invoices.csv").write_bytes(b"invoice,amount\n1042,1250.00\n")
    (tmp_path / "cat.txt").write_bytes(b"meow")
    await page.get_by_label("Share files").set_input_files([tmp_path / "invoices.csv", tmp_path / "cat.txt"])
    await page.get_by_role("button", name="Remove cat.txt").click()
    box = page.get_by_label("Message or command")
    await box.fill("/paylink list")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.locator("#toast")).to_contain_text("A command takes no file")
    await box.fill("these please")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_role("link", name="invoices.csv")).to_be_visible()
    (message,) = slack.messages(PAYMENTS)
    assert message["text"] == "these please"
    (file,) = message["files"]
    assert slack.workspace.files[file["id"]].content == b"invoice,amount\n1042,1250.00\n"
    async with page.expect_download() as started:
        await page.get_by_role("link", name="invoices.csv").click()
    assert (await started.value).suggested_filename == "invoices.csv"


async def test_a_form_takes_files_and_several_choices(
    page: Page, slack: SlackStandIn, app: App, tmp_path: Path
) -> None:
    (tmp_path / "invoices.csv").write_bytes(b"invoice,amount\n1042,1250.00\n")
    slack.workspace.open_view(NOOR, UPLOAD)
    form = page.get_by_role("dialog", name="Bulk upload")
    await form.get_by_role("button", name="Upload").click()
    await expect(form.locator(".error")).to_have_text("Please complete this required field.")
    await form.get_by_label("File").set_input_files(tmp_path / "invoices.csv")
    await expect(form.get_by_role("button", name="Remove invoices.csv")).to_be_visible()
    await form.get_by_label("Paid").check()
    await form.get_by_label("Sam Ortiz").check()
    await form.get_by_role("button", name="Upload").click()
    await expect(form).to_be_hidden()
    values = app.heard[-1]["view"]["state"]["values"]
    assert [file["name"] for file in values["file"]["file"]["files"]] == ["invoices.csv"]
    assert [each["value"] for each in values["states"]["states"]["selected_options"]] == ["open", "paid"]
    assert values["who"]["who"]["selected_users"] == [SAM]


async def test_a_form_under_another_keeps_what_was_typed_into_it(page: Page, slack: SlackStandIn) -> None:
    def form(title: str, field: str) -> Json:
        element = {"type": "plain_text_input", "action_id": "text"}
        block = {"type": "input", "block_id": "b", "label": plain(field), "element": element}
        return {"type": "modal", "title": plain(title), "submit": plain("Save"), "blocks": [block]}

    slack.workspace.open_view(NOOR, form("First", "Name"))
    await page.get_by_label("Name").fill("Jane")
    slack.workspace.open_view(NOOR, form("Second", "Amount"), over=True)
    second = page.get_by_role("dialog", name="Second")
    await expect(page.get_by_label("Amount")).to_have_value("")
    await second.get_by_role("button", name="Back").click()
    await expect(page.get_by_label("Name")).to_have_value("Jane")
    slack.workspace.open_view(NOOR, form("Second", "Amount"), over=True)
    await second.get_by_role("button", name="Close").click()
    await expect(page.locator("#modal")).to_be_hidden()
    assert slack.view_of(NOOR) is None


@pytest.mark.parametrize("size", [{}, PHONE], ids=["desktop", "phone"])
async def test_home_menus_and_file_fields_keep_nobody_out(
    browser: Browser, site: str, slack: SlackStandIn, axe: Callable[[Page], Awaitable[list[str]]], size: Json
) -> None:
    """WCAG 2.2 AA, and nothing wider than the window."""
    page = await open_page(browser, site, **size)
    slack.workspace.publish_home(NOOR, HOME)
    slack.workspace.post(PAYMENTS, BOT_USER, "card", CARD)
    await page.get_by_role("button", name="Files and shortcuts").click()
    found = [await axe(page)]
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="⌂ Home").click()
    await page.get_by_role("button", name="More").click()
    await expect(page.get_by_role("button", name="Export")).to_be_focused()
    found.append(await axe(page))
    await page.keyboard.press("Escape")
    slack.workspace.open_view(NOOR, UPLOAD)
    await expect(page.get_by_role("dialog", name="Bulk upload")).to_be_visible()
    found.append(await axe(page))
    assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert found == [[]] * len(found)
    await page.context.close()
