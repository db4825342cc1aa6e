"""Several merchant accounts: which one a link is for, what each allows, and what admins see of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.answers import BatchReview, LinkMade, Overview, Refusal
from handlers.desk import Desk
from handlers.kept_facts import remember_accounts
from handlers.ports import DeliveryRefused, DeliveryTrouble
from handlers.requests import ReviewFile
from models.tables import ChannelAccount, FirmEvent, MerchantAccount, PaymentLink
from tests.cast import BILLING, FIRM, NOOR, SAM, Surroundings
from tests.fake_cards import FakeCards

pytestmark = pytest.mark.usefixtures("database")

FILE = b"recipient name,amount,email address\r\nJane Doe,120.00,jane@acme.example\r\n"


def with_cards() -> Surroundings:
    around = Surroundings()
    around.cards = FakeCards(around.clock)
    return around


async def by_noor(around: Surroundings, text: str, channel: str = BILLING) -> Overview:
    answer = await Desk(around.ports).hear(NOOR.in_slack(channel), text)
    assert isinstance(answer, Overview), answer
    return answer


async def test_a_channel_with_a_default_needs_no_account_named_and_others_are_asked() -> None:
    """(F12)"""
    around = with_cards()
    desk = Desk(around.ports)
    asked = await desk.hear(SAM.in_slack(), "create 100")
    assert isinstance(asked, Refusal)
    assert "account operating" in asked.sentence and "account trust" in asked.sentence  # noqa: PT018
    await by_noor(around, "accounts default trust")
    made = await desk.hear(SAM.in_slack(), "create 100")
    assert isinstance(made, LinkMade)
    assert (await PaymentLink.get()).account == "trust"
    named = await desk.hear(SAM.in_slack(), "create 100 account operating again")
    assert isinstance(named, LinkMade)
    assert named.card.account.startswith("Harbor & Finch Operating")
    assert isinstance(await desk.hear(SAM.in_slack("C0OTHER"), "create 100"), Refusal)
    await by_noor(around, "accounts default none")
    assert isinstance(await desk.hear(SAM.in_slack(), "create 200"), Refusal)
    assert await ChannelAccount.all().count() == 0


async def test_a_file_sent_in_a_channel_with_a_default_is_for_that_account() -> None:
    around = with_cards()
    await by_noor(around, "accounts default trust")
    review = await Desk(around.ports).ask(SAM.in_slack(), ReviewFile("list.csv", FILE))
    assert isinstance(review, BatchReview)
    assert review.account.startswith("Harbor & Finch Client Trust")


async def test_an_unknown_account_is_refused_with_a_list_of_those_there_are() -> None:
    """(B12)"""
    around = with_cards()
    for words in ("accounts default savings", "accounts partial savings off", "create 100 account savings"):
        answer = await Desk(around.ports).hear(NOOR.in_slack(), words)
        assert isinstance(answer, Refusal)
        assert "savings" in answer.sentence and "operating, trust" in answer.sentence  # noqa: PT018


async def test_the_default_of_direct_messages_is_refused() -> None:
    answer = await Desk(with_cards().ports).hear(NOOR.in_slack(""), "accounts default trust")
    assert isinstance(answer, Refusal)
    assert "in the channel it is for" in answer.sentence


async def test_accounts_shows_kind_currency_mode_rules_channels_and_stripes_last_word_but_no_key() -> None:
    around = with_cards()
    await by_noor(around, "accounts default trust")
    await by_noor(around, "accounts partial trust min 50")
    lines = {line.name: line for line in (await by_noor(around, "accounts")).lines}
    trust = lines["Harbor & Finch Client Trust (trust)"]
    assert trust.value == "trust, USD; TEST MODE; part payments from $50.00; Stripe not asked yet"
    assert trust.about == f"default in {BILLING}"
    assert lines["Harbor & Finch Operating (operating)"].value.startswith("operating, USD; TEST MODE; no part payments")


async def test_the_rule_of_parts_is_kept_told_and_forgotten_when_the_currency_changes() -> None:
    around = with_cards()
    await remember_accounts(around.firm)
    await by_noor(around, "accounts partial operating allowed")
    await by_noor(around, "accounts partial operating min 25.00")
    account = around.ports.firm.accounts["operating"]
    assert (account.partial, account.partial_minimum) == ("allowed", 2500)
    changes = [(event.detail["before"], event.detail["after"]) for event in await FirmEvent.all().order_by("number")]
    assert changes == [
        ("as the firm's settings say", "part payments allowed"),
        ("part payments allowed", "part payments from $25.00"),
    ]
    await remember_accounts(around.firm)
    assert (await MerchantAccount.get(key="operating")).partial_minimum == 2500
    await MerchantAccount.filter(key="operating").update(currency="EUR")  # as it was at the last start
    await remember_accounts(around.firm)
    row = await MerchantAccount.get(key="operating")
    assert (row.partial, row.partial_minimum, row.currency) == ("off", None, "USD")


async def test_the_least_part_is_in_the_accounts_own_currency() -> None:
    answer = await Desk(with_cards().ports).hear(NOOR.in_slack(), "accounts partial trust min 50 EUR")
    assert isinstance(answer, Refusal)
    assert "is in USD" in answer.sentence


async def test_cards_tell_trust_from_operating_where_the_firm_has_both_and_the_names_do_not() -> None:
    plain = {key: replace(FIRM.accounts[key], name=f"Harbor {number}") for number, key in enumerate(FIRM.accounts, 1)}
    around = Surroundings(firm=replace(FIRM, accounts=plain))
    made = await Desk(around.ports).hear(SAM.in_slack(), "create 100 account trust")
    assert isinstance(made, LinkMade)
    assert made.card.account == "Harbor 2 (trust)"
    assert replace(FIRM, accounts={"trust": plain["trust"]}).account_shown("trust") == "Harbor 2"
    assert FIRM.account_shown("trust") == "Harbor & Finch Client Trust"
    assert FIRM.account_shown("removed") == "removed"


# ── notifications ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_channel_that_hears_of_every_link_is_told_so_and_hears_of_the_next_one() -> None:
    """(F10)"""
    around = with_cards()
    told = await by_noor(around, "notifications all <#C0MONEY1|money>")
    assert told.lines[0].channel == "C0MONEY1"
    assert around.poster.told == [
        ("C0MONEY1", "News of payment links is told here from now on (all), as Noor Haddad wishes.")
    ]
    assert (await by_noor(around, "notifications")).lines[0].channel == "C0MONEY1"
    await by_noor(around, "notifications all off")
    assert (await by_noor(around, "notifications")).lines[0].value == "off"
    assert [event.kind for event in await FirmEvent.all()] == ["notifications"] * 2


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (DeliveryRefused("not_in_channel"), "Paylink cannot post there (not_in_channel)"),
        (DeliveryTrouble("slow down", retry_after=3), "Slack does not answer just now"),
    ],
)
async def test_a_channel_that_paylink_cannot_post_to_is_not_kept(trouble: DeliveryTrouble, why: str) -> None:
    around = with_cards()
    around.poster.troubles.always["C0MONEY1"] = trouble
    answer = await Desk(around.ports).hear(NOOR.in_slack(), "notifications <#C0MONEY1>")
    assert isinstance(answer, Refusal)
    assert why in answer.sentence
    assert (await by_noor(around, "notifications")).lines[0].value == "off"


@pytest.mark.parametrize("words", ["#money", "paid money", "all", "all everywhere", "all from <#C0MONEY1>"])
async def test_what_names_no_channel_is_refused_with_the_form(words: str) -> None:
    answer = await Desk(with_cards().ports).hear(NOOR.in_slack(), f"notifications {words}")
    assert isinstance(answer, Refusal)
    assert "`notifications all #channel`" in answer.sentence
