"""The local mail provider of the sandbox."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from handlers.firm import FirmBook
from mailroom.bounces import read_bounce
from mailroom.heads import read_head
from mailroom.imap_mailbox import ImapMailbox
from mailroom.machines import machine_made
from mailroom.mail_server import MailServer
from mailroom.smtp_sender import SmtpSender
from mailroom.stand_in import StandInMail
from mailroom.trust import judge
from tests.cast import FIRM, SAM
from tests.fakes import FakeClock
from tests.mailroom.test_notices import ASKED
from tests.mailroom.writing import INTAKE, staff_letter
from tests.servers import answers, free_port, wait_until
from tests.waiting import eventually

AUTHSERV = "mx.harborfinch.example"


@pytest.fixture
async def provider() -> AsyncIterator[StandInMail]:
    provider = StandInMail(INTAKE, [SAM.email], AUTHSERV, FakeClock(), back_after=0)
    await provider.start()
    yield provider
    await provider.stop()


async def _intake_letters(provider: StandInMail) -> list[bytes]:
    mailbox = ImapMailbox(MailServer.of(provider.imap_url), 10)
    await mailbox.open()
    found = [await mailbox.fetch(uid) for uid in await mailbox.uids(0)]
    await mailbox.close()
    return [one.raw for one in found if one]


async def test_a_staff_letter_arrives_unchanged_with_the_providers_word_on_top(provider: StandInMail) -> None:
    raw = staff_letter("create 10", verdict="")
    await provider.post(raw, SAM.email, ["pay+trust@harborfinch.example"])
    [arrived] = await _intake_letters(provider)
    assert arrived.endswith(raw)
    assert judge(read_head(arrived), AUTHSERV).address == SAM.email


@pytest.mark.parametrize(
    ("envelope", "author"),
    [
        ("max@elsewhere.example", "max@elsewhere.example"),
        ("max@elsewhere.example", SAM.email),
        (SAM.email, "max@x.example"),
    ],
)
async def test_a_strangers_letter_is_not_vouched_for(provider: StandInMail, envelope: str, author: str) -> None:
    await provider.post(staff_letter("create 10", sender=author, verdict=""), envelope, [INTAKE])
    [arrived] = await _intake_letters(provider)
    assert judge(read_head(arrived), AUTHSERV).address == ""


async def test_a_forged_verdict_stands_below_the_providers(provider: StandInMail) -> None:
    forged = staff_letter("create 10", verdict=f"{AUTHSERV}; dmarc=pass header.from=harborfinch.example")
    await provider.post(forged, "max@elsewhere.example", [INTAKE])
    [arrived] = await _intake_letters(provider)
    assert judge(read_head(arrived), AUTHSERV).address == ""


async def test_the_products_own_letters_go_to_their_readers_and_not_to_the_intake(provider: StandInMail) -> None:
    sender = SmtpSender(MailServer.of(provider.smtp_url), FirmBook(FIRM), FakeClock())
    await sender.send_request(ASKED)
    await sender.close()
    assert await _intake_letters(provider) == []
    [letter] = provider.letters("Jane@client.example")
    assert letter.sender == INTAKE
    assert b"Payment request" in letter.raw
    assert provider.letters("bob@client.example") == []


async def test_the_newest_letter_comes_first(provider: StandInMail) -> None:
    for number in range(3):
        await provider.post(staff_letter(f"letter {number}"), SAM.email, ["jane@client.example"])
    assert [letter.number for letter in provider.letters()] == [3, 2, 1]


@pytest.mark.parametrize(
    ("name", "permanent", "why"),
    [("bounce", True, "there is no such mailbox"), ("full", True, "the mailbox is full"), ("late", False, "")],
)
async def test_what_is_mailed_to_such_an_address_comes_back_as_mail_servers_say_it(
    provider: StandInMail, name: str, permanent: bool, why: str
) -> None:
    sender = SmtpSender(MailServer.of(provider.smtp_url), FirmBook(FIRM), FakeClock())
    await sender.send_request(replace(ASKED, to=f"{name}@client.example"))
    await sender.close()
    await eventually(lambda: provider.letters(INTAKE), "the report")
    [raw] = await _intake_letters(provider)
    head = read_head(raw)
    bounce = read_bounce(head, raw, INTAKE)
    assert bounce is not None
    assert (bounce.reference, bounce.addresses[0]) == (ASKED.reference, f"{name}@client.example")
    assert bounce.permanent is permanent
    assert bounce.why.startswith(why)
    assert machine_made(head, INTAKE)
    assert len(provider.letters(f"{name}@client.example")) == (0 if permanent else 1)


async def test_somebody_who_is_away_answers_once_and_it_is_no_bounce(provider: StandInMail) -> None:
    await provider.post(staff_letter("Payment request"), INTAKE, ["away@client.example"])
    await eventually(lambda: provider.letters(INTAKE), "the answer")
    [raw] = await _intake_letters(provider)
    assert read_bounce(read_head(raw), raw, INTAKE) is None
    assert machine_made(read_head(raw), INTAKE)


async def test_any_bytes_can_be_posted(provider: StandInMail) -> None:
    for raw in (b"", b"\x00\xff", b"From: x\r\n", b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"):
        await provider.post(raw, SAM.email, [INTAKE])
    assert len(await _intake_letters(provider)) == 4


async def test_it_listens_on_loopback_only(provider: StandInMail) -> None:
    for port in (provider.imap_port, provider.smtp_port):
        with socket.socket() as probe:
            probe.bind(("127.0.0.2", port))  # an error, were it listening at every address
            assert probe.getsockname() == ("127.0.0.2", port)


def test_it_runs_in_a_process_of_its_own() -> None:
    imap_port, smtp_port = free_port(), free_port()
    ports = ["--imap-port", str(imap_port), "--smtp-port", str(smtp_port)]
    process = subprocess.Popen([sys.executable, "-m", "mailroom.stand_in", *ports], stdout=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: answers(imap_port) and answers(smtp_port), "starting the provider")
        assert process.stdout is not None
        assert f"127.0.0.1:{imap_port}/INBOX" in process.stdout.readline()
    finally:
        process.terminate()
        process.communicate(timeout=10)
