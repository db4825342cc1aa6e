"""Each letter is heard once: sent fifty times, under new numbers, by three processes, wherever one of them dies."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from handlers.answers import Answer
from handlers.desk import Desk
from handlers.mail.claim_letter import LEASE
from handlers.mail.store_letter import DONE, WAITING
from handlers.requests import Asker
from mailroom import hearing
from mailroom.intake import Intake
from mailroom.mailbox import Folder
from models.tables import InboundLetter, PaymentLink
from tests.cast import SAM
from tests.mailroom.office import Office, fates, opened
from tests.mailroom.writing import AUTHSERV, PASS, raw_letter, staff_letter
from tests.waiting import eventually

pytestmark = pytest.mark.usefixtures("database")

CREATE = "create 1250 jane@client.example for Jane Doe invoice 1042 account operating"


@pytest.fixture
async def office(database: str) -> Office:
    return await opened()


async def test_the_same_letter_fifty_times_is_obeyed_once(office: Office) -> None:
    """(M13)"""
    letter = staff_letter(CREATE)
    answers = await office.read(*[letter] * 50)
    answers += await office.read(letter)
    assert len(answers) == 1
    assert await PaymentLink.all().count() == 1
    assert office.mailbox.letters == {}


async def test_a_letter_that_is_brought_again_by_another_way_is_the_same_letter(office: Office) -> None:
    """(M13) Nobody is told twice of what their mail server did."""
    letter = staff_letter(CREATE, headers={"Auto-Submitted": "no"})
    ways = [f"Received: by mx{n}.mail.example;\r\n Mon, 23 Nov 2026 15:00:0{n} +0000\r\n".encode() for n in range(3)]
    assert len(await office.read(*(way + letter for way in ways))) == 1
    assert await PaymentLink.all().count() == 1


async def test_without_a_message_id_a_letter_that_came_another_way_is_another(office: Office) -> None:
    lines = [f"Authentication-Results: {PASS}", f"From: {SAM.email}", "Subject: list"]
    assert len(await office.read(raw_letter("Received: by mx1", *lines), raw_letter("Received: by mx2", *lines))) == 2


async def test_another_letter_under_a_message_id_that_was_used_is_refused(office: Office) -> None:
    """(B42)"""
    await office.read(staff_letter(CREATE, message_id="one@mail.example"))
    [answer] = await office.read(staff_letter("create 99 account operating", message_id="one@mail.example"))
    assert "Message-ID" in answer.text
    assert await PaymentLink.all().count() == 1


async def test_a_stranger_cannot_use_up_a_message_id(office: Office) -> None:
    await office.read(staff_letter(CREATE, message_id="one@mail.example", verdict=""))
    [answer] = await office.read(staff_letter(CREATE, message_id="one@mail.example"))
    assert "PL-" in answer.text


async def test_a_letter_without_a_message_id_is_known_by_its_bytes(office: Office) -> None:
    """(B42)"""
    lines = [f"Authentication-Results: {PASS}", f"From: {SAM.email}", f"Subject: {CREATE}"]
    assert len(await office.read(raw_letter(*lines), raw_letter(*lines))) == 1
    assert await PaymentLink.all().count() == 1


async def test_when_the_server_renumbers_its_letters_nothing_is_done_twice_and_nothing_skipped(office: Office) -> None:
    """(F22)"""
    office.mailbox.refuses_filing = True  # so that they are all still there
    answers = await office.read(staff_letter(CREATE), staff_letter("list"))
    assert len([answer for answer in answers if answer.to == SAM.email]) == 2
    office.mailbox.renumber()
    answers = await office.read(staff_letter("create 20 bob@client.example account operating"))
    [answer] = [answer for answer in answers if answer.to == SAM.email]
    assert "$20.00" in answer.text
    assert await PaymentLink.all().count() == 2
    office.mailbox.renumber()
    assert [answer for answer in await office.read() if answer.to == SAM.email] == []
    assert await PaymentLink.all().count() == 2


async def test_when_the_server_gives_its_numbers_out_anew_nothing_is_done_twice_and_nothing_skipped(
    office: Office,
) -> None:
    """(F22) The mailbox was made anew, and by its UIDVALIDITY the server claims that no UID has a new meaning."""
    first, second = staff_letter(CREATE, message_id="one@mail.example"), staff_letter("list")
    assert len(await office.read(first, second, staff_letter("list"))) == 3
    office.mailbox.letters, office.mailbox.next_uid = {}, 1
    office.mailbox.deliver(staff_letter("create 20 bob@client.example account operating"))
    office.mailbox.deliver(first)
    [answer], _ = await office.read(), await asyncio.gather(*(office.intake().round() for _ in range(2)))
    assert "$20.00" in answer.text
    assert office.mailbox.letters == {}
    [answer] = await office.read(staff_letter("create 30 bob@client.example account operating"))
    assert "$30.00" in answer.text
    assert await office.read(first.replace(b"Subject:", b"X-Moved: yes\r\nSubject:")) == []
    assert await PaymentLink.all().count() == 3


async def test_a_letter_changed_by_a_move_to_another_server_is_not_answered_again(office: Office) -> None:
    """(F22)"""
    letter = staff_letter(CREATE, message_id="one@mail.example")
    await office.read(letter)
    office.mailbox.renumber()
    assert await office.read(letter.replace(b"Subject:", b"X-Moved: yes\r\nSubject:")) == []
    assert await PaymentLink.all().count() == 1


async def test_in_a_mailbox_never_read_before_old_letters_are_left_alone(office: Office) -> None:
    office.mailbox.deliver(staff_letter("create 10 account operating"), on=date(2026, 1, 5))
    assert len(await office.read(staff_letter(CREATE))) == 1
    assert await PaymentLink.all().count() == 1
    assert await office.read(staff_letter("list")) != []
    assert await PaymentLink.all().count() == 1


async def test_two_processes_on_one_mailbox_do_each_letter_once(office: Office) -> None:
    """(F25)"""
    for number in range(12):
        office.mailbox.deliver(staff_letter(f"create {number + 10} account operating"))
    await asyncio.gather(*(office.intake().round() for _ in range(3)))
    await office.intake().round()
    assert len(await office.post()) == 12
    assert await PaymentLink.all().count() == 12
    assert {fate for fate, _ in await fates()} == {DONE}


class _Killed(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("moment", ["after storing", "after the desk", "after the answer was owed", "before filing"])
async def test_a_letter_is_done_once_wherever_the_process_dies(
    office: Office, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """(M13) The next process finds it and brings it to its end."""
    office.mailbox.deliver(staff_letter(CREATE))

    async def die(*args: object, **named: object) -> None:
        raise _Killed

    with monkeypatch.context() as patched:
        if moment == "after storing":
            patched.setattr(hearing, "judge", lambda *args: (_ for _ in ()).throw(_Killed))
        elif moment == "after the desk":
            patched.setattr(hearing, "answer_letter", die)
        else:
            patched.setattr(office.mailbox.__class__, "file", die)
        with pytest.raises(_Killed):
            await office.intake().round()
    office.around.clock.tick(LEASE + 1)
    await office.intake().round()
    [answer] = await office.post()
    assert (await PaymentLink.get()).reference in answer.text
    assert len(office.around.letters.requests) == 1
    assert len(office.folder(Folder.PROCESSED)) == 1


async def test_a_letter_another_process_holds_is_left_to_it_until_its_lease_ends(office: Office) -> None:
    office.mailbox.deliver(staff_letter(CREATE))
    intake = office.intake()
    await intake.round()
    await InboundLetter.all().update(fate=WAITING, lease_until=2**60)
    assert await office.intake().round() == 0


async def test_a_process_that_loses_its_lease_in_the_middle_undoes_nothing_of_the_one_that_took_over(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(F25) The first stalls at the desk's door; the other does the letter; then the first goes on with it."""
    office.mailbox.deliver(staff_letter(CREATE))
    stalled, go_on = asyncio.Event(), asyncio.Event()

    def stalling(desk: Desk) -> Desk:
        hear = desk.hear

        async def slowly(asker: Asker, text: str, addressed: str = "") -> Answer:
            stalled.set()
            await go_on.wait()
            return await hear(asker, text, addressed)

        monkeypatch.setattr(desk, "hear", slowly)
        return desk

    ports = office.around.ports
    first = Intake(office.mailbox, stalling(Desk(ports)), ports, AUTHSERV)
    stalling_round = asyncio.create_task(first.round())
    await stalled.wait()
    office.around.clock.tick(LEASE + 1)
    assert await office.intake().round() == 1
    go_on.set()
    await stalling_round
    [answer] = await office.post()
    assert (await PaymentLink.get()).reference in answer.text
    assert len(office.around.letters.requests) == 1
    assert await fates() == [(DONE, "answered")]
    assert len(office.folder(Folder.PROCESSED)) == 1


async def test_a_letter_that_takes_long_is_kept_by_the_process_that_judges_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(F25) Its lease is renewed: two processes would else take it from each other for ever."""
    monkeypatch.setattr("handlers.mail.claim_letter.LEASE", 0.03)  # s; the clock of the test stands still
    office.mailbox.deliver(staff_letter(CREATE))
    ports, clock, renewed = office.around.ports, office.around.clock, asyncio.Event()
    desk = Desk(ports)
    hear = desk.hear

    async def long(asker: Asker, text: str, addressed: str = "") -> Answer:
        before = (await InboundLetter.get()).lease_until
        clock.tick(LEASE + 1)

        async def later() -> bool:
            return bool((await InboundLetter.get()).lease_until > before)

        await eventually(later, "the lease to be renewed")
        renewed.set()
        return await hear(asker, text, addressed)

    monkeypatch.setattr(desk, "hear", long)
    assert await Intake(office.mailbox, desk, ports, AUTHSERV).round() == 1
    assert renewed.is_set()
    assert (await InboundLetter.get()).tries == 1
