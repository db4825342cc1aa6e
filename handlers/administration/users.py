"""Who may use the product, and as what: listed, added, removed. A change counts from the very next command."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tortoise.transactions import in_transaction

from handlers.administration.notifications import forget_person
from handlers.answers import Overview, OverviewLine, UserLine, UsersForm
from handlers.firm_trail import hold_trail, keep_change
from handlers.owed import owe
from handlers.people.merge import learn_email
from handlers.ports import DeliveryTrouble, Ports, Profile
from handlers.requests import AddUser, Asker, OpenUsers, RemoveUser, Role, ShowUsers
from models.errors import NotAllowed, NotFound
from models.plain_text import shortened
from models.tables import StaffMember

_ROLES = {Role.ADMIN.value: "admin", Role.STAFF.value: "staff", Role.VIEWER.value: "viewer"}
_HOW = "`users add @person staff` gives a role (admin, staff, viewer) or changes it, `users remove @person` takes it."
_BY_OPERATOR = "admin by the operator's settings (PAYLINK_ADMINS)"
_A_PAGE = 25


@dataclass(frozen=True, slots=True)
class _Found:
    """A person as they are known: their rows, as they should be one."""

    row: StaffMember | None
    by_mail: StaffMember | None  # another row, by their mail address alone
    profile: Profile

    @property
    def role(self) -> Role:
        """What they have, at whichever door it is more."""
        held = {_role_of(self.row), _role_of(self.by_mail)}
        return next(role for role in Role if role in held)

    @property
    def at_both_doors(self) -> bool:
        return self.by_mail is None or self.row is None or _role_of(self.row) is _role_of(self.by_mail)


async def show_users(asked: ShowUsers, ports: Ports) -> Overview:
    """Everybody who may use the product."""
    rows = await StaffMember.filter(active=True).order_by("id")
    lines = [_line(row, ports) for row in rows if row.role in _ROLES or _by_operator(row, ports)]
    named = {known for row in rows for known in (row.slack_id, row.email)}
    lines += [OverviewLine(key, _BY_OPERATOR, person=key) for key in sorted(ports.firm.admins - named) if key]
    return Overview(
        "Users",
        tuple(lines),
        (_HOW,),
    )


async def open_users(asked: OpenUsers, ports: Ports) -> UsersForm:
    """Everybody who may use the product, a page of them, to be changed."""
    return await users_form(ports, asked.page)


async def users_form(ports: Ports, page: int = 1, note: str = "") -> UsersForm:
    """The form with everybody; `note`: what was just done, or refused."""
    rows = await StaffMember.filter(active=True).order_by("id")
    lines = [_user(row, ports) for row in rows if row.role in _ROLES or _by_operator(row, ports)]
    named = {known for row in rows for known in (row.slack_id, row.email)}
    lines += [UserLine(key, "", "", "admin", fixed=True) for key in sorted(ports.firm.admins - named) if key]
    pages = max(1, -(-len(lines) // _A_PAGE))
    page = min(page, pages)
    return UsersForm(tuple(lines[(page - 1) * _A_PAGE : page * _A_PAGE]), page, pages, note)


async def add_user(asked: AddUser, by: Asker, ports: Ports) -> Overview:
    """Give a person a role, known or not. Their mail address is taken from their Slack profile: mail works at once.

    Raises NotAllowed: one's own admin right would go, the operator's settings say otherwise, or Slack knows them as
    somebody who cannot be let in, such as a guest.
    """
    profile = await _profile(asked.person, ports)
    if profile.bar:
        raise NotAllowed(f"{profile.name or asked.person} cannot be given a role. Slack says: {profile.bar}")
    async with in_transaction():
        await hold_trail()
        found = await _find(asked.person, profile)
        before = found.role
        if asked.role is not Role.ADMIN:
            _may_lose_admin(asked.person, found, by, ports)
        row = found.row or _new_row(asked.person)
        changed = before is not asked.role or not found.at_both_doors
        if changed:
            row.role, row.active = asked.role.value, True
        row.name = row.name or shortened(profile.name, 120)
        await row.save()
        await learn_email(row, profile.email)
        if changed:
            await _keep(by, asked.person, row, before, asked.role, ports)
    ports.wake()
    note = "It counts from now on." if changed else "They had it before; nothing was changed."
    return Overview("User", (_line(row, ports),), (note, *_about_mail(asked.person, row)))


async def remove_user(asked: RemoveUser, by: Asker, ports: Ports) -> Overview:
    """Take a person's role away, and their place among those who hear of links. What they have made stays theirs.

    Raises NotFound: nobody is known so. Raises NotAllowed: as add_user.
    """
    profile = await _profile(asked.person, ports)
    async with in_transaction():
        await hold_trail()
        found = await _find(asked.person, profile)
        before = found.role
        _may_lose_admin(asked.person, found, by, ports)
        row = found.row or found.by_mail
        if row is None or before is Role.NOBODY:
            raise NotFound(asked.person)
        ids = [one.id for one in (found.row, found.by_mail) if one is not None]
        await StaffMember.filter(id__in=ids).update(active=False)
        await _keep(by, asked.person, row, before, Role.NOBODY, ports)
        routes = await forget_person(row.slack_id) if row.slack_id else 0
        if routes:
            what = f"what is told to {_named(row)} in person"
            await keep_change("notifications", by, what, f"{routes} kinds of news", "", ports)
    ports.wake()
    return Overview("User removed", (OverviewLine(_named(row), "may no longer use Paylink", person=row.key),))


async def _profile(person: str, ports: Ports) -> Profile:
    """What Slack says of a person; nothing of one named by mail address, or while it does not answer."""
    if "@" in person or ports.channels is None:
        return Profile("", "")
    try:
        profile = await ports.channels.profile(person)
    except DeliveryTrouble:
        return Profile("", "")
    return replace(profile, email=profile.email.lower())


async def _find(person: str, profile: Profile) -> _Found:
    if "@" in person:
        return _Found(await StaffMember.get_or_none(email=person), None, profile)
    row = await StaffMember.get_or_none(slack_id=person)
    by_mail = await StaffMember.get_or_none(email=profile.email, slack_id=None) if profile.email else None
    return _Found(row, by_mail, profile)


def _about_mail(person: str, row: StaffMember) -> tuple[str, ...]:
    if "@" in person:
        return ()
    if row.email:
        return (f"Letters from {row.email} count as theirs, too.",)
    return ("Slack names no mail address of theirs just now: it is learned when they first use Paylink there.",)


def _may_lose_admin(person: str, found: _Found, by: Asker, ports: Ports) -> None:
    known = {person, found.profile.email} - {""}
    known |= {
        known_as for row in (found.row, found.by_mail) if row for known_as in (row.slack_id, row.email) if known_as
    }
    if known & ports.firm.admins:
        raise NotAllowed(f"{person} is an {_BY_OPERATOR}: only the operator can change that.")
    if known & {by.key, by.email}:
        raise NotAllowed("Nobody takes their own admin right away: ask another admin to do it.")


def _new_row(person: str) -> StaffMember:
    return StaffMember(email=person) if "@" in person else StaffMember(slack_id=person)


def _role_of(row: StaffMember | None) -> Role:
    return Role(row.role) if row and row.active else Role.NOBODY


async def _keep(by: Asker, person: str, row: StaffMember, before: Role, after: Role, ports: Ports) -> None:
    name = f"{row.name} ({person})" if row.name else person
    await keep_change("user", by, f"the role of {name}", before.value, after.value, ports)
    if row.slack_id and before not in (Role.NOBODY, after):
        await owe("close_home", {"person": row.slack_id}, ports.clock.now(), f"home:{row.slack_id}")


def _by_operator(row: StaffMember, ports: Ports) -> bool:
    return bool({row.slack_id, row.email} & ports.firm.admins)


def _named(row: StaffMember) -> str:
    return row.name or row.key


def _line(row: StaffMember, ports: Ports) -> OverviewLine:
    role = _BY_OPERATOR if _by_operator(row, ports) else _ROLES.get(row.role, "may not use Paylink")
    return OverviewLine(_named(row), role, row.email or "", person=row.slack_id or "")


def _user(row: StaffMember, ports: Ports) -> UserLine:
    fixed = _by_operator(row, ports)
    return UserLine(row.key, row.name, row.email or "", "admin" if fixed else row.role, fixed=fixed)
