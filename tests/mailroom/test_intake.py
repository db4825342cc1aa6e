"""The intake: each letter heard once, answered once, filed; strangers in silence; a bad letter never stops the rest."""

from __future__ import annotations

import base64
import io
from datetime import timedelta

import openpyxl
import pytest

from handlers.mail.store_letter import ASIDE, DONE
from mailroom.mailbox import Folder
from models.tables import Batch, InboundLetter, Job, PaymentLink
from tests.cast import SAM, STRANGER, VERA
from tests.mailroom.office import Office, fates, opened
from tests.mailroom.test_trust import SPOOFS
from tests.mailroom.writing import AUTHSERV, INTAKE, LIST, PASS, raw_letter, staff_letter

pytestmark = pytest.mark.usefixtures("database")

CREATE = "create 1250 jane@client.example for Jane Doe invoice 1042 account operating"


@pytest.fixture
async def office(database: str) -> Office:
    return await opened()


# ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_mailed_command_makes_a_link_and_is_answered_in_its_thread(office: Office) -> None:
    [answer] = await office.read(staff_letter(CREATE, message_id="one@mail.example"))
    link = await PaymentLink.get()
    assert answer.to == SAM.email
    assert answer.subject == f"Re: {CREATE}"
    assert answer.in_reply_to == "one@mail.example"
    assert link.reference in answer.text
    assert "$1,250.00" in answer.text
    assert (link.created_by, link.door, link.account) == (SAM.email, "mail", "operating")
    [request] = office.around.letters.requests
    assert request.to == "jane@client.example"
    assert len(office.folder(Folder.PROCESSED)) == 1
    assert await fates() == [(DONE, "answered")]


async def test_the_letter_is_dropped_from_the_database_once_its_fate_is_known(office: Office) -> None:
    await office.read(staff_letter(CREATE), staff_letter("hello", sender=STRANGER.email))
    assert await InboundLetter.filter(content__isnull=False).count() == 0


async def test_a_viewer_is_told_what_a_viewer_may_not_do(office: Office) -> None:
    [answer] = await office.read(staff_letter(CREATE, sender=VERA.email))
    assert "viewer" in answer.text
    assert await PaymentLink.all().count() == 0


async def test_a_viewer_is_shown_a_link_without_its_address(office: Office) -> None:
    """(A2) Whoever has the address can pay, and give it away; a viewer may not copy it in Slack either."""
    [made] = await office.read(staff_letter(CREATE))
    assert "/p/" in made.text
    reference = (await PaymentLink.get()).reference
    [shown] = await office.read(staff_letter(f"show {reference}", sender=VERA.email))
    assert reference in shown.text
    assert "/p/" not in shown.text + shown.html
    [shown] = await office.read(staff_letter(f"show {reference}"))
    assert "/p/" in shown.text


async def test_f58_an_export_comes_with_the_answer_to_the_letter(office: Office) -> None:
    """(F58)"""
    await office.read(staff_letter(CREATE))
    [answer] = await office.read(staff_letter("export outstanding columns client, amount"))
    [(filename, content_type, content)] = answer.attachments
    assert (filename.partition("-2")[0], content_type.partition(".")[0]) == ("paylink-outstanding", "application/vnd")
    sheet = openpyxl.load_workbook(io.BytesIO(base64.b64decode(content)))["Links"]
    assert [row[1:] for row in sheet.iter_rows(min_row=2, values_only=True)] == [("Jane Doe", 1250, "USD")]
    assert "An export of yours holds the links you made" in answer.text


async def test_a_letter_with_nothing_in_it_gets_help(office: Office) -> None:
    """(B35)"""
    [answer] = await office.read(staff_letter())
    assert "create 1250" in answer.text


async def test_a_card_number_in_a_letter_is_refused_and_not_kept(office: Office) -> None:
    """(T21)"""
    number = "4242 4242 4242 4242"
    [answer] = await office.read(staff_letter(f"create 10 account operating message {number}", number))
    assert "card number" in answer.text
    assert number not in answer.text + answer.html + answer.subject
    kept = [*await InboundLetter.all().values(), *await Job.all().values()]
    assert number not in repr(kept)


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _review(office: Office, subject: str = "November, account operating") -> tuple[int, str]:
    [answer] = await office.read(staff_letter(subject, files=[LIST]))
    batch = await Batch.all().order_by("-id").first()
    assert batch is not None
    assert f"B-{batch.id}" in answer.text
    return batch.id, answer.message_id


async def test_a_list_is_reviewed_and_nothing_leaves_before_the_decision(office: Office) -> None:
    batch, message_id = await _review(office)
    assert message_id.startswith(f"batch-{batch}.")
    assert await PaymentLink.all().count() == 0
    assert office.around.letters.requests == []
    text = office.around.letters.answers[-1].text
    for fact in ("2  Jane Doe", "3  Bob Roe", "$120.00", "$80.50", "$200.50", "send", "links", "discard"):
        assert fact in text


@pytest.mark.parametrize(("decision", "links", "letters"), [("send", 2, 2), ("links", 2, 0), ("discard", 0, 0)])
async def test_the_first_line_of_the_reply_decides(office: Office, decision: str, links: int, letters: int) -> None:
    _, message_id = await _review(office)
    quoted = (
        "\n\nOn Mon, Nov 23, 2026 at 10:00 AM Paylink <pay@harborfinch.example> wrote:\n> send\n> links\n> discard\n"
    )
    reply = staff_letter("Re: November", decision.upper() + quoted, headers={"In-Reply-To": f"<{message_id}>"})
    [answer] = await office.read(reply)
    assert await PaymentLink.all().count() == links
    assert (
        sorted(letter.to for letter in office.around.letters.requests)
        == [
            "bob@client.example",
            "jane@client.example",
        ][:letters]
    )
    names = [name for name, _, _ in answer.attachments]
    assert bool(names) == (decision == "links")
    assert all(name.startswith("paylinks-B-") for name in names)


async def test_the_account_is_asked_for_and_chosen_by_reply(office: Office) -> None:
    batch, message_id = await _review(office, "November")
    assert "account trust" in office.around.letters.answers[-1].text
    [answer] = await office.read(
        staff_letter("Re: November", "account trust", headers={"In-Reply-To": f"<{message_id}>"})
    )
    assert "Client Trust" in answer.text
    assert (await Batch.get(id=batch)).account == "trust"
    await office.read(staff_letter("Re: November", "send", headers={"In-Reply-To": f"<{answer.message_id}>"}))
    assert await PaymentLink.filter(account="trust").count() == 2


async def test_a_word_that_decides_nothing_is_answered_in_a_thread_that_may_still_decide(office: Office) -> None:
    """(B41)"""
    _, message_id = await _review(office)
    headers = {"In-Reply-To": f"<{message_id}>"}
    [answer] = await office.read(staff_letter("Re: November", "sned", headers=headers))
    assert "send" in answer.text
    assert await PaymentLink.all().count() == 0
    await office.read(staff_letter("Re: November", "send", headers={"In-Reply-To": f"<{answer.message_id}>"}))
    assert await PaymentLink.all().count() == 2


async def test_nobody_else_decides(office: Office) -> None:
    """(B41) An admin may, another staff member may not."""
    _, message_id = await _review(office)
    headers = {"In-Reply-To": f"<{message_id}>"}
    await office.read(staff_letter("Re: November", "send", sender=VERA.email, headers=headers))
    await office.read(staff_letter("Re: November", "send", verdict="", headers=headers))
    assert await PaymentLink.all().count() == 0
    await office.read(staff_letter("Re: November", "send", sender="noor@harborfinch.example", headers=headers))
    assert await PaymentLink.all().count() == 2


async def test_a_bad_row_is_named_and_nothing_is_kept(office: Office) -> None:
    bad = ("bad.csv", "text/csv", LIST[2].replace(b"80.50", b"8O.50"))
    [answer] = await office.read(staff_letter("account operating", files=[bad]))
    assert "amount" in answer.text
    assert "8O.50" in answer.text
    assert await Batch.all().count() == 0


# ── strangers, machines, forgeries ────────────────────────────────────────────────────────────────────────────────────


async def test_a_stranger_gets_silence_and_the_letter_is_put_aside(office: Office) -> None:
    """(B37)"""
    verdict = f"{AUTHSERV}; dmarc=pass header.from=elsewhere.example"
    assert await office.read(staff_letter(CREATE, sender=STRANGER.email, verdict=verdict)) == []
    assert await fates() == [(ASIDE, "not a known user")]
    assert len(office.folder(Folder.QUARANTINE)) == 1


@pytest.mark.parametrize(
    "sender",
    ["sam+x@harborfinch.example", "sam@mail.harborfinch.example", "sam@harborf1nch.example", "max@harborfinch.example"],
)
async def test_only_the_exact_address_of_a_known_person_counts(office: Office, sender: str) -> None:
    """(T15)"""
    verdict = f"{AUTHSERV}; dmarc=pass header.from={sender.partition('@')[2]}"
    assert await office.read(staff_letter(CREATE, sender=sender, verdict=verdict)) == []
    assert await PaymentLink.all().count() == 0


async def test_no_forged_letter_is_obeyed_or_answered_and_the_next_good_one_is(office: Office) -> None:
    """(T15, B38, B39)"""
    known = {"mx.firm.example": AUTHSERV, "boss@": "sam@", "firm.example": "harborfinch.example"}
    forged = []
    for lines in SPOOFS.values():
        text = "\r\n".join(lines)
        for word, ours in known.items():
            text = text.replace(word, ours)
        body = "" if "\r\n\r\n" in text else f"Subject: {CREATE}\r\n\r\n{CREATE}\r\n"
        forged.append(f"{text}\r\n{body}".encode("utf-8", "surrogateescape"))
    assert await office.read(*forged) == []
    assert await PaymentLink.all().count() == 0
    assert {fate for fate, _ in await fates()} == {ASIDE}
    assert len(await office.read(staff_letter(CREATE))) == 1
    assert await PaymentLink.all().count() == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"List-Id": "<x.example>"},
        {"Return-Path": "<>"},
        {"X-Auto-Response-Suppress": "OOF"},
    ],
)
async def test_a_machines_letter_is_not_obeyed_and_not_answered(office: Office, headers: dict[str, str]) -> None:
    """(T17, B47)"""
    assert await office.read(staff_letter(CREATE, headers=headers)) == []
    assert await PaymentLink.all().count() == 0


async def test_an_invitation_is_not_obeyed_and_not_answered(office: Office) -> None:
    """(B47)"""
    invitation = staff_letter(CREATE, files=[("invite.ics", "text/calendar", b"BEGIN:VCALENDAR\r\n")])
    assert await office.read(invitation) == []
    assert await PaymentLink.all().count() == 0


async def test_our_own_answer_delivered_to_ourselves_starts_no_loop(office: Office) -> None:
    """(T17) Our answer, sent back to us a hundred times, with the provider vouching for us."""
    [answer] = await office.read(staff_letter("craete 10"))
    for number in range(100):
        again = staff_letter(
            answer.subject,
            answer.text,
            sender=INTAKE if number % 2 else SAM.email,
            message_id=answer.message_id if number % 3 else f"loop-{number}@x.example",
            headers={"Auto-Submitted": "auto-replied"} if number % 2 == 0 else {},
        )
        assert await office.read(again) == []


async def test_two_intakes_writing_to_each_other_stop_at_once(office: Office) -> None:
    """(T17) Each takes the other for a staff member; at most one letter each in a hundred rounds."""
    letters = 0
    waiting = [staff_letter("craete 10")]
    for _ in range(100):
        answers = await office.read(*waiting)
        letters += len(answers)
        waiting = [
            staff_letter(answer.subject, answer.text, headers={"Auto-Submitted": "auto-replied"}) for answer in answers
        ]
    assert letters == 1


async def test_help_and_error_answers_stop_at_ten_a_day_but_commands_do_not(office: Office) -> None:
    """(T17, SPEC 8)"""
    answers = []
    for number in range(14):
        answers += await office.read(staff_letter("craete 10" if number % 2 else ""))
    assert len(answers) == 10
    assert "No more" in answers[-1].text
    assert len(await office.read(staff_letter(CREATE))) == 1
    assert len(await office.read(staff_letter("craete 10", sender=VERA.email))) == 1
    office.around.clock.tick(timedelta(days=1))
    assert len(await office.read(staff_letter("craete 10"))) == 1


async def test_the_answer_goes_to_the_verified_from_whatever_reply_to_says(office: Office) -> None:
    """(B46)"""
    headers = {"Reply-To": "evil@evil.example", "Bcc": "evil@evil.example"}
    [answer] = await office.read(staff_letter("=?utf-8?q?craete=0D=0ABcc=3A_evil=40evil.example?=", headers=headers))
    assert answer.to == SAM.email
    assert "\n" not in answer.subject


@pytest.mark.parametrize(
    "day", ["", "Date: Thu, 1 Jan 1970 00:00:00 +0000", "Date: Fri, 1 Jan 2099 00:00:00 +0000", "Date: soon"]
)
async def test_the_letters_date_counts_for_nothing(office: Office, day: str) -> None:
    """(B45)"""
    lines = [f"Authentication-Results: {PASS}", f"From: {SAM.email}", f"Subject: {CREATE}", day]
    assert len(await office.read(raw_letter(*filter(None, lines)))) == 1
