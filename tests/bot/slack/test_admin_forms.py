"""The admins' other forms (settings have a file of their own), used as people do it in Slack, by signed requests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.slack.blocks.panels import OPEN
from bot.slack.stand_in.people import BOT_USER, GENERAL, NOOR, PAYMENTS, SAM, VERA
from handlers.answers import Overview
from handlers.desk import Desk
from handlers.people.add_staff import add_staff
from handlers.people.identify import slack_asker
from handlers.requests import Role
from models.tables import ChannelAccount, ChannelMap, FirmEvent, MerchantAccount, NewsRoute, StaffMember
from tests.bot.slack.admins_rig import admins_rig, front, opened
from tests.bot.slack.rig import words
from tests.waiting import eventually

pytestmark = pytest.mark.usefixtures("database")


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
