"""The admins: whom the operator has named, and whom other admins have made so."""

from __future__ import annotations

from tortoise.expressions import Q

from handlers.ports import Ports
from handlers.requests import Role
from models.tables import StaffMember

_MOST = 3


async def admins_of(ports: Ports) -> set[str]:
    """Every admin once, by Slack id where they have one, else by mail address."""
    rows = await _rows(ports)
    by_mail_too = {row.email for row in rows if row.slack_id}
    return ({row.key for row in rows} | set(ports.firm.admins)) - by_mail_too


async def ask_an_admin(ports: Ports) -> str:
    """'Ask an admin: Noor Haddad.'"""
    rows = await _rows(ports)
    names = [row.name for row in rows if row.name] or sorted(name for name in ports.firm.admins if "@" in name)
    who = f": {', '.join(names[:_MOST])}" if names else ""
    return f"Ask an admin{who}."


async def _rows(ports: Ports) -> list[StaffMember]:
    """The admins that we know more of than that the operator has named them."""
    named = list(ports.firm.admins)
    by_operator = Q(slack_id__in=named) | Q(email__in=named)
    return await StaffMember.filter(Q(role=Role.ADMIN.value, active=True) | by_operator).order_by("id")
