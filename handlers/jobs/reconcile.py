"""Reconciling: what Stripe knows and our books do not is found without any webhook (M02, M17, F09).

A round asks for every attempt that may still be paid, for every payment that the bank has yet to confirm, and for the
events that Stripe could not deliver. The first round of a process also asks for those it did deliver: a database that
was restored from a backup has forgotten some.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from handlers.jobs.steps import TryLater, paid_off
from handlers.owed import milliseconds, owe
from handlers.payments.attempts import COMPLETE, DEAD, LIVE, OPENING, learn_session
from handlers.payments.event_kinds import SESSION
from handlers.payments.human_check import first_time
from handlers.payments.record_event import record_event
from handlers.payments.settle import PROCESSING, record_truth
from handlers.people.messages import owe_admins
from handlers.ports import CheckoutTruth, MissedEvent, Ports, ProcessorRejected, ProcessorTrouble
from models import job_queue
from models.job_queue import Claimed
from models.link_states import LinkState
from models.parts import in_parts
from models.tables import CheckoutAttempt, FirmSetting, InboundEvent, Job, Payment, PaymentLink

log = structlog.get_logger()
EVERY = 600.0  # seconds between rounds
SOONER = 60.0  # seconds until the next one where Stripe did not answer
UNDER_WAY = timedelta(minutes=2)  # so long an attempt is left to the payer's own request
DEAD_FOR = timedelta(days=2)  # so long the first round of a process asks after sessions that were closed
KEPT_BY_STRIPE = timedelta(days=30)  # events (docs.stripe.com/api/events/list)
OVERLAP = timedelta(hours=1)  # of the windows: clocks differ
_AT_ONCE = 4  # questions about one account
_KEY = "reconcile"
_MARK = "reconciled."  # and the account: when its last whole round began, in FirmSetting


async def begin_reconciling(ports: Ports) -> None:
    """Owe a thorough round at once, in place of the one that waits for its time; other replicas share it.

    Events that died of a fault are owed again, too: it may be mended in what has just been started (F13).
    """
    now = ports.clock.now()
    async with in_transaction():
        await Job.filter(dedup=_KEY).delete()
        await owe("reconcile", {"thorough": True}, now, dedup=_KEY)
        dead = Job.filter(kind="settle_event", state=job_queue.DEAD, attempts__gt=1)
        await dead.update(state=job_queue.DUE, attempts=0, run_at=milliseconds(now), last_error="")
    ports.wake()


async def last_rounds() -> dict[str, datetime]:
    """When the last whole round of each account began."""
    marks = await FirmSetting.filter(name__startswith=_MARK)
    return {mark.name.removeprefix(_MARK): datetime.fromisoformat(mark.value) for mark in marks}


async def reconcile(job: Claimed, ports: Ports, *, every: float = EVERY) -> bool:
    """One round over all accounts, and the next one owed in `every` seconds. One account's trouble stops no other.

    Raises TryLater: an account's round did not come to its end; the next one begins where that one did.
    """
    thorough = bool(job.payload.get("thorough"))
    accounts = sorted(ports.firm.accounts)
    ends = await asyncio.gather(*[_tried(account, ports, thorough=thorough) for account in accounts])
    if troubles := "; ".join(filter(None, ends)):
        raise TryLater(troubles, min(SOONER, every))
    async with in_transaction():
        await paid_off(job)
        await owe("reconcile", {}, ports.clock.now() + timedelta(seconds=every), dedup=_KEY)
    return True


async def _tried(account: str, ports: Ports, *, thorough: bool) -> str:
    """An account's round; why it did not come to its end, blank where it did."""
    try:
        await _Round(account, ports, thorough).run()
    except ProcessorTrouble as trouble:
        return f"{account}: {trouble}"
    except Exception as fault:  # of ours; it must not end the rounds for good
        log.exception("reconcile.failed", account=account)
        await _tell_of_fault(account, fault, ports)
        return f"{account}: {type(fault).__name__}: {fault}"
    return ""


async def _tell_of_fault(account: str, fault: Exception, ports: Ports) -> None:
    now = ports.clock.now()
    words = f"Paylink could not compare its books of account {account} with Stripe's ({type(fault).__name__}: {fault})."
    async with in_transaction():
        if await first_time("told", f"reconcile {account} {now:%Y-%m-%d}", ports):
            await owe_admins(words, now, ports, about=f"reconcile-{account}")


@dataclass(slots=True)
class _Round:
    account: str
    ports: Ports
    thorough: bool
    tell_payer: bool = True

    async def run(self) -> None:
        """Raises ProcessorTrouble, or the first fault of ours once all the rest has been asked."""
        now = self.ports.clock.now()
        await self._hear_what_was_missed(await self._since(now))
        await self._each(await self._open_questions(now))
        name = _MARK + self.account
        if not await FirmSetting.filter(name=name).update(value=now.isoformat()):
            await FirmSetting.get_or_create(name=name, defaults={"value": now.isoformat()})

    async def _since(self, now: datetime) -> datetime:
        """From when on events are asked for. Of an account without a round yet: since its first link."""
        mark = (await last_rounds()).get(self.account)
        if mark is None:
            first = await PaymentLink.filter(account=self.account).order_by("id").first()
            mark = first.created_at if first else now
        return max(min(mark, now) - OVERLAP, now - KEPT_BY_STRIPE)

    async def _hear_what_was_missed(self, since: datetime) -> None:
        events = await self.ports.cards.missed_events(self.account, since)
        if self.thorough:
            arrived = await self._forgotten(await self.ports.cards.missed_events(self.account, since, delivered=True))
            # Somebody here acknowledged a payment that these books do not know: they are restored from a backup, and
            # who was written since is not known either (M17).
            self.tell_payer = not any(event.kind in SESSION for event in arrived)
            events += tuple(arrived)
        for event in events:
            await record_event(
                self.account, event.event_id, event.kind, event.body, self.ports, tell_payer=self.tell_payer
            )

    async def _forgotten(self, events: Iterable[MissedEvent]) -> list[MissedEvent]:
        unknown = {event.event_id: event for event in events}
        for part in in_parts(list(unknown)):
            kept = InboundEvent.filter(source=f"stripe:{self.account}", external_id__in=part)
            for known in await kept.values_list("external_id", flat=True):
                unknown.pop(str(known), None)
        return list(unknown.values())

    async def _open_questions(self, now: datetime) -> list[CheckoutAttempt]:
        asked = Q(stage__in=[OPENING, LIVE], created_at__lte=now - UNDER_WAY)
        if self.thorough:
            asked |= Q(stage=DEAD, session_id__isnull=False, created_at__gte=now - DEAD_FOR)
        slow = Payment.filter(account=self.account, state=PROCESSING)
        for part in in_parts(await slow.values_list("session_id", flat=True)):
            asked |= Q(stage=COMPLETE, session_id__in=part)
        return await CheckoutAttempt.filter(asked, account=self.account).order_by("id")

    async def _each(self, attempts: list[CheckoutAttempt]) -> None:
        """Ask about all of them, a few at once; after Stripe's first trouble no further one."""
        waiting = list(reversed(attempts))
        faults: list[Exception] = []

        async def work() -> None:
            while waiting:
                attempt = waiting.pop()
                try:
                    await self._ask(attempt)
                except ProcessorRejected as trouble:  # a session that Stripe does not know, or not under this key
                    log.warning("reconcile.unknown", attempt=attempt.idempotency_key, why=str(trouble))
                except ProcessorTrouble as trouble:
                    waiting.clear()
                    faults.insert(0, trouble)
                except Exception as fault:  # one attempt that our code stumbles over must not hide the others' money
                    log.exception("reconcile.stumbled", attempt=attempt.idempotency_key)
                    faults.append(fault)

        await asyncio.gather(*[work() for _ in range(_AT_ONCE)])
        if faults:
            raise faults[0]

    async def _ask(self, attempt: CheckoutAttempt) -> None:
        """Settle one attempt. A page that can be paid although its link is over is closed on the way."""
        if attempt.session_id is None and not await learn_session(attempt, self.ports):
            return
        assert attempt.session_id is not None  # noqa: S101  just learned
        link = await PaymentLink.get(id=attempt.link_id)
        cards = self.ports.cards
        question: Callable[[str, str], Awaitable[CheckoutTruth]] = cards.read_checkout
        if attempt.stage != COMPLETE and link.state is not LinkState.OPEN:
            question = cards.close_checkout
        truth = await question(attempt.account, attempt.session_id)
        await record_truth(attempt, truth, self.ports, tell_payer=self.tell_payer)
