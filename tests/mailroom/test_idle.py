"""Listening to a mail server that tells of news in halves, early, late, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from mailroom.imap_mailbox import ImapMailbox
from mailroom.mail_server import MailServer
from mailroom.mailbox import MailboxTrouble
from tests.waiting import eventually

PAUSE = ""  # in a script: long enough for what was sent to arrive on its own


@dataclass(slots=True)
class Scripted:
    """An IMAP server that knows just enough, and during IDLE sends what the script says, piece by piece."""

    script: Sequence[str] = ("+ idling\r\n",)
    port: int = 0
    commands: list[str] = field(default_factory=list)
    logins: int = 0
    hang_up: bool = False  # after the script

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        try:
            while line := (await reader.readline()).decode().strip():
                tag, _, command = line.partition(" ")
                self.commands.append(command or tag)
                if not await self._answer(tag, command.upper(), writer):
                    break
        finally:
            writer.close()

    async def _answer(self, tag: str, command: str, writer: asyncio.StreamWriter) -> bool:
        if command.startswith("IDLE"):
            self._idle_tag = tag
            for piece in self.script:
                writer.write(piece.encode())
                await writer.drain()
                await asyncio.sleep(0 if piece else 0.1)
            return not self.hang_up
        if tag == "DONE":
            writer.write(f"{self._idle_tag} OK done\r\n".encode())
        elif command.startswith("SELECT"):
            writer.write(b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 4] ok\r\n")
            writer.write(f"{tag} OK [READ-WRITE] done\r\n".encode())
        elif command.startswith("LIST"):
            writer.write(f'* LIST () "/" {command.split()[-1]}\r\n{tag} OK done\r\n'.encode())
        elif command.startswith("CAPABILITY"):
            writer.write(f"* CAPABILITY IMAP4rev1 IDLE\r\n{tag} OK done\r\n".encode())
        else:
            self.logins += command.startswith("LOGIN")
            writer.write(f"{tag} OK done\r\n".encode())
        return True

    _idle_tag: str = ""


@asynccontextmanager
async def listening_to(*script: str, hang_up: bool = False) -> AsyncIterator[tuple[Scripted, ImapMailbox]]:
    scripted = Scripted(script, hang_up=hang_up)
    server = await asyncio.start_server(scripted.serve, "127.0.0.1", 0)
    scripted.port = server.sockets[0].getsockname()[1]
    mailbox = ImapMailbox(MailServer.of(f"imap://pay:secret@127.0.0.1:{scripted.port}/INBOX"), 5)
    await mailbox.open()
    try:
        yield scripted, mailbox
    finally:
        await mailbox.close()
        server.close()
        await server.wait_closed()


async def told(mailbox: ImapMailbox) -> float:
    """Seconds until the wait was over; it would last 20 by itself."""
    begun = asyncio.get_running_loop().time()
    await mailbox.wait(60)
    return asyncio.get_running_loop().time() - begun


@pytest.mark.parametrize(
    "script",
    [
        ("+ idling\r\n", PAUSE, "* 4 EXISTS\r\n"),
        ("+ idling\r\n", PAUSE, "* 4 EX", PAUSE, "ISTS\r\n"),
        ("+ idling\r\n", PAUSE, "* 4 EXISTS\r", PAUSE, "\n"),
        ("+ idling\r\n", PAUSE, "* 2 FETCH ", PAUSE, "(FLAGS ())\r\n* 4 EXISTS\r\n"),
        ("+ idling\r\n", PAUSE, "* OK Still here\r\n* 1 EXPUNGE\r\n", PAUSE, "* 4 EXISTS\r\n"),
        ("+ idling\r\n* 4 EXISTS\r\n",),  # both in one piece
        ("+ idling\r\n* 2 FETCH (FLAGS ())\r\n* 4 EXISTS\r\n",),
        ("* 4 EXISTS\r\n+ idling\r\n",),  # just before listening has begun
        ("* 4 EXISTS\r\n", PAUSE, "+ idl", PAUSE, "ing\r\n"),
    ],
    ids=repr,
)
async def test_news_ends_the_wait_however_it_comes(script: tuple[str, ...]) -> None:
    """(F21) In halves, with other words around it, before the server's "+" or in one piece with it."""
    async with listening_to(*script) as (scripted, mailbox):
        assert await told(mailbox) < 10
        assert await mailbox.open() == 7  # on the same connection, whose state is known
        assert scripted.logins == 1


async def test_half_a_line_that_is_no_news_does_not_end_the_connection() -> None:
    async with listening_to("+ idling\r\n", PAUSE, "* 2 FETCH ", PAUSE, "(FLAGS ())\r\n") as (scripted, mailbox):
        await mailbox.wait(2)
        await mailbox.wait(1)
        assert scripted.logins == 1
        assert scripted.commands.count("DONE") == 2


@pytest.mark.parametrize(
    "script",
    [
        ("+ idling\r\n",),
        ("+ idling\r\n", PAUSE, "* 4 EX"),
        ("* BYE too many\r\n",),
        ("PAYLINK1 NO not now\r\n",),
        ("",),
    ],
    ids=repr,
)
async def test_a_server_that_hangs_up_while_it_is_listened_to_is_trouble(script: tuple[str, ...]) -> None:
    async with listening_to(*script, hang_up=True) as (_, mailbox):
        with pytest.raises(MailboxTrouble):
            await mailbox.wait(60)


async def test_closing_ends_the_wait_at_once() -> None:
    async with listening_to("+ idling\r\n") as (scripted, mailbox):
        waiting = asyncio.ensure_future(told(mailbox))
        await eventually(
            lambda: any("IDLE" in command for command in scripted.commands), "the server to be listened to"
        )
        await mailbox.close()
        assert await waiting < 10
