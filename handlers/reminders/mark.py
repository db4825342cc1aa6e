"""How far the rounds of planned reminders have come, kept where every replica finds it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import date

from models.tables import FirmSetting

_MARK = "reminders.mark"


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the rounds have come."""

    plan: str  # the settings it was made with
    since: str  # ISO day: the plan counts for days after it
    done: str  # ISO day of the last whole round of the firm's plan
    own: dict[str, str] = field(default_factory=dict)  # the same by account, where one has a plan of its own

    def done_for(self, account: str) -> date:
        """The day of the last whole round of an account's own plan; blank: of the firm's."""
        return date.fromisoformat(self.own[account] if account else self.done)

    def after(self, account: str, today: date) -> Mark:
        """The mark after a round of that plan."""
        done = today.isoformat()
        return replace(self, own={**self.own, account: done}) if account else replace(self, done=done)


async def stored_mark() -> Mark | None:
    """How far the rounds have come; None: there was none yet."""
    row = await FirmSetting.get_or_none(name=_MARK)
    return Mark(**json.loads(row.value)) if row else None


async def keep_mark(mark: Mark) -> None:
    """Part of the caller's transaction, if it has one."""
    await FirmSetting.update_or_create(defaults={"value": json.dumps(asdict(mark))}, name=_MARK)
