"""Mail servers as the settings name them."""

from __future__ import annotations

import pytest

from mailroom.mail_server import MailServer, Security


@pytest.mark.parametrize(
    ("url", "server"),
    [
        (
            "imaps://sam%40x.example:p%3Aw@mx.example/INBOX",
            MailServer("mx.example", 993, Security.TLS, "sam@x.example", "p:w"),
        ),
        (
            "imap+starttls://a:b@mx.example:1143/In%20Box",
            MailServer("mx.example", 1143, Security.STARTTLS, "a", "b", "In Box"),
        ),
        ("imap://a:b@127.0.0.1", MailServer("127.0.0.1", 143, Security.NONE, "a", "b")),
        ("smtps://mx.example", MailServer("mx.example", 465, Security.TLS)),
        ("smtp+starttls://a:b@mx.example", MailServer("mx.example", 587, Security.STARTTLS, "a", "b")),
        ("smtp://[::1]:2525", MailServer("::1", 2525, Security.NONE)),
        ("smtp://localhost", MailServer("localhost", 25, Security.NONE)),
    ],
)
def test_a_url_names_server_security_and_log_in(url: str, server: MailServer) -> None:
    assert MailServer.of(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "imap://a:secret@mx.example/INBOX",
        "smtp://a:secret@192.0.2.1",
        "smtp://a:secret@127.0.0.1.evil.example",
        "smtp://a:secret@localhost.evil.example",
        "http://a:secret@127.0.0.1",
        "imaps://",
        "",
    ],
)
def test_no_password_goes_in_the_clear_beyond_this_machine(url: str) -> None:
    with pytest.raises(ValueError, match=r"written|in the clear") as refused:
        MailServer.of(url)
    assert "secret" not in str(refused.value)


def test_a_server_shown_in_a_log_does_not_show_its_password() -> None:
    assert "secret" not in repr(MailServer.of("imaps://a:secret@mx.example"))
