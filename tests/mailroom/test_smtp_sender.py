"""Mail out on a real wire: connections kept, refusals told apart, nothing smuggled (T18, F26-F28)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from handlers.firm import FirmBook
from handlers.ports import DeliveryRefused, DeliveryTrouble, Reminding, StaffLetter
from mailroom import smtp_sender
from mailroom.mail_server import MailServer
from mailroom.smtp_sender import SmtpSender
from tests.cast import FIRM
from tests.fakes import FakeClock
from tests.leaping import run_leaping
from tests.mailroom.test_mime import EVIL, EVIL_ADDRESSES
from tests.mailroom.test_notices import ASKED, CANCELLED, STOP, logo
from tests.mailroom.test_receipts import LETTER
from tests.servers import SmtpSink, free_port
from tests.waiting import eventually

ANSWER = StaffLetter(
    to="sam@harborfinch.example",
    message_id="answer-1@harborfinch.example",
    subject="Re: create 10",
    text="done\n",
    html="<p>done</p>",
    in_reply_to="a@b.example",
    references="c@d.example a@b.example",
    attachments=(("list.csv", "text/csv", "YSxi"),),
)


@pytest.fixture
async def sender(smtp_sink: SmtpSink) -> AsyncIterator[SmtpSender]:
    sender = SmtpSender(MailServer.of(smtp_sink.url), FirmBook(FIRM), FakeClock(), answer_within=5)
    yield sender
    await sender.close()


async def test_a_payment_request_comes_from_the_firm_and_is_answered_to_the_creator(
    sender: SmtpSender, smtp_sink: SmtpSink
) -> None:
    await sender.send_request(ASKED)
    [arrived] = smtp_sink.letters
    assert arrived.sender == FIRM.intake_address
    assert arrived.recipients == ("jane@client.example",)
    message = arrived.message
    assert message["From"] == "Harbor & Finch LLP <pay@harborfinch.example>"
    assert message["Reply-To"] == "noor@harborfinch.example"
    assert message["Message-ID"] == f"<{ASKED.message_id}>"
    assert message["Subject"] == "Payment request from Harbor & Finch LLP for invoice INV-1042"
    assert message["Date"].datetime == FakeClock().now()
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


async def test_a_reminder_carries_what_mail_programs_need_to_stop_it(sender: SmtpSender, smtp_sink: SmtpSink) -> None:
    """RFC 8058; a request carries nothing of it."""
    await sender.send_request(replace(ASKED, reminding=Reminding(STOP)))
    await sender.send_request(ASKED)
    reminder, request = (letter.message for letter in smtp_sink.letters)
    assert reminder["List-Unsubscribe"] == f"<{STOP}>"
    assert reminder["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "List-Unsubscribe" not in request


async def test_an_answer_stays_in_its_thread_and_says_that_a_machine_wrote_it(
    sender: SmtpSender, smtp_sink: SmtpSink
) -> None:
    await sender.send_answer(ANSWER)
    message = smtp_sink.letters[0].message
    assert message["In-Reply-To"] == "<a@b.example>"
    assert message["References"] == "<c@d.example> <a@b.example>"
    assert message["Auto-Submitted"] == "auto-replied"
    [file] = message.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("list.csv", "a,b")


async def test_many_callers_share_a_few_connections_and_no_letter_is_lost(
    sender: SmtpSender, smtp_sink: SmtpSink
) -> None:
    letters = [replace(ASKED, to=f"client{n}@x.example") for n in range(60)]
    await asyncio.gather(*map(sender.send_request, letters))
    assert sorted(letter.recipients[0] for letter in smtp_sink.letters) == sorted(letter.to for letter in letters)
    assert smtp_sink.connections <= smtp_sender.MOST_CONNECTIONS


async def test_one_connection_serves_letter_after_letter(sender: SmtpSender, smtp_sink: SmtpSink) -> None:
    for _ in range(5):
        await sender.send_request(ASKED)
    assert smtp_sink.connections == 1


async def test_a_kept_connection_that_the_server_closed_is_replaced_without_a_word(
    sender: SmtpSender, smtp_sink: SmtpSink
) -> None:
    await sender.send_request(ASKED)
    smtp_sink.drop_connections()
    await sender.send_request(ASKED)
    assert len(smtp_sink.letters) == 2


async def test_idle_connections_are_closed(
    sender: SmtpSender, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_sender, "KEEP_IDLE", 0.05)
    await sender.send_request(ASKED)
    assert smtp_sink.connections == 1
    await eventually(lambda: not smtp_sink.open_connections(), "closing the idle connection", 5)


async def test_an_unknown_address_is_refused_for_good_and_the_next_letter_goes(
    sender: SmtpSender, smtp_sink: SmtpSink
) -> None:
    """(F27)"""
    smtp_sink.refuse["jane@client.example"] = "550 5.1.1 no such user"
    with pytest.raises(DeliveryRefused, match="550 5.1.1 no such user".replace(".", "[.]")):
        await sender.send_request(ASKED)
    await sender.send_request(replace(ASKED, to="bob@client.example"))
    assert [letter.recipients for letter in smtp_sink.letters] == [("bob@client.example",)]
    assert smtp_sink.connections == 1


async def test_a_greylisted_letter_may_be_sent_again_under_the_same_message_id(
    sender: SmtpSender, smtp_sink: SmtpSink
) -> None:
    """(F26)"""
    smtp_sink.greylist.add("jane@client.example")
    with pytest.raises(DeliveryTrouble, match="451") as trouble:
        await sender.send_request(ASKED)
    assert not isinstance(trouble.value, DeliveryRefused)
    await sender.send_request(ASKED)
    assert smtp_sink.letters[0].message["Message-ID"] == f"<{ASKED.message_id}>"


@pytest.mark.parametrize(
    ("reply", "for_good"),
    [("421 4.3.2 closing", False), ("452 4.3.1 full", False), ("554 5.7.1 no", True), ("552 5.3.4 big", True)],
)
async def test_a_letter_refused_after_its_text_is_told_apart(
    sender: SmtpSender, smtp_sink: SmtpSink, reply: str, for_good: bool
) -> None:
    """(F26)"""
    smtp_sink.data_reply = reply
    with pytest.raises(DeliveryTrouble, match=reply[:3]) as trouble:
        await sender.send_request(ASKED)
    assert isinstance(trouble.value, DeliveryRefused) is for_good
    smtp_sink.data_reply = ""
    await sender.send_request(ASKED)
    assert len(smtp_sink.letters) == 1


async def test_a_connection_dropped_before_the_last_word_is_trouble_to_be_tried_again(
    sender: SmtpSender, smtp_sink: SmtpSink
) -> None:
    """(F28)"""
    smtp_sink.hang_up = 1
    with pytest.raises(DeliveryTrouble) as trouble:
        await sender.send_request(ASKED)
    assert not isinstance(trouble.value, DeliveryRefused)
    await sender.send_request(ASKED)
    assert [letter.message["Message-ID"] for letter in smtp_sink.letters] == [f"<{ASKED.message_id}>"] * 2


async def test_a_server_that_is_not_there_is_trouble() -> None:
    sender = SmtpSender(MailServer.of(f"smtp://127.0.0.1:{free_port()}"), FirmBook(FIRM), FakeClock(), answer_within=2)
    with pytest.raises(DeliveryTrouble, match="cannot be used"):
        await sender.send_request(ASKED)
    await sender.close()


async def test_a_server_without_starttls_is_never_used_in_the_clear(smtp_sink: SmtpSink) -> None:
    server = MailServer.of(f"smtp+starttls://sam:secret@127.0.0.1:{smtp_sink.port}")
    sender = SmtpSender(server, FirmBook(FIRM), FakeClock(), answer_within=2)
    with pytest.raises(DeliveryTrouble) as trouble:
        await sender.send_request(ASKED)
    assert "secret" not in str(trouble.value)
    assert smtp_sink.letters == []
    await sender.close()


@pytest.mark.parametrize("to", EVIL_ADDRESSES)
async def test_an_address_that_would_smuggle_a_command_reaches_nobody(
    sender: SmtpSender, smtp_sink: SmtpSink, to: str
) -> None:
    """(T18)"""
    with pytest.raises(DeliveryRefused):
        await sender.send_request(replace(ASKED, to=to))
    assert smtp_sink.letters == []
    assert smtp_sink.connections == 0


@pytest.mark.parametrize("evil", EVIL)
async def test_what_people_typed_adds_no_recipient_and_no_header(
    sender: SmtpSender, smtp_sink: SmtpSink, evil: str
) -> None:
    """(T18)"""
    await sender.send_request(replace(ASKED, payer_name=evil, message=evil, invoice_number=evil))
    [arrived] = smtp_sink.letters
    assert arrived.recipients == ("jane@client.example",)
    ours = "From To Reply-To Subject Date Message-ID Auto-Submitted MIME-Version Content-Type".split()
    assert arrived.message.keys() == ours


async def test_a_cancelled_letter_leaves_no_half_used_connection(sender: SmtpSender, smtp_sink: SmtpSink) -> None:
    for _ in range(20):
        sending = asyncio.create_task(sender.send_request(ASKED))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        sending.cancel()
        await asyncio.wait([sending])
    await sender.send_request(replace(ASKED, to="last@client.example"))
    assert len(smtp_sink.to("last@client.example")) == 1


async def test_one_of_three_addresses_refused_keeps_no_other_letter_back(
    sender: SmtpSender, smtp_sink: SmtpSink
) -> None:
    """(F27) Each address has its own letter, so neither knows of the others."""
    smtp_sink.refuse["bob@client.example"] = "550 5.1.1 no such user"
    addresses = ("jane@client.example", "bob@client.example", "ann@client.example")
    outcomes = await asyncio.gather(
        *(sender.send_request(replace(ASKED, to=to, message_id=f"{n}@b.example")) for n, to in enumerate(addresses)),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), DeliveryRefused, type(None)]
    assert sorted(letter.recipients for letter in smtp_sink.letters) == [
        ("ann@client.example",),
        ("jane@client.example",),
    ]
    assert all("bob@client.example" not in str(letter.message) for letter in smtp_sink.letters)


async def test_a_server_that_says_421_to_a_recipient_is_tried_again(sender: SmtpSender, smtp_sink: SmtpSink) -> None:
    """(F26)"""
    smtp_sink.refuse["jane@client.example"] = "421 4.3.2 closing, try again later"
    with pytest.raises(DeliveryTrouble, match="421") as trouble:
        await sender.send_request(ASKED)
    assert not isinstance(trouble.value, DeliveryRefused)
    smtp_sink.refuse.clear()
    await sender.send_request(ASKED)
    assert [letter.message["Message-ID"] for letter in smtp_sink.letters] == [f"<{ASKED.message_id}>"]


async def test_the_letter_that_takes_a_request_back_leaves_like_the_others(
    sender: SmtpSender, smtp_sink: SmtpSink
) -> None:
    await sender.send_cancelled(CANCELLED)
    [arrived] = smtp_sink.letters
    assert arrived.message["Message-ID"] == f"<{CANCELLED.message_id}>"
    assert arrived.message["Reply-To"] == "noor@harborfinch.example"
    assert arrived.message["Auto-Submitted"] == "auto-generated"
    assert arrived.message["List-Unsubscribe"] is None


async def test_every_letter_to_a_payer_says_whose_it_is_and_only_a_reminder_how_to_stop_it(smtp_sink: SmtpSink) -> None:
    """The logo travels in the letter: nothing of it is looked up anywhere."""
    firm = replace(FIRM, logo=logo(), colour="#0f5b4f")
    sender = SmtpSender(MailServer.of(smtp_sink.url), FirmBook(firm), FakeClock(), answer_within=5)
    requests = (ASKED, replace(ASKED, reminding=Reminding(STOP)), replace(ASKED, whole=ASKED.amount + ASKED.amount))
    for asked in requests:
        await sender.send_request(asked)
    await sender.send_receipt(LETTER)
    await sender.send_cancelled(CANCELLED)
    await sender.close()
    assert len(smtp_sink.letters) == 5
    for number, message in enumerate(letter.message for letter in smtp_sink.letters):
        assert message["From"] == "Harbor & Finch LLP <pay@harborfinch.example>"
        assert message["Message-ID"].endswith("@harborfinch.example>")
        assert message["Reply-To"] == "noor@harborfinch.example"
        assert message["Auto-Submitted"] == "auto-generated"
        assert ("List-Unsubscribe" in message) is ("List-Unsubscribe-Post" in message) is (number == 1)
        html, text = message.get_body(("html",)), message.get_body(("plain",))
        assert html is not None
        assert text is not None
        [picture] = [part for part in message.walk() if part.get_content_type() == "image/png"]
        assert f"cid:{picture['Content-ID'].strip('<>')}" in html.get_content()
        assert not re.search(r'src="(?!cid:)|url\(', html.get_content())
        assert "Harbor & Finch LLP" in text.get_content()


async def test_an_answer_may_name_where_its_own_answer_goes(sender: SmtpSender, smtp_sink: SmtpSink) -> None:
    await sender.send_answer(
        StaffLetter("sam@harborfinch.example", "told-1@b.example", "x", "y", "", reply_to="jane@client.example")
    )
    assert smtp_sink.letters[0].message["Reply-To"] == "jane@client.example"


async def _no_goodbye(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A mail server that takes every letter, and says nothing more once it is told goodbye."""
    answers = {b"EHLO": b"250 mx", b"DATA": b"354 go on", b"QUIT": b""}
    writer.write(b"220 mx\r\n")
    in_letter = False
    while line := await reader.readline():
        if in_letter and line != b".\r\n":
            continue
        in_letter = line.startswith(b"DATA")
        answer = answers.get(line[:4], b"250 ok")
        writer.write(answer + b"\r\n" if answer else b"")
    writer.close()


async def _seconds_to_close() -> tuple[int, float]:
    """How many connections were kept, and how long their closing took."""
    async with await asyncio.start_server(_no_goodbye, "127.0.0.1", 0) as server:
        url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        sender = SmtpSender(MailServer.of(url), FirmBook(FIRM), FakeClock())
        await asyncio.gather(*(sender.send_request(ASKED) for _ in range(9)))
        kept, begun = len(sender._kept), asyncio.get_running_loop().time()
        await sender.close()
        return kept, asyncio.get_running_loop().time() - begun


def test_a_stop_waits_a_moment_for_silent_mail_servers_and_for_all_connections_at_once() -> None:
    """(F31)"""
    kept, seconds = run_leaping(_seconds_to_close())
    assert kept > 1
    assert smtp_sender.GOODBYE <= seconds < 1.5 * smtp_sender.GOODBYE
