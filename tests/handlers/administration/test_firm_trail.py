"""The firm's own trail: every change and every refusal, in one chain that nobody can edit unseen."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest
from tortoise.connection import get_connection
from tortoise.exceptions import OperationalError

from handlers.answers import Overview, Refusal
from handlers.desk import Desk
from handlers.firm_trail import HEAD, REFUSALS_A_DAY, verify_firm_trail
from handlers.links.create_link import create_link
from handlers.requests import AddUser, CreateLink, Role
from models.errors import DatabaseTrouble
from models.money import Money
from models.tables import FirmEvent, FirmSetting, Job, LinkEvent, StaffMember
from tests.cast import BILLING, NOOR, SAM, STRANGER, VERA, Surroundings
from tests.tampering import unguarded

pytestmark = pytest.mark.usefixtures("database")


async def test_changes_and_refusals_made_at_once_follow_one_another() -> None:
    """(M10) Ten admins' and ten strangers' commands at the same moment make one whole chain."""
    desk = Desk(Surroundings().ports)
    changes = [desk.hear(NOOR.in_slack(), f"settings link days {days}") for days in range(10, 20)]
    refusals = [desk.hear(STRANGER.in_slack(), "list") for _ in range(10)]
    answers = await asyncio.gather(*changes, *refusals)
    assert [type(answer) for answer in answers] == [Overview] * 10 + [Refusal] * 10
    assert await verify_firm_trail() == (20, ())
    changed = await FirmEvent.filter(kind="setting").order_by("number")
    assert [event.detail["before"] for event in changed[1:]] == [event.detail["after"] for event in changed[:-1]]


async def test_a_name_that_reads_like_an_id_names_nobody_in_what_admins_are_told() -> None:
    """(T14) People choose their own names in Slack."""
    await StaffMember.create(slack_id=SAM.slack_id, name=VERA.slack_id, role="staff")
    desk = Desk(Surroundings().ports)
    await desk.ask(NOOR.in_slack(), AddUser(SAM.slack_id, Role.VIEWER))
    await desk.hear(NOOR.in_slack(), f"notifications paid <#{BILLING}>")
    told = [job.payload for job in await Job.filter(kind="tell_admins").order_by("id")]
    assert f"the role of {VERA.slack_id} ({SAM.slack_id})" in str(told[0]["words"])
    assert [*dict.fromkeys(str(one["named"]) for one in told)] == [str([SAM.slack_id]), str([BILLING])]


@pytest.mark.parametrize("edit", ["changed", "one deleted", "the last deleted", "all deleted"])
@pytest.mark.own_rows
async def test_an_edit_of_the_trail_is_detected(edit: str) -> None:
    """(T22)"""
    desk = Desk(Surroundings().ports)
    for days in (10, 20, 30):
        await desk.hear(NOOR.in_slack(), f"settings link days {days}")
    assert await verify_firm_trail() == (3, ())
    async with unguarded():
        if edit == "changed":
            await FirmEvent.filter(number=2).update(who="U0MALLORY")
        else:
            doomed = {"one deleted": FirmEvent.filter(number=2), "the last deleted": FirmEvent.filter(number=3)}
            await doomed.get(edit, FirmEvent.all()).delete()
    _, faults = await verify_firm_trail()
    told = {"changed": "event 2 (setting) was changed", "one deleted": "event 2 is missing"}
    assert told.get(edit, "events at its end are missing") in faults[0]


@pytest.mark.only_postgres
@pytest.mark.parametrize("table", ["link_event", "firm_event"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET who = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
async def test_postgresql_refuses_to_change_a_trail(table: str, statement: str) -> None:
    """(T22) Also to the owner of the tables, who is who Paylink logs in as."""
    around = Surroundings()
    await create_link(CreateLink(Money(10000, "USD"), "operating"), SAM.in_slack(), around.ports)
    await Desk(around.ports).hear(NOOR.in_slack(), "settings link days 10")
    with pytest.raises(
        (OperationalError, DatabaseTrouble), match=re.escape(f"the audit trail in {table} is never changed")
    ):
        await get_connection("default").execute_query(statement.format(table))
    assert await (LinkEvent if table == "link_event" else FirmEvent).all().count() == 1


async def test_a_person_who_goes_on_trying_does_not_fill_the_trail() -> None:
    """What comes after the hundredth of a day is in the log alone; the next day counts anew."""
    around = Surroundings()
    desk = Desk(around.ports)
    for _ in range(REFUSALS_A_DAY + 5):
        assert isinstance(await desk.hear(STRANGER.in_slack(), "list"), Refusal)
    await desk.hear(SAM.in_slack(), "settings")
    assert await FirmEvent.filter(who=STRANGER.slack_id).count() == REFUSALS_A_DAY
    assert await FirmEvent.filter(who=SAM.slack_id).count() == 1
    around.clock.tick(timedelta(days=1, seconds=1))
    await desk.hear(STRANGER.in_slack(), "list")
    assert await FirmEvent.filter(who=STRANGER.slack_id).count() == REFUSALS_A_DAY + 1
    assert (await FirmSetting.get(name=HEAD)).value.startswith(f"{REFUSALS_A_DAY + 2} ")


async def test_a_refusal_says_who_asked_what_through_which_door() -> None:
    around = Surroundings()
    await Desk(around.ports).hear(SAM.in_slack(), "users remove <@U0NOOR|noor>")
    await Desk(around.ports).hear(NOOR.by_mail(), "settings link days 5")
    by_role, by_door = await FirmEvent.all().order_by("number")
    assert (by_role.kind, by_role.who, by_role.door) == ("refused", "U0SAM", "slack")
    assert by_role.detail == {"name": "Sam Okafor", "role": "staff", "what": "RemoveUser", "channel": "C0BILLING"}
    assert (by_door.who, by_door.door, by_door.detail["why"]) == (NOOR.email, "mail", "not in Slack")


async def test_a_refusal_to_cancel_somebody_elses_link_is_kept_with_its_reference() -> None:
    around = Surroundings()
    desk = Desk(around.ports)
    made = await create_link(CreateLink(Money(10000, "USD"), "operating"), NOOR.in_slack(), around.ports)
    await desk.hear(SAM.in_slack("C0OTHER"), f"cancel {made.card.reference}")
    event = await FirmEvent.get()
    assert (event.who, event.detail["what"]) == (SAM.slack_id, f"cancel {made.card.reference}")
