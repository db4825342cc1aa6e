"""What `paylink doctor` says of Slack."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.doctor import examine
from bot.settings import Settings
from bot.slack.stand_in import SlackStandIn
from handlers.kept_facts import remember_heard
from models import database
from tests.fakes import FakeClock

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
