"""Who made a link by mail and has no Slack hears by mail how it fares (N1)."""

from __future__ import annotations

from handlers.firm_trail import Change, keep_changes
from handlers.links.create_link import create_link
from handlers.ports import DeliveryTrouble
from handlers.requests import CreateLink
from models.money import Money
from models.tables import Job, PaymentLink
from tests.cast import BILLING, NOOR, SAM
from tests.handlers.payments.conftest import Till, till

__all__ = ["till"]


async def made(till: Till) -> PaymentLink:
    asked = CreateLink(Money(10000, "USD"), "operating", payer_name="Jane Doe")
    answer = await create_link(asked, SAM.by_mail(), till.around.ports)
    await till.work()
    return await PaymentLink.get(reference=answer.card.reference)


async def test_the_maker_by_mail_is_told_once_that_it_is_paid_and_later_that_it_is_disputed(till: Till) -> None:
    link = await made(till)
    assert till.around.letters.answers == []  # the answer to the command was the first news
    session = await till.press_pay(link)
    till.cards.pay(session)
    await till.hears("completed", session)
    await till.hears("completed", session)
    [letter] = till.around.letters.answers
    assert (letter.to, letter.subject) == (SAM.email, f"{link.reference}, Jane Doe: Paid: $100.00 by card.")
    assert "Paid: $100.00 by card." in letter.text
    assert link.token not in letter.text
    till.cards.dispute(session)
    await till.hears_of_money_back("charge.dispute.created", session)
    told = till.around.letters.answers[1:]
    assert [one.to for one in told if one.message_id.startswith("news-")] == [SAM.email]
    assert "DISPUTED" in told[-1].text


async def test_a_mail_server_that_is_away_delays_the_news_and_repeats_nothing(till: Till) -> None:
    link = await made(till)
    session = await till.press_pay(link)
    till.cards.pay(session)
    till.around.letters.troubles.waiting = [DeliveryTrouble("away")]
    await till.hears("completed", session)
    assert till.around.letters.answers == []
    till.around.clock.tick(600)
    await till.work()
    assert len(till.around.letters.answers) == 1
    assert not await Job.filter(kind="mail_news").exists()


async def test_who_has_slack_gets_no_letter_and_is_named_in_the_thread(till: Till) -> None:
    await till.paid()
    assert till.around.letters.answers == []
    paid = [line for line in till.around.poster.threads if line.words.startswith("Paid:")]
    assert [line.whom for line in paid] == [SAM.slack_id]
    opened = [line for line in till.around.poster.threads if "checkout page" in line.words]
    assert {line.whom for line in opened} == {""}


async def test_admins_read_of_channels_and_people_by_name_and_never_by_id(till: Till) -> None:
    """What somebody typed is never taken for an id."""
    ports = till.around.ports
    await keep_changes("account", NOOR.in_slack(), [Change("what the account trust serves", "", BILLING)], ports)
    await keep_changes("setting", NOOR.in_slack(), [Change("message", "", "U0TYPED001")], ports)
    jobs = await Job.filter(kind="tell_admins").order_by("id")
    named = {str(job.payload["words"]): job.payload["named"] for job in jobs}
    assert [*named.values()] == [[BILLING], []]
    await till.work()
    letters = [letter.text for letter in till.around.letters.answers if letter.to == NOOR.email]
    assert "Noor Haddad changed what the account trust serves: “a channel in Slack”. Before: nothing." in letters
