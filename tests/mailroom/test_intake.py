"""The intake: each letter heard once, answered once, filed; strangers in silence; a bad letter never stops the rest."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta

import openpyxl
import pytest

from handlers.desk import Desk
from handlers.mail.claim_letter import LEASE
from handlers.mail.store_letter import ASIDE, DONE, QUARANTINED, WAITING, Arrival, store_letter
from handlers.ports import DeliveryTrouble
from mailroom import hearing
from mailroom.heads import Head, read_head
from mailroom.intake import Intake
from mailroom.letters import read_letter
from mailroom.mailbox import Folder
from models.tables import Batch, InboundLetter, Job, PaymentLink
from tests.cast import SAM, STRANGER, VERA
from tests.mailroom.office import Office, fates, opened
from tests.mailroom.test_trust import SPOOFS
from tests.mailroom.writing import AUTHSERV, INTAKE, LIST, PASS, raw_letter, staff_letter
from tests.waiting import eventually

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


# ── once, whatever happens (M13) ──────────────────────────────────────────────────────────────────────────────────────


async def test_the_same_letter_fifty_times_is_obeyed_once(office: Office) -> None:
    """(M13)"""
    letter = staff_letter(CREATE)
    answers = await office.read(*[letter] * 50)
    answers += await office.read(letter)
    assert len(answers) == 1
    assert await PaymentLink.all().count() == 1
    assert office.mailbox.letters == {}


async def test_another_letter_under_a_message_id_that_was_used_is_refused(office: Office) -> None:
    """(B42)"""
    await office.read(staff_letter(CREATE, message_id="one@mail.example"))
    [answer] = await office.read(staff_letter("create 99 account operating", message_id="one@mail.example"))
    assert "Message-ID" in answer.text
    assert await PaymentLink.all().count() == 1


async def test_a_stranger_cannot_use_up_a_message_id(office: Office) -> None:
    await office.read(staff_letter(CREATE, message_id="one@mail.example", verdict=""))
    [answer] = await office.read(staff_letter(CREATE, message_id="one@mail.example"))
    assert "PL-" in answer.text


async def test_a_letter_without_a_message_id_is_known_by_its_bytes(office: Office) -> None:
    """(B42)"""
    lines = [f"Authentication-Results: {PASS}", f"From: {SAM.email}", f"Subject: {CREATE}"]
    assert len(await office.read(raw_letter(*lines), raw_letter(*lines))) == 1
    assert await PaymentLink.all().count() == 1


async def test_when_the_server_renumbers_its_letters_nothing_is_done_twice_and_nothing_skipped(office: Office) -> None:
    """(F22)"""
    office.mailbox.refuses_filing = True  # so that they are all still there
    answers = await office.read(staff_letter(CREATE), staff_letter("list"))
    assert len([answer for answer in answers if answer.to == SAM.email]) == 2
    office.mailbox.renumber()
    answers = await office.read(staff_letter("create 20 bob@client.example account operating"))
    [answer] = [answer for answer in answers if answer.to == SAM.email]
    assert "$20.00" in answer.text
    assert await PaymentLink.all().count() == 2
    office.mailbox.renumber()
    assert [answer for answer in await office.read() if answer.to == SAM.email] == []
    assert await PaymentLink.all().count() == 2


async def test_a_letter_changed_by_a_move_to_another_server_is_not_answered_again(office: Office) -> None:
    """(F22)"""
    letter = staff_letter(CREATE, message_id="one@mail.example")
    await office.read(letter)
    office.mailbox.renumber()
    assert await office.read(letter.replace(b"Subject:", b"X-Moved: yes\r\nSubject:")) == []
    assert await PaymentLink.all().count() == 1


async def test_in_a_mailbox_never_read_before_old_letters_are_left_alone(office: Office) -> None:
    office.mailbox.deliver(staff_letter("create 10 account operating"), on=date(2026, 1, 5))
    assert len(await office.read(staff_letter(CREATE))) == 1
    assert await PaymentLink.all().count() == 1
    assert await office.read(staff_letter("list")) != []
    assert await PaymentLink.all().count() == 1


async def test_two_processes_on_one_mailbox_do_each_letter_once(office: Office) -> None:
    """(F25)"""
    for number in range(12):
        office.mailbox.deliver(staff_letter(f"create {number + 10} account operating"))
    await asyncio.gather(*(office.intake().round() for _ in range(3)))
    await office.intake().round()
    assert len(await office.post()) == 12
    assert await PaymentLink.all().count() == 12
    assert {fate for fate, _ in await fates()} == {DONE}


class _Killed(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("moment", ["after storing", "after the desk", "after the answer was owed", "before filing"])
async def test_a_letter_is_done_once_wherever_the_process_dies(
    office: Office, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """(M13) The next process finds it and brings it to its end."""
    office.mailbox.deliver(staff_letter(CREATE))

    async def die(*args: object, **named: object) -> None:
        raise _Killed

    with monkeypatch.context() as patched:
        if moment == "after storing":
            patched.setattr(hearing, "judge", lambda *args: (_ for _ in ()).throw(_Killed))
        elif moment == "after the desk":
            patched.setattr(hearing, "answer_letter", die)
        else:
            patched.setattr(office.mailbox.__class__, "file", die)
        with pytest.raises(_Killed):
            await office.intake().round()
    office.around.clock.tick(LEASE + 1)
    await office.intake().round()
    [answer] = await office.post()
    assert (await PaymentLink.get()).reference in answer.text
    assert len(office.around.letters.requests) == 1
    assert len(office.folder(Folder.PROCESSED)) == 1


async def test_a_letter_another_process_holds_is_left_to_it_until_its_lease_ends(office: Office) -> None:
    office.mailbox.deliver(staff_letter(CREATE))
    intake = office.intake()
    await intake.round()
    await InboundLetter.all().update(fate=WAITING, lease_until=2**60)
    assert await office.intake().round() == 0


# ── letters that hurt, mailboxes that fail ────────────────────────────────────────────────────────────────────────────


async def test_a_poison_letter_is_tried_three_times_then_set_aside_and_the_rest_go_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(T19, F23)"""
    poison = staff_letter("poison")

    def read(raw: bytes) -> object:
        if b"poison" in raw:
            raise RuntimeError("a fault of ours")
        return read_letter(raw)

    monkeypatch.setattr(hearing, "read_letter", read)
    intake = office.intake()
    for _ in range(4):
        office.mailbox.deliver(poison if not office.mailbox.opened else staff_letter("list"))
        await intake.round()
        office.around.clock.tick(60)
    answers = await office.post()
    assert len([answer for answer in answers if answer.to == SAM.email]) == 3
    assert (await fates())[0] == (QUARANTINED, "it could not be handled; the log says why")
    assert office.folder(Folder.QUARANTINE) == [poison]
    assert any("L-1" in words for _, words in office.around.poster.told) or any("L-1" in one.text for one in answers)


async def test_a_letter_whose_header_trips_us_up_does_not_stop_those_behind_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(T19)"""

    def read(raw: bytes) -> Head:
        if b"poison" in raw:
            raise RuntimeError("a fault of ours")
        return read_head(raw)

    monkeypatch.setattr(hearing, "read_head", read)
    monkeypatch.setattr("mailroom.intake.read_head", read)
    answers = await office.read(staff_letter("poison"), staff_letter("list"))
    assert [answer.to for answer in answers] == [SAM.email]


async def test_a_letter_too_large_is_set_aside_unread_and_its_known_sender_told(office: Office) -> None:
    """(F23, B44)"""
    office.mailbox.most_bytes = 10 * 1024 * 1024
    huge = staff_letter(CREATE) + b"x" * (11 * 1024 * 1024)
    answers = await office.read(huge, staff_letter("list"))
    mine = [answer for answer in answers if answer.to == SAM.email]
    assert len(mine) == 2
    assert "too large" in mine[0].text + mine[1].text
    assert "L-1" in mine[0].text + mine[1].text
    assert await PaymentLink.all().count() == 0
    assert (await fates())[0][0] == QUARANTINED


async def test_a_letter_the_server_will_not_give_does_not_stop_those_behind_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(F23) It is set aside unread and admins are told."""
    monkeypatch.setattr("mailroom.intake.FIRST_PAUSE", 0.001)
    monkeypatch.setattr("mailroom.intake.LONGEST_PAUSE", 0.001)
    broken = staff_letter(CREATE)
    office.mailbox.ungiven.add(office.mailbox.deliver(broken))
    office.mailbox.deliver(staff_letter("list"))
    intake = office.intake()
    task = asyncio.create_task(intake.run())

    async def answered() -> bool:
        await office.post()
        return any(answer.to == SAM.email for answer in office.around.letters.answers)

    await eventually(answered, "the second letter's answer")
    intake.stop()
    await asyncio.wait_for(task, 5)
    assert office.folder(Folder.QUARANTINE) == [broken]
    assert any("cannot be fetched" in words for _, words in office.around.poster.told)
    assert await PaymentLink.all().count() == 0


async def test_a_letter_is_set_aside_whatever_words_the_server_has_for_it(office: Office) -> None:
    """(F23) Words that the database refuses would hold the mailbox up for ever."""
    arrival = Arrival("pay@harborfinch.example", 1, 7, 0, b"", "", "", "")
    await store_letter(arrival, office.around.clock.now(), unreadable="NO \x00 Bo\udceete")
    assert await fates() == [(QUARANTINED, "NO Bote")]


async def test_a_strangers_bomb_is_silence(office: Office) -> None:
    bomb = (
        b"From: x@y.example\r\n" + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 10_000
    )
    assert await office.read(bomb, b"", b"\r\n", b"X: y\r\n" * 10_000 + b"\r\n", bytes(range(256)) * 4) == []
    assert all(fate in (ASIDE, QUARANTINED) for fate, _ in await fates())


async def test_a_mailbox_that_will_not_file_is_told_once_and_the_letters_are_done_all_the_same(office: Office) -> None:
    """(F24)"""
    office.mailbox.refuses_filing = True
    answers = await office.read(*(staff_letter(f"create {n + 10} account operating") for n in range(3)))
    assert await PaymentLink.all().count() == 3
    assert len([words for _, words in office.around.poster.told if "cannot file" in words]) == 1
    assert len([answer for answer in answers if "cannot file" in answer.text]) == 1
    office.mailbox.refuses_filing = False
    await office.read()
    assert len(office.folder(Folder.PROCESSED)) == 3
    assert await PaymentLink.all().count() == 3


@pytest.fixture
async def running(office: Office) -> AsyncIterator[Intake]:
    intake = office.intake()
    task = asyncio.create_task(intake.run())
    yield intake
    intake.stop()
    await asyncio.wait_for(task, 5)


async def _answered(office: Office, count: int) -> None:
    async def enough() -> bool:
        await office.post()
        return len(office.around.letters.answers) >= count

    await eventually(enough, f"{count} answers")


async def test_the_running_intake_hears_letters_as_they_come(office: Office, running: Intake) -> None:
    await eventually(lambda: running.state == "ok", "the first round")
    office.mailbox.deliver(staff_letter(CREATE))
    await _answered(office, 1)
    office.mailbox.deliver(staff_letter("list"))
    await _answered(office, 2)
    assert await PaymentLink.all().count() == 1
    assert {fate for fate, _ in await fates()} == {DONE}


@pytest.mark.parametrize("call", ["open", "uids", "fetch", "file", "wait"])
async def test_a_connection_that_breaks_is_opened_again_and_no_letter_is_lost_or_done_twice(
    office: Office, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """(F20, F21)"""
    monkeypatch.setattr("mailroom.intake.FIRST_PAUSE", 0.01)
    office.mailbox.troubles = [call, call]
    office.mailbox.deliver(staff_letter(CREATE))
    intake = office.intake()
    task = asyncio.create_task(intake.run())
    await _answered(office, 1)
    await eventually(lambda: not office.mailbox.troubles and intake.state == "ok", "the second connection")
    office.mailbox.deliver(staff_letter("list"))
    await _answered(office, 2)
    intake.stop()
    await asyncio.wait_for(task, 5)
    assert await PaymentLink.all().count() == 1
    assert len(office.folder(Folder.PROCESSED)) == 2


async def test_a_mailbox_that_stays_away_is_down_and_after_five_minutes_admins_are_told(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(F20)"""
    monkeypatch.setattr("mailroom.intake.FIRST_PAUSE", 0.001)
    monkeypatch.setattr("mailroom.intake.LONGEST_PAUSE", 0.001)
    office.mailbox.troubles = ["open"] * 10_000
    intake = office.intake()
    task = asyncio.create_task(intake.run())
    await eventually(lambda: len(office.mailbox.troubles) < 9_990, "ten tries")
    assert await office.post() == []
    office.around.clock.tick(timedelta(minutes=6))

    async def told() -> bool:
        answers = await office.post()
        words = [words for _, words in office.around.poster.told] + [answer.text for answer in answers]
        return any("down since" in one for one in words)

    await eventually(told, "telling the admins")
    office.mailbox.troubles.clear()
    await eventually(lambda: intake.state == "ok", "being up again")
    intake.stop()
    await asyncio.wait_for(task, 5)


async def test_the_intake_stops_within_a_moment_while_it_waits(office: Office) -> None:
    ports = office.around.ports
    intake = Intake(office.mailbox, Desk(ports), ports, AUTHSERV, poll=600)
    task = asyncio.create_task(intake.run())
    await eventually(lambda: intake.state == "ok", "the first round")
    intake.stop()
    await asyncio.wait_for(task, 2)
    assert task.exception() is None


async def test_five_hundred_waiting_letters_are_drained(office: Office) -> None:
    """(RELIABILITY section 3: in 120 s)"""
    letters = [staff_letter("list" if n % 2 else CREATE.replace("1250", f"{n + 10}")) for n in range(500)]
    async with asyncio.timeout(110):
        for letter in letters:
            office.mailbox.deliver(letter)
        assert await office.intake().round() == 500
    assert {fate for fate, _ in await fates()} == {DONE}


async def test_an_answer_that_cannot_leave_now_leaves_later_under_the_same_message_id(office: Office) -> None:
    """(F26)"""
    office.around.letters.troubles.waiting = [DeliveryTrouble("451 greylisted")]
    assert await office.read(staff_letter("list")) == []
    office.around.clock.tick(60)
    [answer] = await office.post()
    assert answer.message_id == "answer-1@harborfinch.example"


async def test_without_an_authserv_id_of_its_own_no_server_is_believed(office: Office) -> None:
    ports = replace(office.around.ports)
    intake = Intake(office.mailbox, Desk(ports), ports, "mx.other.example")
    office.mailbox.deliver(staff_letter(CREATE))
    await intake.round()
    assert [fate for fate, _ in await fates()] == [ASIDE]
