"""An answer that no way to a person takes now: it is owed, and follows as soon as one does (F18)."""

from __future__ import annotations

from handlers.people.messages import owe_person
from handlers.ports import Ports
from handlers.request_id import new_request_id


async def owe_answer(who: str, words: str, ports: Ports) -> None:
    """Owe a person, by their Slack id, the words of an answer. Raises DatabaseTrouble."""
    await owe_person(who, words, ports.clock.now(), about=f"answer-{new_request_id()}")
    ports.wake()
