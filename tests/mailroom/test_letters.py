"""Letters of people we trust: their new text and their files, whatever their mail program did to them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.heads import LetterUnreadable
from mailroom.letters import Letter, read_letter
from tests.mailroom.writing import CSV, LIST, raw_letter, staff_letter

_FROM = b"From: sam@harborfinch.example\r\nSubject: x\r\n"


def text_of(raw: bytes) -> str:
    return read_letter(raw).written.text


def test_the_text_and_the_file_of_an_ordinary_letter_are_read() -> None:
    letter = read_letter(staff_letter("account trust", "Please review.\n", files=[LIST]))
    assert letter.written.text == "Please review."
    [file] = letter.attachments
    assert (file.filename, file.content_type, file.content) == LIST
    assert not file.broken


def test_an_html_only_letter_is_read_as_its_text() -> None:
    """(B35)"""
    html = (
        "<html><head><style>p{}</style><!-- x --></head><body><p>create <b>10</b> for Jane</p><p>due: friday</p></body>"
    )
    assert text_of(staff_letter(html=html)) == "create 10 for Jane\n\ndue: friday"


def test_plain_text_is_preferred_and_html_fills_in_for_an_empty_one() -> None:
    assert text_of(staff_letter("", "plain", html="<p>html</p>")) == "plain"
    assert text_of(staff_letter("", " \n", html="<p>html</p>")) == "html"


@pytest.mark.parametrize(
    ("charset", "encoded"),
    [
        ("utf-8", "Käthe".encode()),
        ("iso-8859-1", "Käthe".encode("latin-1")),
        ("windows-1252", "Käthe".encode("cp1252")),
        ("utf-16", "Käthe".encode("utf-16")),
        ("x-unknown", "Käthe".encode()),
        ("x-unknown", "Käthe".encode("cp1252")),
        ("hex", "Käthe".encode()),
        ("", "Käthe".encode()),
    ],
)
def test_text_is_decoded_with_its_charset_and_unknown_ones_are_guessed_safely(charset: str, encoded: bytes) -> None:
    """(B43)"""
    kind = f"text/plain; charset={charset}" if charset else "text/plain"
    raw = _FROM + f"Content-Type: {kind}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n".encode() + encoded
    assert text_of(raw) == "Käthe"


def test_utf_7_is_not_decoded_so_that_nothing_hides_in_it() -> None:
    raw = _FROM + b"Content-Type: text/plain; charset=utf-7\r\n\r\n+AGMAcgBlAGEAdABl- 10"
    assert text_of(raw) == "+AGMAcgBlAGEAdABl- 10"


def test_flowed_text_is_put_together_again() -> None:
    body = "create 1250 jane@client.example for Jane Doe \r\ninvoice 1042\r\n-- \r\nSam\r\n"
    raw = raw_letter("From: sam@harborfinch.example", "Content-Type: text/plain; format=flowed", body=body)
    assert text_of(raw) == "create 1250 jane@client.example for Jane Doe invoice 1042"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="list.csv"', "list.csv"),
        ('attachment; filename="../../etc/list.csv"', "list.csv"),
        ('attachment; filename="C:\\\\temp\\\\list.csv"', "list.csv"),
        ("attachment; filename*=utf-8''M%C3%A4rz.csv", "März.csv"),
        ("attachment; filename*0=li; filename*1=st.csv", "list.csv"),
        ('attachment; filename="=?utf-8?q?M=C3=A4rz.csv?="', "März.csv"),
        ('attachment; filename="a\tb\x07.csv"', "a b .csv"),
        ("attachment; filename*0*=broken''%zz; filename*2=x", None),
        ("attachment", ""),
    ],
)
def test_a_file_has_a_bare_name(disposition: str, name: str | None) -> None:
    """(B43)"""
    part = f"--b\r\nContent-Type: text/csv\r\nContent-Disposition: {disposition}\r\n\r\na,b\r\n--b--\r\n"
    raw = raw_letter("From: sam@harborfinch.example", "Content-Type: multipart/mixed; boundary=b", body=part)
    [file] = read_letter(raw).attachments
    assert "/" not in file.filename
    assert name is None or file.filename == name


@pytest.mark.parametrize("encoded", ["Q", "####", "QUJD=QUJD", "QUJ"])
def test_a_file_in_broken_base64_is_known_to_be_damaged(encoded: str) -> None:
    """(B43)"""
    part = (
        f"--b\r\nContent-Type: text/csv; name=a.csv\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n--b--\r\n"
    )
    raw = raw_letter("From: sam@harborfinch.example", "Content-Type: multipart/mixed; boundary=b", body=part)
    [file] = read_letter(raw).attachments
    assert file.broken


def test_pictures_in_the_text_are_told_from_files() -> None:
    """(B36)"""
    parts = (
        "--b\r\nContent-Type: text/html\r\n\r\n<p>hello</p>\r\n"
        "--b\r\nContent-Type: image/png; name=logo.png\r\nContent-ID: <logo>\r\n\r\nx\r\n"
        "--b\r\nContent-Type: text/csv; name=a.csv\r\nContent-Disposition: attachment\r\n\r\nx\r\n--b--\r\n"
    )
    raw = raw_letter("From: sam@harborfinch.example", "Content-Type: multipart/related; boundary=b", body=parts)
    assert [(file.filename, file.inline) for file in read_letter(raw).attachments] == [
        ("logo.png", True),
        ("a.csv", False),
    ]


def _read(raw: bytes) -> Letter | None:
    try:
        return read_letter(raw)
    except LetterUnreadable:
        return None


_PIECES = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Content-Type: text/html; charset=\x00\r\n",
        b"Content-Type: message/rfc822\r\n",
        b"Content-Type: message/delivery-status\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Transfer-Encoding: x-uuencode\r\n",
        b"Content-Disposition: attachment; filename*0*=utf-8''%e9; filename*1=x\r\n",
        b"\r\n",
        b"\n",
        b"--b\r\n",
        b"--b--\r\n",
        b"begin 644 x\r\n",
        b"On Monday Sam wrote:\r\n> create 10\r\n",
        b"<a href='",
        b"=?utf-8?q?x?=",
        CSV,
    ]
)


@given(st.lists(st.one_of(_PIECES, st.binary(max_size=40)), max_size=25))
def test_no_bytes_surprise_the_reader_of_letters(pieces: list[bytes]) -> None:
    letter = _read(_FROM + b"".join(pieces))
    if letter is not None:
        names = [file.filename for file in letter.attachments]
        assert not {"/", "\\", "\0", "\r", "\n"} & set("".join(names)), "a name is a name and no path"
        assert all(named == named.lower() for one in letter.enclosed for named, _ in one.fields)
