"""What a letter asks for: SPEC 5, and what people's mail programs make of it."""

from __future__ import annotations

import pytest

from handlers.answers import Refusal
from handlers.requests import ReviewFile
from mailroom.asks import AboutBatch, Spoken, what_is_asked
from mailroom.letters import read_letter
from tests.mailroom.writing import CSV, INTAKE, LIST, File, staff_letter


def asked(raw: bytes) -> Spoken | AboutBatch | ReviewFile | Refusal:
    return what_is_asked(read_letter(raw), INTAKE)


CREATE = "create 1250 jane@client.example for Jane Doe"


@pytest.mark.parametrize(
    ("subject", "text", "command"),
    [
        (CREATE, "", CREATE),
        (CREATE, "Thanks!\nSam", CREATE),
        (CREATE, "invoice: 1042\ndue: friday\n\nThanks, Sam", f"{CREATE}\ninvoice: 1042\ndue: friday"),
        (CREATE, "Hello,\n\ninvoice: 1042", CREATE),
        ("A link, please", CREATE, CREATE),
        ("", f"{CREATE}\n\n-- \nSam", CREATE),
        ("", f"{CREATE}\ninvoice: 1042\n\nThanks!\nSam", f"{CREATE}\ninvoice: 1042"),
        ("", f"{CREATE}\n\ninvoice: 1042\n\nThanks!\nSam", f"{CREATE}\ninvoice: 1042"),
        ("", f"{CREATE}\ndue friday", f"{CREATE}\ndue friday"),
        ("Re: create 10 old@client.example", CREATE, CREATE),
        ("AW: create 10 old@client.example", "", ""),
        ("Fwd: create 10 old@client.example", "", ""),
        ("[EXTERNAL] list outstanding", "", "list outstanding"),
        ("Paylink create 10", "", "Paylink create 10"),
        ("", "", ""),
        (f"{CREATE} invoice B-17", "Thanks!", f"{CREATE} invoice B-17"),
        (f"[EXTERNAL] {CREATE} invoice B-17", "", f"{CREATE} invoice B-17"),
        ("craete 10", "", "craete 10"),
        ("Hello", "craete 10\nmore", "craete 10"),
    ],
)
def test_the_subject_is_the_command_or_else_the_first_line(subject: str, text: str, command: str) -> None:
    assert asked(staff_letter(subject, text)) == Spoken(command)


def test_a_long_first_line_that_the_mail_program_broke_is_one_line() -> None:
    text = (
        "create 1250 jane@client.example for Jane Doe invoice 1042 message Thank\nyou for your business\ndue: friday\n"
    )
    command = (
        "create 1250 jane@client.example for Jane Doe invoice 1042 message Thank you for your business\ndue: friday"
    )
    assert asked(staff_letter("", text)) == Spoken(command)


def test_the_plus_address_names_the_account_of_a_new_link() -> None:
    to = "pay+trust@harborfinch.example"
    assert asked(staff_letter(CREATE, to=to)) == Spoken(CREATE, "trust")
    assert asked(staff_letter("list", to=to)) == Spoken("list", "trust")
    both = f"{to}, pay+operating@harborfinch.example"
    assert asked(staff_letter(CREATE, to=both)) == Spoken(CREATE, "trust or operating")


@pytest.mark.parametrize(
    ("subject", "text", "to", "account", "again"),
    [
        ("November", "", INTAKE, "", False),
        ("account trust", "", INTAKE, "trust", False),
        ("Fwd: list, Account: TRUST", "", INTAKE, "trust", False),
        ("November", "account trust\nThanks", INTAKE, "trust", False),
        ("November", "for the account of Jane", INTAKE, "", False),
        ("November", "", "Pay <pay+trust@harborfinch.example>", "trust", False),
        ("account operating", "", "pay+trust@harborfinch.example", "operating", False),
        ("November again", "", INTAKE, "", True),
        ("November", "again, please", INTAKE, "", True),
    ],
)
def test_a_list_is_reviewed_for_the_account_it_names(
    subject: str, text: str, to: str, account: str, again: bool
) -> None:
    letter = staff_letter(subject, text, to=to, files=[LIST])
    assert asked(letter) == ReviewFile("november.csv", CSV, account, again)


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize(
    "files",
    [
        [("a.csv", "application/octet-stream", CSV)],
        [("a.CSV", "text/plain", CSV)],
        [("a.txt", "text/plain", CSV)],
        [("a.xlsx", "application/octet-stream", CSV)],
        [("a.bin", XLSX, CSV)],
        [("a.csv", "text/csv", CSV), ("smime.p7s", "application/pkcs7-signature", b"x")],
        [("sam.vcf", "text/vcard", b"x"), ("a.csv", "text/csv", CSV)],
        [("logo.png", "image/png", b"x"), ("a.csv", "text/csv", CSV)],
        [("november.pdf", "application/pdf", b"x")],  # the reader of lists says what it is (B33)
    ],
)
def test_the_one_list_among_the_attachments_is_read(files: list[File]) -> None:
    """(B36)"""
    [wanted] = [file for file in files if file[0].startswith(("a.", "november"))]
    request = asked(staff_letter("November", files=files))
    assert isinstance(request, ReviewFile)
    assert request.filename == wanted[0]
    assert request.content == wanted[2]


@pytest.mark.parametrize(
    ("files", "word"),
    [
        ([LIST, ("b.csv", "text/csv", CSV)], "november.csv, b.csv"),
        ([("a.pdf", "application/pdf", b"x"), ("b.pdf", "application/pdf", b"x")], "a.pdf, b.pdf"),
        ([("winmail.dat", "application/ms-tnef", b"x")], "winmail.dat"),
        ([("a.csv", "text/csv", b"")], "a.csv"),
        ([("smime.p7m", "application/pkcs7-mime", b"x")], "encrypted"),
    ],
)
def test_files_that_cannot_be_read_are_named(files: list[File], word: str) -> None:
    """(B36)"""
    refusal = asked(staff_letter("November", files=files))
    assert isinstance(refusal, Refusal)
    assert word in refusal.sentence


def test_a_command_with_a_drawing_attached_is_a_command() -> None:
    assert asked(staff_letter(CREATE, files=[("logo.png", "image/png", b"x")])) == Spoken(CREATE)


@pytest.mark.parametrize(
    ("headers", "subject"),
    [
        ({"In-Reply-To": "<batch-17.4@harborfinch.example>"}, "Re: November"),
        ({"References": "<x@y.example> <batch-17.4@harborfinch.example>"}, "Re: November"),
        ({"References": "<batch-3.1@harborfinch.example> <batch-17.4@harborfinch.example>"}, "Re: November"),
        ({}, "Re: B-17"),
        ({}, "about b-17, please"),
    ],
)
def test_a_reply_to_a_review_decides_about_its_batch(headers: dict[str, str], subject: str) -> None:
    assert asked(staff_letter(subject, "send\n", headers=headers)) == AboutBatch(17, "send")


def test_a_reply_to_a_review_with_a_file_brings_a_new_file_unless_it_decides() -> None:
    answered = {"In-Reply-To": "<batch-17.4@harborfinch.example>"}
    assert isinstance(asked(staff_letter("Re: x", "Here it is again", files=[LIST], headers=answered)), ReviewFile)
    assert asked(staff_letter("Re: x", "links, please", files=[LIST], headers=answered)) == AboutBatch(
        17, "links, please"
    )


def test_an_invoice_called_as_a_batch_is_decides_no_batch() -> None:
    """The first line of a reply about a link must not send a file."""
    assert asked(staff_letter(f"Re: {CREATE} invoice B-17", "send")) == Spoken("send")
    assert asked(staff_letter("Re: B-17: november.csv is ready", "send")) == AboutBatch(17, "send")


def test_a_command_in_reply_to_a_review_is_a_command() -> None:
    answered = {"In-Reply-To": "<batch-17.4@harborfinch.example>"}
    assert asked(staff_letter("Re: x", "list outstanding", headers=answered)) == Spoken("list outstanding")


def test_text_on_both_sides_of_the_quoted_letter_is_asked_about() -> None:
    """(B40)"""
    refusal = asked(staff_letter("Re: B-17", "send\n\n> which?\n\ndiscard\n"))
    assert isinstance(refusal, Refusal)
    assert "above" in refusal.sentence


def test_a_command_in_a_quoted_letter_is_not_read() -> None:
    """(B40)"""
    text = "thanks\n\nOn Mon, Nov 23, 2026 at 10:00 AM Sam <sam@x.example> wrote:\n> create 10 jane@client.example\n"
    assert asked(staff_letter("Re: x", text)) == Spoken("thanks")
