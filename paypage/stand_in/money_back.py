"""Money that goes back: refunds asked for by the API or at the dashboard, disputes, and how each ends.

Sources: docs.stripe.com/api/refunds/create, docs.stripe.com/refunds, docs.stripe.com/disputes.
"""

from __future__ import annotations

from stripe.params import RefundCreateParams

from models.money import Money, spell
from paypage.stand_in.checks import check_metadata, known_only
from paypage.stand_in.forms import Params, text, texts
from paypage.stand_in.things import Dispute, Intent, Refund, Refused, Session
from paypage.stand_in.till import Till, new_tail

ANSWER_IN = 7 * 24 * 60 * 60  # seconds the firm has to answer a dispute; at a real bank 7 to 21 days
_REASONS = ("", "duplicate", "fraudulent", "requested_by_customer")


def new_refund(till: Till, session: Session, intent: Intent, params: Params) -> Refund:
    """The refund that a create call asks for. Raises Refused."""
    known_only(params, RefundCreateParams, "")
    check_metadata(params, "metadata")
    amount, reason = text(params, "amount"), text(params, "reason")
    if reason not in _REASONS:
        raise Refused("Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer", param="reason")
    if amount and not amount.isdecimal():
        raise Refused(f"Invalid integer: {amount}", code="parameter_invalid_integer", param="amount")
    return send_back(till, session, intent, int(amount) if amount else None, reason, texts(params, "metadata"))


def send_back(
    till: Till,
    session: Session,
    intent: Intent,
    amount: int | None = None,
    reason: str = "",
    metadata: dict[str, str] | None = None,
) -> Refund:
    """Refund so many minor units; None: all that is left. Raises Refused."""
    left = intent.received - intent.refunded
    asked = left if amount is None else amount
    _check(intent, asked, left)
    refund = Refund(f"re_{new_tail(24)}", asked, till.now, reason=reason, metadata=metadata or {})
    intent.refunds.append(refund)
    till.emit("refund.created", session, refund)
    if intent.method == "card":
        refund.status = "succeeded"
        till.emit("refund.updated", session, refund)
    till.emit("charge.refunded", session, refund)
    return refund


def _check(intent: Intent, asked: int, left: int) -> None:
    if intent.status != "succeeded":
        raise Refused(f"This PaymentIntent ({intent.id}) does not have a successful charge to refund.")
    if intent.charged_back:
        words = f"Charge {intent.charge} has been charged back; cannot issue a refund."
        raise Refused(words, code="charge_disputed")
    if left == 0:
        words = f"Charge {intent.charge} has already been refunded."
        raise Refused(words, code="charge_already_refunded")
    if not 0 < asked <= left:
        currency = intent.currency.upper()
        most, wanted = spell(Money(left, currency)), spell(Money(asked, currency))
        raise Refused(f"Refund amount ({wanted}) is greater than unrefunded amount on charge ({most})", param="amount")


def end_refund(till: Till, session: Session, *, arrived: bool) -> None:
    """What the payer's bank says of the newest refund, perhaps days later. Raises Refused: there is none."""
    intent = _intent(session)
    if not intent.refunds or intent.refunds[-1].status == "failed":
        raise Refused("No refund is under way.")
    refund = intent.refunds[-1]
    refund.status, refund.failure = ("succeeded", "") if arrived else ("failed", "declined")
    till.emit("refund.updated", session, refund)
    if not arrived:
        till.emit("refund.failed", session, refund)


def dispute(till: Till, session: Session, reason: str = "fraudulent", amount: int | None = None) -> Dispute:
    """The payer's bank takes the money back. Raises Refused: none came, or it is disputed already."""
    intent = _intent(session)
    if intent.status != "succeeded" or intent.charged_back:
        raise Refused("There is no money here that could be disputed.")
    taken = intent.received if amount is None else amount
    opened = Dispute(f"dp_{new_tail(24)}", taken, till.now, reason, till.now + ANSWER_IN)
    intent.disputes.append(opened)
    till.emit("charge.dispute.created", session, opened)
    return opened


def close_dispute(till: Till, session: Session, *, won: bool) -> None:
    """The bank has decided. Raises Refused: there is nothing to decide."""
    disputes = [dispute for dispute in _intent(session).disputes if dispute.status not in ("won", "lost")]
    if not disputes:
        raise Refused("There is no open dispute.")
    disputes[-1].status = "won" if won else "lost"
    till.emit("charge.dispute.closed", session, disputes[-1])


def _intent(session: Session) -> Intent:
    if session.intent is None:
        raise Refused("Nobody has paid here.")
    return session.intent
