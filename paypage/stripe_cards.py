"""Stripe as the card processor, by stripe's own client: Checkout Sessions opened, read and closed, money sent back."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

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
    ProcessorRejected,
    RefundRequest,
    RefundTruth,
)
from paypage.checkout_hosts import checkout_origin
from paypage.stripe_answers import (
    KEY,
    AccountSeen,
    account_of,
    dispute_of,
    event_of,
    list_page,
    page_of,
    refund_of,
    session_id_of,
    truth_of,
    understood,
)
from paypage.stripe_line import Patience, StripeKeys, StripeLine

if TYPE_CHECKING:
    from stripe.params import DisputeListParams, EventListParams, RefundCreateParams, RefundListParams
    from stripe.params.checkout import SessionCreateParams

STRIPE_API = "https://api.stripe.com"
WITH_MONEY = ["payment_intent", "payment_intent.latest_charge"]  # expanded, so that one read tells everything
A_PAGE = 100  # things of a list at once; the most that Stripe gives

Asked = TypeVar("Asked")


class StripeCards:
    """CardProcessor over the line to Stripe."""

    def __init__(
        self,
        accounts: Mapping[str, StripeKeys],
        clock: Clock,
        api_url: str = STRIPE_API,
        checkout_hosts: Collection[str] = ("checkout.stripe.com",),
        patience: Patience | None = None,
    ) -> None:
        self._line = StripeLine(accounts, clock, api_url, patience or Patience())
        self._origins = tuple(checkout_origin(host) for host in checkout_hosts)

    async def close(self) -> None:
        """Give the connections back. Nothing can be asked afterwards."""
        await self._line.close()

    async def open_checkout(self, asked: CheckoutRequest) -> CheckoutPage:
        """Create the session; every try carries the same key and the same parameters. Raises ProcessorTrouble."""
        params = cast("SessionCreateParams", asked.params)

        async def create(client: stripe.StripeClient) -> CheckoutPage:
            session = await client.v1.checkout.sessions.create_async(params, {"idempotency_key": asked.idempotency_key})
            return understood(page_of, session)

        return await self._line.ask(asked.account, create)

    async def read_checkout(self, account: str, session_id: str) -> CheckoutTruth:
        """The session as it is now, with its money. Raises ProcessorTrouble."""
        _check_session_id(session_id)

        async def retrieve(client: stripe.StripeClient) -> CheckoutTruth:
            session = await client.v1.checkout.sessions.retrieve_async(session_id, {"expand": WITH_MONEY})
            return understood(truth_of, session)

        return await self._line.ask(account, retrieve)

    async def close_checkout(self, account: str, session_id: str) -> CheckoutTruth:
        """Expire the session if a payer could still pay it; what it is afterwards. Raises ProcessorTrouble."""
        _check_session_id(session_id)

        async def expire(client: stripe.StripeClient) -> CheckoutTruth:
            # No idempotency key of ours: expiring twice is harmless, and a stored 500 would keep it open for a day.
            session = await client.v1.checkout.sessions.expire_async(session_id, {"expand": WITH_MONEY})
            return understood(truth_of, session)

        try:
            return await self._line.ask(account, expire)
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

        return await self._line.ask(asked.account, create)

    async def find_checkout(self, account: str, payment_intent: str) -> str:
        """The id of the session that a payment intent belongs to; blank: to none. Raises ProcessorTrouble."""
        _check_intent_id(payment_intent)

        async def find(client: stripe.StripeClient) -> tuple[str, ...]:
            listed = await client.v1.checkout.sessions.list_async({"payment_intent": payment_intent})
            return understood(partial(list_page, session_id_of), listed).things

        try:
            return next(iter(await self._line.ask(account, find)), "")
        except ProcessorRejected:  # nothing by that id in this account
            return ""

    async def read_money_back(self, account: str, payment_intent: str) -> MoneyBack:
        """All refunds and disputes of a payment intent, whoever made them. Raises ProcessorTrouble."""
        _check_intent_id(payment_intent)
        asked: RefundListParams = {"payment_intent": payment_intent, "limit": A_PAGE}
        disputed: DisputeListParams = {"payment_intent": payment_intent, "limit": A_PAGE}
        refunds = await self._line.whole_list(
            account, refund_of, lambda client, after: client.v1.refunds.list_async(_after(asked, after))
        )
        disputes = await self._line.whole_list(
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
        missed = await self._line.whole_list(
            account, event_of, lambda client, after: client.v1.events.list_async(_after(asked, after))
        )
        return tuple(reversed(missed))  # Stripe lists the newest first

    async def see_account(self, account: str) -> AccountSeen:
        """Whether the account's key works, for `paylink doctor`. Raises ProcessorTrouble."""

        async def retrieve(client: stripe.StripeClient) -> AccountSeen:
            return understood(account_of, await client.v1.accounts.retrieve_current_async())

        return await self._line.ask(account, retrieve)

    def last_word(self, account: str) -> LastWord | None:
        """How the last question about an account ended, since this process started; None: there was none."""
        return self._line.last_word(account)

    def livemode(self, account: str) -> bool:
        """Whether the account's key moves real money."""
        return self._line.livemode(account)

    def checkout_url_allowed(self, url: str) -> bool:
        """Whether it is a page of a listed host, told by its very first characters: no room for user@host (T08)."""
        return url.startswith(self._origins) and re.fullmatch(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+", url) is not None


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
