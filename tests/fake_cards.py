"""Stripe in memory, as a fake for the card port, and a Stripe that must not be asked."""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from handlers.ports import (
    CheckoutPage,
    CheckoutRequest,
    CheckoutTruth,
    Clock,
    DisputeTruth,
    LastWord,
    MissedEvent,
    MoneyBack,
    ProcessorDenied,
    ProcessorRejected,
    ProcessorTrouble,
    RefundRequest,
    RefundTruth,
)
from models.money import Money
from tests.fakes import FakeClock


class CardsNotExpected:
    """For tests in which Stripe must not be asked: every call fails the test (T02, DESIGN section 4)."""

    async def open_checkout(self, asked: CheckoutRequest) -> CheckoutPage:
        raise AssertionError(f"Stripe was asked to open {asked}")

    async def read_checkout(self, account: str, session_id: str) -> CheckoutTruth:
        raise AssertionError(f"Stripe was asked for {session_id}")

    async def close_checkout(self, account: str, session_id: str) -> CheckoutTruth:
        raise AssertionError(f"Stripe was asked to close {session_id}")

    async def refund(self, asked: RefundRequest) -> RefundTruth:
        raise AssertionError(f"Stripe was asked to send back {asked}")

    async def find_checkout(self, account: str, payment_intent: str) -> str:
        raise AssertionError(f"Stripe was asked for the session of {payment_intent}")

    async def read_money_back(self, account: str, payment_intent: str) -> MoneyBack:
        raise AssertionError(f"Stripe was asked what went back of {payment_intent}")

    async def missed_events(self, account: str, since: datetime, *, delivered: bool = False) -> tuple[MissedEvent, ...]:
        raise AssertionError(f"Stripe was asked for missed events of {account}")

    def last_word(self, account: str) -> LastWord | None:
        return None

    def livemode(self, account: str) -> bool:
        raise AssertionError(f"asked about {account}")

    def checkout_url_allowed(self, url: str) -> bool:
        raise AssertionError(f"asked about {url}")


@dataclass(slots=True)
class _KeptSession:
    account: str
    ends_at: float  # seconds since 1970
    truth: CheckoutTruth
    refunds: dict[str, RefundTruth] = field(default_factory=dict)  # by id, oldest first
    disputes: dict[str, DisputeTruth] = field(default_factory=dict)

    @property
    def refundable(self) -> int:
        """Minor units that can still go back."""
        received = self.truth.received.minor if self.truth.received else 0
        gone = sum(r.amount.minor for r in self.refunds.values() if r.status not in ("failed", "canceled"))
        return received - gone


async def _nothing(call: str) -> None:
    return None


@dataclass(slots=True)
class FakeCards:
    """A Stripe in memory. tests/contracts/test_card_processor.py holds it to what the real one does.

    `pay`, `debit`, `settle_debit`, `decline`, `dispute` and `close_dispute` are the payer's and the bank's hands;
    `refund_at_stripe` and `end_refund` are somebody's at Stripe's dashboard. Each call of the port takes one of
    `troubles` (None lets it through) before its work and one of `lost` after it: done, but the answer never came.
    `missed` are the events it could not deliver, `arrived` those it did: (account, when, event). `meanwhile` is awaited
    in the middle of every call with its name, for races.
    """

    clock: Clock = field(default_factory=FakeClock)
    accounts: frozenset[str] = frozenset({"operating", "trust"})
    live: bool = False  # its keys' mode
    words: dict[str, LastWord] = field(default_factory=dict)  # the last of each account, where not the usual
    payer_email: str = ""  # that payers type on its page
    origin: str = "https://checkout.stripe.com"
    troubles: list[ProcessorTrouble | None] = field(default_factory=list)
    lost: list[ProcessorTrouble | None] = field(default_factory=list)
    meanwhile: Callable[[str], Awaitable[None]] = _nothing
    missed: list[tuple[str, datetime, MissedEvent]] = field(default_factory=list)
    arrived: list[tuple[str, datetime, MissedEvent]] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)  # (open, read, close, …; the key or the thing's id)
    _sessions: dict[str, _KeptSession] = field(default_factory=dict)
    _answers: dict[tuple[str, str], tuple[dict[str, object], CheckoutPage]] = field(default_factory=dict)
    _refunded: dict[tuple[str, str], tuple[RefundRequest, str]] = field(default_factory=dict)

    async def open_checkout(self, asked: CheckoutRequest) -> CheckoutPage:
        await self._begin("open", asked.account, asked.idempotency_key)
        slot = (asked.account, asked.idempotency_key)
        if slot not in self._answers:
            self._answers[slot] = (copy.deepcopy(asked.params), self._new_page(asked))
        params, page = self._answers[slot]
        if params != asked.params:
            raise ProcessorRejected("the key was used with other parameters")
        self._meet(self.lost)
        return page

    async def read_checkout(self, account: str, session_id: str) -> CheckoutTruth:
        await self._begin("read", account, session_id)
        truth = self._kept(session_id, account).truth
        self._meet(self.lost)
        return truth

    async def close_checkout(self, account: str, session_id: str) -> CheckoutTruth:
        await self._begin("close", account, session_id)
        kept = self._kept(session_id, account)
        if kept.truth.status == "open":
            kept.truth = replace(kept.truth, status="expired")
        self._meet(self.lost)
        return kept.truth

    async def refund(self, asked: RefundRequest) -> RefundTruth:
        await self._begin("refund", asked.account, asked.idempotency_key)
        slot = (asked.account, asked.idempotency_key)
        if slot not in self._refunded:
            kept = self._of_intent(asked.account, asked.payment_intent)
            self._refunded[slot] = (asked, self._send_back(kept, asked.amount, asked.idempotency_key))
        first, refund_id = self._refunded[slot]
        if first != asked:
            raise ProcessorRejected("the key was used with other parameters")
        self._meet(self.lost)
        return self._of_intent(asked.account, asked.payment_intent).refunds[refund_id]

    async def find_checkout(self, account: str, payment_intent: str) -> str:
        await self._begin("find", account, payment_intent)
        found = [
            kept.truth.session_id
            for kept in self._sessions.values()
            if kept.account == account and kept.truth.payment_intent == payment_intent
        ]
        self._meet(self.lost)
        return found[0] if found else ""

    async def read_money_back(self, account: str, payment_intent: str) -> MoneyBack:
        await self._begin("money_back", account, payment_intent)
        kept = self._of_intent(account, payment_intent)
        back = MoneyBack(tuple(kept.refunds.values()), tuple(kept.disputes.values()))
        self._meet(self.lost)
        return back

    async def missed_events(self, account: str, since: datetime, *, delivered: bool = False) -> tuple[MissedEvent, ...]:
        await self._begin("missed", account, since.isoformat())
        events = self.arrived if delivered else self.missed
        answer = tuple(event for whose, at, event in events if whose == account and at >= since)
        self._meet(self.lost)
        return answer

    def last_word(self, account: str) -> LastWord | None:
        return self.words.get(account) or (LastWord(self.clock.now()) if self.calls else None)

    def livemode(self, account: str) -> bool:
        return self.live

    def checkout_url_allowed(self, url: str) -> bool:
        return url.startswith(f"{self.origin}/")

    def pay(self, session_id: str) -> None:
        """A card that works."""
        self._complete(session_id, "card", "succeeded")

    def debit(self, session_id: str) -> None:
        """A bank debit is begun; settle_debit() ends it."""
        self._complete(session_id, "us_bank_account", "processing")

    def settle_debit(self, session_id: str, *, cleared: bool) -> None:
        kept = self._kept(session_id)
        assert kept.truth.intent_status == "processing", "no debit is under way"
        if cleared:
            kept.truth = _with_money(kept.truth, "us_bank_account", "succeeded")
        else:
            kept.truth = replace(kept.truth, intent_status="requires_payment_method", failure="The bank refused.")

    def decline(self, session_id: str) -> None:
        """A card that is refused; the session stays open."""
        kept = self._kept(session_id)
        assert kept.truth.status == "open", f"the session is {kept.truth.status}"
        kept.truth = replace(
            _with_money(kept.truth, "card", "requires_payment_method"), failure="Your card was declined."
        )

    def refund_at_stripe(self, session_id: str, minor: int | None = None) -> str:
        """Somebody at the firm refunds it there, wholly or in part; the refund's id."""
        kept = self._kept(session_id)
        return self._send_back(kept, Money(minor or kept.refundable, kept.truth.amount.currency))

    def end_refund(self, session_id: str, *, arrived: bool) -> None:
        """What the payer's bank says of the newest refund, perhaps days later."""
        refunds = self._kept(session_id).refunds
        newest = next(reversed(refunds.values()))
        after = replace(newest, status="succeeded") if arrived else replace(newest, status="failed", failure="declined")
        refunds[newest.refund_id] = after

    def dispute(self, session_id: str, reason: str = "fraudulent", minor: int | None = None) -> str:
        """The payer's bank takes the money back; the dispute's id."""
        kept = self._kept(session_id)
        assert kept.truth.intent_status == "succeeded", "there is no money in it"
        amount = Money(minor or kept.truth.amount.minor, kept.truth.amount.currency)
        dispute_id = f"dp_{kept.truth.session_id.removeprefix('cs_test_')}{len(kept.disputes) + 1}"
        due = self.clock.now() + timedelta(days=7)
        kept.disputes[dispute_id] = DisputeTruth(
            dispute_id, kept.truth.payment_intent, amount, "needs_response", reason, due
        )
        return dispute_id

    def close_dispute(self, session_id: str, *, won: bool) -> None:
        """The bank has decided its newest dispute."""
        disputes = self._kept(session_id).disputes
        newest = next(reversed(disputes))
        disputes[newest] = replace(disputes[newest], status="won" if won else "lost")

    @property
    def taken(self) -> list[CheckoutTruth]:
        """The sessions with money in them, paid or under way: what our books are compared with."""
        return [
            kept.truth for kept in self._sessions.values() if kept.truth.intent_status in ("succeeded", "processing")
        ]

    @property
    def sent_back(self) -> list[RefundTruth]:
        """All refunds, of all accounts, whoever made them."""
        return [refund for kept in self._sessions.values() for refund in kept.refunds.values()]

    async def _begin(self, call: str, account: str, about: str) -> None:
        self.calls.append((call, about))
        await self.meanwhile(call)
        if account not in self.accounts:
            raise ProcessorDenied(f"there is no key for account {account}")
        self._meet(self.troubles)

    def _meet(self, ordered: list[ProcessorTrouble | None]) -> None:
        trouble = ordered.pop(0) if ordered else None
        if trouble is not None:
            raise trouble

    def _new_page(self, asked: CheckoutRequest) -> CheckoutPage:
        params: dict[str, Any] = asked.params
        prices = [(line["price_data"], line["quantity"]) for line in params["line_items"]]
        minor = sum(price["unit_amount"] * quantity for price, quantity in prices)
        if minor <= 0:
            raise ProcessorRejected("the amount is too small")
        session_id = f"cs_test_{len(self._sessions) + 1:06}"
        truth = CheckoutTruth(
            session_id=session_id,
            status="open",
            payment_status="unpaid",
            amount=Money(minor, prices[0][0]["currency"].upper()),
            reference=params.get("client_reference_id", ""),
            attempt=int(params.get("metadata", {}).get("attempt", 0)),
            livemode=self.live,
        )
        ends_at = params.get("expires_at", self.clock.now().timestamp() + 86400)
        self._sessions[session_id] = _KeptSession(asked.account, ends_at, truth)
        return CheckoutPage(session_id, f"{self.origin}/c/pay/{session_id}")

    def _kept(self, session_id: str, account: str = "") -> _KeptSession:
        kept = self._sessions.get(session_id)
        if kept is None or account not in ("", kept.account):
            raise ProcessorRejected(f"no such session: {session_id}")
        if kept.truth.status == "open" and kept.ends_at <= self.clock.now().timestamp():
            kept.truth = replace(kept.truth, status="expired")
        return kept

    def _of_intent(self, account: str, payment_intent: str) -> _KeptSession:
        for kept in self._sessions.values():
            if kept.account == account and payment_intent and kept.truth.payment_intent == payment_intent:
                return kept
        raise ProcessorRejected(f"no such payment intent: {payment_intent}")

    def _send_back(self, kept: _KeptSession, amount: Money, key: str = "") -> str:
        if kept.truth.intent_status != "succeeded":
            raise ProcessorRejected("it has no successful charge to refund")
        if any(dispute.status != "won" for dispute in kept.disputes.values()):
            raise ProcessorRejected("the charge has been charged back")
        if not 0 < amount.minor <= kept.refundable or amount.currency != kept.truth.amount.currency:
            raise ProcessorRejected(f"{kept.refundable} is left to refund, not {amount.minor}")
        refund_id = f"re_{kept.truth.session_id.removeprefix('cs_test_')}{len(kept.refunds) + 1}"
        status = "succeeded" if kept.truth.method == "card" else "pending"
        kept.refunds[refund_id] = RefundTruth(refund_id, kept.truth.payment_intent, amount, status, key=key)
        return refund_id

    def _complete(self, session_id: str, method: str, intent_status: str) -> None:
        kept = self._kept(session_id)
        assert kept.truth.status == "open", f"the session is {kept.truth.status}"
        paid = _with_money(kept.truth, method, intent_status)
        kept.truth = replace(paid, status="complete", charged_at=self.clock.now(), payer_email=self.payer_email)


def _with_money(truth: CheckoutTruth, method: str, intent_status: str) -> CheckoutTruth:
    paid = intent_status == "succeeded"
    return replace(
        truth,
        payment_status="paid" if paid else "unpaid",
        payment_intent=f"pi_{truth.session_id.removeprefix('cs_test_')}",
        intent_status=intent_status,
        received=truth.amount if paid else Money(0, truth.amount.currency),
        method=method,
        failure="",
    )
