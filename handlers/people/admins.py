"""The admins by name, for whoever has to ask one."""

from __future__ import annotations

from tortoise.expressions import Q

from handlers.ports import Ports
from handlers.requests import Role
from models.tables import StaffMember

_MOST = 3


async def ask_an_admin(ports: Ports) -> str:
    """'Ask an admin: Noor Haddad.'"""
    named = list(ports.firm.admins)
    by_operator = Q(slack_id__in=named) | Q(email__in=named)
    rows = await StaffMember.filter(Q(role=Role.ADMIN.value, active=True) | by_operator).order_by("id")
    names = [row.name for row in rows if row.name] or sorted(name for name in named if "@" in name)
    who = f": {', '.join(names[:_MOST])}" if names else ""
    return f"Ask an admin{who}."
