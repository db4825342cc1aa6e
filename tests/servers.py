"""Real servers for the tests: PostgreSQL, Dovecot, Chromium and a place for letters to arrive. Loopback, never as root.

Debian's packages provide them: postgresql, dovecot-imapd, dovecot-lmtpd, openssl, chromium.
"""

from __future__ import annotations

import asyncio
import contextlib
import email
import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from functools import partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session


def missing(what: str, packages: str) -> None:
    """Skip the test for want of a server, saying how to get it; in CI that is a failure."""
    words = f"{what} is not installed: apt-get install {packages}"
    if os.environ.get("CI"):
        pytest.fail(words)
    pytest.skip(words)


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(true: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    """Poll until it is true. Raises AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{what} took longer than {seconds} s"
        time.sleep(0.02)


def answers(port: int) -> bool:
    """Whether something listens on the loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def roomy_memory() -> Path | None:
    """A folder whose files are kept in memory alone, where there is one with room."""
    memory = Path("/dev/shm")
    return memory if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= 2**31 else None


@contextlib.contextmanager
def _unprivileged_folder(place: Path | None = None) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A folder of its own outside pytest's (which others may not enter), and how to start a process that owns it."""
    folder = Path(tempfile.mkdtemp(prefix="paylink-", dir=place or "/tmp"))
    who: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    try:
        yield folder, who
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# ── PostgreSQL ────────────────────────────────────────────────────────────────────────────────────────────────────────


def postgres_programs() -> Path | None:
    """The folder with initdb, pg_ctl and postgres, newest version first."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True)
    found = shutil.which("initdb")
    for place in [*places, *([Path(found).resolve().parent] if found else [])]:
        if all((place / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
            return place
    return None


@contextlib.contextmanager
def postgres_server(options: str = "") -> Iterator[str]:
    """A throw-away PostgreSQL; gives the URL of its server, `postgres://app@127.0.0.1:port`, without a database."""
    programs = postgres_programs()
    if programs is None:
        missing("PostgreSQL", "postgresql")
    assert programs is not None
    # A database has 400 files: in memory a new one is there in a tenth of the time.
    with _unprivileged_folder(roomy_memory()) as (folder, who):
        data, port = folder / "data", free_port()
        run: dict[str, Any] = {"cwd": folder, "check": True, "capture_output": True, **who}
        make = [
            str(programs / "initdb"),
            "-D",
            str(data),
            "-U",
            "app",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-N",
        ]
        subprocess.run([*make, "--locale=C.UTF-8"], **run)
        flags = (
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off "
            f"-c full_page_writes=off -c max_wal_size=128MB -c max_connections=200 {options}"
        )
        control = [str(programs / "pg_ctl"), "-D", str(data), "-w", "-s"]
        subprocess.run([*control, "-l", str(folder / "log"), "-t", "60", "-o", flags, "start"], **run)
        try:
            yield f"postgres://app@127.0.0.1:{port}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **run)


# ── Dovecot ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Dovecot:
    """A running IMAP server and one mailbox of it. It knows whoever comes with its password; their mailbox is empty."""

    folder: Path
    imap_port: int  # with STARTTLS
    imaps_port: int
    lmtp_port: int
    user: str = "intake@example.test"
    password: str = "secret"

    @property
    def ca_file(self) -> Path:
        """The issuer of its certificate (for localhost and 127.0.0.1)."""
        return self.folder / "ca.pem"

    @property
    def url(self) -> str:
        """PAYLINK_MAIL__IMAP_URL for it, in the clear on loopback."""
        return self.url_of("imap")

    def url_of(self, scheme: str, host: str = "127.0.0.1", port: int = 0) -> str:
        """The same for another way in: imaps, imap+starttls; `port` is of something in between."""
        port = port or (self.imaps_port if scheme == "imaps" else self.imap_port)
        return f"{scheme}://{quote(self.user)}:{self.password}@{host}:{port}/INBOX"

    @property
    def log(self) -> str:
        written = self.folder / "log"
        return written.read_text(errors="replace") if written.exists() else ""

    @property
    def log_ins(self) -> int:
        """How often somebody logged in to this mailbox, or tried to, as far as it is written."""
        return self.log.count(f"user=<{self.user}>")

    @property
    def home(self) -> Path:
        """Where it keeps this mailbox (Maildir)."""
        return self.folder / "mail" / self.user

    def deliver(self, letter: bytes | EmailMessage, *, sender: str = "post@example.test", user: str = "") -> None:
        """Hand a letter over by LMTP, as a mail server would. It adds Return-Path, Delivered-To and Received."""
        raw = letter.as_bytes(policy=SMTP_POLICY) if isinstance(letter, EmailMessage) else letter
        with smtplib.LMTP("127.0.0.1", self.lmtp_port, local_hostname="localhost", timeout=60) as door:
            door.sendmail(sender, [user or self.user], raw)

    def letters(self, mailbox: str = "INBOX") -> list[Path]:
        """The files of a mailbox as the server keeps them."""
        inside = self.home if mailbox == "INBOX" else self.home / f".{mailbox.replace('/', '.')}"
        return sorted(file for part in ("new", "cur") for file in (inside / part).glob("*"))

    def forget_numbers(self) -> None:
        """The server loses its UIDs: other numbers for the same letters from now on, under a new UIDVALIDITY (F22)."""
        uids = self.home / "dovecot-uidlist"
        before = int(uids.read_text().split()[1].removeprefix("V"))
        for kept in self.home.glob("dovecot*"):
            kept.unlink()
        uids.write_text(f"3 V{before + 1} N1\n")
        shutil.chown(uids, self.folder.owner(), self.folder.group())


@contextlib.contextmanager
def dovecot_server(capability: str = "", extra: str = "", files: Mapping[str, str] | None = None) -> Iterator[Dovecot]:
    """A throw-away Dovecot.

    `capability` is what it owns up to, e.g. 'IMAP4rev1 LITERAL+' for a server without IDLE, MOVE and UIDPLUS; `extra`
    more lines of configuration, in which {folder} is where `files` lie, by name.
    """
    _expect_dovecot()
    if capability:
        extra += f"\nimap_capability = {capability}"
    with _unprivileged_folder() as (folder, who):
        _certificate(folder)
        for name, content in (files or {}).items():
            (folder / name).write_text(content.replace("{folder}", str(folder)))
        for name in ("run", "state", "mail"):
            (folder / name).mkdir()
        for path in folder.iterdir():
            if who:
                os.chown(path, who["user"], who["group"])
        served, process = _started_dovecot(folder, who, extra)
        try:
            yield served
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # with its children; nothing of it is wanted any more
            process.wait(10)


def _expect_dovecot() -> None:
    if shutil.which("dovecot") is None or not Path("/usr/lib/dovecot/lmtp").exists() or not shutil.which("openssl"):
        missing("Dovecot", "dovecot-imapd dovecot-lmtpd openssl")
    version = subprocess.run(["dovecot", "--version"], capture_output=True, text=True, check=True).stdout
    if not version.startswith("2.3."):
        missing(f"Dovecot 2.3 (this is {version.split()[0]}, whose configuration is another)", "dovecot-imapd=1:2.3*")


def _started_dovecot(folder: Path, who: dict[str, Any], extra: str) -> tuple[Dovecot, subprocess.Popen[bytes]]:
    """It answers. On other ports once more where somebody took one of them just now."""
    for _ in range(5):
        served = Dovecot(folder, free_port(), free_port(), free_port())
        (folder / "conf").write_text(_dovecot_configuration(served, extra))
        process = subprocess.Popen(["dovecot", "-F", "-c", folder / "conf"], cwd=folder, start_new_session=True, **who)
        wait_until(partial(_has_begun, served, process), "starting Dovecot")
        if process.poll() is None:
            break
        assert "in use" in served.log, f"Dovecot did not start: {served.log}"
    return served, process


def _has_begun(served: Dovecot, process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is not None or (answers(served.imap_port) and answers(served.lmtp_port))


def _dovecot_configuration(served: Dovecot, extra: str) -> str:
    """tests/dovecot.conf filled in, and more lines below it."""
    facts = {name: getattr(served, name) for name in ("folder", "imap_port", "imaps_port", "lmtp_port", "password")}
    facts |= {"name": served.folder.owner(), "group": served.folder.group()}
    text = f"{Path(__file__).with_name('dovecot.conf').read_text()}\n{extra}\n"
    for name, fact in facts.items():
        text = text.replace(f"{{{name}}}", str(fact))
    return text


def _certificate(folder: Path) -> None:
    """A certificate for localhost and its issuer's."""
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\nauthorityKeyIdentifier=keyid\n"
    (folder / "names").write_text(names)
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    issuer = ["-x509", *key, "-days", "2", "-subj", "/CN=Throw-away issuer", "-keyout", "ca.key", "-out", "ca.pem"]
    uses = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names"]
    for command in (
        ["req", *issuer, *uses],
        ["req", *key, "-subj", "/CN=localhost", "-keyout", "cert.key", "-out", "cert.csr"],
        ["x509", "-req", "-in", "cert.csr", *signing, "-out", "cert.pem"],
    ):
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)


# ── a place for letters to arrive ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Arrived:
    """A letter that the sink took."""

    sender: str  # the envelope's
    recipients: tuple[str, ...]  # the envelope's
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=SMTP_POLICY)


@dataclass(slots=True)
class SmtpSink:
    """A mail server that keeps what it is sent. Change its fields to make it difficult."""

    port: int = 0
    letters: list[Arrived] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)  # address → reply to RCPT, e.g. "550 5.1.1 no such user"
    greylist: set[str] = field(default_factory=set)  # addresses refused with 451 the first time only
    data_reply: str = ""  # a reply to every DATA instead of 250, e.g. "421 4.3.2 closing"
    hang_up: int = 0  # so many times: keep the letter but drop the connection before saying 250
    connections: int = 0
    served: list[SMTP] = field(default_factory=list)  # every connection there was

    def drop_connections(self) -> None:
        """Hang up on everybody."""
        for connection in self.served:
            _hang_up(connection)

    def open_connections(self) -> int:
        """How many are connected now."""
        return sum(one.transport is not None and not one.transport.is_closing() for one in self.served)

    @property
    def url(self) -> str:
        """PAYLINK_MAIL__SMTP_URL for it."""
        return f"smtp://127.0.0.1:{self.port}"

    def to(self, address: str) -> list[Arrived]:
        """The letters that came for one address."""
        return [letter for letter in self.letters if address in letter.recipients]

    async def handle_EHLO(  # noqa: N802  the names are aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.greylist:
            self.greylist.discard(address)
            return "451 4.7.1 greylisted, try again later"
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.data_reply:
            return self.data_reply
        self.letters.append(Arrived(envelope.mail_from or "", tuple(envelope.rcpt_tos), cast(bytes, envelope.content)))
        if self.hang_up:
            self.hang_up -= 1
            _hang_up(server)
        return "250 OK"


def _hang_up(connection: SMTP) -> None:
    if connection.transport is not None:
        cast(asyncio.WriteTransport, connection.transport).abort()


@contextlib.asynccontextmanager
async def smtp_server() -> AsyncIterator[SmtpSink]:
    """The sink, listening in this event loop."""
    sink = SmtpSink()
    loop = asyncio.get_running_loop()

    def connected() -> SMTP:
        sink.served.append(
            SMTP(sink, hostname="localhost", enable_SMTPUTF8=True, data_size_limit=50_000_000, loop=loop)
        )
        return sink.served[-1]

    server = await loop.create_server(connected, "127.0.0.1", 0)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        sink.drop_connections()
        await server.wait_closed()


@contextlib.asynccontextmanager
async def serving(new: Callable[[], SMTP]) -> AsyncIterator[int]:
    """The port of a mail server of one's own, in this event loop; `new` makes one for each connection."""
    server = await asyncio.get_running_loop().create_server(new, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
