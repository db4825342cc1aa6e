"""The admins' forms, opened, filled in and sent as people do it in Slack, through signed requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, cast

import pytest

from bot.slack.blocks.administration_settings import label_of
from bot.slack.blocks.panels import OPEN
from bot.slack.poster import SlackPoster
from bot.slack.stand_in.block_rules import faults_of_view
from bot.slack.stand_in.people import BOT_USER, GENERAL, NOOR, PAYMENTS, SAM, VERA
from handlers.administration.catalogue import SETTINGS
from handlers.answers import Answer, Overview
from handlers.desk import Desk
from handlers.firm import Firm
from handlers.people.add_staff import add_staff
from handlers.people.identify import slack_asker
from handlers.ports import Ports
from handlers.requests import Asker, Request, Role
from models.money import Money
from models.tables import ChannelAccount, ChannelMap, FirmEvent, FirmSetting, MerchantAccount, NewsRoute, StaffMember
from tests.bot.slack.rig import UNHURRIED, Rig, form_of, rigged, words
from tests.cast import FIRM, Surroundings
from tests.fake_cards import FakeCards
from tests.models.test_logo import picture
from tests.waiting import eventually

pytestmark = pytest.mark.usefixtures("database")
OPERATED = replace(FIRM, admins=frozenset({NOOR}), captcha_provider="altcha")


class _Late:
    """A desk over ports that are known only once the front stands: its poster is the front's own."""

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.poster: SlackPoster | None = None
        self.hold = asyncio.Event()  # answers come once it is set
        self.hold.set()

    @property
    def ports(self) -> Ports:
        return replace(self.around.ports, channels=self.poster)

    async def ask(self, by: Asker, request: Request) -> Answer:
        await self.hold.wait()
        return await Desk(self.ports).ask(by, request)

    def __getattr__(self, name: str) -> Any:
        return getattr(Desk(self.ports), name)


@asynccontextmanager
async def admins_rig(firm: Firm = OPERATED, patience: float = UNHURRIED) -> AsyncIterator[tuple[Rig, Surroundings]]:
    around = Surroundings(firm=firm, cards=FakeCards())
    desk = _Late(around)
    async with rigged(desk, identify=partial(slack_asker, ports=around.ports), patience=patience) as rig:
        desk.poster = rig.line.poster
        yield rig, around


async def opened(rig: Rig, word: str, user: str = NOOR) -> dict[str, Any]:
    await rig.slack.type_command(user, PAYMENTS, word)
    return front(rig, user)


def front(rig: Rig, user: str = NOOR) -> dict[str, Any]:
    view = rig.slack.view_of(user)
    assert view is not None
    return view


def initial(view: dict[str, Any], label: str) -> str:
    """What a field began with."""
    [element] = [b["element"] for b in view["blocks"] if b["type"] == "input" and b["label"]["text"] == label]
    if "initial_options" in element:
        return " ".join(option["value"] for option in element["initial_options"])
    return str(element.get("initial_value") or (element.get("initial_option") or {}).get("value") or "")


@pytest.mark.parametrize("word", ["settings", "users", "notifications", "accounts"])
async def test_a_word_alone_opens_its_form_bare_and_then_filled_and_who_is_no_admin_is_told_so(word: str) -> None:
    """(F8, F9, F10, F12) The view is opened before anybody is asked who types."""
    async with admins_rig() as (rig, _):
        await opened(rig, word)
        calls = [call.method for call in rig.slack.calls if call.method in ("views.open", "users.info", "views.update")]
        assert calls[0] == "views.open"
        assert calls[-1] == "views.update"
        assert bool(front(rig).get("submit")) is (word != "accounts")
        await opened(rig, word.upper(), SAM)
        assert not front(rig, SAM).get("submit")
        assert "You are not set up to use Paylink" in words(front(rig, SAM))
    assert [(event.kind, event.who) for event in await FirmEvent.all()] == [("refused", SAM)]


@pytest.mark.parametrize("action", list(OPEN))
async def test_a_form_opens_by_the_button_under_what_is_said_of_it(action: str) -> None:
    """A mention has no trigger, so it is answered with the button."""
    name = OPEN[action]
    async with admins_rig() as (rig, _):
        await rig.slack.say(NOOR, PAYMENTS, f"@Paylink {name}")
        (told,) = await eventually(lambda: rig.slack.ephemerals(NOOR, PAYMENTS), "the answer")
        await rig.slack.click(NOOR, PAYMENTS, told["ts"], action)
        assert front(rig)["title"]["text"].lower().endswith(name)


# ── settings ──────────────────────────────────────────────────────────────────────────────────────────────────────────

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
        desk = cast("_Late", rig.desk)
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


# ── users ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_person_is_added_changed_and_removed_in_the_form_with_the_address_of_their_profile() -> None:
    """(F8) So that their letters count at once."""
    async with admins_rig() as (rig, _):
        await opened(rig, "users")
        email = rig.slack.workspace.people[SAM].email
        assert await rig.slack.submit(NOOR, {"Add somebody from Slack": SAM, "Role": "staff"}) == {}
        row = await StaffMember.get(slack_id=SAM)
        assert (row.role, row.email, row.name) == ("staff", email, rig.slack.workspace.people[SAM].name)
        assert f"Letters from {email} count as theirs" in words(front(rig))
        assert front(rig)["blocks"][1]["block_id"] == "person~1"  # new fields: the person is not in it
        await rig.slack.click_in_view(NOOR, "user_role", raw=f"viewer {SAM}")
        assert (await StaffMember.get(slack_id=SAM)).role == "viewer"
        await rig.slack.click_in_view(NOOR, "user_role", raw=f"nobody {SAM}")
        assert not (await StaffMember.get(slack_id=SAM)).active
        assert f"<@{SAM}>" not in words(front(rig)).split("Who may use Paylink")[1]
    changes = [(event.detail["before"], event.detail["after"]) for event in await FirmEvent.all().order_by("number")]
    assert changes == [("nobody", "staff"), ("staff", "viewer"), ("viewer", "nobody")]


@pytest.mark.parametrize(
    ("filled", "why"),
    [
        ({}, "Choose a person, or write a mail address."),
        ({"Add somebody from Slack": SAM, "Or by mail address, without Slack": "a@b.example"}, "not both"),
        ({"Or by mail address, without Slack": "sam"}, "not an e-mail address"),
        ({"Add somebody from Slack": NOOR, "Role": "viewer"}, "only the operator can change that"),
    ],
)
async def test_who_cannot_be_added_is_refused_on_the_field(filled: dict[str, str], why: str) -> None:
    async with admins_rig() as (rig, _):
        await opened(rig, "users")
        reply = await rig.slack.submit(NOOR, filled)
        assert why in reply["errors"]["person~0"]
    assert not await StaffMember.filter(slack_id=SAM).exists()


async def test_a_guest_gets_no_role_and_the_admin_is_told_why() -> None:
    """(T12)"""
    async with admins_rig() as (rig, _):
        rig.slack.workspace.people[VERA] = replace(rig.slack.workspace.people[VERA], is_restricted=True)
        await opened(rig, "users")
        reply = await rig.slack.submit(NOOR, {"Add somebody from Slack": VERA})
        assert "Guests cannot use Paylink" in reply["errors"]["person~0"]


async def test_many_people_are_shown_in_pages() -> None:
    async with admins_rig() as (rig, _):
        for number in range(60):
            await add_staff(f"Person {number:02}", Role.STAFF, email=f"p{number}@firm.example")
        await opened(rig, "users")
        assert "Person 00" in words(front(rig))
        await rig.slack.click_in_view(NOOR, "users_page_2")
        assert "Person 30" in words(front(rig))
        await rig.slack.click_in_view(NOOR, "users_page_3")
        assert "Person 59" in words(front(rig))


# ── notifications ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_line_of_the_map_is_added_tried_and_taken_off_in_the_form() -> None:
    """(F10, N1) The test is a message that really stands there."""
    async with admins_rig() as (rig, _):
        await opened(rig, "notifications")
        filled = {"News": "paid", "Channel": PAYMENTS, "Amounts from": "1,000", "Account": "trust"}
        assert await rig.slack.submit(NOOR, filled) == {}
        route = await NewsRoute.get()
        assert (route.event, route.account, route.target, route.least_minor) == ("paid", "trust", PAYMENTS, 100_000)
        assert "*paid* → <#C0PAYMENTS1>" in words(front(rig))
        assert "from $1,000.00 on" in words(front(rig))
        await rig.slack.click_in_view(NOOR, "news_try")
        assert "This is a test by" in words(rig.slack.messages(PAYMENTS)[-1])
        assert "The test was posted." in words(front(rig))
        await rig.slack.click_in_view(NOOR, "news_remove")
        assert await NewsRoute.all().count() == 0
        assert "Nobody besides" in words(front(rig))


@pytest.mark.parametrize(
    ("filled", "field", "why"),
    [
        ({}, "channel~0", "Choose a channel or a person."),
        ({"Channel": PAYMENTS, "Or a person, in direct messages": NOOR}, "channel~0", "not both"),
        ({"Channel": PAYMENTS, "Amounts from": "lots"}, "least~0", "lots"),
        ({"Channel": GENERAL}, "channel~0", "Paylink cannot post there"),
        ({"Or a person, in direct messages": SAM}, "channel~0", "Only people who have a role"),
    ],
)
async def test_a_line_that_cannot_be_is_refused_on_its_field(filled: dict[str, str], field: str, why: str) -> None:
    async with admins_rig() as (rig, _):
        rig.slack.workspace.channels[GENERAL].members.discard(BOT_USER)
        await opened(rig, "notifications")
        reply = await rig.slack.submit(NOOR, filled)
        assert why in reply["errors"][field]
    assert await NewsRoute.all().count() == 0


# ── accounts ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_account_is_looked_at_and_its_rules_are_changed_and_no_key_is_shown() -> None:
    """(F12)"""
    async with admins_rig() as (rig, around):
        await opened(rig, "accounts")
        assert "TEST MODE" in words(front(rig))
        await rig.slack.click_in_view(NOOR, "account_change", "trust")
        filled = {
            "Default account in": [PAYMENTS],
            "Channels it serves": [PAYMENTS, GENERAL],
            "Part payments": "allowed",
            "Least part": "50",
        }
        assert await rig.slack.submit(NOOR, filled) == {}
        assert "Harbor & Finch Client Trust: kept." in words(front(rig)).replace("&amp;", "&")
        assert "No channel serves Harbor & Finch Operating" in words(front(rig)).replace("&amp;", "&")
        row = await MerchantAccount.get(key="trust")
        assert (row.partial, row.partial_minimum) == ("allowed", 5000)
        assert {one.channel for one in await ChannelMap.filter(account="trust")} == {PAYMENTS, GENERAL}
        assert (await ChannelAccount.get()).account == "trust"
        await rig.slack.click_in_view(NOOR, "account_change", "trust")
        back = {"Default account in": [], "Channels it serves": [], "Part payments": "off", "Least part": ""}
        assert await rig.slack.submit(NOOR, back) == {}
        assert await ChannelMap.all().count() + await ChannelAccount.all().count() == 0
        assert around.ports.firm.accounts["trust"].partial == "off"
        assert around.ports.firm.accounts["trust"].own_rule
    assert await FirmEvent.filter(kind="account").count() == 6


async def test_an_account_that_another_admin_changed_meanwhile_is_left_as_they_made_it() -> None:
    async with admins_rig() as (rig, around):
        await opened(rig, "accounts")
        await rig.slack.click_in_view(NOOR, "account_change", "trust")
        assert isinstance(
            await Desk(around.ports).hear(
                await slack_asker(NOOR, "Noor", "", PAYMENTS, "", around.ports), "accounts partial trust allowed"
            ),
            Overview,
        )
        reply = await rig.slack.submit(NOOR, {"Part payments": "off"})
        assert "Somebody changed Harbor & Finch Client Trust" in reply["errors"]["defaults"]
        assert (await MerchantAccount.get(key="trust")).partial == "allowed"


async def test_a_least_part_that_is_no_amount_is_refused_on_its_field() -> None:
    async with admins_rig() as (rig, _):
        await opened(rig, "accounts")
        await rig.slack.click_in_view(NOOR, "account_change", "trust")
        reply = await rig.slack.submit(NOOR, {"Part payments": "allowed", "Least part": "fifty"})
        assert "fifty" in reply["errors"]["minimum"].lower()
        await rig.slack.click_in_view(NOOR, "accounts_back")
        assert not front(rig).get("submit")
