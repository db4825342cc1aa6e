"""The trail of a link: every change is one conditional UPDATE and one event, chained by hash to the one before it."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from tortoise.expressions import F

from handlers.request_id import request_id
from handlers.requests import Actor
from models.errors import PaylinkError
from models.link_states import LinkState, may_become
from models.tables import LinkEvent, PaymentLink


class LinkNotOpen(PaylinkError):
    """The link is in a state from which the move is not allowed."""

    code = "link_not_open"

    def __init__(self, reference: str, state: LinkState) -> None:
        super().__init__(f"{reference} is already {state.spoken}; nothing was changed.")
        self.reference = reference
        self.state = state


async def become(
    link: PaymentLink,
    to: LinkState,
    by: Actor,
    at: datetime,
    *,
    kind: str = "",
    detail: dict[str, object] | None = None,
    **changes: Any,
) -> None:
    """Move a link to a state: the first statement of the caller's transaction. `link` is brought up to date.

    Raises LinkNotOpen: the link is, or meanwhile came, where the move is not allowed.
    """
    while True:
        before = link.state
        if before not in may_become(to):
            raise LinkNotOpen(link.reference, before)
        moved = await PaymentLink.filter(id=link.id, state=before).update(
            state=to, event_count=F("event_count") + 1, **changes
        )
        await link.refresh_from_db()
        if moved:
            await _chain(link, kind or to.value, by, at, before.value, detail or {})
            return


async def note(
    link: PaymentLink, kind: str, by: Actor, at: datetime, detail: dict[str, object] | None = None, **changes: Any
) -> None:
    """Record something that leaves the state as it is; part of the caller's transaction."""
    await PaymentLink.filter(id=link.id).update(event_count=F("event_count") + 1, **changes)
    await link.refresh_from_db()
    await _chain(link, kind, by, at, link.state.value, detail or {})


def first_event(link: PaymentLink, by: Actor, detail: dict[str, object]) -> LinkEvent:
    """The event that begins a link's trail; not yet saved."""
    event = LinkEvent(
        link_id=link.id,
        number=1,
        kind="created",
        who=by.who,
        door=by.door.value,
        at=link.created_at,
        before="",
        after=LinkState.OPEN.value,
        detail=detail,
        request_id=request_id(),
    )
    event.hash = digest(event, "")
    return event


def digest(event: LinkEvent, previous: str) -> str:
    """SHA-256 over the event and its predecessor's hash, hexadecimal."""
    told = [
        previous,
        event.link_id,
        event.number,
        event.kind,
        event.who,
        event.door,
        event.at.isoformat(timespec="microseconds"),
        event.before,
        event.after,
        event.detail,
        event.request_id,
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


async def _chain(link: PaymentLink, kind: str, by: Actor, at: datetime, before: str, detail: dict[str, object]) -> None:
    previous = await LinkEvent.get(link_id=link.id, number=link.event_count - 1)
    event = LinkEvent(
        link_id=link.id,
        number=link.event_count,
        kind=kind,
        who=by.who,
        door=by.door.value,
        at=at,
        before=before,
        after=link.state.value,
        detail=detail,
        request_id=request_id(),
    )
    event.hash = digest(event, previous.hash)
    await event.save()
