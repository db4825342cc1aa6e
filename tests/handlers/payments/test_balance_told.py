"""A chain of balance links in the channel and in the history."""

from __future__ import annotations

from handlers.answers import LinkMade
from handlers.desk import Desk
from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Worker
from handlers.links.balance_link import balance_link
from handlers.links.chain import chain_of
from handlers.links.verify_trail import verify_trails
from handlers.ports import DeliveryTrouble
from handlers.requests import BalanceLink
from models.link_states import LinkState
from models.tables import ChannelPost, LinkEvent, NewsRoute, PaymentLink
from tests.cast import BILLING, NOOR, SAM
from tests.handlers.payments.balances import ask, made_by, paid_in_part, pays
from tests.handlers.payments.conftest import Till


async def test_a_chain_is_told_in_one_thread_and_the_first_card_follows_it(till: Till) -> None:
    """(X2, N1)"""
    first = await paid_in_part(till, emails=("jane@acme.example",), payer_name="Jane Doe")
    poster = till.around.poster
    [root] = poster.cards
    second = await made_by(till, first)
    [own] = [where for where, card in poster.cards.items() if card.reference == second.reference]
    assert poster.replies == {own: root}
    assert [(one.reference, one.state) for one in poster.cards[root].balance_links] == [
        (second.reference, LinkState.OPEN)
    ]
    await pays(till, second, 2000)
    third = await made_by(till, second)
    [grandchild] = [where for where, card in poster.cards.items() if card.reference == third.reference]
    assert poster.replies[grandchild] == root  # a reply has no thread of its own
    await pays(till, third)
    assert [one.state for one in poster.cards[root].balance_links] == [LinkState.PART_PAID, LinkState.PAID]
    assert poster.cards[own].balance_links[0].state is LinkState.PAID
    assert {line.where for line in poster.threads} == {root}
    told = till.said()
    assert "Partly paid: $40.00 by card. $60.00 is still owed." in told
    assert f"{second.reference}: Partly paid: $20.00 by card. $40.00 is still owed." in told
    assert f"{third.reference}: Paid: $40.00 by card." in told
    assert len(told) == len(set(told))
    assert len(poster.cards) == 3


async def test_in_every_channel_that_has_the_first_card_the_next_stands_under_it(till: Till) -> None:
    """(N1)"""
    await NewsRoute.create(event="all", target="C0NEWS")
    first = await paid_in_part(till)
    await NewsRoute.all().update(target="C0OTHER")
    await made_by(till, first)
    till.around.clock.tick(2)
    await till.work()
    poster = till.around.poster
    under = {where.channel: root for where, root in poster.replies.items()}
    assert set(under) == {BILLING, "C0NEWS", "C0OTHER"}  # the last hears of both links now
    assert all(root.channel == channel for channel, root in under.items())
    assert {poster.cards[root].reference for root in under.values()} == {first.reference}


async def test_a_link_of_a_batch_is_told_before_its_balance_link(till: Till) -> None:
    """Its card comes with its first news; the balance link waits for it."""
    link = await till.link(partial=True)
    await till.work()
    await ChannelPost.all().delete()
    till.around.poster.cards.clear()
    await PaymentLink.all().update(batch_id=1)
    session = await till.press_pay(link, 4000)
    till.cards.pay(session)
    await till.webhook("completed", session)
    working = Worker({name: step for name, step in STEPS.items() if name == "settle_event"}, till.around.ports)
    await working._run_batch("stripe")
    await balance_link(BalanceLink(link.reference), SAM.in_slack(), till.around.ports)
    till.around.poster.troubles.waiting = [DeliveryTrouble("ratelimited", retry_after=30)]
    for _ in range(20):
        till.around.clock.tick(3)
        await till.work()
    cards = till.around.poster.cards
    [root] = [where for where, card in cards.items() if card.reference == link.reference]
    assert list(till.around.poster.replies.values()) == [root]


async def test_where_the_first_card_is_lost_the_next_stands_in_the_thread_that_was_begun(till: Till) -> None:
    """(X2)"""
    first = await paid_in_part(till)
    [root] = till.around.poster.cards
    second = await made_by(till, first)
    await ChannelPost.filter(link_id=first.id).delete()
    await pays(till, second, 2000)
    third = await made_by(till, second)
    [under] = [where for where, card in till.around.poster.cards.items() if card.reference == third.reference]
    assert till.around.poster.replies[under] == root


async def test_a_balance_asked_for_by_mail_is_told_where_the_first_link_is(till: Till) -> None:
    first = await paid_in_part(till)
    answer = await Desk(till.around.ports).hear(NOOR.by_mail(), f"balance {first.reference.lower()}")
    assert isinstance(answer, LinkMade)
    await till.work()
    assert [where.channel for where in till.around.poster.replies] == [BILLING]


async def test_the_history_of_both_links_names_the_other(till: Till) -> None:
    first = await paid_in_part(till)
    made = await ask(till, first)
    event = await LinkEvent.filter(link_id=first.id).order_by("-number").first()
    assert event is not None
    assert (event.kind, event.detail["balance_link"], event.door) == ("balance", made.card.reference, "slack")
    assert [link.reference for link in await chain_of(first)] == [first.reference, made.card.reference]
    assert (await verify_trails())[1] == ()
