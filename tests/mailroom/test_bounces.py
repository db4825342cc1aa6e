"""Reading what mail servers say of a letter that came back (F29)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.mail.take_bounce import Bounce
from mailroom.bounces import read_bounce
from mailroom.heads import LetterUnreadable, read_head
from tests.mailroom.reports import DELAYED, JANE, KINDS, NO_BOUNCES, OURS, report, standard
from tests.mailroom.writing import INTAKE, raw_letter, staff_letter


def read(raw: bytes) -> Bounce | None:
    return read_bounce(read_head(raw), raw, INTAKE)


def of(raw: bytes) -> Bounce:
    bounce = read(raw)
    assert bounce is not None
    return bounce


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_report_tells_which_letter_came_back_and_for_whom(kind: str) -> None:
    bounce = of(report(kind))
    assert bounce.reference == "PL-7F3K9Q"
    assert bounce.addresses[0] == JANE
    assert bounce.permanent


@pytest.mark.parametrize("kind", ["request", "reminder", "receipt"])
def test_every_letter_to_payers_is_known_by_its_message_id(kind: str) -> None:
    assert of(report("postfix", f"{kind}-pl-7f3k9q-17@harborfinch.example")).reference == "PL-7F3K9Q"


@pytest.mark.parametrize("piece", ["-", "- ", "> ", "5.1.1 ", "450 x ", "a@b.c,", "action: ", "not ", "https:"])
def test_no_report_keeps_the_program_busy(piece: str) -> None:
    """Anybody can write one, of one line as long as is read (T19): a quadratic pattern would take minutes for it."""
    long = raw_letter("From: MAILER-DAEMON@x.example", body=piece * (100_000 // len(piece)))
    assert read(long) is None or piece == "not "


@pytest.mark.parametrize("kind", DELAYED)
def test_a_letter_that_is_late_has_not_come_back(kind: str) -> None:
    bounce = of(report(kind))
    assert (bounce.reference, bounce.addresses[0], bounce.permanent) == ("PL-7F3K9Q", JANE, False)


@pytest.mark.parametrize("kind", ["qmail", "exim", "yahoo", "sendmail"])
def test_what_our_own_letter_says_is_no_word_of_the_report(kind: str) -> None:
    raw = report(kind).replace(b"Dear Jane", b"Dear Jane, the hearing has been delayed. Messages will be retried.")
    assert of(raw).permanent


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("postfix", "there is no such mailbox"),
        ("exchange", "there is no such mailbox"),
        ("gmail", "there is no such mailbox"),
        ("qmail", "there is no such mailbox"),
        ("exim", "there is no such mailbox"),
        ("full mailbox", "the mailbox is full"),
        ("given up after days", "their mail server could not be reached"),
        ("headers only", "their mail server's rules refused it"),
        ("old exchange", "there is no such mailbox"),
        ("in german", "the mailbox is full"),
        ("only a header says it", "their mail server refused it"),
    ],
)
def test_why_is_said_in_plain_words(kind: str, why: str) -> None:
    assert of(report(kind)).why.startswith(why)


def test_the_servers_own_words_bring_nothing_to_click_and_no_second_line() -> None:
    words = "550 5.7.1 refused, see https://evil.example/pay and www.evil.example now\u202e\x07"
    bounce = of(report("postfix").replace(b"550 5.1.1 <jane@client.example>: Recipient", words.encode()))
    assert "evil" not in bounce.why
    assert "\n" not in bounce.why
    assert len(bounce.why) < 260


def test_the_address_we_wrote_to_comes_before_the_one_it_was_forwarded_to() -> None:
    raw = report("postfix").replace(
        b"Final-Recipient: rfc822; jane@client.example", b"Final-Recipient: rfc822; j@x.example"
    )
    assert of(raw).addresses[0] == JANE


def test_our_own_address_is_nobody_it_was_for() -> None:
    assert INTAKE not in of(report("qmail")).addresses


def test_a_message_id_of_another_domain_or_of_a_letter_to_staff_is_not_ours() -> None:
    for message_id in ("request-pl-7f3k9q-17@evil.example", "told-pl-7f3k9q-17@harborfinch.example", "x@y.example"):
        assert of(report("postfix", message_id)).reference == ""


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_a_report_that_it_arrived_is_no_bounce(action: str) -> None:
    raw = standard("2.0.0", "250 ok", action).replace("{to}", JANE).replace("{id}", OURS)
    assert read(raw.replace("\r\n", "\n").replace("\n", "\r\n").encode()) is None


@pytest.mark.parametrize(
    "raw",
    [
        staff_letter("create 10", "x"),
        raw_letter("From: jane@client.example", f"In-Reply-To: <{OURS}>", body="It could not be delivered to my bank."),
        raw_letter("Return-Path: <>", "From: jane@client.example", "Auto-Submitted: auto-replied", body="I am away."),
    ],
)
def test_letters_of_people_and_their_holiday_answers_are_no_bounces(raw: bytes) -> None:
    """(B47)"""
    assert read(raw) is None


@pytest.mark.parametrize("kind", NO_BOUNCES)
def test_nobodys_being_away_or_having_read_a_letter_is_a_bounce(kind: str) -> None:
    """(B47)"""
    assert read(report(kind)) is None


@given(st.binary(max_size=2000), st.integers(0, 3000))
def test_whatever_stands_in_a_report_it_is_read_or_let_be(noise: bytes, at: int) -> None:
    """(B42, T19)"""
    raw = report("postfix")
    raw = raw[:at] + noise + raw[at:]
    try:
        head = read_head(raw)
    except LetterUnreadable:
        return
    bounce = read_bounce(head, raw, INTAKE)
    assert bounce is None or (len(bounce.addresses) <= 20 and len(bounce.why) < 260)


def test_a_huge_report_is_read_from_its_beginning_only() -> None:
    raw = report("postfix") + b"x" * 5_000_000
    assert of(raw).reference == "PL-7F3K9Q"
    assert read(raw_letter("Return-Path: <>", "Subject: failure notice", body="<a@" + "a." * 400_000)) is not None
