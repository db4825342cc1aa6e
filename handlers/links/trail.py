"""The trail of a link: every change is one conditional UPDATE and one event, chained by hash to the one before it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tortoise.exceptions import DoesNotExist

from handlers.request_id import request_id
from handlers.requests import Actor
from models.errors import PaylinkError
from models.hash_chain import chained_hash
from models.link_states import LinkState, may_become
from models.statements import change, insert_all
from models.tables import LinkEvent, PaymentLink

_COLUMNS = ("link_id", "number", "kind", "who", "door", "at", "before", "after", "detail", "request_id")
_NEWEST_HASH = "(SELECT hash FROM link_event WHERE link_id = payment_link.id AND number = payment_link.event_count - 1)"


class LinkNotOpen(PaylinkError):
    """The link is in a state from which the move is not allowed."""

    code = "link_not_open"

    def __init__(self, reference: str, state: LinkState, instead: str = "") -> None:
        """`instead`: a sentence on what can be done."""
        words = f"{reference} is already {state.spoken}; nothing was changed."
        super().__init__(f"{words} {instead}" if instead else words)
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
        newest_hash = await _changed(link, {"state": to, **changes}, only_from=before)
        if newest_hash is not None:
            await _chain(link, newest_hash, kind or to.value, by, at, before.value, detail or {})
            return
        await link.refresh_from_db()


async def note(
    link: PaymentLink, kind: str, by: Actor, at: datetime, detail: dict[str, object] | None = None, **changes: Any
) -> None:
    """Record something that leaves the state as it is; part of the caller's transaction."""
    newest_hash = await _changed(link, changes)
    if newest_hash is None:
        raise DoesNotExist(PaymentLink, link.id)
    await _chain(link, newest_hash, kind, by, at, link.state.value, detail or {})


def first_event(link: PaymentLink, by: Actor, detail: dict[str, object]) -> dict[str, object]:
    """The event that begins a link's trail, as a row to be written."""
    return _sealed(_event(link, 1, "created", by, link.created_at, "", detail), "")


def digest(event: Mapping[str, Any], previous: str) -> str:
    """The event's hash, which covers its predecessor's."""
    return chained_hash(event, _COLUMNS, previous)


async def _changed(link: PaymentLink, changes: dict[str, Any], *, only_from: LinkState | None = None) -> str | None:
    """Count one event more and make the changes, in one statement; `link` is brought up to date.

    The hash of its newest event; None where nothing was changed, as the link is not in the state `only_from`.
    """
    where = {"id": link.id, **({"state": only_from} if only_from else {})}
    rows = await change(
        PaymentLink, where, changes, also="event_count = event_count + 1", returning=f"*, {_NEWEST_HASH} AS newest_hash"
    )
    if not rows:
        return None
    newest_hash = rows[0].pop("newest_hash")
    vars(link).update(vars(PaymentLink._init_from_db(**rows[0])))  # noqa: SLF001  the way every queryset makes objects
    if newest_hash is None:
        # Another transaction was at the link, and PostgreSQL waited for it; what that wrote beside the link's own row
        # is seen by the next statement only.
        newest_hash = (await LinkEvent.get(link_id=link.id, number=link.event_count - 1)).hash
    return str(newest_hash)


async def _chain(
    link: PaymentLink, newest_hash: str, kind: str, by: Actor, at: datetime, before: str, detail: dict[str, object]
) -> None:
    event = _event(link, link.event_count, kind, by, at, before, detail)
    await insert_all(LinkEvent, [_sealed(event, newest_hash)])


def _event(
    link: PaymentLink, number: int, kind: str, by: Actor, at: datetime, before: str, detail: dict[str, object]
) -> dict[str, object]:
    return {
        "link_id": link.id,
        "number": number,
        "kind": kind,
        "who": by.who,
        "door": by.door.value,
        "at": at,
        "before": before,
        "after": link.state.value,
        "detail": detail,
        "request_id": request_id(),
    }


def _sealed(event: dict[str, object], previous: str) -> dict[str, object]:
    return {**event, "hash": digest(event, previous)}
