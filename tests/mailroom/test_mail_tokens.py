"""Mailboxes that take a token instead of a password (XOAUTH2, as Gmail's and Microsoft 365's)."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from handlers.firm import FirmBook
from handlers.ports import DeliveryTrouble, StaffLetter
from mailroom.imap_mailbox import ImapMailbox
from mailroom.mail_server import MailServer
from mailroom.mail_tokens import Grant, MailTokens, TokenTrouble
from mailroom.mailbox import MailboxTrouble
from mailroom.smtp_sender import SmtpSender
from tests.cast import FIRM
from tests.fakes import FakeClock
from tests.servers import Dovecot, serving
from tests.token_server import TokenServer, token_server

SECRETS = ("s3cret", "long-lived")


@pytest.fixture
def server() -> Iterator[TokenServer]:
    with token_server() as running:
        yield running


class Hours:
    """A clock in seconds."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def tokens_of(server: TokenServer, now: Hours | None = None, **more: str) -> MailTokens:
    return MailTokens(Grant(server.url, "paylink", *SECRETS, **more), now or Hours())


def test_a_token_is_asked_for_once_and_renewed_before_it_ends(server: TokenServer) -> None:
    hours = Hours()
    tokens = tokens_of(server, hours, scope="https://mail.example/")
    first = tokens.token()
    hours.now = 3299
    assert tokens.token() == first
    assert server.asked == [
        {
            "client_id": "paylink",
            "client_secret": "s3cret",
            "scope": "https://mail.example/",
            "grant_type": "refresh_token",
            "refresh_token": "long-lived",
        }
    ]
    hours.now = 3301
    assert tokens.token() == server.given[1] != first


@pytest.mark.parametrize(("life", "good_for"), [(60, 30), ("600", 300), (None, 3300), ("soon", 3300), (10**9, 86_100)])
def test_whatever_the_server_says_of_its_life(server: TokenServer, life: object, good_for: int) -> None:
    hours, server.life = Hours(), life
    tokens = tokens_of(server, hours)
    tokens.token()
    hours.now = good_for - 1
    tokens.token()
    assert len(server.given) == 1
    hours.now = good_for + 1
    tokens.token()
    assert len(server.given) == 2


def test_a_token_that_was_refused_is_not_used_again(server: TokenServer) -> None:
    tokens = tokens_of(server)
    first = tokens.token()
    tokens.refused("another one")
    assert tokens.token() == first
    tokens.refused(first)
    assert tokens.token() != first


def test_without_a_refresh_token_the_program_itself_asks(server: TokenServer) -> None:
    MailTokens(Grant(server.url, "paylink", "s3cret")).token()
    assert server.asked[0]["grant_type"] == "client_credentials"
    assert "refresh_token" not in server.asked[0]


def test_a_new_refresh_token_is_used_and_where_it_fails_the_operators(server: TokenServer) -> None:
    hours, server.new_refresh_token = Hours(), "rotated"
    tokens = tokens_of(server, hours)
    for now in (0, 4000, 8000):
        hours.now = now
        tokens.token()
    assert [asked["refresh_token"] for asked in server.asked] == ["long-lived", "rotated", "rotated"]
    hours.now, server.refuses = 12_000, "invalid_grant"
    with pytest.raises(TokenTrouble):
        tokens.token()
    assert [asked["refresh_token"] for asked in server.asked[3:]] == ["rotated", "long-lived"]


def test_a_refusal_is_told_by_its_name_and_holds_no_secret(server: TokenServer) -> None:
    server.refuses = "invalid_grant"
    tokens = tokens_of(server)
    with pytest.raises(TokenTrouble, match=r"HTTP 400 \(invalid_grant\)") as refusal:
        tokens.token()
    assert not any(secret in f"{refusal.value!r} {tokens!r} {tokens._grant!r}" for secret in SECRETS)


@pytest.mark.parametrize(
    "odd",
    [b"<html>", b"[]", b"{}", b'{"access_token": 7}', b'{"access_token": "a\r\nb"}', b"\xff", b'{"a": ' * 10_000],
)
def test_an_answer_that_is_no_token_is_trouble(server: TokenServer, odd: bytes) -> None:
    server.odd = odd
    with pytest.raises(TokenTrouble):
        tokens_of(server).token()


def test_a_server_that_is_away_is_trouble() -> None:
    with pytest.raises(TokenTrouble, match="cannot be reached"):
        MailTokens(Grant("http://127.0.0.1:1/token", "paylink", "s3cret")).token()


async def test_the_intake_logs_in_with_a_token_and_after_a_refusal_with_a_new_one(
    start_dovecot: Callable[..., Dovecot],
) -> None:
    """Against a Dovecot that shows every token to the token server."""
    with token_server() as server:
        asks = f"tokeninfo_url = {server.info_url}\nintrospection_mode = auth\nusername_attribute = email\n"
        dovecot = start_dovecot(files={"oauth2": asks}, extra=_XOAUTH2)
        server.user = dovecot.user
        tokens = tokens_of(server)
        mailbox = ImapMailbox(MailServer.of(dovecot.url.replace(f":{dovecot.password}@", "@")), tokens=tokens)
        assert await mailbox.open() > 0
        dovecot.deliver(b"Subject: x\r\n\r\nx\r\n")
        await mailbox.open()
        assert len(await mailbox.uids(0)) == 1
        await mailbox.close()
        server.revoke()
        with pytest.raises(MailboxTrouble) as refusal:
            await mailbox.open()
        assert str(refusal.value) == "the mail server refused the log-in"
        assert await mailbox.open() > 0
        assert len(server.given) == 2
        await mailbox.close()
        tokens.refused(server.given[1])
        server.refuses = "invalid_grant"
        with pytest.raises(MailboxTrouble, match="invalid_grant"):
            await mailbox.open()


@pytest.mark.parametrize(
    ("ended_by", "call"),
    [
        ("* BYE Session expired, please login again.", "SELECT"),  # Gmail
        ("* BYE Session expired, please login again.", "IDLE"),
        ("* BYE Connection is closed. 13", "UID"),  # Microsoft 365
        ("{tag} BAD User is authenticated but not connected.", "SELECT"),
        ("{tag} BAD User is authenticated but not connected.", "UID"),
        ("{tag} NO [EXPIRED] token", "IDLE"),
    ],
)
async def test_a_session_that_ends_with_its_token_is_opened_again_with_a_new_one(
    server: TokenServer, ended_by: str, call: str
) -> None:
    """(F21) In the middle of whatever is asked of the server."""
    hours = Hours()
    provider = Provider(server, ended_by, call)
    listening = await asyncio.start_server(provider.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    url = f"imap://intake%40example.test@127.0.0.1:{port}"
    mailbox = ImapMailbox(MailServer.of(url), tokens=tokens_of(server, hours))
    await mailbox.open()
    hours.now = 3600
    provider.expired = True
    with pytest.raises(MailboxTrouble):
        await mailbox.open()
        await mailbox.uids(0)
        await mailbox.wait(1)
    provider.expired = False
    assert await mailbox.open() == 7
    assert await mailbox.uids(0) == []
    assert provider.tokens == server.given
    assert len(set(server.given)) == 2
    await mailbox.close()
    listening.close()
    await listening.wait_closed()


@dataclass(slots=True)
class Provider:
    """An IMAP server that takes tokens, and ends a session its own way, at one command, once the token has expired."""

    server: TokenServer
    ended_by: str
    at: str
    expired: bool = False
    tokens: list[str] = field(default_factory=list)  # that it was shown
    _idling: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while line := (await reader.readline()).decode().strip():
            tag, _, command = line.partition(" ")
            for answer in await self._answers(tag, command, reader, writer):
                writer.write(f"{answer}\r\n".encode())
            if self.expired and command.startswith(self.at) and "BYE" in self.ended_by:
                break
        writer.close()

    async def _answers(
        self, tag: str, command: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> list[str]:
        if self.expired and command.startswith(self.at):
            return [self.ended_by.format(tag=tag)]
        match command.partition(" ")[0]:
            case "AUTHENTICATE":
                writer.write(b"+ \r\n")
                said = base64.b64decode(await reader.readline()).decode()
                self.tokens.append(said.partition("auth=Bearer ")[2].strip("\1"))
                return [f"{tag} OK done"]
            case "CAPABILITY":
                return ["* CAPABILITY IMAP4rev1 IDLE AUTH=XOAUTH2", f"{tag} OK done"]
            case "SELECT":
                return ["* 0 EXISTS", "* OK [UIDVALIDITY 7] ok", "* OK [UIDNEXT 4] ok", f"{tag} OK [READ-WRITE] done"]
            case "IDLE":
                self._idling = tag
                return ["+ idling"]
            case "" if tag == "DONE":
                return [f"{self._idling} OK done"]
            case _:
                return ["* SEARCH", f"{tag} OK done"] if "SEARCH" in command else [f"{tag} OK done"]


_XOAUTH2 = """
auth_mechanisms = plain login xoauth2
passdb {
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2
}
"""


class Door:
    """What a mail server does with AUTH XOAUTH2."""

    def __init__(self, server: TokenServer) -> None:
        self._server = server
        self.letters: list[bytes] = []

    async def auth_XOAUTH2(self, smtp: SMTP, args: list[str]) -> AuthResult:  # noqa: N802  aiosmtpd's name
        said = base64.b64decode(args[1]).decode()
        token = said.partition("auth=Bearer ")[2].strip("\1")
        if said.startswith("user=intake@example.test\1") and token in self._server.valid:
            return AuthResult(success=True)
        await smtp.challenge_auth('{"status":"400"}')
        return AuthResult(success=False, handled=False)

    async def handle_DATA(self, smtp: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert session.authenticated
        assert isinstance(envelope.content, bytes)
        self.letters.append(envelope.content)
        return "250 OK"


async def test_letters_leave_with_a_token_and_after_a_refusal_with_a_new_one(server: TokenServer) -> None:
    door = Door(server)
    async with serving(lambda: SMTP(door, hostname="localhost", auth_require_tls=False)) as port:
        tokens = tokens_of(server)
        where = MailServer.of(f"smtp://intake%40example.test@127.0.0.1:{port}")
        sender = SmtpSender(where, FirmBook(FIRM), FakeClock(), 10, tokens)
        letter = StaffLetter("sam@harborfinch.example", "answer-1@harborfinch.example", "x", "x", "")
        await sender.send_answer(letter)
        await sender.close()
        server.revoke()
        with pytest.raises(DeliveryTrouble, match="535") as refusal:
            await sender.send_answer(letter)
        assert server.given[0] not in str(refusal.value)
        await sender.send_answer(letter)
        assert (len(door.letters), len(server.given)) == (2, 2)
        await sender.close()
        tokens.refused(server.given[1])
        server.refuses = "invalid_client"
        with pytest.raises(DeliveryTrouble, match="invalid_client"):
            await sender.check()
