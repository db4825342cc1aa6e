"""What the sandbox is set up with: two merchant accounts, one of them the usual one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.sandbox.run import ACCOUNTS, TEAM, Ports, _account, _settings, _usual_account
from bot.slack.stand_in.local_slack import SlackStandIn
from bot.slack.stand_in.people import PAYMENTS
from handlers.administration.keep_account import keep_default
from handlers.administration.live_firm import refresh
from handlers.answers import LinkMade
from handlers.desk import Desk
from mailroom.stand_in import StandInMail
from tests.cast import NOOR, Surroundings


@pytest.mark.usefixtures("database")
async def test_money_is_for_the_operating_account_at_both_doors_unless_somebody_says_otherwise() -> None:
    """(F12)"""
    around = Surroundings()
    await _usual_account(around.ports)
    desk = Desk(around.ports)
    for asker in (NOOR.in_slack(PAYMENTS), NOOR.by_mail()):
        made = await desk.hear(asker, f"create 1250 for Jane Doe invoice {asker.door.value}")
        assert isinstance(made, LinkMade)
        assert made.card.account == "Harbor & Finch Operating"
    await desk.hear(NOOR.in_slack(PAYMENTS), "settings usual account trust")
    await _usual_account(around.ports)
    assert around.ports.firm.usual_account == "trust", "also after a restart"
    await keep_default(PAYMENTS, "operating")
    await refresh(around.ports.book)
    made = await desk.hear(NOOR.in_slack(PAYMENTS), "create 99 for Jane Doe")
    assert isinstance(made, LinkMade)
    assert made.card.account == "Harbor & Finch Operating", "the channel's own comes first"


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
