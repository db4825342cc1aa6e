"""The intake mailbox over IMAPClient, whose calls block: each runs in a thread, one at a time."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError

from mailroom.heads import MOST_HEAD_BYTES
from mailroom.idle import Idle
from mailroom.imap_folders import FilingFolders, may_take_out, selected
from mailroom.letters import MOST_BYTES
from mailroom.mail_server import MailServer, Security
from mailroom.mail_tokens import MailTokens, TokenTrouble
from mailroom.mailbox import FilingRefused, Folder, Found, MailboxTrouble

CONNECT_WITHIN = 15  # seconds
LONGEST_IDLE = 20  # seconds; servers may drop an IDLE unnoticed, and some say nothing until it ends

_Result = TypeVar("_Result")


class ImapMailbox:
    """One folder of an IMAP server."""

    def __init__(
        self,
        server: MailServer,
        answer_within: float = 60,
        most_bytes: int = MOST_BYTES,
        tokens: MailTokens | None = None,
    ) -> None:
        self._server = server
        self._tokens = tokens  # instead of a password
        self._answer_within = answer_within  # seconds
        self._most_bytes = most_bytes  # of a letter that is fetched whole
        self._client: Any = None  # an IMAPClient, which has no types
        self._folders: FilingFolders | None = None  # of this connection, once one is needed
        self._tells = False  # of news, while it is listened to
        self._may_take_out = True
        self.next_uid: int | None = None  # when the mailbox was last opened
        self._one_at_a_time = asyncio.Lock()
        self._closing = threading.Event()

    @property
    def name(self) -> str:
        return f"{self._server.user}@{self._server.host}/{self._server.folder}"

    async def open(self) -> int:
        self._closing.clear()
        return await self._do(self._open)

    async def uids(self, after: int, since: date | None = None) -> list[int]:
        def search() -> list[int]:
            # those marked as deleted are filed already, on a server that cannot take single letters out
            wanted: list[object] = ["UID", f"{after + 1}:*", "UNDELETED", *(["SINCE", since] if since else [])]
            # "n:*" always finds the last letter, even where its UID is below n
            return sorted(uid for uid in self._client.search(wanted) if uid > after)

        return await self._do(search)

    async def fetch(self, uid: int) -> Found | None:
        return await self._do(lambda: self._fetch(uid))

    async def file(self, uid: int, folder: Folder) -> None:
        await self._do(lambda: self._file(uid, folder))

    async def wait(self, seconds: float) -> None:
        if self._client is not None and self._tells:
            await self._do(lambda: self._idle(min(seconds, LONGEST_IDLE)))
        else:
            await asyncio.to_thread(self._closing.wait, seconds)

    async def close(self) -> None:
        self._closing.set()
        try:
            async with asyncio.timeout(2):
                await self._do(self._leave)
        except (TimeoutError, MailboxTrouble):
            self._cut()

    async def _do(self, work: Callable[[], _Result]) -> _Result:
        """Run a blocking call in a thread. Any trouble drops the connection, since its state is then unknown."""
        async with self._one_at_a_time:
            running = asyncio.ensure_future(asyncio.to_thread(work))
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                self._cut()  # ends the call; the thread must not outlive its turn
                await asyncio.wait([running])
                running.exception()
                raise
            except FilingRefused:
                raise
            except Exception as error:  # besides IMAP's own: answers that are no IMAP, a connection cut under the call
                self._cut()
                raise MailboxTrouble(_words(error)) from error

    # ── in the thread ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _open(self) -> int:
        if self._client is None:
            client = self._connected()
            try:
                self._log_in(client)
                self._tells = client.has_capability("IDLE")  # asks the server where it did not say by itself
            except BaseException:
                with contextlib.suppress(Exception):
                    client.shutdown()
                raise
            self._client, self._folders = client, None
        answer = selected(self._client, self._server.folder)
        if b"UIDVALIDITY" not in answer:
            raise IMAPClientError("the mail server gives its letters no lasting numbers (UIDVALIDITY)")
        self.next_uid, self._may_take_out = answer.get(b"UIDNEXT"), may_take_out(answer)
        return int(answer[b"UIDVALIDITY"])

    def _connected(self) -> Any:
        server = self._server
        timeout = SocketTimeout(connect=CONNECT_WITHIN, read=self._answer_within)
        if server.security is Security.TLS:
            return IMAPClient(server.host, server.port, ssl_context=server.tls_context(), timeout=timeout)
        client = IMAPClient(server.host, server.port, ssl=False, timeout=timeout)
        if server.security is Security.STARTTLS:
            try:
                client.starttls(server.tls_context())  # raises where it is not offered: never on in the clear
            except BaseException:
                with contextlib.suppress(Exception):
                    client.shutdown()
                raise
        return client

    def _log_in(self, client: Any) -> None:
        user, password = self._server.user, self._server.password
        if self._tokens is not None:
            token = self._tokens.token()
            try:
                client.oauth2_login(user, token)
            except LoginError:
                self._tokens.refused(token)  # it may have been revoked: the next try has a new one
                raise
        elif (user + password).isascii():
            client.login(user, password)
        else:
            client.plain_login(user, password)  # LOGIN takes ASCII only

    def _fetch(self, uid: int) -> Found | None:
        found = self._client.fetch([uid], ["RFC822.SIZE"]).get(uid)
        if not found:
            return None
        size = int(found[b"RFC822.SIZE"])
        part = "BODY.PEEK[]" if size <= self._most_bytes else f"BODY.PEEK[HEADER]<0.{MOST_HEAD_BYTES}>"
        parts = self._client.fetch([uid], [part]).get(uid)
        if not parts:
            return None
        raw = next((value for key, value in parts.items() if key.startswith(b"BODY[")), b"")
        return Found(uid, size, raw or b"")

    def _file(self, uid: int, folder: Folder) -> None:
        if self._folders is None:
            self._folders = FilingFolders(self._client)
        if not self._may_take_out:  # asked of the server, it might copy the letter and then not take it out
            raise FilingRefused("the mail server lets Paylink take no letters out of its mailbox")
        self._folders.file(uid, folder)

    def _idle(self, seconds: float) -> None:
        client = self._client
        # What came since the last look may have been told between other answers, and IDLE does not tell it again.
        if selected(client, self._server.folder).get(b"UIDNEXT") == self.next_uid:
            Idle(client).wait(seconds, self._closing)

    def _leave(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.logout()

    def _cut(self) -> None:
        """Close the socket under whatever is reading from it."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(Exception):  # whatever state it is in, it is over
                client.socket().shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(Exception):
                client.shutdown()


def _words(error: Exception) -> str:
    """The trouble in words for admins; an error of LOGIN may quote what was sent, so its own words stay out."""
    if isinstance(error, LoginError):
        return "the mail server refused the log-in"
    if isinstance(error, TokenTrouble):
        return str(error)
    return f"{type(error).__name__}: {error}"[:200] if str(error) else type(error).__name__
