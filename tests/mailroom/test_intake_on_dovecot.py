"""The intake on a real mailbox: found, heard and filed; also when the line breaks and when two processes read it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from handlers.desk import Desk
from mailroom.imap_mailbox import ImapMailbox
from mailroom.intake import Intake
from mailroom.mail_server import MailServer
from models.tables import Batch, PaymentLink
from tests.mailroom.office import Office, opened
from tests.mailroom.writing import AUTHSERV, LIST, PASS, staff_letter
from tests.relay import relay
from tests.servers import Dovecot
from tests.waiting import eventually

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def office(database: str) -> Office:
    return await opened()


def stamped(subject: str, **more: object) -> bytes:
    return staff_letter(f"{subject} account operating", **more)  # type: ignore[arg-type]  # passed on as they are


def intake_on(server: Dovecot, office: Office, port: int = 0) -> Intake:
    url = server.url.replace(str(server.imap_port), str(port or server.imap_port))
    ports = office.around.ports
    return Intake(ImapMailbox(MailServer.of(url), 10), Desk(ports), ports, AUTHSERV, poll=5)


async def _answers(office: Office, count: int) -> None:
    async def enough() -> bool:
        await office.post()
        return len(office.around.letters.answers) >= count

    await eventually(enough, f"{count} answers", 30)


async def test_letters_are_heard_as_they_come_and_filed(dovecot: Dovecot, office: Office) -> None:
    """(RELIABILITY section 3: from IDLE to the answer within 10 s)"""
    dovecot.deliver(stamped("create 10"))
    intake = intake_on(dovecot, office)
    running = asyncio.create_task(intake.run())
    await _answers(office, 1)
    dovecot.deliver(stamped("November", files=[LIST]))
    dovecot.deliver(staff_letter("create 99", sender="max@elsewhere.example", verdict=PASS))
    await _answers(office, 2)
    await eventually(lambda: not dovecot.letters(), "filing")
    assert len(dovecot.letters("Processed")) == 2
    assert len(dovecot.letters("Quarantine")) == 1
    intake.stop()
    await asyncio.wait_for(running, 30)
    assert await PaymentLink.all().count() == 1


async def test_a_line_that_breaks_again_and_again_loses_nothing_and_does_nothing_twice(
    dovecot: Dovecot, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(F21)"""
    monkeypatch.setattr("mailroom.intake.FIRST_PAUSE", 0.01)
    async with relay(dovecot.imap_port) as (port, cut):
        intake = intake_on(dovecot, office, port)
        running = asyncio.create_task(intake.run())
        for number in range(20):
            dovecot.deliver(stamped(f"create {number + 10}"))
            await asyncio.sleep(0.05)
            cut()
        await _answers(office, 20)
        await eventually(lambda: not dovecot.letters(), "filing", 30)
        intake.stop()
        await asyncio.wait_for(running, 30)
    assert await PaymentLink.all().count() == 20
    assert len(office.around.letters.answers) == 20
    assert len(dovecot.letters("Processed")) == 20


async def test_two_processes_share_a_mailbox(dovecot: Dovecot, office: Office) -> None:
    """(F25)"""
    intakes = [intake_on(dovecot, office), intake_on(dovecot, office)]
    running = [asyncio.create_task(intake.run()) for intake in intakes]
    for number in range(15):
        dovecot.deliver(stamped(f"create {number + 10}"))
    await _answers(office, 15)
    await eventually(lambda: not dovecot.letters(), "filing", 30)
    for intake in intakes:
        intake.stop()
    await asyncio.wait(running, timeout=10)
    assert await PaymentLink.all().count() == 15
    assert len(office.around.letters.answers) == 15
    # Both may file the same letter at the same moment, and the server then copies it twice
    assert len({file.read_bytes() for file in dovecot.letters("Processed")}) == 15


@pytest.mark.parametrize("capability", ["", " UIDPLUS", " IDLE MOVE", " IDLE UIDPLUS"])
async def test_whatever_the_server_can_do_each_letter_is_heard_once_and_filed(
    start_dovecot: Callable[..., Dovecot], office: Office, capability: str
) -> None:
    """(F20-F25) Also after it lost its numbers, and with a second process at the same mailbox."""
    server = start_dovecot(capability=f"IMAP4rev1 LITERAL+{capability}")
    for number in range(3):
        server.deliver(stamped(f"create {number + 10}", message_id=f"{number}@mail.example"))
    intakes = [intake_on(server, office), intake_on(server, office)]
    await asyncio.gather(*(intake.round() for intake in intakes))
    await asyncio.gather(*(intake.round() for intake in intakes))
    assert len(await office.post()) == 3
    assert {file.read_bytes() for file in server.letters()} <= {
        file.read_bytes() for file in server.letters("Processed")
    }
    for intake in intakes:
        await intake._mailbox.close()
    for file in server.letters("Processed"):  # back in the inbox, under other numbers
        file.rename(server.home / "new" / file.name.partition(":")[0])
    server.forget_numbers()
    again = intake_on(server, office)
    await again.round()
    await again._mailbox.close()
    assert await office.post() == []
    assert await PaymentLink.all().count() == 3


class _Killed(BaseException):
    """The process dies here."""


async def test_a_file_and_its_send_fifty_times_each_are_done_once_whatever_befalls(
    dovecot: Dovecot, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(M13, F22, F25) Two processes, a third killed before it filed, UIDs lost; each delivery bears its own stamps."""
    _deliver(dovecot, staff_letter("November", files=[LIST], message_id="file@mail.example"), times=50)
    await _both_read(dovecot, office)
    [review] = await office.post()
    reply = {"In-Reply-To": f"<{review.message_id}>"}
    send = staff_letter("Re: November", "account operating\nsend", headers=reply, message_id="send@mail.example")
    _deliver(dovecot, send, times=25)

    async def die(*args: object) -> None:
        raise _Killed

    killed = intake_on(dovecot, office)
    with monkeypatch.context() as patched, pytest.raises(_Killed):
        patched.setattr(ImapMailbox, "file", die)
        await killed.round()
    await killed._mailbox.close()
    _deliver(dovecot, send, times=25)
    await _both_read(dovecot, office)
    [decided] = await office.post()
    assert "2 letters on the way" in decided.text
    for file in dovecot.letters("Processed"):  # back in the inbox, under other numbers
        file.rename(dovecot.home / "new" / file.name.partition(":")[0])
    dovecot.forget_numbers()
    await _both_read(dovecot, office)
    assert await office.post() == []
    dovecot.deliver(staff_letter("November", files=[LIST], message_id="another@mail.example"))
    await _both_read(dovecot, office)
    [noticed] = await office.post()
    assert "already imported as B-1" in noticed.text
    assert await PaymentLink.all().count() == 2
    assert await Batch.all().count() == 1
    assert len(office.around.letters.requests) == 2


def _deliver(server: Dovecot, letter: bytes, times: int) -> None:
    for _ in range(times):
        server.deliver(letter)


async def _both_read(server: Dovecot, office: Office) -> None:
    """Two processes at once, and then once more what one left to the other."""
    intakes = [intake_on(server, office), intake_on(server, office)]
    for _ in range(2):
        await asyncio.gather(*(intake.round() for intake in intakes))
    for intake in intakes:
        await intake._mailbox.close()
