"""Who may use the product, changed by admins, and who may change what at which door."""

from __future__ import annotations

from itertools import product

import pytest

from handlers.answers import LinkMade, LinkShown, Overview, Refusal
from handlers.desk import Desk
from handlers.people.add_staff import add_staff
from handlers.people.identify import mail_asker, slack_asker
from handlers.ports import DeliveryTrouble, Profile
from handlers.requests import Asker, Door, Role
from models.tables import FirmEvent, FirmSetting, LinkEvent, ListView, NewsRoute, PaymentLink, StaffMember
from tests.cast import NOOR, SAM, STRANGER, VERA, Person, Surroundings
from tests.fake_cards import FakeCards

pytestmark = pytest.mark.usefixtures("database")

WORDS = (
    "settings",
    "settings link days 5",
    "settings link days default",
    "accounts",
    "accounts default trust",
    "accounts default none",
    "accounts partial trust allowed",
    "users",
    "users add <@U0NEW01|new> staff",
    "users add new@harborfinch.example viewer",
    "users remove <@U0SAM|sam>",
    "notifications",
    "notifications all <#C0MONEY1|money>",
    "notifications all off",
    "accounts channels trust <#C0MONEY1|money>",
    "accounts channels trust all",
    "accounts partial trust usual",
    "quarantine",
)


async def known(around: Surroundings, person: Person, door: Door = Door.SLACK) -> Asker:
    """As the front would name them now."""
    if door is Door.MAIL:
        asker = await mail_asker(person.email, "", around.ports)
        return asker or Asker(person.email, person.name, Role.NOBODY, Door.MAIL)
    return await slack_asker(person.slack_id, person.name, person.email, "C0BILLING", "", around.ports)


async def by_noor(around: Surroundings, text: str) -> Overview:
    answer = await Desk(around.ports).hear(NOOR.in_slack(), text)
    assert isinstance(answer, Overview), answer
    return answer


@pytest.mark.parametrize(
    ("person", "door", "words"), [*product((NOOR, SAM, VERA, STRANGER), (Door.SLACK, Door.MAIL), WORDS)]
)
async def test_the_firms_own_affairs_are_the_admins_and_in_slack_only(person: Person, door: Door, words: str) -> None:
    """(T16) Every role at both doors; what is refused changes nothing, stands in the trail and says whom to ask."""
    around = Surroundings(cards=FakeCards())
    await add_staff(SAM.name, Role.STAFF, SAM.slack_id, SAM.email)
    await add_staff(VERA.name, Role.VIEWER, VERA.slack_id, VERA.email)
    asker = person.in_slack() if door is Door.SLACK else person.by_mail()
    before = await StaffMember.all().count(), await FirmSetting.all().count()
    answer = await Desk(around.ports).hear(asker, words)
    if person is NOOR and door is Door.SLACK:
        assert isinstance(answer, Overview), answer
        return
    assert isinstance(answer, Refusal)
    assert answer.code == "not_allowed"
    assert ("in Slack only" if person is NOOR else "Ask an admin") in answer.sentence
    assert (await StaffMember.all().count(), await FirmSetting.exclude(name="trail.head").count()) == before
    event = await FirmEvent.get()
    assert (event.kind, event.who, event.door) == ("refused", asker.key, door.value)


async def test_a_person_who_is_added_may_from_the_very_next_command_and_who_is_removed_may_not() -> None:
    """(F8)"""
    around = Surroundings()
    assert (await known(around, SAM)).role is Role.NOBODY
    await by_noor(around, "users add <@U0SAM|sam> staff")
    made = await Desk(around.ports).hear(await known(around, SAM), "create 100 account operating")
    assert isinstance(made, LinkMade)
    assert (await known(around, SAM, Door.MAIL)).role is Role.STAFF
    await by_noor(around, "users add <@U0SAM> viewer")
    assert (await known(around, SAM)).role is Role.VIEWER
    await by_noor(around, "users remove <@U0SAM|sam>")
    for door in Door.SLACK, Door.MAIL:
        assert (await known(around, SAM, door)).role is Role.NOBODY
    changes = [(event.detail["before"], event.detail["after"]) for event in await FirmEvent.all().order_by("number")]
    assert changes == [("nobody", "staff"), ("staff", "viewer"), ("viewer", "nobody")]


async def test_a_person_added_by_mail_address_is_known_by_it_in_slack_too_unless_it_is_a_colleagues() -> None:
    around = Surroundings()
    await by_noor(around, "users add <mailto:Sam@HarborFinch.example|Sam@HarborFinch.example> staff")
    assert (await known(around, SAM)).role is Role.STAFF
    assert (await known(around, SAM, Door.MAIL)).role is Role.STAFF
    await add_staff(VERA.name, Role.ADMIN, VERA.slack_id, VERA.email)
    impostor = await slack_asker("U0OTHER1", "Other", VERA.email, "", "", around.ports)
    assert impostor.role is Role.NOBODY


async def test_users_lists_everybody_and_learns_the_name_of_whom_only_an_id_was_known() -> None:
    around = Surroundings()
    await by_noor(around, "users add <@U0SAM|sam> staff")
    await known(around, SAM)
    lines = {line.name: (line.value, line.person) for line in (await by_noor(around, "users")).lines}
    assert lines["Sam Okafor"] == ("staff", "U0SAM")
    assert lines["U0NOOR"][0] == "admin by the operator's settings (PAYLINK_ADMINS)"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("users remove <@U0NOOR|noor>", "only the operator can change that"),
        ("users add <@U0NOOR|noor> viewer", "only the operator can change that"),
        ("users add noor@harborfinch.example staff", "only the operator can change that"),
        ("users remove <@U0MAX01|max>", "was not found"),
        ("users add @sam staff", "choose the person from Slack's list"),
        ("users add <@U0SAM|sam>", "As what?"),
        ("users add <@U0SAM|sam> boss", "is no role"),
        ("users add a@b@c staff", "not an e-mail address"),
        ("users promote <@U0SAM|sam>", "is not understood"),
    ],
)
async def test_what_cannot_be_done_with_a_person_is_refused_with_the_reason(words: str, why: str) -> None:
    around = Surroundings()
    answer = await Desk(around.ports).hear(NOOR.in_slack(), words)
    assert isinstance(answer, Refusal), answer
    assert why in answer.sentence
    assert await StaffMember.all().count() == 0


async def test_nobody_takes_their_own_admin_right_away() -> None:
    around = Surroundings()
    await add_staff(SAM.name, Role.ADMIN, SAM.slack_id, SAM.email)
    sam = await known(around, SAM)
    for words in ("users remove <@U0SAM|sam>", "users add <@U0SAM|sam> staff", f"users remove {SAM.email}"):
        answer = await Desk(around.ports).hear(sam, words)
        assert isinstance(answer, Refusal)
        assert "own admin right" in answer.sentence
    assert (await known(around, SAM)).role is Role.ADMIN
    await by_noor(around, "users remove <@U0SAM|sam>")
    assert (await known(around, SAM)).role is Role.NOBODY


async def test_who_was_added_by_address_and_seen_in_slack_loses_their_role_at_both_doors_by_mention() -> None:
    """(T16) Else a mention would take the role in Slack alone, and the mailbox would keep it."""
    around = Surroundings()
    await by_noor(around, f"users add {SAM.email} staff")
    made = await Desk(around.ports).hear(await known(around, SAM, Door.MAIL), "create 100 account operating")
    assert isinstance(made, LinkMade)
    cancelled = await Desk(around.ports).hear(await known(around, SAM), f"cancel {made.card.reference}")
    assert "is cancelled" in str(cancelled)  # it is theirs, as it was before they were seen here
    await by_noor(around, "users add <@U0SAM|sam> viewer")
    assert [(await known(around, SAM, door)).role for door in (Door.SLACK, Door.MAIL)] == [Role.VIEWER] * 2
    await by_noor(around, "users remove <@U0SAM|sam>")
    assert [(await known(around, SAM, door)).role for door in (Door.SLACK, Door.MAIL)] == [Role.NOBODY] * 2


# ── one person under two rows ─────────────────────────────────────────────────────────────────────────────────────────


async def by_mail_and_by_slack(around: Surroundings) -> str:
    """Sam is named by address and makes a link by mail; then by mention, while Slack knows no address. The link."""
    await by_noor(around, f"users add {SAM.email} viewer")
    await by_noor(around, f"users add {SAM.email} staff")
    made = await Desk(around.ports).hear(await known(around, SAM, Door.MAIL), "create 100 account operating")
    assert isinstance(made, LinkMade)
    await by_noor(around, "users add <@U0SAM|sam> viewer")
    assert await StaffMember.all().count() == 2
    return made.card.reference


async def test_the_address_of_a_slack_profile_is_theirs_from_the_moment_they_are_added() -> None:
    """(F8) So that mail commands work at once."""
    around = Surroundings()
    around.poster.profiles["U0SAM"] = Profile(SAM.name, SAM.email.upper())
    added = await by_noor(around, "users add <@U0SAM|sam> staff")
    assert added.notes[1] == f"Letters from {SAM.email} count as theirs, too."
    assert (await known(around, SAM, Door.MAIL)).role is Role.STAFF


async def test_two_rows_of_one_person_become_one_when_an_admin_names_them_and_their_links_stay_theirs() -> None:
    """(F8) The trail goes on as it was written."""
    around = Surroundings()
    reference = await by_mail_and_by_slack(around)
    await ListView.create(person=SAM.email, command="list paid")
    around.poster.profiles["U0SAM"] = Profile(SAM.name, SAM.email)
    await by_noor(around, "users add <@U0SAM|sam> staff")
    row = await StaffMember.get()
    assert (row.slack_id, row.email, row.role, row.name) == ("U0SAM", SAM.email, "staff", SAM.name)
    assert (await ListView.get()).person == "U0SAM"
    for door in Door.SLACK, Door.MAIL:
        shown = await Desk(around.ports).hear(await known(around, SAM, door), f"show {reference}")
        assert isinstance(shown, LinkShown)
    cancelled = await Desk(around.ports).hear(await known(around, SAM), f"cancel {reference}")
    assert "is cancelled" in str(cancelled)
    link = await PaymentLink.get()
    assert (link.created_by, (await LinkEvent.get(link_id=link.id, number=1)).who) == (SAM.email, SAM.email)


async def test_two_rows_become_one_when_slack_names_the_address_and_the_slack_persons_role_holds() -> None:
    """(T16) Where the roles differ it is in the trail, and told."""
    around = Surroundings()
    await by_mail_and_by_slack(around)
    assert (await known(around, SAM)).role is Role.VIEWER
    row = await StaffMember.get()
    assert (row.slack_id, row.email, row.role) == ("U0SAM", SAM.email, "viewer")
    assert (await known(around, SAM, Door.MAIL)).role is Role.VIEWER
    event = await FirmEvent.get(who="paylink")
    assert (event.detail["before"], event.detail["after"]) == ("staff", "viewer")


async def test_who_is_removed_by_mention_loses_the_row_by_address_too_and_hears_of_links_no_more() -> None:
    """(T16)"""
    around = Surroundings()
    await by_mail_and_by_slack(around)
    await by_noor(around, "notifications paid <@U0SAM>")
    around.poster.profiles["U0SAM"] = Profile(SAM.name, SAM.email)
    await by_noor(around, "users remove <@U0SAM|sam>")
    assert [(await known(around, SAM, door)).role for door in (Door.SLACK, Door.MAIL)] == [Role.NOBODY] * 2
    assert await NewsRoute.all().count() == 0
    assert "in person" in str([event.detail["what"] for event in await FirmEvent.all()])


async def test_an_address_that_stands_with_another_slack_person_stays_there() -> None:
    around = Surroundings()
    await add_staff(VERA.name, Role.ADMIN, VERA.slack_id, VERA.email)
    around.poster.profiles["U0OTHER1"] = Profile("Other", VERA.email)
    await by_noor(around, "users add <@U0OTHER1> staff")
    assert (await StaffMember.get(slack_id="U0OTHER1")).email is None
    assert (await known(around, VERA, Door.MAIL)).role is Role.ADMIN


async def test_while_slack_does_not_answer_a_person_is_added_all_the_same() -> None:
    around = Surroundings()
    around.poster.troubles.always["profile:U0SAM"] = DeliveryTrouble("timed out")
    added = await by_noor(around, "users add <@U0SAM|sam> staff")
    assert "Slack names no mail address of theirs just now" in added.notes[1]
    assert (await known(around, SAM, Door.MAIL)).role is Role.NOBODY
    assert (await known(around, SAM)).role is Role.STAFF
    assert (await known(around, SAM, Door.MAIL)).role is Role.STAFF  # learned when they came
