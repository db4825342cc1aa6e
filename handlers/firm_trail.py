"""The trail of the firm's own affairs: one chain of hashes for every change by an admin and everything refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from tortoise.transactions import in_transaction

from handlers.people.messages import owe_admins
from handlers.ports import Ports
from handlers.request_id import request_id
from handlers.requests import Actor, Asker
from models.database import retried
from models.errors import PaylinkError
from models.hash_chain import chained_hash
from models.plain_text import shortened
from models.statements import change, insert_all
from models.tables import FirmEvent, FirmSetting

log = structlog.get_logger()

HEAD = "trail.head"  # the number and hash of the newest event; whoever writes one holds this row first
REFUSALS_A_DAY = 100  # of one person; what comes after is in the log alone, so that nobody can fill the table
_WORDS_OF_OURS = frozenset({"account", "notifications"})  # kinds of changes whose values nobody types
_SLACK_ID = re.compile(r"\b[UWCG]0[A-Z0-9]{2,29}\b")
_AT_THE_END = re.compile(r"(?<![^ (])([UWCG]0[A-Z0-9]{2,29})(?:\)| in Slack)?$")  # before it may stand a person's name
_COLUMNS = ("number", "kind", "who", "door", "at", "detail", "request_id")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that an admin changed, in words."""

    what: str
    before: str
    after: str


async def hold_trail() -> tuple[int, str]:
    """The newest event's number and hash; nobody else writes one until the caller's transaction ends.

    Taken first, it also makes what is read afterwards what stands there when the change is made.
    """
    held = await change(FirmSetting, {"name": HEAD}, {}, also="value = value", returning="value")
    while not held:
        await FirmSetting.bulk_create([FirmSetting(name=HEAD, value="0 ")], ignore_conflicts=True)
        held = await change(FirmSetting, {"name": HEAD}, {}, also="value = value", returning="value")
    number, _, newest_hash = str(held[0]["value"]).partition(" ")
    return int(number), newest_hash


async def keep_change(kind: str, by: Asker, what: str, before: str, after: str, ports: Ports) -> None:
    """Record a change and owe the admins word of it; part of the caller's transaction."""
    await keep_changes(kind, by, [Change(what, before, after)], ports)


async def keep_changes(kind: str, by: Asker, changes: Sequence[Change], ports: Ports) -> None:
    """Record changes that were made at once, and owe the admins one message of them all."""
    if not changes:
        return
    now, number = ports.clock.now(), 0
    for one in changes:
        detail: dict[str, object] = {"name": by.name, "what": one.what, "before": one.before, "after": one.after}
        number = await _append(kind, by.actor, now, detail)
    words = [f"{by.name} changed {one.what}: {_quoted(one.after)}. Before: {_quoted(one.before)}." for one in changes]
    await owe_admins("\n".join(words), now, ports, about=f"firm-{number}", named=_ids_in(kind, changes))


def _ids_in(kind: str, changes: Sequence[Change]) -> list[str]:
    """The Slack ids in the words of changes: those that we put there, and none that somebody may have typed."""
    found = {named[1] for one in changes if (named := _AT_THE_END.search(one.what))}
    if kind in _WORDS_OF_OURS:
        found |= {
            one for change in changes for words in (change.before, change.after) for one in _SLACK_ID.findall(words)
        }
    return sorted(found)


async def last_changed_by(kind: str, what: str) -> str:
    """The name of whoever changed something last."""
    async for event in FirmEvent.filter(kind=kind).order_by("-number").limit(200):
        if event.detail.get("what") == what:
            return str(event.detail.get("name") or event.who)
    return "Somebody"


async def keep_event(kind: str, by: Actor, detail: dict[str, object], ports: Ports) -> None:
    """Record what concerns the firm without telling all admins; part of the caller's transaction."""
    await _append(kind, by, ports.clock.now(), detail)


async def keep_refusal(by: Asker, asked: str, ports: Ports, why: str = "") -> None:
    """Record that somebody asked for what they may not have. Never raises PaylinkError: they are answered anyway."""
    now = ports.clock.now()
    log.warning("desk.refused", who=by.key, role=by.role.value, door=by.door.value, asked=asked, why=why)
    try:
        await retried(lambda: _refused(by, asked, why, now))
    except PaylinkError:
        log.exception("desk.refusal_not_kept", who=by.key, asked=asked)


async def _refused(by: Asker, asked: str, why: str, now: datetime) -> None:
    async with in_transaction():
        await hold_trail()
        today = FirmEvent.filter(kind="refused", who=by.key, at__gt=now - timedelta(days=1))
        if await today.count() >= REFUSALS_A_DAY:
            return
        detail = {"name": by.name, "role": by.role.value, "what": asked, "channel": by.channel, "why": why}
        await _append("refused", by.actor, now, {key: value for key, value in detail.items() if value})


async def _append(kind: str, by: Actor, at: datetime, detail: dict[str, object]) -> int:
    last, previous = await hold_trail()
    event: dict[str, object] = {
        "number": last + 1,
        "kind": kind,
        "who": by.who,
        "door": by.door.value,
        "at": at,
        "detail": detail,
        "request_id": request_id(),
    }
    own_hash = digest(event, previous)
    await insert_all(FirmEvent, [{**event, "hash": own_hash}])
    await change(FirmSetting, {"name": HEAD}, {"value": f"{last + 1} {own_hash}"}, returning="name")
    return last + 1


def digest(event: Mapping[str, Any], previous: str) -> str:
    """The event's hash, which covers its predecessor's."""
    return chained_hash(event, _COLUMNS, previous)


async def verify_firm_trail() -> tuple[int, tuple[str, ...]]:
    """How many events were read, and what is wrong with them."""
    previous, read = "", 0
    async for event in FirmEvent.all().order_by("number"):
        read += 1
        if event.number != read:
            return read, (f"The firm's trail: event {read} is missing.",)
        if event.hash != digest(vars(event), previous):
            return read, (f"The firm's trail: event {read} ({event.kind}) was changed after it was written.",)
        previous = event.hash
    head = await FirmSetting.get_or_none(name=HEAD)
    if (head.value if head else "0 ") != f"{read} {previous}":
        return read, ("The firm's trail: events at its end are missing.",)
    return read, ()


def _quoted(value: str) -> str:
    return f"“{shortened(value, 300)}”" if value else "nothing"
