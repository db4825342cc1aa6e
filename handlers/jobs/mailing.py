"""The last step of every letter: it is sent, and of one to a client it is written down what became of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from handlers.jobs.steps import GiveUp, TryLater
from handlers.ports import DeliveryRefused, DeliveryTrouble, LetterSender, StaffLetter
from models.database import retried
from models.plain_text import plain_line


async def mailed(sending: Awaitable[None], keep: Callable[[str], Awaitable[None]]) -> bool:
    """Send, then `keep` why it was refused, blank where it has left; `keep` strikes the debt off with it, so: True.

    Raises TryLater: the mail server does not take it now, and nothing was kept.
    """
    refused = ""
    try:
        await sending
    except DeliveryRefused as trouble:
        refused = plain_line(str(trouble)) or "refused"
    except DeliveryTrouble as trouble:
        raise TryLater(str(trouble), trouble.retry_after) from trouble
    await retried(lambda: keep(refused))  # until it is kept: a letter that has left must not leave once more
    return True


async def mailed_to_staff(letter: StaffLetter, letters: LetterSender, what: str) -> None:
    """Send a letter whose refusal nobody but the log has to hear of; `what` it tells, as a sentence begins.

    Raises GiveUp: it was refused. Raises TryLater.
    """
    try:
        await letters.send_answer(letter)
    except DeliveryRefused as trouble:
        raise GiveUp(f"{what} could not be mailed: {trouble}") from trouble
    except DeliveryTrouble as trouble:
        raise TryLater(str(trouble), trouble.retry_after) from trouble
