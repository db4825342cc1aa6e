"""Settling a session that an event named: its attempt is found, by its id or by what Stripe says of it."""

from __future__ import annotations

from handlers.payments.attempts import rebuilt
from handlers.payments.settle import record_truth
from handlers.people.messages import owe_admins
from handlers.ports import CheckoutTruth, Ports
from models.tables import CheckoutAttempt, PaymentLink


async def settle_session(account: str, session_id: str, ports: Ports, *, tell_payer: bool = True) -> str:
    """Settle the attempt of a session; what came of it, in a word or two.

    Raises ProcessorTrouble.
    """
    attempt = await CheckoutAttempt.get_or_none(session_id=session_id, account=account)
    if attempt is not None:
        truth = await ports.cards.read_checkout(account, session_id)
        await record_truth(attempt, truth, ports, tell_payer=tell_payer)
        return "settled"
    truth = await ports.cards.read_checkout(account, session_id)
    attempt = await _attempt_named_by(truth, account, ports)
    if attempt is None:
        words = f"Stripe reports a payment session {session_id} of account {account} that Paylink did not make."
        await owe_admins(words, ports.clock.now(), ports, about=session_id)
        return "review: unknown session"
    await record_truth(attempt, truth, ports, tell_payer=tell_payer)
    return "settled"


async def _attempt_named_by(truth: CheckoutTruth, account: str, ports: Ports) -> CheckoutAttempt | None:
    """The attempt whose session's id we did not store: the webhook was quicker (F12), or a backup is older (M17)."""
    link = await PaymentLink.get_or_none(reference=truth.reference, account=account)
    if link is None or truth.attempt < 1:
        return None
    attempt = await CheckoutAttempt.get_or_none(link_id=link.id, number=truth.attempt)
    if attempt is None and truth.status == "complete":
        return await rebuilt(link, truth, ports.clock.now())
    return attempt if attempt is not None and attempt.session_id is None else None
