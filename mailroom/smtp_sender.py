"""Mail out over aiosmtplib: a few connections, kept while letters come and closed when none do."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections import deque
from dataclasses import replace

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPAuthenticationError, SMTPException, SMTPResponseException

from handlers.firm import FirmBook
from handlers.ports import (
    CancelledLetter,
    Clock,
    DeliveryRefused,
    DeliveryTrouble,
    PaymentRequest,
    ReceiptLetter,
    StaffLetter,
)
from mailroom.bounces import refusal_in_words
from mailroom.mail_server import MailServer, Security
from mailroom.mail_tokens import MailTokens
from mailroom.mime import Attachment, LetterUnsafe, Outgoing, address, letter_bytes
from mailroom.notices import LetterPrinter, Printed
from mailroom.receipt_pdf import receipt_pdf

MOST_CONNECTIONS = 4
GOODBYE = 1.0  # seconds for the server to answer ours
KEEP_IDLE = 30.0  # seconds; servers drop idle connections after a minute or so
_TROUBLES = (SMTPException, OSError, ValueError)  # ValueError: an answer that is no SMTP, a bad certificate file


class SmtpSender:
    """The letter sender of handlers.ports. Any number of callers at once."""

    def __init__(
        self,
        server: MailServer,
        book: FirmBook,
        clock: Clock,
        answer_within: float = 60,
        tokens: MailTokens | None = None,
    ) -> None:
        self._server = server
        self._tokens = tokens  # instead of a password
        self._book = book
        self._clock = clock
        self._answer_within = answer_within  # seconds
        self._turn = asyncio.Semaphore(MOST_CONNECTIONS)
        self._kept: deque[tuple[SMTP, float]] = deque()  # with the loop's time at which each was put back
        self._sweeping: asyncio.Task[None] | None = None

    async def send_request(self, letter: PaymentRequest) -> None:
        """One payment request. Raises DeliveryTrouble."""
        outgoing = self._to_payer(letter, LetterPrinter(self._book.firm).request(letter))
        await self._send(replace(outgoing, unsubscribe=letter.reminding.stop_url if letter.reminding else ""))

    async def send_receipt(self, letter: ReceiptLetter) -> None:
        """One receipt, its PDF attached. Raises DeliveryTrouble."""
        firm, receipt = self._book.firm, letter.receipt
        pdf = (f"receipt-{receipt.number}.pdf", "application/pdf", receipt_pdf(receipt, firm, letter.url))
        await self._send(self._to_payer(letter, LetterPrinter(firm).receipt(letter), (pdf,)))

    async def send_cancelled(self, letter: CancelledLetter) -> None:
        """One letter that takes a request back. Raises DeliveryTrouble."""
        await self._send(self._to_payer(letter, LetterPrinter(self._book.firm).cancelled(letter)))

    async def send_answer(self, letter: StaffLetter) -> None:
        """One answer, printed before. Raises DeliveryTrouble."""
        await self._send(
            Outgoing(
                from_name=f"{self._book.firm.name} · Paylink",
                from_address=self._book.firm.intake_address,
                to=letter.to,
                subject=letter.subject,
                message_id=letter.message_id,
                date=self._clock.now(),
                text=letter.text,
                html=letter.html,
                reply_to=letter.reply_to,
                in_reply_to=letter.in_reply_to,
                references=tuple(letter.references.split()),
                attachments=tuple(
                    (name, kind, base64.b64decode(content)) for name, kind, content in letter.attachments
                ),
                automatic="auto-replied" if letter.in_reply_to else "auto-generated",
            )
        )

    def _to_payer(
        self,
        letter: PaymentRequest | ReceiptLetter | CancelledLetter,
        printed: Printed,
        attachments: tuple[Attachment, ...] = (),
    ) -> Outgoing:
        return Outgoing(
            from_name=self._book.firm.name,
            from_address=self._book.firm.intake_address,
            to=letter.to,
            subject=printed.subject,
            message_id=letter.message_id,
            date=self._clock.now(),
            text=printed.text,
            html=printed.html,
            pictures=printed.pictures,
            reply_to=letter.reply_to,
            attachments=attachments,
        )

    async def check(self) -> None:
        """Connect and log in, for `doctor`. Raises DeliveryTrouble."""
        async with self._turn:
            self._keep(await self._connected())

    async def close(self) -> None:
        """Say goodbye on every kept connection."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.wait([self._sweeping])
        await self._leave_those_before(float("inf"))

    async def _send(self, letter: Outgoing) -> None:
        try:
            raw, to = letter_bytes(letter), address(letter.to)
        except LetterUnsafe as error:
            raise DeliveryRefused(str(error)) from error
        async with self._turn:
            connection = await self._begun()
            usable = False
            try:
                refused = await _handed_over(connection, to, raw)
                usable = refused is None or await _reset(connection)
            finally:
                self._keep(connection) if usable else _cut(connection)
        if refused is not None:
            raise refused

    async def _begun(self) -> SMTP:
        """A connection on which the server took our address: a kept one where it still works, else a new one."""
        ours = self._book.firm.intake_address
        while self._kept:
            kept, _ = self._kept.pop()
            try:
                await kept.mail(ours)
            except _TROUBLES:  # the server closed it meanwhile, or has had enough letters on it
                _cut(kept)
            else:
                return kept
        connection = await self._connected()
        try:
            await connection.mail(ours)
        except _TROUBLES as error:  # 5xx too: it is our settings that are refused, not the payer
            _cut(connection)
            raise DeliveryTrouble(_words(error)) from error
        return connection

    async def _connected(self) -> SMTP:
        server, tokens, given = self._server, self._tokens, list[str]()

        async def new_token() -> str:
            assert tokens is not None  # noqa: S101  given to the library only where it is
            given.append(await asyncio.to_thread(tokens.token))
            return given[-1]

        try:
            connection = SMTP(
                hostname=server.host,
                port=server.port,
                username=server.user or None,
                password=server.password or None,
                oauth_token_generator=new_token if tokens is not None else None,
                use_tls=server.security is Security.TLS,
                start_tls=server.security is Security.STARTTLS,  # fails where it is not offered
                tls_context=None if server.security is Security.NONE else server.tls_context(),
                local_hostname=self._book.firm.intake_address.partition("@")[2],
                timeout=self._answer_within,
            )
            await connection.connect()
        except _TROUBLES as error:
            if tokens is not None and given and isinstance(error, SMTPAuthenticationError):
                tokens.refused(given[-1])  # it may have been revoked: the next try has a new one
            raise DeliveryTrouble(f"the mail server cannot be used: {_words(error)}") from error
        return connection

    def _keep(self, connection: SMTP) -> None:
        self._kept.append((connection, asyncio.get_running_loop().time()))
        if self._sweeping is None or self._sweeping.done():
            self._sweeping = asyncio.create_task(self._sweep(), name="idle mail connections")

    async def _sweep(self) -> None:
        while self._kept:
            await asyncio.sleep(KEEP_IDLE / 2)
            await self._leave_those_before(asyncio.get_running_loop().time() - KEEP_IDLE)

    async def _leave_those_before(self, moment: float) -> None:
        leaving = []
        while self._kept and self._kept[0][1] < moment:
            leaving.append(self._kept.popleft()[0])
        await asyncio.gather(*map(_left, leaving))


async def _left(connection: SMTP) -> None:
    """After a goodbye, and not for long: a process that stops says it to each server at once."""
    try:
        with contextlib.suppress(*_TROUBLES):
            await connection.quit(timeout=GOODBYE)
    finally:
        _cut(connection)


async def _handed_over(connection: SMTP, to: str, raw: bytes) -> DeliveryTrouble | None:
    """Whether the server took the letter, or its refusal. Raises DeliveryTrouble: the connection broke."""
    try:
        await connection.rcpt(to)
        await connection.data(raw)
    except SMTPResponseException as error:
        if 500 <= error.code < 600:
            return DeliveryRefused(refusal_in_words(_words(error))[:280])
        return DeliveryTrouble(_words(error))
    except _TROUBLES as error:
        raise DeliveryTrouble(_words(error)) from error
    return None


async def _reset(connection: SMTP) -> bool:
    """Ready for another letter after a refusal. False: it is not."""
    try:
        await connection.rset()
    except _TROUBLES:
        return False
    return True


def _cut(connection: SMTP) -> None:
    with contextlib.suppress(*_TROUBLES):
        connection.close()


def _words(error: Exception) -> str:
    """The server's own words, for staff."""
    if isinstance(error, SMTPResponseException):
        return f"{error.code} {' '.join(str(error.message).split())}"[:280]
    return (str(error) or type(error).__name__)[:280]
