"""The settings form, opened, filled in and sent as admins do it in Slack, through signed requests."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from bot.slack.blocks.administration_settings import label_of
from bot.slack.stand_in.block_rules import faults_of_view
from bot.slack.stand_in.people import NOOR, PAYMENTS, VERA
from handlers.administration.catalogue import SETTINGS
from handlers.people.add_staff import add_staff
from handlers.requests import Role
from models.money import Money
from models.tables import FirmEvent, FirmSetting
from tests.bot.slack.admins_rig import OPERATED, Held, admins_rig, front, initial, opened
from tests.bot.slack.rig import form_of, words
from tests.cast import FIRM
from tests.models.test_logo import picture
from tests.waiting import eventually

pytestmark = pytest.mark.usefixtures("database")

EVERY_SETTING = {
    "Firm name": "Finch & Daughters",
    "Default message": "Please pay.\nThank you.",
    "Disclaimer": "Held in trust.",
    "Contact": "+1 212 555 0100",
    "Colour": "#7a1f4b",
    "Captcha": "off",
    "Reply-to address": "billing@firm.example",
    "Copy of receipts to": "books@firm.example",
    "Link lifetime in days": "60",
    "Part payments": "allowed",
    "Approval limit": "5000",
    "Reminder plan": "-3, 0, 7",
    "Reminder hour": "10",
    "Reminder weekdays": ["thu", "mon"],
    "Date and number format": "en_GB",
}


async def test_a_captcha_that_the_operator_has_not_set_up_is_named_with_what_sets_it_up() -> None:
    """(F9) There is nothing to switch; all the rest is kept as ever."""
    async with admins_rig(replace(OPERATED, captcha_provider="none")) as (rig, around):
        view = await opened(rig, "settings")
        assert "*Captcha*\nNone is set up. The operator sets `PAYLINK_CAPTCHA__PROVIDER`" in words(view)
        assert "Captcha" not in [block["label"]["text"] for block in view["blocks"] if block["type"] == "input"]
        await rig.slack.submit(NOOR, {"Contact": "+1 212 555 0100"})
        assert "Kept: 1 setting" in words(front(rig))
        assert around.ports.firm.contact == "+1 212 555 0100"
        await rig.slack.type_command(NOOR, PAYMENTS, "settings captcha")
        assert "off" in words(rig.slack.ephemerals(NOOR, PAYMENTS)[-1])
        assert "PAYLINK_CAPTCHA__PROVIDER" in words(rig.slack.ephemerals(NOOR, PAYMENTS)[-1])


async def test_every_setting_is_in_the_form_and_kept_at_once_told_once_and_shown_when_it_opens_again() -> None:
    """(F5, F6, F7, F9)"""
    async with admins_rig() as (rig, around):
        view = await opened(rig, "settings")
        labels = [block["label"]["text"] for block in view["blocks"] if block["type"] == "input"]
        assert set(labels) == {label_of(name) for name in SETTINGS} >= {*EVERY_SETTING, "Logo"}
        assert initial(view, "Firm name") == FIRM.name
        assert await rig.slack.submit(NOOR, EVERY_SETTING) == {}
        assert "Kept: 15 settings" in words(front(rig))
        firm = around.ports.firm
        assert (firm.name, firm.colour, firm.captcha, firm.link_days) == ("Finch & Daughters", "#7a1f4b", "off", 60)
        assert (firm.partial, firm.approval_limit) == ("allowed", Money(500_000, "USD"))
        assert (firm.reminders, firm.reminder_hour, firm.reminder_weekdays) == ("-3, 0, 7", 10, "mon thu")
        assert firm.disclaimer == "Held in trust."
        assert all(account.partial == "allowed" for account in firm.accounts.values())
        again = await opened(rig, "settings")
        assert initial(again, "Approval limit") == "5000.00 USD"
        assert initial(again, "Reminder weekdays") == "mon thu"
        assert await rig.slack.submit(NOOR, {"Colour": "", "Approval limit": "off"}) == {}
        assert (around.ports.firm.colour, around.ports.firm.approval_limit) == ("", None)
    assert await FirmEvent.filter(kind="setting").count() == 17


async def test_what_is_wrong_stands_under_its_field_and_nothing_of_the_form_is_kept() -> None:
    """(F14) No half of a form."""
    async with admins_rig() as (rig, around):
        await opened(rig, "settings")
        reply = await rig.slack.submit(
            NOOR,
            {
                "Firm name": "Finch",
                "Colour": "#ffd700",
                "Link lifetime in days": "900",
                "Contact": "4242 4242 4242 4242",
            },
        )
        assert set(reply["errors"]) == {"colour", "link days", "contact"}
        assert "contrast 1.4:1" in reply["errors"]["colour"]
        assert "card number" in reply["errors"]["contact"]
        assert around.ports.firm.name == FIRM.name
    assert await FirmSetting.filter(name__startswith="firm.").count() == 0


async def test_a_refusal_that_comes_late_brings_the_form_back_as_it_was_filled_in() -> None:
    """(F14, F17) Nobody types a whole form of settings twice."""
    async with admins_rig(patience=0.05) as (rig, around):
        await rig.slack.type_command(NOOR, PAYMENTS, "settings")
        await form_of(rig, NOOR)
        typed = {**EVERY_SETTING, "Colour": "#ffd700"}
        desk = cast("Held", rig.desk)
        desk.hold.clear()
        await rig.slack.submit(NOOR, typed)
        assert "Working on it" in words(front(rig))
        desk.hold.set()
        await eventually(lambda: "contrast 1.4:1" in words(front(rig)), "the form again")
        again = front(rig)
        assert faults_of_view(again) == []
        for label, value in typed.items():
            assert initial(again, label) == (value if isinstance(value, str) else "thu mon"), label
        assert around.ports.firm.name == FIRM.name
        await rig.slack.submit(NOOR, {"Colour": "#7a1f4b"})
        await eventually(lambda: "Kept: 15 settings" in words(front(rig)), "the settings to be kept")
        assert around.ports.firm.colour == "#7a1f4b"


async def test_a_logo_is_uploaded_kept_as_a_picture_of_our_own_left_alone_and_taken_away() -> None:
    """(F9) An address is not taken: nothing is ever fetched from elsewhere."""
    async with admins_rig() as (rig, around):
        await opened(rig, "settings")
        file = rig.slack.upload(NOOR, "logo.jpg", picture(kind="JPEG"))
        assert await rig.slack.submit(NOOR, {"Logo": [file], "Firm name": "Finch"}) == {}
        assert "Kept: 2 settings" in words(front(rig))
        logo = around.ports.firm.logo
        assert logo.startswith(b"\x89PNG")
        await opened(rig, "settings")
        await rig.slack.submit(NOOR, {"Firm name": "Finch & Daughters"})
        assert around.ports.firm.logo == logo
        await opened(rig, "settings")
        wrong = rig.slack.upload(NOOR, "logo.png", b"<svg/>")
        reply = await rig.slack.submit(NOOR, {"Logo": [wrong], "Contact": "Noor"})
        assert "no picture that can be shown" in reply["errors"]["logo"]
        assert (around.ports.firm.logo, around.ports.firm.contact) == (logo, "")
        address = await rig.slack.type_command(NOOR, PAYMENTS, "settings logo https://evil.example/logo.png")
        assert "no address is ever looked up" in words(address)
        await rig.slack.type_command(NOOR, PAYMENTS, "settings logo off")
        assert around.ports.firm.logo == b""
    told = [
        str(event.detail["after"]) for event in await FirmEvent.filter(kind="setting") if event.detail["what"] == "logo"
    ]
    assert told[0].startswith("a picture of ")


async def test_a_form_that_is_sent_as_it_was_opened_changes_nothing() -> None:
    async with admins_rig() as (rig, _):
        await opened(rig, "settings")
        await rig.slack.submit(NOOR, {})
        assert "Nothing was changed" in words(front(rig))
    assert await FirmEvent.all().count() == 0


async def test_the_second_of_two_admins_is_told_what_the_first_changed_and_overwrites_it_knowingly_or_not_at_all() -> (
    None
):
    async with admins_rig() as (rig, around):
        await add_staff("Vera Lindqvist", Role.ADMIN, VERA)
        await opened(rig, "settings")
        await opened(rig, "settings", VERA)
        await rig.slack.submit(VERA, {"Link lifetime in days": "30", "Contact": "Vera"})
        await rig.slack.submit(NOOR, {"Link lifetime in days": "60", "Firm name": "Finch"})
        shown = words(front(rig))
        assert "changed `link days` to “30” while you had this form open" in shown
        assert initial(front(rig), "Link lifetime in days") == "60"
        assert initial(front(rig), "Contact") == "Vera"  # theirs is shown, and not in question
        assert (around.ports.firm.link_days, around.ports.firm.name) == (30, FIRM.name)
        await rig.slack.submit(NOOR, {})
        firm = around.ports.firm
        assert (firm.link_days, firm.name, firm.contact) == (60, "Finch", "Vera")
