"""Turning a Slack person or a mail address into an Asker with a role."""

from __future__ import annotations

from contextlib import suppress

from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from handlers.firm_trail import keep_change
from handlers.people.merge import learn_email
from handlers.ports import Ports
from handlers.requests import PAYLINK, Asker, Door, Role
from models.by_key import by_key
from models.plain_text import shortened
from models.tables import StaffMember


async def slack_asker(user_id: str, name: str, email: str, channel: str, delivery: str, ports: Ports) -> Asker:
    """The person behind a Slack user id; `email` is their profile's. Unknown people get the role NOBODY.

    Somebody whom an admin named by mail address alone is known by it here, too. Where Slack tells no address now, they
    are known by the one that they had: what they asked for by mail stays theirs, and is not theirs to confirm.
    """
    email = email.lower()
    row = await by_key(StaffMember, "slack_id", user_id)
    if row is None and email:
        named = await by_key(StaffMember, "email", email)
        row = named if named and named.slack_id is None else None
    row = row if row and row.active else None
    role = _role(row, {user_id, email}, ports)
    if role is not Role.NOBODY:
        await _learn(row, user_id, name, email, ports)
    known = email or (row.email if row else "") or ""
    return Asker(user_id, _cut((row.name if row else "") or name), role, Door.SLACK, channel, known, delivery)


async def mail_asker(address: str, delivery: str, ports: Ports) -> Asker | None:
    """The person behind an authenticated mail address; None for people we do not know.

    Somebody who was seen in Slack with this address is the same person by mail: their links are theirs at both doors.
    """
    address = address.lower()
    row = await StaffMember.get_or_none(email=address, active=True)
    role = _role(row, {address, (row.slack_id or "") if row else ""}, ports)
    if role is Role.NOBODY:
        return None
    name = _cut((row.name if row else "") or address)
    return Asker(row.key if row else address, name, role, Door.MAIL, "", address, delivery)


async def role_now(key: str, email: str, ports: Ports) -> Role:
    """The role that somebody has by now who was known by this key and address, for what is done long after."""
    by_email = [] if not email else await StaffMember.filter(email=email, active=True)
    row = await StaffMember.get_or_none(slack_id=key, active=True) or next(
        (row for row in by_email if row.slack_id in (None, key) or key == email), None
    )
    return _role(row, {key, email, (row.slack_id or "") if row else ""}, ports)


async def may_hear(key: str, ports: Ports) -> bool:
    """Whether what concerns clients may still be told to somebody in person, by their StaffMember.key.

    Not once their role was taken away, whatever they have made. Of whom no row tells, nothing was taken.
    """
    row = await StaffMember.filter(Q(slack_id=key) | Q(email=key.lower())).first()
    if row is None:
        return True
    known_as = {key, row.slack_id or "", row.email or ""}
    return _role(row if row.active else None, known_as, ports) is not Role.NOBODY


def _cut(name: str) -> str:
    """As much of a name as the tables keep."""
    return shortened(name, 120)


def _role(row: StaffMember | None, known_as: set[str], ports: Ports) -> Role:
    if (known_as - {""}) & ports.firm.admins:
        return Role.ADMIN
    return Role(row.role) if row else Role.NOBODY


async def _learn(row: StaffMember | None, user_id: str, name: str, email: str, ports: Ports) -> None:
    """Keep which mail address belongs to a Slack person, and what somebody named by an id alone is called.

    Whom an admin named by address alone is known by id from here on: a mention then changes their role at both doors.

    Who is an admin by the settings gets no role from this.
    """
    if row is not None and not row.name and name:
        await StaffMember.filter(id=row.id).update(name=_cut(name))
    if row is not None and row.slack_id is None:
        with suppress(IntegrityError):  # another request was first
            await StaffMember.filter(id=row.id, slack_id=None).update(slack_id=user_id)
    if not email or (row is not None and row.email == email):
        return
    try:
        if row is None:
            await StaffMember.create(slack_id=user_id, name=_cut(name), email=email, role=Role.NOBODY.value)
        else:
            await _one_person(row, email, ports)
    except IntegrityError:  # the address stands with somebody else, or another request was first
        return


async def _one_person(row: StaffMember, email: str, ports: Ports) -> None:
    """Give a Slack person their address. Where another row stood by it alone, the role of the Slack person holds."""
    async with in_transaction():
        other = await learn_email(row, email)
        if other is None or not other.active or other.role == row.role:
            return
        by = Asker(PAYLINK.who, "Paylink", Role.NOBODY, PAYLINK.door)
        await keep_change("user", by, f"the role of {email}, who is {row.key} in Slack", other.role, row.role, ports)
