"""Asking Stripe for a refund that somebody of the firm decided on, until Stripe has said yes or no."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from handlers.jobs.steps import TryLater
from handlers.payments.money_back import give_back, record_money_back
from handlers.payments.refund import ASKED
from handlers.ports import MoneyBack, Ports, ProcessorRejected, ProcessorTrouble, ProcessorUnreachable, RefundRequest
from models.job_queue import Claimed
from models.tables import Payment, PaymentLink, Refund

KEY_KNOWN = timedelta(
    hours=1
)  # well within the day for which Stripe knows a key (docs.stripe.com, idempotent requests)


async def refund_payment(job: Claimed, ports: Ports) -> None:
    """One try. After the first it is read back before it is asked for again: the answer may just have been lost."""
    refund = await Refund.get(id=job.payload["refund"])
    payment = await Payment.get(id=refund.payment_id)
    try:
        if job.attempts > 1 or ports.clock.now() - refund.at > KEY_KNOWN:
            await _read_back(refund, payment, ports)
        if refund.state == ASKED:
            await _ask(refund, payment, ports)
    except ProcessorTrouble as trouble:
        if isinstance(trouble, ProcessorUnreachable) and trouble.stored:
            await _take_next_key(refund)
        raise TryLater(str(trouble), trouble.retry_after) from trouble
    ports.wake()


async def _ask(refund: Refund, payment: Payment, ports: Ports) -> None:
    """Raises ProcessorTrouble: Stripe has said neither yes nor no."""
    try:
        truth = await ports.cards.refund(await _request(refund, payment))
    except ProcessorRejected as refused:
        await _read_back(refund, payment, ports)  # the sum is given back only when it is sure that nothing went
        if refund.state == ASKED:
            await give_back(refund, str(refused), ports)
        return
    await record_money_back(payment, MoneyBack((truth,)), ports)


async def _read_back(refund: Refund, payment: Payment, ports: Ports) -> None:
    """Raises ProcessorTrouble."""
    with suppress(ProcessorRejected):  # a payment unknown to the account: nothing went
        back = await ports.cards.read_money_back(refund.account, payment.payment_intent)
        await record_money_back(payment, back, ports)
        await refund.refresh_from_db()


async def _request(refund: Refund, payment: Payment) -> RefundRequest:
    link = await PaymentLink.get(id=payment.link_id)
    return RefundRequest(
        account=refund.account,
        idempotency_key=str(refund.idempotency_key),
        payment_intent=payment.payment_intent,
        amount=refund.amount,
        reference=link.reference,
    )


async def _take_next_key(refund: Refund) -> None:
    """Stripe repeats a stored 500 for a day. The next try reads back first, so it is sent under the new key only once
    it is sure that the old one sent nothing."""
    first, _, count = str(refund.idempotency_key).partition(".")
    await Refund.filter(id=refund.id, state=ASKED).update(idempotency_key=f"{first}.{int(count or 1) + 1}")
