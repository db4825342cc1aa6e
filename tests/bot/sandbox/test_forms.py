"""Forms: opened, filled in, refused on a field."""

from __future__ import annotations

from playwright.async_api import Page, expect

from bot.slack.stand_in import NOOR, SlackStandIn
from tests.bot.sandbox.made import (
    FORM,
    App,
    Json,
    command,
    section,
)


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
