"""Making links."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from handlers.links.create_link import create_link
from handlers.links.verify_trail import verify_trails
from handlers.requests import CreateLink
from models.errors import AlreadyDone, AmountUnclear, LooksTheSame
from models.money import Money
from models.tables import Job, LinkEvent, PaymentLink, Recipient
from tests.cast import BILLING, FIRM, OPERATING, SAM, TRUST, Surroundings
from tests.tampering import unguarded

pytestmark = pytest.mark.usefixtures("database")

ASKED = CreateLink(
    Money(125000, "USD"),
    "operating",
    emails=("jane@acme.example",),
    payer_name="Jane Doe",
    invoice_number="1042",
    due_on=date(2026, 12, 15),
)


async def test_a_link_is_made_with_its_letter_its_card_and_its_expiry_owed() -> None:
    around = Surroundings()
    made = await create_link(ASKED, SAM.in_slack(), around.ports)
    assert made.card.amount == Money(125000, "USD")
    assert made.card.created_by == "Sam Okafor"
    assert made.mailed_to == ("jane@acme.example",)
    assert made.card.url.startswith("https://pay.harborfinch.example/p/")
    assert made.card.reference not in made.card.url
    assert sorted(job.kind for job in await Job.all()) == ["expire_link", "send_letter", "tell_channel"]
    assert around.woken == 1


async def test_link_only_mails_nobody_and_says_so() -> None:
    """(F22)"""
    made = await create_link(replace(ASKED, link_only=True), SAM.in_slack(), Surroundings().ports)
    assert made.mailed_to == ()
    assert "Nothing was mailed" in made.notes[0]
    assert await Job.filter(kind="send_letter").count() == 0
    assert await Recipient.all().count() == 0


async def test_three_addresses_get_a_letter_each_and_a_bad_one_is_named() -> None:
    """(F20)"""
    asked = replace(ASKED, emails=("a@x.example", "b@x.example", "c@x.example"), bad_emails=("d@@x",))
    made = await create_link(asked, SAM.in_slack(), Surroundings().ports)
    assert await Job.filter(kind="send_letter").count() == 3
    assert [delivery.address for delivery in made.card.deliveries] == ["a@x.example", "b@x.example", "c@x.example"]
    assert "d@@x" in made.notes[0]


async def test_the_same_command_again_is_noticed_until_the_word_again_is_said() -> None:
    """(B19)"""
    around = Surroundings()
    made = await create_link(ASKED, SAM.in_slack(), around.ports)
    for _ in range(2):
        with pytest.raises(LooksTheSame) as refused:
            await create_link(ASKED, SAM.in_slack(), around.ports)
        assert made.card.reference in refused.value.for_staff()
    assert await PaymentLink.all().count() == 1
    await create_link(replace(ASKED, again=True), SAM.in_slack(), around.ports)
    assert await PaymentLink.all().count() == 2


async def test_the_same_command_is_no_repeat_after_ten_minutes_or_from_somebody_else_or_for_another_amount() -> None:
    around = Surroundings()
    await create_link(ASKED, SAM.in_slack(), around.ports)
    await create_link(replace(ASKED, amount=Money(125001, "USD")), SAM.in_slack(), around.ports)
    around.clock.tick(timedelta(minutes=10, seconds=1))
    await create_link(ASKED, SAM.in_slack(), around.ports)
    assert await PaymentLink.all().count() == 3


async def test_one_delivery_of_a_command_makes_one_link_however_often_it_arrives() -> None:
    """(M14)"""
    around = Surroundings()
    by = SAM.in_slack(delivery="1337.42.trigger")
    made = await create_link(replace(ASKED, again=True), by, around.ports)
    for _ in range(20):
        with pytest.raises(AlreadyDone) as done:
            await create_link(replace(ASKED, again=True), by, around.ports)
        assert done.value.outcome == made.card.reference
    assert await PaymentLink.all().count() == 1
    assert await Job.filter(kind="send_letter").count() == 1


async def test_a_link_lives_until_the_end_of_its_last_day_in_the_firms_time_zone() -> None:
    """(F36) New York is five hours behind UTC in winter."""
    made = await create_link(replace(ASKED, expires_on=date(2026, 12, 31)), SAM.in_slack(), Surroundings().ports)
    assert made.card.expires_at == datetime(2027, 1, 1, 5, 0, tzinfo=UTC)


async def test_a_link_without_an_expiry_outlives_a_late_due_day() -> None:
    made = await create_link(replace(ASKED, due_on=date(2027, 6, 30)), SAM.in_slack(), Surroundings().ports)
    assert made.card.expires_at == datetime(2027, 7, 1, 4, 0, tzinfo=UTC)


async def test_the_trail_begins_with_who_made_the_link_and_through_which_door() -> None:
    """(M10)"""
    await create_link(ASKED, SAM.in_slack(), Surroundings().ports)
    event = await LinkEvent.get()
    assert (event.number, event.kind, event.who, event.door, event.after) == (1, "created", "U0SAM", "slack", "open")
    assert await verify_trails() == (1, ())


@pytest.mark.own_rows
async def test_an_edited_or_deleted_event_is_found() -> None:
    """(T22)"""
    around = Surroundings()
    for minor in (100, 200, 300):
        await create_link(replace(ASKED, amount=Money(minor, "USD")), SAM.in_slack(), around.ports)
    first, second, third = await PaymentLink.all().order_by("id")
    async with unguarded():
        await LinkEvent.filter(link_id=first.id).update(who="U0MALLORY")
        await LinkEvent.filter(link_id=second.id).delete()
    await PaymentLink.filter(id=third.id).update(state="paid")
    _, faults = await verify_trails()
    assert len(faults) == 3
    assert first.reference in faults[0]
    assert second.reference in faults[1]
    assert "its trail ends in open" in faults[2]


async def test_the_channel_of_the_command_is_told() -> None:
    await create_link(ASKED, SAM.in_slack(channel=BILLING), Surroundings().ports)
    job = await Job.get(kind="tell_channel")
    assert job.payload["channel"] == BILLING


async def test_a_link_asked_for_by_mail_is_told_to_nobody_in_slack_unless_a_channel_is_named() -> None:
    await create_link(ASKED, SAM.by_mail(), Surroundings().ports)
    assert await Job.filter(kind="tell_channel").count() == 0


# ── paying in parts ───────────────────────────────────────────────────────────────────────────────────────────────────


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def with_rule(partial: str, least: int | None = None) -> Surroundings:
    """A firm whose operating account has a rule of its own for part payment."""
    account = replace(OPERATING, partial=partial, partial_minimum=least)
    return Surroundings(firm=replace(FIRM, accounts={"operating": account, "trust": TRUST}))


@pytest.mark.parametrize(
    ("rule", "said", "becomes"),
    [
        (("off", None), (None, None), (False, None)),
        (("off", None), (True, None), (True, None)),
        (("off", 5_000), (None, None), (False, None)),
        (("allowed", None), (None, None), (True, None)),
        (("allowed", None), (False, None), (False, None)),
        (("allowed", 5_000), (None, None), (True, usd(5_000))),
        (("allowed", 5_000), (True, None), (True, None)),
        (("allowed", 5_000), (True, usd(100)), (True, usd(100))),
        (("allowed", 5_000), (False, None), (False, None)),
        (("allowed", 124_951), (None, None), (False, None)),  # no part of this amount is as large as that
    ],
)
async def test_a_link_that_says_nothing_of_parts_takes_its_accounts_rule(
    rule: tuple[str, int | None], said: tuple[bool | None, Money | None], becomes: tuple[bool, Money | None]
) -> None:
    """(F4)"""
    asked = replace(ASKED, partial=said[0], partial_minimum=said[1])
    card = (await create_link(asked, SAM.in_slack(), with_rule(*rule).ports)).card
    assert (card.partial_allowed, card.partial_minimum) == becomes


async def test_an_accounts_least_part_holds_for_its_own_currency_only() -> None:
    """(F4) How much it is worth in another is not known, so the client is asked for the whole."""
    euros = replace(ASKED, amount=Money(125_000, "EUR"))
    around = with_rule("allowed", 5_000)
    assert not (await create_link(euros, SAM.in_slack(), around.ports)).card.partial_allowed
    around = with_rule("allowed")
    assert (await create_link(replace(euros, again=True), SAM.in_slack(), around.ports)).card.partial_allowed


@pytest.mark.parametrize(("minor", "least"), [(99, None), (10_000, 9_951), (10_000, 20)])
async def test_parts_that_could_not_be_paid_are_refused_whatever_way_they_came(minor: int, least: int | None) -> None:
    """(F14, M08) Also where no grammar has looked at them."""
    asked = replace(ASKED, amount=usd(minor), partial=True, partial_minimum=usd(least) if least else None)
    with pytest.raises(AmountUnclear):
        await create_link(asked, SAM.in_slack(), Surroundings().ports)
    assert await PaymentLink.all().count() == 0


@pytest.mark.parametrize("amount", [Money(49, "USD"), Money(1_001, "KWD"), Money(125_001, "ISK"), Money(10**8, "JPY")])
async def test_an_amount_that_stripe_would_not_charge_is_refused_whatever_way_it_came(amount: Money) -> None:
    """(F13, B09)"""
    with pytest.raises(AmountUnclear):
        await create_link(replace(ASKED, amount=amount), SAM.in_slack(), Surroundings().ports)
    assert await PaymentLink.all().count() == 0
