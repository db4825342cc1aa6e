"""Machines that write to each other: two intakes and a vacation responder, over the bytes that really leave (T17)."""

from __future__ import annotations

import email
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from handlers.desk import Desk
from handlers.firm import FirmBook
from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Worker
from handlers.ports import Ports
from handlers.requests import Role
from mailroom.intake import Intake
from mailroom.mail_server import MailServer
from mailroom.smtp_sender import SmtpSender
from models.tables import PaymentLink, StaffMember
from tests.cast import FIRM, SAM, Surroundings
from tests.fake_mailbox import FakeMailbox
from tests.mailroom.writing import AUTHSERV, staff_letter
from tests.servers import SmtpSink, smtp_server

pytestmark = pytest.mark.usefixtures("database")

OTHER = "pay@otherfirm.example"


@dataclass(slots=True)
class Post:
    """Everybody with a mailbox, and the one mail server between them, which vouches for every sender."""

    ports: dict[str, Ports]
    sink: SmtpSink
    mailboxes: dict[str, FakeMailbox] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)  # letters by sender
    rewrites: Callable[[bytes], bytes] = lambda raw: raw  # what a gateway on the way makes of them

    def deliver(self, to: str, raw: bytes, sender: str) -> None:
        stamp = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from={sender.partition('@')[2]}\r\n"
        self.mailboxes[to].deliver(stamp.encode() + raw)

    async def round(self, responder: Callable[[EmailMessage], bytes | None]) -> None:
        """Every intake reads and answers once, Sam's responder answers, and all of it is delivered."""
        for address, ports in self.ports.items():
            await Intake(self.mailboxes[address], Desk(ports), ports, AUTHSERV).round()
        for ports in self.ports.values():
            working = Worker(STEPS, ports)
            while await working.run_due():
                pass
        letters, self.sink.letters[:] = [*self.sink.letters], []
        for letter in letters:
            self.sent[letter.sender] = self.sent.get(letter.sender, 0) + 1
            [to] = letter.recipients
            if to in self.mailboxes:
                self.deliver(to, self.rewrites(letter.raw), letter.sender)
            elif (reply := responder(letter.message)) is not None:
                self.sent[to] = self.sent.get(to, 0) + 1
                self.deliver(letter.sender, reply, to)


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    """Two firms' intakes: each has the other's address among its staff, by mistake."""
    for address in (SAM.email, FIRM.intake_address, OTHER):
        await StaffMember.create(email=address, name=address, role=Role.STAFF.value)
    around, senders = Surroundings(), list[SmtpSender]()
    async with smtp_server() as sink:
        post = Post({}, sink)
        for number, address in enumerate((FIRM.intake_address, OTHER)):
            book = FirmBook(replace(FIRM, intake_address=address))
            senders.append(SmtpSender(MailServer.of(sink.url), book, around.clock))
            post.ports[address] = replace(around.ports, book=book, letters=senders[-1])
            post.mailboxes[address] = FakeMailbox(name=f"mailbox {number}")
        yield post
        for sender in senders:
            await sender.close()


def out_of_office(*marks: str) -> Callable[[EmailMessage], bytes]:
    """A responder that answers every letter, whatever the letter says of itself."""

    def reply(letter: EmailMessage) -> bytes:
        answer = EmailMessage(policy=SMTP)
        answer["From"], answer["To"] = SAM.email, str(letter["From"])
        answer["Subject"], answer["In-Reply-To"] = "Re: out of office", str(letter["Message-ID"])
        for mark in marks:
            name, _, value = mark.partition(": ")
            answer[name] = value
        answer.set_content("I am away until Monday.\n")
        return answer.as_bytes()

    return reply


def polite(letter: EmailMessage) -> bytes | None:
    """A responder as RFC 3834 asks for."""
    return None if letter.get("Auto-Submitted", "no") != "no" else out_of_office("Auto-Submitted: auto-replied")(letter)


async def test_two_instances_that_take_each_other_for_staff_fall_silent_after_one_answer(post: Post) -> None:
    post.deliver(FIRM.intake_address, staff_letter("craete 10", sender=OTHER, verdict=""), OTHER)
    for _ in range(100):
        await post.round(polite)
    assert post.sent == {FIRM.intake_address: 1}


@pytest.mark.parametrize(
    ("responder", "replies"),
    [
        (polite, 0),
        (out_of_office("Auto-Submitted: auto-replied"), 1),
        (out_of_office("Precedence: bulk", "X-Autoreply: yes"), 1),
        (out_of_office("X-Auto-Response-Suppress: All"), 1),
        (out_of_office("Return-Path: <>"), 1),
    ],
    ids=["polite", "RFC 3834", "Gmail's", "Exchange's", "Postfix's"],
)
async def test_a_vacation_responder_gets_one_answer_and_its_own_is_silence(
    post: Post, responder: Callable[[EmailMessage], bytes | None], replies: int
) -> None:
    post.deliver(FIRM.intake_address, staff_letter("craete 10", verdict=""), SAM.email)
    for _ in range(100):
        await post.round(responder)
    assert post.sent.get(FIRM.intake_address) == 1
    assert post.sent.get(SAM.email, 0) == replies
    assert await PaymentLink.all().count() == 0


async def test_where_a_gateway_takes_all_marks_off_the_loop_still_ends(post: Post) -> None:
    """At ten help and error answers a day, each."""

    def bare(raw: bytes) -> bytes:
        letter = email.message_from_bytes(raw, policy=SMTP)
        for name in ("Auto-Submitted", "X-Auto-Response-Suppress", "Precedence", "In-Reply-To", "References"):
            del letter[name]
        return re.sub(rb"(?m)^Message-ID: <answer", b"Message-ID: <new", letter.as_bytes())

    post.rewrites = bare
    post.deliver(FIRM.intake_address, staff_letter("craete 10", sender=OTHER, verdict=""), OTHER)
    for _ in range(30):
        await post.round(out_of_office())
    assert 1 <= post.sent[FIRM.intake_address] <= 10
    assert post.sent.get(OTHER, 0) <= 10
