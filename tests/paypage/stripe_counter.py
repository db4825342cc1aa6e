"""StripeCards at a local Stripe that can be spoilt."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from paypage.stand_in import StandInAccount, StripeStandIn
from paypage.stripe_cards import StripeCards
from paypage.stripe_line import Patience, StripeKeys
from tests.fakes import FakeClock

SECRET = "sk_test_4eC39HqLyjWDarjtT1zdp7dc"
QUICK = Patience(one_try=1.5, all_tries=20, unreachable=(0.01, 0.01), busy=(0.01, 0.02, 0.04))


@dataclass(frozen=True, slots=True)
class Counter:
    """StripeCards at a local Stripe that can be spoilt."""

    cards: StripeCards
    stand_in: StripeStandIn
    clock: FakeClock

    @property
    def tries(self) -> list[str]:
        """The idempotency keys of all create calls that arrived."""
        return [call.key for call in self.stand_in.calls if call.call == "POST /v1/checkout/sessions"]


@contextlib.asynccontextmanager
async def stripe_counter() -> AsyncIterator[Counter]:
    clock = FakeClock()
    accounts = {"operating": StandInAccount(SECRET, name="Harbor & Finch"), "trust": StandInAccount("sk_live_trust")}
    stand_in = StripeStandIn(accounts, clock)
    url = await stand_in.serve()
    keys = {key: StripeKeys(account.secret_key) for key, account in accounts.items()}
    cards = StripeCards(keys, clock, url, [url], QUICK)
    yield Counter(cards, stand_in, clock)
    await cards.close()
    await stand_in.close()
