"""Writing down what we owe, in the transaction that causes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from handlers.request_id import request_id
from models import job_queue

# Jobs of one lane wait for one outside party, so that a slow mail server does not hold up Slack.
LANES = {
    "tell_channel": "slack",
    "tell_batch": "slack",
    "tell_admins": "slack",
    "tell_aside": "slack",
    "ask_person": "slack",
    "close_question": "slack",
    "close_home": "slack",
    "expire_proposal": "slack",
    "make_proposed": "stripe",  # a link that takes another's place closes that one at Stripe
    "send_letter": "mail",
    "remind_due": "mail",
    "send_reminder": "mail",
    "send_receipt": "mail",
    "send_debit_failed": "mail",
    "send_cancelled": "mail",
    "send_answer": "answers",  # staff do not wait behind ten thousand letters to clients
    "mail_batch_end": "answers",
    "mail_batch_progress": "answers",
    "mail_news": "answers",
    "settle_event": "stripe",
    "finish_closing": "stripe",
    "refund_payment": "stripe",
    "expire_link": "stripe",
    "reconcile": "reconcile",  # a round may take minutes, and webhooks must not wait for it
    "export_links": "export",
}
ONE_BY_ONE = frozenset({"export"})  # lanes whose jobs are work for the processor


@dataclass(frozen=True, slots=True)
class Debt:
    """One thing owed. `at`: when it is due, aware. `dedup`: owed once however often it is said, while it waits."""

    kind: str
    payload: dict[str, object]
    at: datetime
    dedup: str | None = None


async def owe(kind: str, payload: dict[str, object], at: datetime, dedup: str | None = None) -> None:
    """Owe one thing, due at `at`; part of the caller's transaction."""
    await owe_all([Debt(kind, payload, at, dedup)])


async def owe_all(debts: Iterable[Debt]) -> None:
    """Owe many things at once; part of the caller's transaction."""
    asked_by = request_id()
    await job_queue.put([_job(debt, asked_by) for debt in debts])


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970, UTC: how the job table keeps time."""
    return round(moment.timestamp() * 1000)


def _job(debt: Debt, asked_by: str) -> dict[str, object]:
    return {
        "kind": debt.kind,
        "lane": LANES[debt.kind],
        "payload": debt.payload,
        "dedup": debt.dedup,
        "run_at": milliseconds(debt.at),
        "request_id": asked_by,
    }
