"""What the sandbox is set up with: two merchant accounts, one of them usual in the channels."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.sandbox.run import ACCOUNTS, TEAM, Ports, _account, _settings, _usual_account
from bot.slack.stand_in.local_slack import SlackStandIn
from bot.slack.stand_in.people import GENERAL, PAYMENTS
from handlers.administration.keep_account import keep_default
from handlers.answers import LinkMade, Refusal
from handlers.desk import Desk
from mailroom.stand_in import StandInMail
from tests.cast import NOOR, Surroundings


@pytest.mark.usefixtures("database")
async def test_in_the_channels_money_is_for_the_operating_account_unless_somebody_says_otherwise() -> None:
    """(F12) By mail the account is asked for."""
    around = Surroundings()
    await _usual_account(around.ports)
    made = await Desk(around.ports).hear(NOOR.in_slack(PAYMENTS), "create 1250 for Jane Doe")
    assert isinstance(made, LinkMade)
    assert made.card.account == "Harbor & Finch Operating"
    asked = await Desk(around.ports).hear(NOOR.by_mail(), "create 1250 for Jane Doe")
    assert isinstance(asked, Refusal)
    assert "Which account is the money for?" in asked.sentence
    await keep_default(PAYMENTS, "trust")
    await _usual_account(around.ports)
    assert around.ports.firm.channel_accounts == {PAYMENTS: "trust", GENERAL: "operating"}, "also after a restart"


async def test_both_accounts_have_their_own_keys_at_the_local_stripe(tmp_path: Path) -> None:
    ports, clock = Ports(8080), SystemClock()
    slack = SlackStandIn("xoxb-1", "a-signing-secret-of-32-characters", "", TEAM, "", None, clock)
    mail = StandInMail("pay@firm.example", [], "mx.firm.example", clock)
    accounts = _settings(ports, tmp_path, slack, mail).accounts
    assert set(accounts) == set(ACCOUNTS) == {"operating", "trust"}
    for key, account in accounts.items():
        local = _account(key, ports)
        assert (account.name, account.kind) == (ACCOUNTS[key], key)
        assert account.secret_key.get_secret_value() == local.secret_key
        assert account.webhook_secret.get_secret_value() == local.webhook_secret
        assert local.webhook_url.endswith(f"/stripe/{key}")
    assert len({_account(key, ports).secret_key for key in ACCOUNTS}) == len(ACCOUNTS)
