"""The two card processors that both keep the contract: the fake, and Stripe over its stand-in."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from handlers.ports import CardProcessor, CheckoutRequest
from paypage.stand_in import StandInAccount, StripeStandIn
from paypage.stripe_cards import StripeCards
from paypage.stripe_line import StripeKeys
from tests.fake_cards import FakeCards
from tests.fakes import FakeClock


class Hands(Protocol):
    """The payer and the bank."""

    def pay(self, session_id: str) -> None: ...
    def debit(self, session_id: str) -> None: ...
    def settle_debit(self, session_id: str, *, cleared: bool) -> None: ...
    def decline(self, session_id: str) -> None: ...
    def refund_at_stripe(self, session_id: str, minor: int | None = None) -> str: ...
    def end_refund(self, session_id: str, *, arrived: bool) -> None: ...
    def dispute(self, session_id: str, reason: str = "fraudulent", minor: int | None = None) -> str: ...
    def close_dispute(self, session_id: str, *, won: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class Bench:
    cards: CardProcessor
    hands: Hands
    clock: FakeClock


PROCESSORS = ("fake", "stripe over the stand-in")


@contextlib.asynccontextmanager
async def card_bench(which: str) -> AsyncIterator[Bench]:
    clock = FakeClock()
    if which == "fake":
        fake = FakeCards(clock)
        yield Bench(fake, fake, clock)
        return
    keys = {"operating": "sk_test_operating", "trust": "sk_test_trust"}
    stand_in = StripeStandIn({account: StandInAccount(key) for account, key in keys.items()}, clock)
    url = await stand_in.serve()
    cards = StripeCards({account: StripeKeys(key) for account, key in keys.items()}, clock, url, [url])
    yield Bench(cards, stand_in, clock)
    await cards.close()
    await stand_in.close()


def request_for(clock: FakeClock, minor: int = 125_050, currency: str = "usd", key: str = "cs-1-1") -> CheckoutRequest:
    return CheckoutRequest(
        account="operating",
        idempotency_key=key,
        params={
            "mode": "payment",
            "client_reference_id": "PL-7F3K9Q",
            "metadata": {"reference": "PL-7F3K9Q", "attempt": "3"},
            "payment_intent_data": {"metadata": {"reference": "PL-7F3K9Q", "attempt": "3"}},
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": currency,
                        "unit_amount": minor,
                        "product_data": {"name": "Invoice 1042 & costs"},
                    },
                }
            ],
            "success_url": "https://pay.firm.example/p/t0k3n?session_id={CHECKOUT_SESSION_ID}",
            "cancel_url": "https://pay.firm.example/p/t0k3n",
            "expires_at": int((clock.now() + timedelta(hours=23)).timestamp()),
        },
    )


async def opened(bench: Bench) -> str:
    return (await bench.cards.open_checkout(request_for(bench.clock))).session_id
