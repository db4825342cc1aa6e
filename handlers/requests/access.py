"""What is asked of who may come in, and of links that wait for a second person."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.requests.people import Role


@dataclass(frozen=True, slots=True)
class AskAccess:
    """Somebody who has no role asks the admins for one."""


@dataclass(frozen=True, slots=True)
class AnswerAccess:
    """An admin's button under such a wish."""

    number: int  # 12 for A-12
    role: Role | None  # None: denied


@dataclass(frozen=True, slots=True)
class DecideProposal:
    """A button under something that is above the approval limit."""

    number: int  # 5 for P-5
    approve: bool
