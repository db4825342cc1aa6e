"""Questions with buttons, put to several people at once: the first answer closes them all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from handlers.answers import Question
from handlers.owed import Debt, owe, owe_all

# the buttons' actions, as the front gives them back
ASK_ACCESS = "ask_access"
APPROVE_ACCESS, APPROVE_VIEWER, DENY_ACCESS = "approve_access", "approve_viewer", "deny_access"
APPROVE_LINK, DENY_LINK = "approve_link", "deny_link"


@dataclass(frozen=True, slots=True)
class Standing:
    """A question as it stands: still to be put, or answered, in words."""

    question: Question | None  # None: it is answered
    outcome: str


async def owe_questions(about: str, to: Iterable[str], now: datetime) -> None:
    """Owe the question to people and channels; part of the caller's transaction. `about`: access:12, proposal:5."""
    await owe_all([Debt("ask_person", {"about": about, "to": who}, now, f"ask:{about}:{who}"[:120]) for who in to])


async def owe_outcome(about: str, now: datetime) -> None:
    """Owe that the buttons go and the outcome is told in their place; part of the caller's transaction."""
    await owe("close_question", {"about": about}, now, f"close:{about}")
