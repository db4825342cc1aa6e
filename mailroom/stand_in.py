"""A local mail provider for the sandbox: one mailbox an address over IMAP, and a place to send to over SMTP. Loopback.

Made of the parts mail-devel ships with (pymap, aiosmtpd, its log-in for many users). Not mail-devel's own service: that
delivers by the To header and rewrites every letter, where a provider goes by the envelope and changes nothing.

The provider's role is played, too: letters to the intake address get an Authentication-Results header on top, which
says `dmarc=pass` when envelope and From name the same known staff member, and `dmarc=fail` when not. Other people's
providers are played where an address asks for it: what is mailed to bounce@… comes back (stand_in_returns).
"""

from __future__ import annotations

import asyncio
import contextlib
import warnings
from argparse import Namespace
from collections import deque
from collections.abc import Collection, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import click
from aiosmtpd.smtp import SMTP, Envelope, Session

from handlers.ports import Clock
from mailroom.heads import LetterUnreadable, read_head
from mailroom.stand_in_returns import arrives, sent_back

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "'crypt' is deprecated")  # passlib, below pymap, still looks for it
    from mail_devel.auth import IMAPAuthenticator
    from proxyprotocol.reader import ProxyProtocolReader
    from pymap.backend.dict import Config, DictBackend
    from pymap.backend.dict.filter import FilterSet
    from pymap.backend.dict.mailbox import MailboxSet
    from pymap.imap import IMAPServer
    from pymap.parsing.message import AppendMessage

LOOPBACK = "127.0.0.1"
PASSWORD = "sandbox"  # noqa: S105  of every mailbox here; nothing but loopback reaches it
MOST_KEPT = 5_000
MOST_BYTES = 30 * 1024 * 1024
BACK_AFTER = 2.0  # seconds until what does not arrive comes back


@dataclass(frozen=True, slots=True)
class StoredLetter:
    """A letter as it was delivered."""

    number: int  # 1, 2, 3 … in the order of arrival
    at: datetime  # UTC
    sender: str  # the envelope's
    recipients: tuple[str, ...]  # the envelope's; lower case
    raw: bytes


class StandInMail:
    """The provider: `post` and `letters` for the sandbox's page, IMAP and SMTP for the product."""

    def __init__(
        self, intake: str, staff: Collection[str], authserv_id: str, clock: Clock, back_after: float = BACK_AFTER
    ) -> None:
        self._intake = intake.lower()
        self._staff = frozenset(address.lower() for address in staff)
        self._authserv_id = authserv_id
        self._clock = clock
        self._kept: deque[StoredLetter] = deque(maxlen=MOST_KEPT)
        self._count = 0
        self._back_after = back_after
        self._returning = set[asyncio.Task[None]]()
        self._running = AsyncExitStack()
        self._config: Any = None
        self.imap_port = 0
        self.smtp_port = 0

    async def start(self, imap_port: int = 0, smtp_port: int = 0) -> None:
        """Listen on loopback; 0 takes a free port. Raises OSError: a port is taken."""
        settings = {"host": LOOPBACK, "port": imap_port, "debug": False, "cert": None, "key": None, "tls": False}
        no_options = {"passlib_cfg": None, "proxy_protocol": None, "demo_data": False}
        login = {"demo_user": self._intake, "demo_password": PASSWORD}
        self._config = Config.from_args(Namespace(**settings, **no_options, **login), secure_auth=False)
        authenticator = IMAPAuthenticator(self._config, multi_user=True)
        await DictBackend._add_demo_user(self._config, authenticator)  # noqa: SLF001  as mail-devel does
        imap = ProxyProtocolReader(self._config.proxy_protocol).get_callback(IMAPServer(authenticator, self._config))
        async with AsyncExitStack() as starting:
            self.imap_port = await self._listen(starting, asyncio.start_server(imap, LOOPBACK, imap_port))
            smtp = asyncio.get_running_loop().create_server(self._smtp_connection, LOOPBACK, smtp_port)
            self.smtp_port = await self._listen(starting, smtp)
            self._running = starting.pop_all()

    async def stop(self) -> None:
        """Stop listening and drop every connection."""
        for each in self._returning:
            each.cancel()
        await self._running.aclose()

    @property
    def imap_url(self) -> str:
        """PAYLINK_MAIL__IMAP_URL for the intake's mailbox."""
        user = self._intake.replace("@", "%40")
        return f"imap://{user}:{PASSWORD}@{LOOPBACK}:{self.imap_port}/INBOX"

    @property
    def smtp_url(self) -> str:
        """PAYLINK_MAIL__SMTP_URL."""
        return f"smtp://{LOOPBACK}:{self.smtp_port}"

    async def post(self, raw: bytes, sender: str, recipients: Sequence[str]) -> None:
        """Deliver a letter to the mailbox of every recipient, made where there is none."""
        everybody = dict.fromkeys(address.lower() for address in recipients)
        for address in everybody:
            self._send_back(raw, sender, address)
        addresses = tuple(address for address in everybody if arrives(address))
        if not addresses:
            return
        self._count += 1
        self._kept.appendleft(StoredLetter(self._count, self._clock.now(), sender, addresses, raw))
        for address in addresses:
            mailbox = self._mailbox_of(address)
            stamped = self._stamp(raw, sender) + raw if mailbox == self._intake else raw
            inbox = await self._mailboxes(mailbox).get_mailbox("INBOX")
            await inbox.append(AppendMessage(stamped, self._clock.now(), frozenset()))

    def _send_back(self, raw: bytes, sender: str, address: str) -> None:
        """A moment later, as it is on the way; meanwhile the sender has heard that the letter was taken."""
        with contextlib.suppress(LetterUnreadable):
            returned = sent_back(raw, sender, address, self._clock.now())
            if returned is not None:
                task = asyncio.create_task(self._later(returned, sender))
                self._returning.add(task)
                task.add_done_callback(self._returning.discard)

    async def _later(self, returned: bytes, to: str) -> None:
        await asyncio.sleep(self._back_after)
        await self.post(returned, "", [to])

    def letters(self, address: str | None = None) -> list[StoredLetter]:
        """What was delivered, newest first: to one address, or all."""
        return [letter for letter in self._kept if address is None or address.lower() in letter.recipients]

    def _mailbox_of(self, address: str) -> str:
        """pay+trust@ goes to pay@, where pay@ is the intake."""
        name, _, domain = address.rpartition("@")
        bare = f"{name.partition('+')[0]}@{domain}"
        return bare if bare == self._intake else address

    def _mailboxes(self, address: str) -> Any:
        if address not in self._config.set_cache:
            self._config.set_cache[address] = (MailboxSet(), FilterSet())
        return self._config.set_cache[address][0]

    def _stamp(self, raw: bytes, sender: str) -> bytes:
        try:
            author = read_head(raw).sender
        except LetterUnreadable:
            author = ""
        verdict = "pass" if author in self._staff and author == sender.lower() else "fail"
        domain = author.rpartition("@")[2] or "unknown.invalid"
        lines = (
            f"Return-Path: <{sender}>",
            f"Authentication-Results: {self._authserv_id}; dmarc={verdict} header.from={domain}",
            f"Received: from localhost by {self._authserv_id}; {format_datetime(self._clock.now())}",
        )
        return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")

    def _smtp_connection(self) -> SMTP:
        return SMTP(_Door(self), hostname="localhost", data_size_limit=MOST_BYTES, enable_SMTPUTF8=True)

    async def _listen(self, stack: AsyncExitStack, starting: Any) -> int:
        server: asyncio.Server = await starting
        await stack.enter_async_context(server)
        return int(server.sockets[0].getsockname()[1])


class _Door:
    """What aiosmtpd calls."""

    def __init__(self, provider: StandInMail) -> None:
        self._provider = provider

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  its name
        raw = envelope.original_content or b""
        await self._provider.post(raw, envelope.mail_from or "", envelope.rcpt_tos)
        return "250 2.0.0 delivered"


class _OwnClock:
    """For the provider in a process of its own, where nobody hands it a clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@click.command()
@click.option("--intake", default="pay@firm.example", help="The intake address.")
@click.option("--staff", multiple=True, help="An address whose letters pass DMARC; may be given several times.")
@click.option("--authserv-id", default="mx.firm.example")
@click.option("--imap-port", default=4143)
@click.option("--smtp-port", default=4025)
def main(intake: str, staff: tuple[str, ...], authserv_id: str, imap_port: int, smtp_port: int) -> None:
    """A local mail provider to try Paylink with."""

    async def serve() -> None:
        provider = StandInMail(intake, staff, authserv_id, _OwnClock())
        await provider.start(imap_port, smtp_port)
        click.echo(f"PAYLINK_MAIL__IMAP_URL={provider.imap_url}\nPAYLINK_MAIL__SMTP_URL={provider.smtp_url}")
        await asyncio.Event().wait()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())


if __name__ == "__main__":
    main()
