"""How much one person may have waiting at once for somebody's button."""

from __future__ import annotations

from handlers.requests import Asker, Door
from models.errors import NotAllowed
from models.tables import LinkProposal

MOST_WAITING = 20  # that one person asked for by mail
WAITING = "waiting"


async def not_too_many(by: Asker) -> None:
    """Each is told to every admin: a mailbox in the wrong hands must not bury them in questions until they press
    one too many (T16).

    Raises NotAllowed: nothing of this letter was kept.
    """
    if by.door is not Door.MAIL:
        return
    if await LinkProposal.filter(asked_by=by.key, door=by.door.value, state=WAITING).count() >= MOST_WAITING:
        raise NotAllowed(
            f"{MOST_WAITING} requests that you mailed wait to be confirmed in Slack, and no more may: nothing was kept "
            "of this one. Have those decided first, or ask for it there."
        )
