"""The daily message to admins: what was commanded by mail since the last one (T16), and which letters were set aside
and why (SPEC 8, B37).

In the firm's morning, once a day however many processes there are, and only when there were any.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from handlers.jobs.steps import TryLater
from handlers.mail.heard import told_of_commands
from handlers.mail.quoting import quoted
from handlers.mail.store_letter import ASIDE, QUARANTINED, WAITING
from handlers.owed import owe
from handlers.people.messages import owe_admins
from handlers.ports import Ports
from models.job_queue import Claimed
from models.tables import FirmSetting, InboundLetter

MORNING = 8  # o'clock, in the firm's time zone
EVERY = 900.0  # seconds between looks at the clock
_KEY = "tell_aside"
_MARK = "letters_aside.mark"
_NEWEST = 5  # letters named one by one
_REASONS = 5  # the most common ones, with how many letters each
_MOST_COUNTED = 10_000  # a flood is told as "more than"
_WAITS = timedelta(days=1)  # the longest that a letter waits to be judged
_HOW = (
    "They lie in the mailbox's Quarantine folder. `quarantine` in Slack lists them all. Whoever should be obeyed is "
    "added with `users add name@example.com staff`, and writes again."
)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far admins were told."""

    day: str = ""  # ISO, the firm's; blank: never
    letter: int = 0  # InboundLetter.id of the last one


async def begin_telling(ports: Ports) -> None:
    """Owe the first look; there is one job of it for all replicas, and it never ends."""
    await owe("tell_aside", {}, ports.clock.now(), dedup=_KEY)
    ports.wake()


async def tell_aside(job: Claimed, ports: Ports) -> None:
    """One look. Raises TryLater, always: the next look."""
    await look(ports)
    raise TryLater("until the next look", EVERY)


async def look(ports: Ports) -> None:
    """Tell admins of the letters since the last time, if this day's morning has come and was not told."""
    firm, now = ports.firm, ports.clock.now()
    today = firm.today(now)
    row, _ = await FirmSetting.get_or_create({"value": json.dumps(asdict(Mark()))}, name=_MARK)
    mark = Mark(**json.loads(row.value))
    if now.astimezone(firm.zone).hour < MORNING or mark.day >= today.isoformat():  # also where the clock stepped back
        return
    last = max(mark.letter, await _last_settled(now))
    since = InboundLetter.filter(id__gt=mark.letter, id__lte=last)
    parts = [await told_of_commands(since, firm), await _set_aside(since.filter(fate__in=(ASIDE, QUARANTINED)))]
    words = "\n\n".join(filter(None, parts))
    async with in_transaction():
        mine = FirmSetting.filter(name=_MARK, value=row.value)
        if not await mine.update(value=json.dumps(asdict(Mark(today.isoformat(), last)))):
            return  # another process tells
        if words:
            await owe_admins(words, now, ports, about=f"aside-{today.isoformat()}")
    ports.wake()


async def _last_settled(now: datetime) -> int:
    """The id of the newest letter before any that still waits; one that waits since days waits for another mailbox."""
    waiting = await InboundLetter.filter(fate=WAITING, received_at__gte=now - _WAITS).order_by("id").first()
    settled = InboundLetter.filter(id__lt=waiting.id) if waiting else InboundLetter.all()
    newest = await settled.order_by("-id").first()
    return newest.id if newest else 0


async def _set_aside(fresh: QuerySet[InboundLetter]) -> str:
    newest = await fresh.order_by("-id").limit(_NEWEST).only("id", "sender", "subject", "reason")
    return await _words(fresh, newest) if newest else ""


async def _words(fresh: QuerySet[InboundLetter], newest: list[InboundLetter]) -> str:
    reasons: list[Any] = await fresh.limit(_MOST_COUNTED + 1).values_list("reason", flat=True)
    common = Counter(quoted(str(reason), 80) or "no reason kept" for reason in reasons).most_common(_REASONS)
    many = len(reasons) > _MOST_COUNTED
    count = f"More than {_MOST_COUNTED:,} letters were" if many else _were(len(reasons))
    return "\n".join(
        (
            f"{count} set aside since the last such message: neither obeyed nor answered.",
            "",
            *(f"• {number:,}: {reason}" for reason, number in common),
            "",
            "The newest:" if len(reasons) > len(newest) else "Which:",
            *map(_line, newest),
            "",
            _HOW,
        )
    )


def _were(count: int) -> str:
    return "1 letter was" if count == 1 else f"{count:,} letters were"


def _line(letter: InboundLetter) -> str:
    sender = quoted(letter.sender, 80) or "nobody named"
    subject = f"“{quoted(letter.subject, 60)}”" if letter.subject.strip() else "no subject"
    return f"• {sender}, {subject}: {quoted(letter.reason, 80)}"
