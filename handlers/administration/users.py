"""Who may use the product, and as what: listed, added, removed. A change counts from the very next command."""

from __future__ import annotations

from tortoise.transactions import in_transaction

from handlers.administration.firm_trail import hold_trail, keep_change
from handlers.answers import Overview, OverviewLine
from handlers.ports import Ports
from handlers.requests import AddUser, Asker, RemoveUser, Role, ShowUsers
from models.errors import NotAllowed, NotFound
from models.tables import StaffMember

_ROLES = {Role.ADMIN.value: "admin", Role.STAFF.value: "staff", Role.VIEWER.value: "viewer"}
_HOW = "`users add @person staff` gives a role (admin, staff, viewer) or changes it, `users remove @person` takes it."
_BY_OPERATOR = "admin by the operator's settings (PAYLINK_ADMINS)"


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


async def add_user(asked: AddUser, by: Asker, ports: Ports) -> Overview:
    """Give a person a role, known or not.

    Raises NotAllowed: one's own admin right would go, or the operator's settings say otherwise.
    """
    async with in_transaction():
        await hold_trail()
        row = await _row_of(asked.person)
        before = _role_of(row)
        if asked.role is not Role.ADMIN:
            _may_lose_admin(asked.person, row, by, ports)
        if before is not asked.role:
            row = row or _new_row(asked.person)
            row.role, row.active = asked.role.value, True
            await row.save()
            await _keep(by, asked.person, row, before, asked.role, ports)
    ports.wake()
    assert row is not None  # noqa: S101  a role it had before is a row's
    note = "They had it before; nothing was changed." if before is asked.role else "It counts from now on."
    return Overview("User", (_line(row, ports),), (note,))


async def remove_user(asked: RemoveUser, by: Asker, ports: Ports) -> Overview:
    """Take a person's role away. What they have made stays, and stays theirs by name.

    Raises NotFound: nobody is known so. Raises NotAllowed: as add_user.
    """
    async with in_transaction():
        await hold_trail()
        row = await _row_of(asked.person)
        before = _role_of(row)
        _may_lose_admin(asked.person, row, by, ports)
        if row is None or before is Role.NOBODY:
            raise NotFound(asked.person)
        await StaffMember.filter(id=row.id).update(active=False)
        await _keep(by, asked.person, row, before, Role.NOBODY, ports)
    ports.wake()
    return Overview("User removed", (OverviewLine(_named(row), "may no longer use Paylink", person=row.key),))


def _may_lose_admin(person: str, row: StaffMember | None, by: Asker, ports: Ports) -> None:
    known = {person} | ({row.slack_id, row.email} if row else set())
    if known & ports.firm.admins:
        raise NotAllowed(f"{person} is an {_BY_OPERATOR}: only the operator can change that.")
    if known & {by.key, by.email}:
        raise NotAllowed("Nobody takes their own admin right away: ask another admin to do it.")


async def _row_of(person: str) -> StaffMember | None:
    if "@" in person:
        return await StaffMember.get_or_none(email=person)
    return await StaffMember.get_or_none(slack_id=person)


def _new_row(person: str) -> StaffMember:
    return StaffMember(email=person) if "@" in person else StaffMember(slack_id=person)


def _role_of(row: StaffMember | None) -> Role:
    return Role(row.role) if row and row.active else Role.NOBODY


async def _keep(by: Asker, person: str, row: StaffMember, before: Role, after: Role, ports: Ports) -> None:
    name = f"{row.name} ({person})" if row.name else person
    await keep_change("user", by, f"the role of {name}", before.value, after.value, ports)


def _by_operator(row: StaffMember, ports: Ports) -> bool:
    return bool({row.slack_id, row.email} & ports.firm.admins)


def _named(row: StaffMember) -> str:
    return row.name or row.key


def _line(row: StaffMember, ports: Ports) -> OverviewLine:
    role = _BY_OPERATOR if _by_operator(row, ports) else _ROLES.get(row.role, "may not use Paylink")
    return OverviewLine(_named(row), role, row.email or "", person=row.slack_id or "")
