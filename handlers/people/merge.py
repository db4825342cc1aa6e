"""One person under two rows, by Slack id and by mail address, becomes one. What they have made stays as it is written.

Links keep the key they were made under, for the trail says so; they stay theirs, as a person is known by both (see
handlers.people.sight). What is looked up by one key alone comes along: their view of the list.
"""

from __future__ import annotations

from models.statements import change
from models.tables import ListView, StaffMember


async def learn_email(row: StaffMember, email: str) -> StaffMember | None:
    """Give somebody known by Slack id their mail address; part of the caller's transaction.

    The row by that address alone that went into it, as it was; None: there was none. An address that stands with
    another Slack person is left there.
    """
    other = await StaffMember.get_or_none(email=email) if email else None
    if not email or row.email == email or (other is not None and other.slack_id is not None):
        return None
    if other is not None:
        await StaffMember.filter(id=other.id).delete()
        await _bring_view(other.key, row.key)
    row.email = email
    await row.save(update_fields=["email"])
    return other


async def _bring_view(of: str, to: str) -> None:
    if await ListView.filter(person=to).exists():
        await ListView.filter(person=of).delete()
    else:
        await change(ListView, {"person": of}, {"person": to})
