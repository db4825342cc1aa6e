"""The line to Stripe: one client a merchant account, asked with patience, and how the last question ended."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import TypeVar

import aiohttp
import stripe

from handlers.ports import (
    Clock,
    LastWord,
    ProcessorBusy,
    ProcessorDenied,
    ProcessorRejected,
    ProcessorTrouble,
    ProcessorUnreachable,
)
from paypage.stripe_answers import Listed, ListPage, list_page, trouble_of, understood
from paypage.stripe_wire import StripeWire

DENIED_FOR = timedelta(seconds=60)  # F05: a revoked key is not tried more than once a minute

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class StripeKeys:
    """What one merchant account is spoken for with."""

    secret_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)  # two while rotating

    @property
    def livemode(self) -> bool:
        return self.secret_key.startswith(("sk_live_", "rk_live_"))


@dataclass(frozen=True, slots=True)
class Patience:
    """How long somebody is kept waiting for Stripe, in seconds (F01, F04). A payer is watching."""

    one_try: float = 10
    all_tries: float = 20
    unreachable: tuple[float, ...] = (0.5, 1)  # the waits before a second and a third try
    busy: tuple[float, ...] = (1, 2, 4)

    def before_next(self, trouble: ProcessorTrouble, tries: int) -> float | None:
        """Seconds to wait after so many tries; None: give up."""
        if isinstance(trouble, ProcessorBusy):
            waits, least = self.busy, trouble.retry_after or 0.0
        elif isinstance(trouble, ProcessorUnreachable):
            waits, least = self.unreachable, 0.0
        else:
            return None
        if tries > len(waits) or least > waits[-1]:
            return None
        jitter = random.uniform(0.8, 1.2)  # noqa: S311 - spreads retries, guards nothing
        return max(waits[tries - 1] * jitter, least)


class StripeLine:
    """Stripe's clients of all merchant accounts, sharing one HTTP client."""

    def __init__(self, accounts: Mapping[str, StripeKeys], clock: Clock, api_url: str, patience: Patience) -> None:
        self._patience = patience
        self._clock = clock
        self._wire = StripeWire(timeout=aiohttp.ClientTimeout(total=patience.one_try))
        self._clients = {key: self._client_for(keys, api_url.rstrip("/")) for key, keys in accounts.items()}
        self._live = frozenset(key for key, keys in accounts.items() if keys.livemode)
        self._denied: dict[str, datetime] = {}
        self._last_words: dict[str, LastWord] = {}

    def _client_for(self, keys: StripeKeys, api_url: str) -> stripe.StripeClient:
        # max_network_retries=0: the client does not retry 429, and its own retries could outlast the payer.
        return stripe.StripeClient(
            keys.secret_key, http_client=self._wire, base_addresses={"api": api_url}, max_network_retries=0
        )

    async def close(self) -> None:
        """Give the connections back. Nothing can be asked afterwards."""
        await self._wire.close_async()

    def last_word(self, account: str) -> LastWord | None:
        """How the last question about an account ended, since this process started; None: there was none."""
        return self._last_words.get(account)

    def livemode(self, account: str) -> bool:
        """Whether the account's key moves real money."""
        return account in self._live

    async def ask(self, account: str, call: Callable[[stripe.StripeClient], Awaitable[Answer]]) -> Answer:
        """Ask about an account until there is an answer or patience ends. Raises ProcessorTrouble."""
        client = self._client(account)
        trouble = ""
        try:
            return await self._persist(client, call)
        except ProcessorRejected:  # an answer, too: that what was asked for is not to be had
            raise
        except ProcessorTrouble as error:
            trouble = str(error)
            if isinstance(error, ProcessorDenied):
                self._denied[account] = self._clock.now()
            raise
        finally:
            self._last_words[account] = LastWord(self._clock.now(), trouble)

    async def whole_list(
        self,
        account: str,
        read: Callable[[Listed], Answer],
        list_after: Callable[[stripe.StripeClient, str], Awaitable[stripe.ListObject[Listed]]],
    ) -> list[Answer]:
        """Every page of a list; each is asked for with a patience of its own. Raises ProcessorTrouble."""
        found: list[Answer] = []
        after = ""

        async def one_page(client: stripe.StripeClient) -> ListPage[Answer]:
            listed = await list_after(client, after)
            return understood(partial(list_page, read), listed)

        while True:
            page = await self.ask(account, one_page)
            found += page.things
            if not page.has_more:
                return found
            if page.last_id == after:
                raise ProcessorUnreachable("Stripe's list goes round in a circle")
            after = page.last_id

    def _client(self, account: str) -> stripe.StripeClient:
        if account not in self._clients:
            raise ProcessorDenied(f"there is no Stripe key for account {account}")
        denied_at = self._denied.get(account)
        if denied_at and timedelta(0) <= self._clock.now() - denied_at < DENIED_FOR:
            raise ProcessorDenied(f"Stripe refused the key of account {account} a moment ago")
        return self._clients[account]

    async def _persist(
        self, client: stripe.StripeClient, call: Callable[[stripe.StripeClient], Awaitable[Answer]]
    ) -> Answer:
        trouble: ProcessorTrouble = ProcessorUnreachable("Stripe did not answer in time")
        with contextlib.suppress(TimeoutError):  # ours; a single try's own becomes APIConnectionError
            async with asyncio.timeout(self._patience.all_tries):
                for tries in count(1):
                    try:
                        return await call(client)
                    except stripe.StripeError as error:
                        trouble = trouble_of(error)
                    except ProcessorUnreachable as garbled:
                        trouble = garbled
                    wait = self._patience.before_next(trouble, tries)
                    if wait is None:
                        break
                    await asyncio.sleep(wait)
        raise trouble
