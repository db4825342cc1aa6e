"""Stripe as the card processor, by stripe's own client: Checkout Sessions opened, read and closed, money sent back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, TypeVar, cast

import aiohttp
import stripe

from handlers.payments.event_kinds import HANDLED
from handlers.ports import (
    CheckoutPage,
    CheckoutRequest,
    CheckoutTruth,
    Clock,
    LastWord,
    MissedEvent,
    MoneyBack,
    ProcessorBusy,
    ProcessorDenied,
    ProcessorRejected,
    ProcessorTrouble,
    ProcessorUnreachable,
    RefundRequest,
    RefundTruth,
)
from paypage.checkout_hosts import checkout_origin
from paypage.stripe_answers import (
    KEY,
    AccountSeen,
    Listed,
    ListPage,
    account_of,
    dispute_of,
    event_of,
    list_page,
    page_of,
    refund_of,
    session_id_of,
    trouble_of,
    truth_of,
    understood,
)

if TYPE_CHECKING:
    from stripe.params import DisputeListParams, EventListParams, RefundCreateParams, RefundListParams
    from stripe.params.checkout import SessionCreateParams

STRIPE_API = "https://api.stripe.com"
WITH_MONEY = ["payment_intent", "payment_intent.latest_charge"]  # expanded, so that one read tells everything
A_PAGE = 100  # things of a list at once; the most that Stripe gives
DENIED_FOR = timedelta(seconds=60)  # F05: a revoked key is not tried more than once a minute

stripe.enable_telemetry = False  # it keeps a file in the home folder and describes this machine to Stripe

Answer = TypeVar("Answer")
Asked = TypeVar("Asked")


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


class _Wire(stripe.AIOHTTPClient):
    """stripe's aiohttp client that follows no redirect and takes a body cut off in transit for no answer at all."""

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        args, kwargs = self._get_request_args_kwargs(method, url, headers, post_data)
        try:
            async with self._session.request(*args, **kwargs, allow_redirects=False) as answer:
                return _sound(await answer.read()), answer.status, answer.headers
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise stripe.APIConnectionError(f"no answer from Stripe ({type(error).__name__})") from error

    async def close_async(self) -> None:
        if self._cached_session is not None:
            await self._cached_session.close()


def _sound(body: bytes) -> bytes:
    """The body when it is a JSON object whose error, if any, is one; else nothing. stripe stumbles over all others."""
    try:
        said = json.loads(body.decode())
    except (ValueError, RecursionError):
        return b""
    return body if isinstance(said, dict) and isinstance(said.get("error", {}), dict) else b""


class StripeCards:
    """CardProcessor over one StripeClient a merchant account, all sharing one HTTP client."""

    def __init__(
        self,
        accounts: Mapping[str, StripeKeys],
        clock: Clock,
        api_url: str = STRIPE_API,
        checkout_hosts: Collection[str] = ("checkout.stripe.com",),
        patience: Patience | None = None,
    ) -> None:
        self._patience = patience or Patience()
        self._clock = clock
        self._wire = _Wire(timeout=aiohttp.ClientTimeout(total=self._patience.one_try))
        self._clients = {key: self._client_for(keys, api_url.rstrip("/")) for key, keys in accounts.items()}
        self._live = frozenset(key for key, keys in accounts.items() if keys.livemode)
        self._denied: dict[str, datetime] = {}
        self._last_words: dict[str, LastWord] = {}
        self._origins = tuple(checkout_origin(host) for host in checkout_hosts)

    def _client_for(self, keys: StripeKeys, api_url: str) -> stripe.StripeClient:
        # max_network_retries=0: the client does not retry 429, and its own retries could outlast the payer.
        return stripe.StripeClient(
            keys.secret_key, http_client=self._wire, base_addresses={"api": api_url}, max_network_retries=0
        )

    async def close(self) -> None:
        """Give the connections back. Nothing can be asked afterwards."""
        await self._wire.close_async()

    async def open_checkout(self, asked: CheckoutRequest) -> CheckoutPage:
        """Create the session; every try carries the same key and the same parameters. Raises ProcessorTrouble."""
        params = cast("SessionCreateParams", asked.params)

        async def create(client: stripe.StripeClient) -> CheckoutPage:
            session = await client.v1.checkout.sessions.create_async(params, {"idempotency_key": asked.idempotency_key})
            return understood(page_of, session)

        return await self._ask(asked.account, create)

    async def read_checkout(self, account: str, session_id: str) -> CheckoutTruth:
        """The session as it is now, with its money. Raises ProcessorTrouble."""
        _check_session_id(session_id)

        async def retrieve(client: stripe.StripeClient) -> CheckoutTruth:
            session = await client.v1.checkout.sessions.retrieve_async(session_id, {"expand": WITH_MONEY})
            return understood(truth_of, session)

        return await self._ask(account, retrieve)

    async def close_checkout(self, account: str, session_id: str) -> CheckoutTruth:
        """Expire the session if a payer could still pay it; what it is afterwards. Raises ProcessorTrouble."""
        _check_session_id(session_id)

        async def expire(client: stripe.StripeClient) -> CheckoutTruth:
            # No idempotency key of ours: expiring twice is harmless, and a stored 500 would keep it open for a day.
            session = await client.v1.checkout.sessions.expire_async(session_id, {"expand": WITH_MONEY})
            return understood(truth_of, session)

        try:
            return await self._ask(account, expire)
        except ProcessorRejected:  # "only open sessions can be expired": then what is it?
            truth = await self.read_checkout(account, session_id)
            if truth.status == "open":
                raise
            return truth

    async def refund(self, asked: RefundRequest) -> RefundTruth:
        """Send money back; every try carries the same key and the same parameters. Raises ProcessorTrouble."""
        params: RefundCreateParams = {
            "payment_intent": asked.payment_intent,
            "amount": asked.amount.minor,
            "metadata": {"reference": asked.reference, KEY: asked.idempotency_key},
        }

        async def create(client: stripe.StripeClient) -> RefundTruth:
            refund = await client.v1.refunds.create_async(params, {"idempotency_key": asked.idempotency_key})
            return understood(refund_of, refund)

        return await self._ask(asked.account, create)

    async def find_checkout(self, account: str, payment_intent: str) -> str:
        """The id of the session that a payment intent belongs to; blank: to none. Raises ProcessorTrouble."""
        _check_intent_id(payment_intent)

        async def find(client: stripe.StripeClient) -> tuple[str, ...]:
            listed = await client.v1.checkout.sessions.list_async({"payment_intent": payment_intent})
            return understood(partial(list_page, session_id_of), listed).things

        try:
            return next(iter(await self._ask(account, find)), "")
        except ProcessorRejected:  # nothing by that id in this account
            return ""

    async def read_money_back(self, account: str, payment_intent: str) -> MoneyBack:
        """All refunds and disputes of a payment intent, whoever made them. Raises ProcessorTrouble."""
        _check_intent_id(payment_intent)
        asked: RefundListParams = {"payment_intent": payment_intent, "limit": A_PAGE}
        disputed: DisputeListParams = {"payment_intent": payment_intent, "limit": A_PAGE}
        refunds = await self._whole_list(
            account, refund_of, lambda client, after: client.v1.refunds.list_async(_after(asked, after))
        )
        disputes = await self._whole_list(
            account, dispute_of, lambda client, after: client.v1.disputes.list_async(_after(disputed, after))
        )
        return MoneyBack(tuple(refunds), tuple(disputes))

    async def missed_events(self, account: str, since: datetime, *, delivered: bool = False) -> tuple[MissedEvent, ...]:
        """Events of the kinds we handle, made at or after `since`, whose delivery failed; oldest first.

        `delivered`: those that arrived instead. Raises ProcessorTrouble.
        """
        asked: EventListParams = {
            "delivery_success": delivered,
            "created": {"gte": int(since.timestamp())},
            "types": sorted(HANDLED),
            "limit": A_PAGE,
        }
        missed = await self._whole_list(
            account, event_of, lambda client, after: client.v1.events.list_async(_after(asked, after))
        )
        return tuple(reversed(missed))  # Stripe lists the newest first

    async def see_account(self, account: str) -> AccountSeen:
        """Whether the account's key works, for `paylink doctor`. Raises ProcessorTrouble."""

        async def retrieve(client: stripe.StripeClient) -> AccountSeen:
            return understood(account_of, await client.v1.accounts.retrieve_current_async())

        return await self._ask(account, retrieve)

    def last_word(self, account: str) -> LastWord | None:
        """How the last question about an account ended, since this process started; None: there was none."""
        return self._last_words.get(account)

    def livemode(self, account: str) -> bool:
        """Whether the account's key moves real money."""
        return account in self._live

    def checkout_url_allowed(self, url: str) -> bool:
        """Whether it is a page of a listed host, told by its very first characters: no room for user@host (T08)."""
        return url.startswith(self._origins) and re.fullmatch(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+", url) is not None

    async def _whole_list(
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
            page = await self._ask(account, one_page)
            found += page.things
            if not page.has_more:
                return found
            if page.last_id == after:
                raise ProcessorUnreachable("Stripe's list goes round in a circle")
            after = page.last_id

    async def _ask(self, account: str, call: Callable[[stripe.StripeClient], Awaitable[Answer]]) -> Answer:
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


def _after(params: Asked, last_id: str) -> Asked:
    """The parameters of a list's next page."""
    return cast("Asked", {**cast("dict[str, object]", params), "starting_after": last_id}) if last_id else params


def _check_intent_id(payment_intent: str) -> None:
    """An event brings it. Raises ProcessorRejected: it cannot be one."""
    if not re.fullmatch(r"pi_[A-Za-z0-9_]{1,250}", payment_intent):
        raise ProcessorRejected("that is no payment intent's id")


def _check_session_id(session_id: str) -> None:
    """A payer's URL may carry it. Raises ProcessorRejected: it cannot be one."""
    if not re.fullmatch(r"cs_[A-Za-z0-9_]{1,250}", session_id):
        raise ProcessorRejected("that is no Checkout Session's id")
