"""Admins' words as Slack sends them, signed, with people and channels wrapped by their ids."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from bot.slack.stand_in.people import NOOR, PAYMENTS, SAM, VERA
from handlers.desk import Desk
from handlers.people.identify import slack_asker
from models.tables import FirmEvent, NewsRoute, StaffMember
from tests.bot.slack.rig import rigged, words
from tests.cast import FIRM, Surroundings
from tests.fake_cards import FakeCards

pytestmark = pytest.mark.usefixtures("database")


async def test_an_admin_adds_a_colleague_by_mention_who_then_makes_a_link_and_is_removed_again() -> None:
    """(F8)"""
    around = Surroundings(firm=replace(FIRM, admins=frozenset({NOOR})))
    async with rigged(Desk(around.ports), identify=partial(slack_asker, ports=around.ports)) as rig:
        before = await rig.slack.type_command(SAM, PAYMENTS, "create 100 account operating")
        assert "You are not set up" in words(before)
        added = await rig.slack.type_command(NOOR, PAYMENTS, f"users add <@{SAM}|sam> staff")
        assert f"<@{SAM}>" in words(added)
        assert "Link made" in words(await rig.slack.type_command(SAM, PAYMENTS, "create 100 account operating"))
        assert (await StaffMember.get(slack_id=SAM)).name == "Sam Ortiz"
        await rig.slack.type_command(NOOR, PAYMENTS, f"users remove <@{SAM}|sam>")
        after = await rig.slack.type_command(SAM, PAYMENTS, "create 200 account operating")
        assert "You are not set up" in words(after)
    kinds = [(event.kind, event.who) for event in await FirmEvent.all().order_by("number")]
    assert kinds == [("refused", SAM), ("user", NOOR), ("user", NOOR), ("refused", SAM)]


async def test_a_channel_by_its_mention_hears_of_links_and_settings_are_shown_as_text() -> None:
    """(F9, F10, T14) A value that looks like markup is shown letter by letter."""
    around = Surroundings(firm=replace(FIRM, admins=frozenset({NOOR})), cards=FakeCards())
    async with rigged(Desk(around.ports), identify=partial(slack_asker, ports=around.ports)) as rig:
        routed = await rig.slack.type_command(NOOR, PAYMENTS, f"notifications all <#{PAYMENTS}|payments>")
        assert f"<#{PAYMENTS}>" in words(routed)
        await rig.slack.type_command(NOOR, PAYMENTS, "settings contact <!channel> *now*")
        assert around.ports.firm.contact == "<!channel> *now*"
        shown = words(await rig.slack.type_command(NOOR, PAYMENTS, "settings contact"))
        assert "&lt;!channel&gt;" in shown
        assert "<!channel>" not in shown
        named = words(await rig.slack.type_command(NOOR, PAYMENTS, "accounts default trust"))
        assert f"default in <#{PAYMENTS}>" in named
    route = await NewsRoute.get()
    assert (route.event, route.account, route.target) == ("all", "", PAYMENTS)


async def test_who_is_turned_away_at_slacks_own_door_stands_in_the_trail() -> None:
    """(T12) A guest, though an admin gave them a role."""
    around = Surroundings(firm=replace(FIRM, admins=frozenset({NOOR, VERA})))
    async with rigged(Desk(around.ports), identify=partial(slack_asker, ports=around.ports)) as rig:
        people = rig.slack.workspace.people
        people[VERA] = replace(people[VERA], is_restricted=True)
        refused = await rig.slack.type_command(VERA, PAYMENTS, "settings link days 5")
        assert "Guests cannot use Paylink" in words(refused)
    event = await FirmEvent.get()
    assert (event.kind, event.who, event.door, event.detail["role"]) == ("refused", VERA, "slack", "nobody")
    assert str(event.detail["why"]).startswith("Guests cannot")
