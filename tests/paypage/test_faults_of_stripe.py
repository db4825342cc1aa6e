"""Stripe failing in every way, from the payer's page to the link: what the page says and what becomes of the link.

The real pages and operations over the real client, at a local Stripe that fails on demand (F01-F08).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from handlers.answers import CancelReport, LinkList
from handlers.desk import Desk
from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Worker
from handlers.links.create_link import create_link
from handlers.requests import CreateLink
from models.link_states import LinkState
from models.money import Money
from models.tables import CheckoutAttempt, PaymentLink
from paypage.stand_in import Fault, StandInAccount, StripeStandIn
from paypage.stripe_cards import StripeCards
from paypage.stripe_line import Patience, StripeKeys
from tests.cast import SAM, Surroundings
from tests.paypage.payer_house import FORM, Answer, House, payer_house

NOT_REACHABLE = "The payment service is not reachable just now. Nothing was charged."
ASK = "Please contact Harbor & Finch LLP"
WAIT = "There is a short wait. Nothing was charged."


@dataclass(slots=True)
class Counter:
    """A firm, its pages and its Stripe."""

    house: House
    around: Surroundings
    stand_in: StripeStandIn
    link: PaymentLink

    async def press_pay(self) -> Answer:
        path = f"/p/{self.link.token}"
        nonce = (await self.house.get(path)).nonce
        return await self.house.post(self.link.token, {"nonce": nonce}, {"Content-Type": FORM})

    async def state(self) -> LinkState:
        return (await PaymentLink.get(id=self.link.id)).state

    async def says(self, words: str) -> object:
        """A command of staff's, typed meanwhile."""
        return await Desk(self.around.ports).hear(SAM.in_slack(), words)


@pytest.fixture
async def counter(database: str) -> AsyncIterator[Counter]:
    around = Surroundings()
    accounts = {"operating": StandInAccount("sk_test_o"), "trust": StandInAccount("sk_test_t")}
    stand_in = StripeStandIn(accounts, around.clock)
    url = await stand_in.serve()
    quick = Patience(one_try=0.3, all_tries=2, unreachable=(0.01, 0.01), busy=(0.01, 0.02))
    keys = {name: StripeKeys(account.secret_key) for name, account in accounts.items()}
    around.cards = cards = StripeCards(keys, around.clock, url, (url,), quick)
    made = await create_link(CreateLink(Money(10000, "USD"), "operating"), SAM.in_slack(), around.ports)
    link = await PaymentLink.get(reference=made.card.reference)
    async with payer_house(real=around.ports, checkout_hosts=(url,)) as house:
        around.firm = replace(around.firm, public_url=house.url)
        yield Counter(house, around, stand_in, link)
    await cards.close()
    await stand_in.close()


@pytest.mark.parametrize(
    ("fault", "times", "words", "retry_after"),
    [
        (Fault.HANG_UP, 9, NOT_REACHABLE, "30"),  # F01
        (Fault.SILENCE_AFTER_WORK, 9, NOT_REACHABLE, "30"),  # F02
        (Fault.STORED_ERROR, 1, NOT_REACHABLE, "30"),  # F03
        (Fault.UNAVAILABLE, 9, NOT_REACHABLE, "30"),
        (Fault.TOO_MANY, 9, WAIT, "5"),  # F04
        (Fault.KEY_IN_USE, 9, WAIT, "5"),  # F04
        (Fault.UNAUTHORIZED, 9, ASK, None),  # F05
        (Fault.FORBIDDEN, 9, ASK, None),  # F05
        (Fault.HTML, 9, NOT_REACHABLE, "30"),  # F07
        (Fault.CUT_OFF, 9, NOT_REACHABLE, "30"),  # F07
        (Fault.REDIRECT, 9, NOT_REACHABLE, "30"),  # F07
        (Fault.NO_URL, 9, NOT_REACHABLE, "30"),  # F07
    ],
)
async def test_a_stripe_that_fails_charges_nothing_keeps_the_link_open_and_staff_at_work(
    counter: Counter, fault: Fault, times: int, words: str, retry_after: str | None
) -> None:
    """(F01-F05, F07) And the next click, once Stripe is well, leads to one page that can be paid."""
    counter.stand_in.faults.plan(fault, "POST /v1/checkout/sessions", times)
    answer = await counter.press_pay()
    assert answer.status == 503
    assert words in answer.words
    assert answer.headers.get("Retry-After") == retry_after
    assert await counter.state() is LinkState.OPEN
    assert await CheckoutAttempt.filter(stage="live").count() == 0
    assert isinstance(await counter.says("list"), LinkList)
    counter.stand_in.faults.clear()
    counter.around.clock.tick(timedelta(minutes=2))  # a revoked key is tried again after a minute
    answer = await counter.press_pay()
    assert answer.status == 303
    assert answer.headers["Location"].startswith(counter.stand_in.base_url)
    held = [one for one in counter.stand_in.till.sessions.values() if one.status == "open"]
    assert len([one for one in held if one.id == answer.headers["Location"].rpartition("/")[2]]) == 1
    assert await CheckoutAttempt.filter(stage="live").count() == 1


async def test_a_page_on_a_strange_host_is_not_followed_and_staff_are_told(counter: Counter) -> None:
    """(T08)"""
    counter.stand_in.faults.plan(Fault.FOREIGN_URL, "POST /v1/checkout/sessions", 1)
    answer = await counter.press_pay()
    assert (answer.status, "Location" in answer.headers) == (502, False)
    assert await counter.state() is LinkState.OPEN


@pytest.mark.parametrize("fault", [Fault.HANG_UP, Fault.UNAVAILABLE, Fault.TOO_MANY, Fault.UNAUTHORIZED, Fault.CUT_OFF])
async def test_a_cancel_that_stripe_does_not_answer_is_under_way_until_it_does(counter: Counter, fault: Fault) -> None:
    """(F08) The page has no button meanwhile."""
    assert (await counter.press_pay()).status == 303
    counter.stand_in.faults.plan(fault, "/v1/checkout/sessions/", 9)
    report = await counter.says(f"cancel {counter.link.reference}")
    assert isinstance(report, CancelReport)
    assert "is under way" in report.outcomes[0].sentence
    assert await counter.state() is LinkState.CLOSING
    page = await counter.house.get(f"/p/{counter.link.token}")
    assert "being closed" in page.words
    assert "<form" not in page.text
    counter.stand_in.faults.clear()
    for _ in range(4):
        counter.around.clock.tick(31)
        while await Worker(STEPS, counter.around.ports).run_due():
            pass
    assert await counter.state() is LinkState.CANCELLED
    assert [one.status for one in counter.stand_in.till.sessions.values()] == ["expired"]
