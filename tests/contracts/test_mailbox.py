"""What the intake relies on, held against the fake, the stand-in and real Dovecots."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from imapclient import IMAPClient

from mailroom.imap_mailbox import ImapMailbox
from mailroom.mail_server import MailServer
from mailroom.mailbox import Folder, Mailbox, MailboxTrouble
from mailroom.stand_in import PASSWORD, StandInMail
from tests.fake_mailbox import FakeMailbox
from tests.fakes import FakeClock
from tests.servers import Dovecot
from tests.waiting import eventually

MOST = 20_000  # bytes of a letter that is fetched whole, in these tests
ENDLESS = 60  # seconds; nothing here takes half as long, however busy the machine is
OLD_SERVER = "IMAP4rev1 LITERAL+"  # no IDLE, MOVE, UIDPLUS, NAMESPACE


@dataclass(frozen=True, slots=True)
class Box:
    """A mailbox under test and how letters get into it; `read_all` is a colleague with a mail program."""

    mailbox: Mailbox
    deliver: Callable[[bytes], Awaitable[None]]
    read_all: Callable[[], Awaitable[None]]
    filed: Callable[[Folder], Awaitable[int]]
    idles: bool = True


def _fake() -> Box:
    fake = FakeMailbox(most_bytes=MOST)

    async def deliver(raw: bytes) -> None:
        fake.deliver(raw)

    async def read_all() -> None:
        pass

    async def filed(folder: Folder) -> int:
        return len(fake.folders[folder])

    return Box(fake, deliver, read_all, filed)


def _imap(
    url: str,
    deliver: Callable[[bytes], Awaitable[None]],
    login: tuple[str, int, str, str],
    idles: bool,
    prefix: str = "",
) -> Box:
    host, port, user, password = login

    def with_client(work: Callable[[Any], Any]) -> Any:
        with IMAPClient(host, port, ssl=False, timeout=20) as client:
            client.login(user, password)
            return work(client)

    async def read_all() -> None:
        def read(client: Any) -> None:
            client.select_folder("INBOX")
            client.add_flags(client.search(["ALL"]), [b"\\Seen"])

        await asyncio.to_thread(with_client, read)

    async def filed(folder: Folder) -> int:
        path = f"{prefix}{folder.value}"
        return await asyncio.to_thread(with_client, lambda client: client.select_folder(path)[b"EXISTS"])

    return Box(ImapMailbox(MailServer.of(url), 20, MOST), deliver, read_all, filed, idles)


def _dovecot(server: Dovecot, idles: bool = True, prefix: str = "") -> Box:
    async def deliver(raw: bytes) -> None:
        await asyncio.to_thread(server.deliver, raw)

    return _imap(server.url, deliver, ("127.0.0.1", server.imap_port, server.user, server.password), idles, prefix)


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wait that nothing ends lasts its whole time, so that it is seen."""
    monkeypatch.setattr("mailroom.imap_mailbox.LONGEST_IDLE", ENDLESS)


@pytest.fixture(params=["fake", "stand-in", "dovecot", "old dovecot", "dovecot with a prefix"])
async def box(request: pytest.FixtureRequest, start_dovecot: Callable[..., Dovecot]) -> AsyncIterator[Box]:
    stand_in = StandInMail("pay@firm.example", [], "mx.firm.example", FakeClock())
    if request.param == "fake":
        box = _fake()
    elif request.param == "stand-in":
        await stand_in.start()

        async def deliver(raw: bytes) -> None:
            await stand_in.post(raw, "sam@firm.example", ["pay@firm.example"])

        box = _imap(
            stand_in.imap_url, deliver, ("127.0.0.1", stand_in.imap_port, "pay@firm.example", PASSWORD), idles=True
        )
    elif request.param == "dovecot":
        box = _dovecot(start_dovecot())
    elif request.param == "old dovecot":
        box = _dovecot(start_dovecot(capability=OLD_SERVER), idles=False)
    else:
        prefixed = "namespace inbox {\n separator = .\n prefix = INBOX.\n}"  # as Courier and others have it
        box = _dovecot(start_dovecot(extra=prefixed), prefix="INBOX.")
    yield box
    await box.mailbox.close()
    await stand_in.stop()


def letter(number: int, size: int = 0) -> bytes:
    body = b"x" * 70 + b"\r\n"
    return b"From: sam@firm.example\r\nSubject: letter %d\r\n\r\n" % number + body * (size // 72) + b"end\r\n"


async def _uids(box: Box, count: int, after: int = 0) -> list[int]:
    """The UIDs, once the server shows that many."""

    async def look() -> list[int]:
        await box.mailbox.open()
        found = await box.mailbox.uids(after)
        return found if len(found) >= count else []

    return await eventually(look, f"{count} letters")


async def test_letters_are_found_in_order_and_fetched_as_they_came(box: Box) -> None:
    for number in range(3):
        await box.deliver(letter(number))
    uids = await _uids(box, 3)
    assert uids == sorted(set(uids))
    for number, uid in enumerate(uids):
        found = await box.mailbox.fetch(uid)
        assert found is not None
        assert found.raw.endswith(letter(number))
        assert found.size == len(found.raw)


async def test_nothing_is_found_above_the_newest_letter(box: Box) -> None:
    await box.deliver(letter(1))
    [uid] = await _uids(box, 1)
    assert await box.mailbox.uids(uid) == []
    assert await box.mailbox.uids(uid + 1000) == []


async def test_a_letter_that_a_colleague_has_read_is_found_all_the_same(box: Box) -> None:
    await box.deliver(letter(1))
    await _uids(box, 1)
    await box.read_all()
    assert len(await _uids(box, 1)) == 1


async def test_a_filed_letter_leaves_the_inbox_and_filing_it_twice_is_fine(box: Box) -> None:
    await box.deliver(letter(1))
    await box.deliver(letter(2))
    first, second = await _uids(box, 2)
    await box.mailbox.file(first, Folder.PROCESSED)
    await box.mailbox.file(first, Folder.PROCESSED)
    await box.mailbox.file(second, Folder.QUARANTINE)
    assert await box.filed(Folder.PROCESSED) == 1
    assert await box.filed(Folder.QUARANTINE) == 1


async def test_a_letter_that_is_gone_is_no_letter(box: Box) -> None:
    await box.mailbox.open()
    assert await box.mailbox.fetch(4711) is None
    await box.mailbox.file(4711, Folder.PROCESSED)


async def test_a_new_letter_has_a_higher_uid_even_after_the_newest_was_filed(box: Box) -> None:
    await box.deliver(letter(1))
    [first] = await _uids(box, 1)
    await box.mailbox.file(first, Folder.PROCESSED)
    await box.deliver(letter(2))
    [second] = [uid for uid in await _uids(box, 1, after=first) if uid > first]
    assert second > first


async def test_of_a_letter_too_large_only_the_header_is_fetched(box: Box) -> None:
    await box.deliver(letter(1, size=3 * MOST))
    [uid] = await _uids(box, 1)
    found = await box.mailbox.fetch(uid)
    assert found is not None
    assert found.size > 3 * MOST
    assert len(found.raw) < MOST
    assert b"Subject: letter 1" in found.raw


async def test_only_letters_since_a_day_are_found_when_asked_so(box: Box) -> None:
    await box.deliver(letter(1))
    assert len(await _uids(box, 1)) == 1
    assert await box.mailbox.uids(0, since=date(2099, 1, 1)) == []
    assert len(await box.mailbox.uids(0, since=date(2001, 1, 1))) == 1


async def test_a_wait_ends_when_the_time_is_over(box: Box) -> None:
    await box.mailbox.open()
    await box.mailbox.wait(0.2)
    assert await box.mailbox.uids(0) == []


async def test_a_wait_ends_when_a_letter_comes(box: Box) -> None:
    """Long before its time; where the server does not tell of news, a wait is short, and a look follows."""
    await box.mailbox.open()
    waiting = asyncio.create_task(box.mailbox.wait(ENDLESS if box.idles else 0.2))
    await box.deliver(letter(1))
    await asyncio.wait_for(waiting, ENDLESS / 2)
    assert len(await _uids(box, 1)) == 1


async def test_a_letter_that_came_before_the_wait_began_is_not_waited_for(box: Box) -> None:
    await box.deliver(letter(1))
    await _uids(box, 1)
    await box.deliver(letter(2))
    await box.read_all()
    await box.mailbox.uids(0)  # its answer may bring the news along
    await asyncio.wait_for(box.mailbox.wait(ENDLESS if box.idles else 0.2), ENDLESS / 2)
    assert len(await _uids(box, 2)) == 2


async def test_a_wait_ends_at_once_when_the_mailbox_is_closed(box: Box) -> None:
    await box.mailbox.open()
    waiting = asyncio.create_task(box.mailbox.wait(ENDLESS))
    await asyncio.sleep(0.05)  # so that it has most likely begun; either way it ends
    await box.mailbox.close()
    await asyncio.wait([waiting], timeout=ENDLESS / 2)
    assert waiting.done()
    assert isinstance(waiting.exception(), MailboxTrouble | None)


async def test_a_closed_mailbox_opens_again_as_the_same_one(box: Box) -> None:
    await box.deliver(letter(1))
    uids = await _uids(box, 1)
    before = await box.mailbox.open()
    await box.mailbox.close()
    assert await box.mailbox.open() == before
    assert await box.mailbox.uids(0) == uids


async def test_callers_at_once_do_not_get_each_others_letters(box: Box) -> None:
    for number in range(5):
        await box.deliver(letter(number))
    uids = await _uids(box, 5)
    found = await asyncio.gather(*(box.mailbox.fetch(uid) for uid in uids))
    assert [one.uid for one in found if one] == uids
    assert all(one and one.raw.endswith(letter(number)) for number, one in enumerate(found))
