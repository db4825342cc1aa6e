"""Letters that hurt and mailboxes that fail: none stops the rest, and those who can mend it are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.desk import Desk
from handlers.kept_facts import mail_down_since
from handlers.mail.store_letter import ASIDE, DONE, QUARANTINED, Arrival, store_letter
from handlers.ports import DeliveryTrouble
from mailroom import hearing
from mailroom.filing import TRY_AGAIN_AFTER
from mailroom.heads import Head, read_head
from mailroom.intake import Intake
from mailroom.letters import read_letter
from mailroom.mailbox import Folder
from models.tables import PaymentLink
from tests.cast import SAM
from tests.mailroom.office import Office, fates, opened
from tests.mailroom.writing import AUTHSERV, PASS, raw_letter, staff_letter
from tests.waiting import eventually

pytestmark = pytest.mark.usefixtures("database")

CREATE = "create 1250 jane@client.example for Jane Doe invoice 1042 account operating"


@pytest.fixture
async def office(database: str) -> Office:
    return await opened()


async def test_a_poison_letter_is_tried_three_times_then_set_aside_and_the_rest_go_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(T19, F23) By whichever process; its sender is told, who is known, and so are the admins."""
    poison, tried = staff_letter("poison"), 0

    def read(raw: bytes) -> object:
        nonlocal tried
        if b"poison" in raw:
            tried += 1
            raise RuntimeError("a fault of ours")
        return read_letter(raw)

    monkeypatch.setattr(hearing, "read_letter", read)
    intakes = [office.intake(), office.intake()]
    for number in range(4):
        office.mailbox.deliver(poison if number == 0 else staff_letter("list"))
        await intakes[number % 2].round()
        office.around.clock.tick(60)
    answers = [answer.text for answer in await office.post() if answer.to == SAM.email]
    [told] = [text for text in answers if "could not be read" in text]
    assert "L-1" in told
    assert (len(answers), tried) == (4, 3)
    assert (await fates())[0] == (QUARANTINED, "it could not be handled; the log says why")
    assert office.folder(Folder.QUARANTINE) == [poison]
    assert any("L-1" in words for _, words in office.around.poster.told)


async def test_a_poison_letter_of_a_stranger_is_set_aside_and_nobody_but_the_admins_hears_of_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(F23, B37)"""

    def read(*args: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(hearing, "read_bounce", read)
    office.mailbox.deliver(staff_letter("poison", verdict=""))
    for _ in range(3):
        await office.intake().round()
        office.around.clock.tick(60)
    assert SAM.email not in {answer.to for answer in await office.post()}
    assert [fate for fate, _ in await fates()] == [QUARANTINED]


async def test_answers_to_letters_that_cannot_be_read_stop_at_ten_a_day(office: Office) -> None:
    """(T17, F23)"""
    parts = "--b\r\n\r\nx\r\n" * 60
    head = [f"Authentication-Results: {PASS}", f"From: {SAM.email}", "Content-Type: multipart/mixed; boundary=b"]
    bombs = [raw_letter(*head, f"Message-ID: <{n}@mail.example>", body=parts) for n in range(12)]
    answers = [answer for answer in await office.read(*bombs) if answer.to == SAM.email]
    assert len(answers) == 10
    assert all("too complex" in answer.text for answer in answers)
    assert {fate for fate, _ in await fates()} == {QUARANTINED}


async def test_a_letter_whose_header_trips_us_up_does_not_stop_those_behind_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(T19)"""

    def read(raw: bytes) -> Head:
        if b"poison" in raw:
            raise RuntimeError("a fault of ours")
        return read_head(raw)

    monkeypatch.setattr(hearing, "read_head", read)
    monkeypatch.setattr("mailroom.intake.read_head", read)
    answers = await office.read(staff_letter("poison"), staff_letter("list"))
    assert [answer.to for answer in answers] == [SAM.email]


async def test_a_letter_too_large_is_set_aside_unread_and_its_known_sender_told(office: Office) -> None:
    """(F23, B44)"""
    office.mailbox.most_bytes = 10 * 1024 * 1024
    huge = staff_letter(CREATE) + b"x" * (11 * 1024 * 1024)
    answers = await office.read(huge, staff_letter("list"))
    mine = [answer for answer in answers if answer.to == SAM.email]
    assert len(mine) == 2
    assert "too large" in mine[0].text + mine[1].text
    assert "L-1" in mine[0].text + mine[1].text
    assert await PaymentLink.all().count() == 0
    assert (await fates())[0][0] == QUARANTINED


async def test_a_letter_the_server_will_not_give_does_not_stop_those_behind_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(F23) It is set aside unread and admins are told."""
    monkeypatch.setattr("mailroom.intake.FIRST_PAUSE", 0.001)
    monkeypatch.setattr("mailroom.intake.LONGEST_PAUSE", 0.001)
    broken = staff_letter(CREATE)
    office.mailbox.ungiven.add(office.mailbox.deliver(broken))
    office.mailbox.deliver(staff_letter("list"))
    intake = office.intake()
    task = asyncio.create_task(intake.run())

    async def answered() -> bool:
        await office.post()
        return any(answer.to == SAM.email for answer in office.around.letters.answers)

    await eventually(answered, "the second letter's answer")
    intake.stop()
    await asyncio.wait_for(task, 30)
    assert office.folder(Folder.QUARANTINE) == [broken]
    assert any("cannot be fetched" in words for _, words in office.around.poster.told)
    assert await PaymentLink.all().count() == 0


async def test_a_letter_is_set_aside_whatever_words_the_server_has_for_it(office: Office) -> None:
    """(F23) Words that the database refuses would hold the mailbox up for ever."""
    arrival = Arrival("pay@harborfinch.example", 1, 7, 0, b"", "", "", "")
    await store_letter(arrival, office.around.clock.now(), unreadable="NO \x00 Bo\udceete")
    assert await fates() == [(QUARANTINED, "NO Bote")]


async def test_a_strangers_bomb_is_silence(office: Office) -> None:
    bomb = (
        b"From: x@y.example\r\n" + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 10_000
    )
    assert await office.read(bomb, b"", b"\r\n", b"X: y\r\n" * 10_000 + b"\r\n", bytes(range(256)) * 4) == []
    assert all(fate in (ASIDE, QUARANTINED) for fate, _ in await fates())


async def test_a_mailbox_that_will_not_file_is_told_once_and_the_letters_are_done_all_the_same(office: Office) -> None:
    """(F24) Once the mailbox lets us, they are filed, over the same connection."""
    office.mailbox.refuses_filing = True
    intakes = [office.intake(), office.intake()]
    for number in range(4):
        office.mailbox.deliver(staff_letter(f"create {number + 10} account operating"))
        await intakes[number % 2].round()
    answers = await office.post()
    assert await PaymentLink.all().count() == 4
    assert len([words for _, words in office.around.poster.told if "cannot file" in words]) == 1
    assert len([answer for answer in answers if "cannot file" in answer.text]) == 1
    office.mailbox.refuses_filing = False
    office.around.clock.tick(TRY_AGAIN_AFTER)
    await intakes[0].round()
    assert len(office.folder(Folder.PROCESSED)) == 4
    assert await office.post() == []
    assert await PaymentLink.all().count() == 4


@pytest.fixture
async def running(office: Office) -> AsyncIterator[Intake]:
    intake = office.intake()
    task = asyncio.create_task(intake.run())
    yield intake
    intake.stop()
    await asyncio.wait_for(task, 30)


async def _answered(office: Office, count: int) -> None:
    async def enough() -> bool:
        await office.post()
        return len(office.around.letters.answers) >= count

    await eventually(enough, f"{count} answers")


async def test_the_running_intake_hears_letters_as_they_come(office: Office, running: Intake) -> None:
    await eventually(lambda: running.state == "ok", "the first round")
    office.mailbox.deliver(staff_letter(CREATE))
    await _answered(office, 1)
    office.mailbox.deliver(staff_letter("list"))
    await _answered(office, 2)
    assert await PaymentLink.all().count() == 1
    assert {fate for fate, _ in await fates()} == {DONE}


@pytest.mark.parametrize("call", ["open", "uids", "fetch", "file", "wait"])
async def test_a_connection_that_breaks_is_opened_again_and_no_letter_is_lost_or_done_twice(
    office: Office, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """(F20, F21)"""
    monkeypatch.setattr("mailroom.intake.FIRST_PAUSE", 0.01)
    office.mailbox.troubles = [call, call]
    office.mailbox.deliver(staff_letter(CREATE))
    intake = office.intake()
    task = asyncio.create_task(intake.run())
    await _answered(office, 1)
    await eventually(lambda: not office.mailbox.troubles and intake.state == "ok", "the second connection")
    office.mailbox.deliver(staff_letter("list"))
    await _answered(office, 2)
    intake.stop()
    await asyncio.wait_for(task, 30)
    assert await PaymentLink.all().count() == 1
    assert len(office.folder(Folder.PROCESSED)) == 2


async def test_a_mailbox_that_stays_away_is_down_and_after_five_minutes_admins_are_told(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(F20) Once, though two processes miss it; and once more when it is back."""
    monkeypatch.setattr("mailroom.intake.FIRST_PAUSE", 0.001)
    monkeypatch.setattr("mailroom.intake.LONGEST_PAUSE", 0.001)
    office.mailbox.troubles = ["open"] * 100_000
    intakes = [office.intake(), office.intake()]
    running = [asyncio.create_task(intake.run()) for intake in intakes]
    await eventually(lambda: len(office.mailbox.troubles) < 99_980, "twenty tries")
    assert await office.post() == []
    assert {intake.state for intake in intakes} == {"down"}
    office.around.clock.tick(timedelta(minutes=6))
    await _admins_hear(office, "mail intake is down since 2026-11-23 15:00 UTC")
    since = await mail_down_since()
    assert since is not None
    office.mailbox.troubles.clear()
    await eventually(lambda: {intake.state for intake in intakes} == {"ok"}, "being up again")
    await _admins_hear(office, "mail intake works again. It was down from 2026-11-23 15:00 UTC to 2026-11-23 15:06 UTC")
    for intake in intakes:
        intake.stop()
    await asyncio.wait(running)
    assert await mail_down_since() is None
    told = [words for to, words in office.around.poster.told if to == office.around.poster.told[0][0]]
    assert [words.partition(" since ")[0].partition(". ")[0] for words in told] == [
        "Paylink's mail intake is down",
        "Paylink's mail intake works again",
    ]


async def _admins_hear(office: Office, words: str) -> None:
    async def told() -> bool:
        await office.post()
        return any(words in said for _, said in office.around.poster.told)

    await eventually(told, f"the admins to be told: {words}")


async def test_a_fault_of_ours_that_keeps_letters_out_is_told_like_a_mailbox_out_of_reach(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(F20)"""
    monkeypatch.setattr("mailroom.intake.FIRST_PAUSE", 0.001)

    async def store(*args: object, **named: object) -> None:
        raise RuntimeError("a fault of ours")

    office.mailbox.deliver(staff_letter(CREATE))
    with monkeypatch.context() as faulty:
        faulty.setattr("mailroom.intake.store_letter", store)
        intake = office.intake()
        task = asyncio.create_task(intake.run())
        await eventually(lambda: office.mailbox.opened > 3, "some tries")
        assert intake.state == "down"
        office.around.clock.tick(timedelta(minutes=6))
        await _admins_hear(office, "a fault of Paylink's own")
    await eventually(lambda: PaymentLink.all().exists(), "the letter to be heard")
    intake.stop()
    await task


async def test_the_intake_stops_within_a_moment_while_it_waits(office: Office) -> None:
    ports = office.around.ports
    intake = Intake(office.mailbox, Desk(ports), ports, AUTHSERV, poll=600)
    task = asyncio.create_task(intake.run())
    await eventually(lambda: intake.state == "ok", "the first round")
    intake.stop()
    await asyncio.wait_for(task, 30)
    assert task.exception() is None


async def test_letters_that_waited_are_drained_in_one_round(office: Office) -> None:
    """(RELIABILITY section 3; the time that 500 take is measured by `./run bench`)"""
    for number in range(40):
        office.mailbox.deliver(staff_letter("list" if number % 2 else CREATE.replace("1250", f"{number + 10}")))
    assert await office.intake().round() == 40
    assert {fate for fate, _ in await fates()} == {DONE}


async def test_an_answer_that_cannot_leave_now_leaves_later_under_the_same_message_id(office: Office) -> None:
    """(F26)"""
    office.around.letters.troubles.waiting = [DeliveryTrouble("451 greylisted")]
    assert await office.read(staff_letter("list")) == []
    office.around.clock.tick(60)
    [answer] = await office.post()
    assert answer.message_id == "answer-1@harborfinch.example"


async def test_without_an_authserv_id_of_its_own_no_server_is_believed(office: Office) -> None:
    ports = replace(office.around.ports)
    intake = Intake(office.mailbox, Desk(ports), ports, "mx.other.example")
    office.mailbox.deliver(staff_letter(CREATE))
    await intake.round()
    assert [fate for fate, _ in await fates()] == [ASIDE]
