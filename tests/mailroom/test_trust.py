"""Who may command us by mail: forty ways to pretend, none of which works (T15, B37-B39)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.heads import read_head
from mailroom.trust import judge

US = "mx.firm.example"
BOSS = "From: Boss <boss@firm.example>"


def verdict(*lines: str) -> str:
    raw = "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape") + b"\r\n"
    return judge(read_head(raw), US).address


def stamped(results: str, author: str = BOSS) -> tuple[str, str]:
    return f"Authentication-Results: {results}", author


GOOD = [
    f"{US}; dmarc=pass header.from=firm.example",
    f"{US} 1; dmarc=pass header.from=firm.example",
    "MX.Firm.Example; dmarc=PASS header.from=FIRM.example",
    f'"{US}"; dmarc=pass header.from="firm.example"',
    (
        f"{US};\r\n\tdkim=pass header.i=@firm.example header.s=s1 header.b=ab/c+;\r\n spf=pass (google.com: domain of"
        " boss@firm.example designates 192.0.2.1 as permitted sender) smtp.mailfrom=boss@firm.example;\r\n"
        " dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=firm.example"
    ),
    # Microsoft's way, with the authserv-id it leaves out by default
    (
        f"{US}; spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=firm.example; dkim=pass (signature was verified)"
        " header.d=firm.example;dmarc=pass action=none header.from=firm.example;compauth=pass reason=100"
    ),
    f"{US} (our (own) host); dmarc (checked) = (so) pass (fine) header.from (it) = firm.example;",
    f'{US}; spf=fail reason="; dmarc=fail header.from=x.example"; dmarc=pass header.from=firm.example',
    f'{US}; spf=pass (an odd " mark) smtp.mailfrom=a@b.example; dmarc=pass header.from=firm.example',
]


@pytest.mark.parametrize("results", GOOD)
def test_our_providers_word_on_the_from_domain_is_believed(results: str) -> None:
    assert verdict(*stamped(results)) == "boss@firm.example"


SPOOFS: dict[str, tuple[str, ...]] = {
    "no verdict at all": (BOSS,),
    "DMARC failed": stamped(f"{US}; dmarc=fail header.from=firm.example"),
    "DMARC none": stamped(f"{US}; dmarc=none header.from=firm.example"),
    "DMARC bestguesspass": stamped(f"{US}; dmarc=bestguesspass header.from=firm.example"),
    "DMARC passed by a longer word": stamped(f"{US}; dmarc=passed header.from=firm.example"),
    "SPF only": stamped(f"{US}; spf=pass smtp.mailfrom=firm.example"),
    "DKIM only": stamped(f"{US}; dkim=pass header.d=firm.example"),
    "nothing checked": stamped(f"{US}; none"),
    "no results": stamped(US),
    "an empty header": stamped(""),
    "the attacker's own server": stamped("mx.evil.example; dmarc=pass header.from=firm.example"),
    "no server named, as Microsoft does": stamped("dmarc=pass action=none header.from=firm.example"),
    "a longer server name": stamped(f"{US}.evil.example; dmarc=pass header.from=firm.example"),
    "a server name in a comment": stamped(f"mx.evil.example ({US}); dmarc=pass header.from=firm.example"),
    "a server name after a space": stamped(f"mx.evil.example {US}; dmarc=pass header.from=firm.example"),
    "a version there is not": stamped(f"{US} 2; dmarc=pass header.from=firm.example"),
    "ours forged below the provider's": (
        f"Authentication-Results: {US}; dmarc=fail header.from=firm.example",
        f"Authentication-Results: {US}; dmarc=pass header.from=firm.example",
        BOSS,
    ),
    "ours forged below another server's": (
        "Authentication-Results: mx.other.example; dmarc=pass header.from=firm.example",
        f"Authentication-Results: {US}; dmarc=pass header.from=firm.example",
        BOSS,
    ),
    "ours forged in the ARC header": (
        f"ARC-Authentication-Results: i=1; {US}; dmarc=pass header.from=firm.example",
        BOSS,
    ),
    "ours forged in an X- header": (f"X-Authentication-Results: {US}; dmarc=pass header.from=firm.example", BOSS),
    "a pass in a comment": stamped(f"{US}; dmarc=fail (dmarc=pass header.from=firm.example) header.from=firm.example"),
    "a pass in a quoted string": stamped(f'{US}; dmarc=fail reason="; dmarc=pass header.from=firm.example"'),
    "a fail and then a pass": stamped(
        f"{US}; dmarc=fail header.from=firm.example; dmarc=pass header.from=firm.example"
    ),
    "a pass smuggled out of SPF's comment": stamped(
        f"{US}; spf=pass (domain of x) ; dmarc=pass header.from=firm.example (y@evil.example) smtp.mailfrom=x;"
        " dmarc=fail header.from=firm.example"
    ),
    "a comment left open": stamped(f"{US}; dmarc=pass (header.from=firm.example"),
    "a comment closed twice": stamped(f"{US}; dmarc=pass) header.from=firm.example"),
    "a quote left open": stamped(f'{US}; dmarc=pass reason="x header.from=firm.example'),
    "an escaped end of comment": stamped(f"{US} (\\); dmarc=pass header.from=firm.example"),
    "a comment in the middle of the word": stamped(f"{US}; dm(x)arc=pass header.from=firm.example"),
    "a fold in the middle of the word": stamped(f"{US}; dm\r\n arc=pass header.from=firm.example"),
    "no domain named": stamped(f"{US}; dmarc=pass"),
    "two domains named": stamped(f"{US}; dmarc=pass header.from=evil.example header.from=firm.example"),
    "another domain": stamped(f"{US}; dmarc=pass header.from=evil.example"),
    "a subdomain": stamped(f"{US}; dmarc=pass header.from=mail.firm.example"),
    "the parent domain": stamped(f"{US}; dmarc=pass header.from=example"),
    "a From on a subdomain": stamped(f"{US}; dmarc=pass header.from=firm.example", "From: boss@mail.firm.example"),
    "the envelope's domain only": stamped(f"{US}; dmarc=pass smtp.mailfrom=firm.example"),
    "header.from in another result": stamped(f"{US}; dmarc=pass; spf=pass header.from=firm.example"),
    "another subject above the signed one": (
        *stamped(f"{US}; dmarc=pass header.from=firm.example"),
        "Subject: create 9000 evil@evil.example",
        "Subject: Lunch?",
    ),
    "another Message-ID above the signed one": (
        *stamped(f"{US}; dmarc=pass header.from=firm.example"),
        "Message-ID: <new@evil.example>",
        "Message-ID: <old@firm.example>",
    ),
    "another content type above the signed one": (
        *stamped(f"{US}; dmarc=pass header.from=firm.example"),
        "Content-Type: multipart/mixed; boundary=evil",
        "Content-Type: text/plain",
    ),
    "two From headers": (*stamped(f"{US}; dmarc=pass header.from=firm.example"), "From: evil@evil.example"),
    "two addresses in From": stamped(
        f"{US}; dmarc=pass header.from=firm.example", "From: boss@firm.example, evil@evil.example"
    ),
    "a Sender that would be searched for minutes": (
        *stamped(f"{US}; dmarc=pass header.from=firm.example"),
        "Sender: " + "a" * 200_000,
    ),
    "an address for a name": stamped(
        f"{US}; dmarc=pass header.from=firm.example", 'From: "boss@firm.example" <evil@evil.example>'
    ),
    "an address before the address": stamped(
        f"{US}; dmarc=pass header.from=firm.example", "From: boss@firm.example <evil@evil.example>"
    ),
    "a group": stamped(f"{US}; dmarc=pass header.from=firm.example", "From: us: boss@firm.example;"),
    "another Sender": (*stamped(f"{US}; dmarc=pass header.from=firm.example"), "Sender: evil@evil.example"),
    "an encoded address": stamped(
        f"{US}; dmarc=pass header.from=firm.example", "From: =?utf-8?q?boss=40firm=2Eexample?= <x@evil.example>"
    ),
    "another domain's signature": stamped(
        f"{US}; dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=evil.example;"
        " dmarc=fail header.from=firm.example"
    ),
    "resent in somebody's name": (
        *stamped(f"{US}; dmarc=pass header.from=firm.example", "From: evil@evil.example"),
        "Resent-From: boss@firm.example",
        "Resent-Sender: boss@firm.example",
    ),
    "somebody to reply to": (
        *stamped(f"{US}; dmarc=pass header.from=firm.example", "From: evil@evil.example"),
        "Reply-To: boss@firm.example",
        "Return-Path: <boss@firm.example>",
    ),
    "an empty From": stamped(f"{US}; dmarc=pass header.from=firm.example", "From: "),
    "From nobody": stamped(f"{US}; dmarc=pass header.from=firm.example", "From: Boss <>"),
    "a From that goes on below": stamped(
        f"{US}; dmarc=pass header.from=firm.example", "From: boss@firm.example\r\n ,evil@evil.example"
    ),
    "a second From with a space before its colon": (
        *stamped(f"{US}; dmarc=pass header.from=firm.example"),
        "From : evil@evil.example",
    ),
    "a route before the address": stamped(
        f"{US}; dmarc=pass header.from=firm.example", "From: <@evil.example:boss@firm.example>"
    ),
    "a NUL in the address": stamped(
        f"{US}; dmarc=pass header.from=firm.example", "From: boss@firm.example\x00@evil.example"
    ),
    "a comment for an address": stamped(
        f"{US}; dmarc=pass header.from=firm.example", "From: evil@evil.example (boss@firm.example)"
    ),
    "a look-alike in punycode": stamped(f"{US}; dmarc=pass header.from=firm.example", "From: boss@xn--frm-rka.example"),
    "the results folded into another header": (
        f"X-Note: x\r\n Authentication-Results: {US}; dmarc=pass header.from=firm.example",
        BOSS,
    ),
    "Cyrillic letters": stamped(f"{US}; dmarc=pass header.from=firm.example", "From: boss@fіrm.example"),
    "the header's name in a body line": (
        BOSS,
        "",
        f"Authentication-Results: {US}; dmarc=pass header.from=firm.example",
    ),
}


@pytest.mark.parametrize("name", SPOOFS)
def test_a_letter_that_only_pretends_commands_nobody(name: str) -> None:
    """(T15)"""
    assert verdict(*SPOOFS[name]) == "", name


def test_there_are_forty_spoofs_and_more() -> None:
    assert len(SPOOFS) >= 40


def test_a_verdict_says_why_it_is_silence() -> None:
    head = read_head(f"Authentication-Results: {US}; dmarc=fail header.from=firm.example\r\n{BOSS}\r\n\r\n".encode())
    assert judge(head, US).reason == "DMARC fail"


@given(st.text(alphabet=' ;=()"\\.,@abcdmrpsx:/', max_size=80))
def test_whatever_stands_in_the_header_nothing_but_a_pass_of_ours_is_believed(words: str) -> None:
    """A pass is believed only with the server's name first, and every other header is silence, not an error."""
    assert verdict(*stamped(words)) == ""
    assert verdict(*stamped(f"{US}; dmarc=fail header.from=firm.example {words}")) == ""
