"""The header of a letter: who sent it, and nothing guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.heads import LetterUnreadable, read_head
from tests.mailroom.writing import raw_letter


@pytest.mark.parametrize(
    "value",
    [
        "noor@firm.example",
        "<noor@firm.example>",
        "Noor Haddad <noor@firm.example>",
        "Noor <Noor@FIRM.example>",
        '"Haddad, Noor" <noor@firm.example>',
        "John Q. Public <noor@firm.example>",
        "=?utf-8?q?N=C3=B6or?= <noor@firm.example>",
        "Nöor <noor@firm.example>",
        '"boss@elsewhere.example" <noor@firm.example>',
        "Noor\r\n <noor@firm.example>",
    ],
)
def test_the_sender_is_the_one_plain_address_of_the_one_from_header(value: str) -> None:
    assert read_head(raw_letter(f"From: {value}")).sender == "noor@firm.example"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Noor",
        "boss@firm.example <evil@evil.example>",
        "<boss@firm.example> <evil@evil.example>",
        "boss@firm.example, evil@evil.example",
        "boss@firm.example evil@evil.example",
        "Bosses: boss@firm.example;",
        "undisclosed-recipients:;",
        "=?utf-8?q?boss=40firm=2Eexample?=",
        "=?utf-8?q?boss?=@firm.example",
        '"boss@firm.example"',
        '"boss firm"@firm.example',
        "boss(@evil.example)@firm.example",
        "boss@firm.example (the boss)",
        "boss@[127.0.0.1]",
        "boss@fírm.example",
        "boss@firm",
        "@evil.example:boss@firm.example",
        "boss@@firm.example",
        f"{'x' * 300}@firm.example",
        f"{'x' * 3000} <boss@firm.example>",
        "Boss <boss@firm.example",
        "boss@firm.example\x00",
        "boss@firm.example;evil@evil.example",
    ],
)
def test_a_from_header_that_is_not_exactly_one_plain_address_names_nobody(value: str) -> None:
    """(B38, RELIABILITY section 0 I)"""
    assert read_head(raw_letter(f"From: {value}")).sender == ""


@pytest.mark.parametrize(
    "raw",
    [
        b"From: boss@firm.example\r\nFrom: evil@evil.example\r\n\r\n",
        b"From: boss@firm.example\r\nfrom: boss@firm.example\r\n\r\n",
        b"Subject: x\r\n\r\nFrom: boss@firm.example\r\n",
        b"From boss@firm.example Mon Nov 23 2026\r\nSubject: x\r\n\r\n",
        b"X-A: a\rFrom: boss@firm.example\r\nX-B: b\r\n\r\n",  # a bare CR is a line end to some readers only
        b"From: boss@firm.example\r\nX-A: \x00\r\n\r\n",
        b" From: boss@firm.example\r\n\r\n",
        b"From : boss@firm.example\r\n\r\n",
        b"From: boss@firm.example\r\nnot a header line\r\nSubject: x\r\n\r\n",
        b"",
        b"\r\n\r\nFrom: boss@firm.example\r\n",
    ],
)
def test_a_header_that_reads_differently_in_other_programs_names_nobody(raw: bytes) -> None:
    assert read_head(raw).sender == ""


def test_words_of_the_subject_are_decoded_and_kept_on_one_line() -> None:
    """(B46)"""
    head = read_head(raw_letter("Subject: =?utf-8?q?create_10=0D=0ABcc=3A_x=40y?= =?utf-8?b?w7w=?="))
    assert head.subject == "create 10 Bcc: x@yü"
    assert read_head(raw_letter("Subject: =?no-such-charset?q?create?=")).subject == "create"
    assert read_head(raw_letter("Subject: =?utf-8?b?////?= x")).subject
    assert read_head(raw_letter("Subject: a\u202eb\u200bc")).subject == "abc"


def test_message_ids_are_read_without_their_brackets() -> None:
    head = read_head(
        raw_letter(
            "Message-ID: <a@b.example>", "In-Reply-To: <c@d.example>", "References: <e@f> <c@d.example>\r\n <g@h>"
        )
    )
    assert head.message_id == "a@b.example"
    assert head.answered_ids == ("c@d.example", "g@h", "e@f")
    assert read_head(raw_letter("Message-ID: <a@b>", "Message-ID: <c@d>")).message_id == ""


def test_ten_thousand_headers_and_a_header_without_end_are_refused_by_name() -> None:
    """(B42)"""
    with pytest.raises(LetterUnreadable, match="1000 header lines"):
        read_head(b"X: y\r\n" * 10_000 + b"\r\n")
    with pytest.raises(LetterUnreadable):
        read_head(b"X: " + b"y" * 300_000 + b"\r\n\r\n")


@given(st.binary(max_size=400))
def test_no_bytes_surprise_the_reader_of_headers(raw: bytes) -> None:
    for head in (read_head(raw), read_head(b"From: " + raw + b"\r\n\r\n")):
        assert head.sender == "" or head.sender.count("@") == 1
        assert not {"\r", "\n", "\0"} & set(head.sender + head.subject + head.message_id)


@given(st.text(max_size=200))
def test_a_sender_is_never_found_where_the_address_is_not_written_out(words: str) -> None:
    sender = read_head(f"From: {words}\r\n\r\n".encode("utf-8", "replace")).sender
    assert not sender or sender in words.lower()
