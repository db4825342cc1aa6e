"""Merchant accounts never mix: what is told at one says nothing about the money of another (M16)."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

from handlers.firm import Account
from handlers.links.verify_trail import verify_trails
from models.link_states import LinkState
from models.tables import CheckoutAttempt, Payment, PaymentLink
from tests.cast import FIRM, OPERATING, TRUST, Surroundings
from tests.fake_cards import FakeCards
from tests.handlers.payments.conftest import Till

ESCROW = Account("escrow", "Harbor & Finch Escrow", "trust", "USD")
ACCOUNTS = {account.key: account for account in (OPERATING, TRUST, ESCROW)}


async def test_three_accounts_and_every_event_at_each_of_the_others_have_no_effect(database: str) -> None:
    """(M16) Six swaps; then each at its own account settles its own link and no other."""
    around = Surroundings(firm=replace(FIRM, accounts=ACCOUNTS))
    till = Till(around, FakeCards(accounts=frozenset(ACCOUNTS)))
    links = {key: await till.link(10000 + number, account=key) for number, key in enumerate(ACCOUNTS)}
    sessions = {key: await till.press_pay(link) for key, link in links.items()}
    for session in sessions.values():
        till.cards.pay(session)
    for told_at, of in permutations(ACCOUNTS, 2):
        await till.webhook("completed", sessions[of], account=told_at)
    await till.work()
    assert await Payment.all().count() == 0
    assert {link.state for link in await PaymentLink.all()} == {LinkState.OPEN}
    for key, session in sessions.items():
        await till.webhook("completed", session, account=key)
        await till.work()
        paid = await Payment.all().order_by("-id").first()
        assert paid is not None
        assert (paid.account, paid.link_id, paid.amount_minor) == (key, links[key].id, links[key].amount_minor)
    assert {(attempt.account, attempt.link_id) for attempt in await CheckoutAttempt.all()} == {
        (key, link.id) for key, link in links.items()
    }
    assert {link.state for link in await PaymentLink.all()} == {LinkState.PAID}
    _, faults = await verify_trails()
    assert faults == ()
