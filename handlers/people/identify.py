"""Turning a Slack person or a mail address into an Asker with a role."""

from __future__ import annotations

from handlers.ports import Ports
from handlers.requests import Asker, Door, Role
from models.tables import StaffMember


async def slack_asker(user_id: str, name: str, email: str, channel: str, delivery: str, ports: Ports) -> Asker:
    """The person behind a Slack user id; `email` is their profile's. Unknown people get the role NOBODY."""
    admins = ports.firm.admins
    row = await StaffMember.get_or_none(slack_id=user_id, active=True)
    if user_id in admins or (email and email.lower() in admins):
        role = Role.ADMIN
    else:
        role = Role(row.role) if row else Role.NOBODY
    return Asker(user_id, (row.name if row else "") or name, role, Door.SLACK, channel, email.lower(), delivery)


async def mail_asker(address: str, delivery: str, ports: Ports) -> Asker | None:
    """The person behind an authenticated mail address; None for people we do not know."""
    address = address.lower()
    row = await StaffMember.get_or_none(email=address, active=True)
    if row is None and address not in ports.firm.admins:
        return None
    role = Role.ADMIN if address in ports.firm.admins or row is None else Role(row.role)
    key = row.key if row else address
    name = (row.name if row else "") or address
    return Asker(key, name, role, Door.MAIL, "", address, delivery)
