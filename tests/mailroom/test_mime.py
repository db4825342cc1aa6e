"""The bytes of our letters, held against the standard library's reader; nothing can be smuggled into them (T18)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.mime import LetterUnsafe, Outgoing, letter_bytes

PLAIN = Outgoing(
    from_name="Harbor & Finch LLP",
    from_address="pay@harborfinch.example",
    to="jane@client.example",
    subject="Payment request",
    message_id="request-pl-7f3k9q-1@harborfinch.example",
    date=datetime(2026, 11, 23, 15, 0, tzinfo=UTC),
    text="Hello\n",
)
NAMES = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]
NAMES += ["Content-Transfer-Encoding"]


def parsed(letter: Outgoing) -> EmailMessage:
    message = message_from_bytes(letter_bytes(letter), policy=SMTP)
    assert not message.defects
    return message


def test_a_picture_of_the_html_is_attached_and_named_by_its_content_id() -> None:
    """RFC 2387, RFC 2392: nothing is fetched from anywhere when the letter is opened."""
    png = bytes(range(256))
    message = parsed(
        replace(PLAIN, html="<img src=cid:logo.1@firm.example>", pictures=(("logo.1@firm.example", "a.png", png),))
    )
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    shown = list(message.walk())[-1]
    assert shown["Content-ID"] == "<logo.1@firm.example>"
    assert shown.get_content_disposition() == "inline"
    assert shown.get_content() == png


@pytest.mark.parametrize(("content_id", "name"), [("a>\r\nBcc: x@y", "a.png"), ("a@b", 'a".png'), ("a@b", "a\r\n.png")])
def test_a_picture_cannot_smuggle_a_header(content_id: str, name: str) -> None:
    with pytest.raises(LetterUnsafe):
        letter_bytes(replace(PLAIN, html="x", pictures=((content_id, name, b""),)))


def changed(field: str, value: str) -> Outgoing:
    """The plain letter with one field of text changed."""
    fields: dict[str, Any] = {field: value}
    return replace(PLAIN, **fields)


def body_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_a_plain_letter_has_our_headers_and_no_others() -> None:
    message = parsed(PLAIN)
    assert message.keys() == NAMES
    assert message["From"] == '"Harbor & Finch LLP" <pay@harborfinch.example>'.replace('"', "")
    assert message["Date"] == "Mon, 23 Nov 2026 15:00:00 +0000"
    assert message.get_content() == "Hello\r\n"


def test_a_reminder_can_be_stopped_with_one_click() -> None:
    """RFC 8058"""
    message = parsed(replace(PLAIN, unsubscribe="https://pay.harborfinch.example/unsubscribe/abc"))
    assert message["List-Unsubscribe"] == "<https://pay.harborfinch.example/unsubscribe/abc>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize("evil", ["https://x.example/>, <mailto:a@b", "https://x.example/\r\nBcc: a@b", "javascript:1"])
def test_nothing_but_a_web_address_is_named_to_stop_reminders(evil: str) -> None:
    """(T18)"""
    with pytest.raises(LetterUnsafe):
        letter_bytes(replace(PLAIN, unsubscribe=evil))


def test_a_whole_letter_is_read_back_as_it_was_meant() -> None:
    letter = replace(
        PLAIN,
        text="Käthe,\n.\nFrom here\n" + "x" * 200,
        html="<p>Käthe = 1</p>",
        reply_to="noor@harborfinch.example",
        in_reply_to="a@b.example",
        references=("c@d.example", "a@b.example"),
        attachments=(("März.csv", "text/csv", b"\x00\xff\r\n=1"), ("a b.xlsx", "application/vnd.ms-excel", b"")),
        automatic="auto-replied",
    )
    message = parsed(letter)
    assert message["In-Reply-To"] == "<a@b.example>"
    assert message["References"] == "<c@d.example> <a@b.example>"
    assert body_of(message, "plain") == letter.text.replace("\n", "\r\n") + "\r\n"
    assert body_of(message, "html") == "<p>Käthe = 1</p>\r\n"
    files = [
        (part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
        for part in message.iter_attachments()
    ]
    assert files == list(letter.attachments)
    assert all(len(line) <= 998 for line in letter_bytes(letter).split(b"\r\n"))
    assert b"\n" not in letter_bytes(letter).replace(b"\r\n", b"")


EVIL = [
    *(
        f"x{end}Bcc: evil@evil.example"
        for end in ("\r\n", "\n", "\r", "\r\r\n", "\n\r", "\v", "\f", "\x85", "\u2028", "\u2029")
    ),
    *(f"x{end}" for end in ("\r\n", "\n", "\r")),
    *(f"{end}x" for end in ("\r\n", "\n", "\r")),
    "x\r\n\r\nbody",
    "x\n\n--b\nContent-Type: text/html",
    "x\r\n Bcc: evil@evil.example",
    "x\n\tBcc: evil@evil.example",
    "x\r\n.\r\nMAIL FROM:<evil@evil.example>",
    "\r\n.\r\nMAIL FROM:<evil@evil.example>",
    "x\r\nRCPT TO:<evil@evil.example>\r\n",
    "x\r\nQUIT\r\n",
    "x\x00y",
    "x\x00\r\nBcc: evil@evil.example",
    "x\x0by",
    "x\x1by",
    "x\x1c\x1d\x1ey",
    "x\x7fy",
    "x\x9by",
    "x\u2028y",
    "\x08\x08\x08",
]
EVIL_ADDRESSES = [
    *EVIL,
    "jane@client.example>\r\nRCPT TO:<evil@evil.example",
    "jane@client.example, evil@evil.example",
    "jane@client.example evil@evil.example",
    "jane@client.example> SIZE=1",
    "<jane@client.example>",
    "jane",
    "",
    "jane@client.example\n",
    '"jane doe"@client.example',
    "käthe@client.example",
    "jane@client.example;",
    f"{'x' * 250}@client.example",
]


@pytest.mark.parametrize("field", ["from_name", "subject", "automatic"])
@pytest.mark.parametrize("value", EVIL)
def test_line_ends_in_a_header_are_refused(field: str, value: str) -> None:
    """(T18)"""
    with pytest.raises(LetterUnsafe):
        letter_bytes(changed(field, value))


@pytest.mark.parametrize("field", ["to", "from_address", "reply_to"])
@pytest.mark.parametrize("value", EVIL_ADDRESSES)
def test_what_is_no_bare_address_is_refused(field: str, value: str) -> None:
    """(T18)"""
    if field == "reply_to" and not value:
        return
    with pytest.raises(LetterUnsafe):
        letter_bytes(changed(field, value))


@pytest.mark.parametrize("value", [*EVIL, "a b@c", "<a@b>", "a@b@c", "a", "x" * 300 + "@b"])
def test_what_is_no_message_id_is_refused(value: str) -> None:
    """(T18)"""
    for letter in (
        replace(PLAIN, message_id=value),
        replace(PLAIN, in_reply_to=value),
        replace(PLAIN, references=(value,)),
    ):
        with pytest.raises(LetterUnsafe):
            letter_bytes(letter)


@pytest.mark.parametrize("value", EVIL)
def test_line_ends_in_a_file_name_or_type_are_refused(value: str) -> None:
    """(T18)"""
    for attached in ((value, "text/csv", b""), ("a.csv", value, b""), ("a.csv", f"text/csv; {value}", b"")):
        with pytest.raises(LetterUnsafe):
            letter_bytes(replace(PLAIN, attachments=(attached,)))


_one_line = st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=120)


@given(subject=_one_line, name=_one_line)
def test_any_words_come_back_as_they_were_sent(subject: str, name: str) -> None:
    message = parsed(replace(PLAIN, subject=subject, from_name=name))
    assert set(message.keys()) <= set(NAMES)
    assert " ".join(str(message["Subject"] or "").split()) == " ".join(subject.split())
    [sender] = message["From"].addresses
    assert sender.addr_spec == "pay@harborfinch.example"
    # Python 3.11 puts a space between the encoded words of a name, where RFC 2047 has none
    assert "".join(sender.display_name.split()) == "".join(name.split())


@given(st.text(max_size=400), st.text(max_size=400))
def test_any_text_leaves_the_letters_form_intact(text: str, html: str) -> None:
    text, html = (words.encode("utf-8", "replace").decode() for words in (text, html))
    message = parsed(replace(PLAIN, text=text, html=f"<p>{html}"))
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert body_of(message, "plain").split() == text.split()
