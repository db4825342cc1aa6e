"""The letters that were set aside, for admins to look over."""

from __future__ import annotations

import pytest

from handlers.answers import Overview
from handlers.desk import Desk
from models.statements import insert_all
from models.tables import InboundLetter
from tests.cast import NOOR, Surroundings

pytestmark = pytest.mark.usefixtures("database")


async def aside(around: Surroundings, count: int, **more: object) -> None:
    for number in range(1, count + 1):
        facts: dict[str, object] = {
            "mailbox": "pay",
            "uidvalidity": 1,
            "uid": number,
            "message_id": f"<{number}@x>",
            "digest": f"{number}",
            "sender": f"mallory{number}@evil.example",
            "subject": "create 9999",
            "size": 2048,
            "received_at": around.clock.now(),
            "fate": "quarantined",
            "reason": "DMARC did not pass",
        }
        await insert_all(InboundLetter, [facts | more])


async def shown(around: Surroundings, words: str) -> Overview:
    answer = await Desk(around.ports).hear(NOOR.in_slack(), words)
    assert isinstance(answer, Overview), answer
    return answer


async def test_each_letter_is_listed_with_its_sender_its_subject_and_the_reason_newest_first() -> None:
    """(T16)"""
    around = Surroundings()
    await aside(around, 2)
    page = await shown(around, "quarantine")
    assert [line.name for line in page.lines] == ["mallory2@evil.example", "mallory1@evil.example"]
    assert page.lines[0].value == "“create 9999”"
    assert page.lines[0].about.endswith("2 KiB: DMARC did not pass")
    assert (page.previous, page.next) == ("", "")


async def test_many_letters_come_in_pages_and_those_that_were_obeyed_are_not_among_them() -> None:
    around = Surroundings()
    await aside(around, 23)
    await InboundLetter.filter(uid=23).update(fate="done")
    first, last = await shown(around, "quarantine"), await shown(around, "quarantine page 3")
    assert first.title == "Letters set aside: 22, page 1 of 3"
    assert (first.previous, first.next) == ("", "quarantine page 2")
    assert (len(last.lines), last.previous, last.next) == (2, "quarantine page 2", "")
    assert (await shown(around, "quarantine page 99")).lines == last.lines


async def test_a_letter_without_a_sender_or_of_odd_characters_is_listed_on_one_line() -> None:
    around = Surroundings()
    await aside(around, 1, sender="", subject="a\nb\u202e\x07c", size=12)
    [line] = (await shown(around, "quarantine")).lines
    assert line.name == "nobody named"
    assert "\n" not in line.value
    assert "12 bytes" in line.about


async def test_an_empty_quarantine_says_so() -> None:
    assert (await shown(Surroundings(), "quarantine")).notes == ("There are none.",)
