"""Naming somebody who may ask."""

from __future__ import annotations

from handlers.requests import Role
from models.tables import StaffMember


async def add_staff(name: str, role: Role, slack_id: str = "", email: str = "") -> None:
    """Add a person, or bring what is known of them up to date: by Slack id where there is one, else by address."""
    facts = {"name": name, "role": role.value, "active": True}
    if slack_id:
        await StaffMember.update_or_create(defaults={**facts, "email": email.lower() or None}, slack_id=slack_id)
    else:
        await StaffMember.update_or_create(defaults=facts, email=email.lower())
