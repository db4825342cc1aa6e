"""What `paylink doctor` says of Slack."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from bot.doctor import examine
from bot.settings import Settings
from bot.settings_tree import MailPart
from bot.slack.stand_in import SlackStandIn
from handlers.kept_facts import remember_heard, remember_mail_down
from models import database
from tests.fakes import FakeClock
from tests.servers import serving
from tests.token_server import token_server

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    stand_in = SlackStandIn("xoxb-1-Abc", SECRET, "xapp-1-Abc", "T0HARBOR01", "", None, FakeClock())
    await stand_in.serve()
    yield stand_in
    await stand_in.close()


def settings(slack: SlackStandIn, database_url: str, **of_slack: str) -> Settings:
    slack_part = {"bot_token": "xoxb-1-Abc", "team_id": "T0HARBOR01", "api_url": slack.api_url, **of_slack}
    return Settings.of(
        {
            "public_url": "http://127.0.0.1:8080",
            "database_url": database_url,
            "admins": ("U0NOOR00001",),
            "firm": {"name": "Harbor & Finch LLP"},
            "slack": {"signing_secret": SECRET, **slack_part},
            "stripe": {"api_url": "http://127.0.0.1:9"},
            "accounts": {"operating": {"secret_key": "sk_test_51Abc", "webhook_secret": "whsec_Abc"}},
        }
    )


async def test_it_says_what_does_not_work_without_a_missing_scope_and_what_never_came(
    slack: SlackStandIn, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    slack.api.scopes = slack.api.scopes - {"files:read"}
    asked = settings(slack, database_url)
    async with database.opened(asked.database_url.get_secret_value()):
        for kind in ("app_mention", "message.im", "bulk_upload"):
            await remember_heard(kind)
            await remember_heard(kind)
    assert await examine(asked) == 1
    lines = capsys.readouterr().out.splitlines()
    (found,) = [line for line in lines if line.startswith("FAIL  Slack ")]
    assert "missing scope files:read: no files that staff share; install the app again" in found
    (set_up,) = [line for line in lines if "Slack set-up" in line]
    assert set_up.startswith("note")
    assert "the event app_home_opened, the shortcut “New payment link”, the shortcut “Ask for payment”" in set_up
    assert "app_mention" not in set_up


async def test_it_says_that_no_token_for_the_mailbox_is_to_be_had_and_no_secret(
    slack: SlackStandIn, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with token_server() as tokens:
        tokens.refuses = "invalid_client"
        async with serving(lambda: SMTP(XOauth2Door(), hostname="localhost", auth_require_tls=False)) as port:
            mail = {
                "imap_url": "imap://pay%40x.example@127.0.0.1:1/INBOX",
                "smtp_url": f"smtp://pay%40x.example@127.0.0.1:{port}",
                "address": "pay@x.example",
                "oauth_token_url": tokens.url,
                "oauth_client_id": "paylink",
                "oauth_client_secret": "hush-hush-hush",
            }
            asked = settings(slack, database_url)
            async with database.opened(database_url):
                await remember_mail_down(datetime(2026, 11, 23, 15, 0, tzinfo=UTC))
            assert await examine(asked.model_copy(update={"mail": MailPart.model_validate(mail)})) == 1
    told = capsys.readouterr().out
    [line] = [line for line in told.splitlines() if "mail out (SMTP)" in line]
    assert line.startswith("FAIL")
    assert "the token server gave no access token: HTTP 400 (invalid_client)" in line
    assert "hush" not in told
    assert "FAIL  mail intake" in told  # (F20) what the running process found, besides this very look
    assert "down since 2026-11-23 15:00 UTC" in told


class XOauth2Door:
    """A mail server that would take a token."""

    async def auth_XOAUTH2(self, smtp: SMTP, args: list[str]) -> AuthResult:  # noqa: N802  aiosmtpd's name
        return AuthResult(success=False, handled=False)


@pytest.mark.parametrize(
    ("token", "line"),
    [
        ("xapp-1-Abc", "ok    Slack socket         Slack lets us connect"),
        ("xapp-2-Abc", "FAIL  Slack socket         Slack refuses PAYLINK_SLACK__APP_TOKEN: invalid_auth"),
    ],
)
async def test_in_socket_mode_it_says_whether_slack_lets_us_connect(
    slack: SlackStandIn, database_url: str, capsys: pytest.CaptureFixture[str], token: str, line: str
) -> None:
    await examine(settings(slack, database_url, app_token=token))
    assert line in capsys.readouterr().out.splitlines()
