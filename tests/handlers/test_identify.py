"""Who is asking, and as what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.answers import Refusal, Waiting
from handlers.desk import Desk
from handlers.people.add_staff import add_staff
from handlers.people.identify import mail_asker, slack_asker
from handlers.requests import Asker, DecideProposal, Role
from models.money import Money
from models.tables import StaffMember
from tests.cast import FIRM, NOOR, SAM, STRANGER, VERA, Person, Surroundings

pytestmark = pytest.mark.usefixtures("database")


async def in_slack(person: Person, email: str | None = None) -> Asker:
    address = person.email if email is None else email
    return await slack_asker(person.slack_id, person.name, address, "C0BILLING", "t-1", Surroundings().ports)


async def by_mail(person: Person) -> Asker | None:
    return await mail_asker(person.email, "m-1", Surroundings().ports)


async def test_admins_are_named_by_the_settings_at_both_doors() -> None:
    assert (await in_slack(NOOR)).role is Role.ADMIN
    asker = await by_mail(NOOR)
    assert asker is not None
    assert asker.role is Role.ADMIN


async def test_people_whom_an_admin_added_have_their_role_at_both_doors() -> None:
    await add_staff(SAM.name, Role.STAFF, SAM.slack_id, SAM.email)
    await add_staff(VERA.name, Role.VIEWER, email=VERA.email)
    assert (await in_slack(SAM)).role is Role.STAFF
    for person, role in ((SAM, Role.STAFF), (VERA, Role.VIEWER)):
        asker = await by_mail(person)
        assert asker is not None
        assert asker.role is role


async def test_a_stranger_is_nobody_in_slack_and_unknown_by_mail_and_leaves_no_trace() -> None:
    assert (await in_slack(STRANGER)).role is Role.NOBODY
    assert await by_mail(STRANGER) is None
    assert await StaffMember.all().count() == 0


async def test_somebody_seen_in_slack_is_the_same_person_by_mail() -> None:
    await in_slack(NOOR, email="Noor@HarborFinch.example")
    asker = await by_mail(NOOR)
    assert asker is not None
    assert (asker.key, asker.name) == ("U0NOOR", "Noor Haddad")


async def test_where_slack_tells_no_address_somebody_is_known_by_theirs_and_confirms_nothing_they_mailed() -> None:
    """Such as while a new address is not confirmed yet."""
    ports = Surroundings(firm=replace(FIRM, approval_limit=Money(100, "USD"), admins=frozenset())).ports
    await add_staff(SAM.name, Role.ADMIN, email=SAM.email)
    await add_staff(VERA.name, Role.ADMIN, VERA.slack_id)
    mailed = await mail_asker(SAM.email, "", ports)
    assert mailed is not None
    assert isinstance(await Desk(ports).hear(mailed, "create 120 account operating"), Waiting)
    for email in (SAM.email, ""):
        pressing = await slack_asker(SAM.slack_id, SAM.name, email, "", "", ports)
        assert pressing.email == SAM.email
        answer = await Desk(ports).ask(pressing, DecideProposal(1, approve=True))
        assert isinstance(answer, Refusal)
        assert answer.sentence.startswith("You asked for P-1 yourself")


async def test_having_been_an_admin_by_the_settings_gives_no_role_afterwards() -> None:
    await in_slack(NOOR)
    around = Surroundings()
    around.firm = type(around.firm)(name="Harbor & Finch LLP", public_url="https://pay.harborfinch.example")
    assert (await slack_asker("U0NOOR", "Noor", NOOR.email, "", "", around.ports)).role is Role.NOBODY
    assert await mail_asker(NOOR.email, "", around.ports) is None


async def test_an_address_in_a_slack_profile_that_belongs_to_a_colleague_is_not_taken_over() -> None:
    await add_staff(SAM.name, Role.STAFF, SAM.slack_id, SAM.email)
    await add_staff(VERA.name, Role.VIEWER, VERA.slack_id, VERA.email)
    await in_slack(VERA, email=SAM.email)
    asker = await by_mail(SAM)
    assert asker is not None
    assert asker.key == SAM.slack_id


async def test_somebody_who_left_is_nobody() -> None:
    await add_staff(SAM.name, Role.STAFF, SAM.slack_id, SAM.email)
    await StaffMember.all().update(active=False)
    assert (await in_slack(SAM)).role is Role.NOBODY
    assert await by_mail(SAM) is None


async def test_nobody_is_an_admin_for_having_no_mail_address() -> None:
    around = Surroundings()
    around.firm = replace(around.firm, admins=frozenset({"", "U0NOOR"}))
    assert (await slack_asker("U0SAM", "Sam", "", "", "", around.ports)).role is Role.NOBODY
    assert await mail_asker(STRANGER.email, "", around.ports) is None


async def test_a_name_longer_than_any_table_keeps_is_cut() -> None:
    """A person without a name is called by their address, which may have 254 characters."""
    address = f"{'a' * 60}@{'b' * 60}.{'c' * 60}.example"
    await add_staff("", Role.STAFF, email=address)
    asker = await mail_asker(address, "m-1", Surroundings().ports)
    assert asker is not None
    assert (asker.email, len(asker.name)) == (address, 120)
    assert len((await slack_asker("U0NOOR", "N" * 300, "", "", "", Surroundings().ports)).name) == 120
