"""Who was told what, held against the card processor's ledger and our books (M01-M11, R5).

A run keeps its history as lines of JSON, each written before the run goes on, so that whoever is killed has said so far
all that it said. The checker reads it afterwards and names every disagreement; an empty list is a proof of that run.
"""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from handlers.jobs.closed_channel import ON_THE_CARD
from handlers.links.history import history
from handlers.links.verify_trail import verify_trails
from models.link_states import LinkState
from models.tables import InboundEvent, Job, Payment, PaymentLink, Refund
from paypage.stand_in.things import LedgerLine
from tests.cast import FIRM


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that somebody was told, or that befell."""

    who: str  # staff, payer, stripe, thread, letter; death
    what: str
    about: str = ""  # a link's reference, an event's id
    words: str = ""


class History:
    """Told in one process, read in another; a line that was begun is whole, for it is one write."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def say(self, said: Said) -> None:
        line = json.dumps(asdict(said)).encode() + b"\n"
        out = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(out, line)
        os.close(out)

    def read(self) -> list[Said]:
        return [Said(**json.loads(line)) for line in self._file.read_text().splitlines()]


async def faults(said: Sequence[Said], ledger: Sequence[LedgerLine]) -> list[str]:
    """Every disagreement, in words; the books are the open database."""
    links = {link.reference: link for link in await PaymentLink.all()}
    payments = {payment.payment_intent: payment for payment in await Payment.all()}
    charges = [line for line in ledger if line.state in ("succeeded", "processing")]
    return [
        *_charges(charges, links, payments),
        *await _refunds(charges, payments),
        *_promises(said, links, {line.reference for line in charges}),
        *await _acknowledged(said),
        *await _threads(said, links),
        *_letters(said),
        *(await verify_trails())[1],
        *[f"owed still: {job.kind} {job.state} {job.last_error}" for job in await Job.exclude(kind__in=_FOR_EVER)],
    ]


_FOR_EVER = (
    "reconcile",
    "expire_link",
    "remind_due",
    "tell_aside",
    "plan_reminders",
    "mail_batch_progress",
)  # jobs that wait for their day


def _charges(charges: Sequence[LedgerLine], links: dict[str, PaymentLink], payments: dict[str, Payment]) -> list[str]:
    """(M01, M02, M04) Every charge is one payment, and every link is what its charges make it."""
    wrong = []
    for line in charges:
        payment = payments.get(line.intent)
        if payment is None:
            wrong.append(f"{line.reference}: {line.intent} of the ledger is in no book")
        elif (payment.amount, payment.state, payment.account) != (line.amount, line.state, line.account):
            wrong.append(f"{line.reference}: {line.intent} is {payment.amount} {payment.state} in the books")
    known = {line.intent for line in charges}
    wrong += [f"{intent} is in the books and in no ledger" for intent in payments if intent not in known]
    of_link = Counter(line.reference for line in charges)
    wrong += [f"{reference}: charged {count} times" for reference, count in of_link.items() if count > 1]
    for reference, link in links.items():
        ends = (LinkState.PAID, LinkState.PROCESSING) if of_link[reference] else (LinkState.OPEN, LinkState.CANCELLED)
        if link.state not in ends or link.late_money or link.review:
            wrong.append(f"{reference} is {link.state} with {of_link[reference]} charges")
    return wrong


async def _refunds(charges: Sequence[LedgerLine], payments: dict[str, Payment]) -> list[str]:
    """(M05) What went back is what the books say, never more than came."""
    wrong = []
    for line in charges:
        payment = payments.get(line.intent)
        if payment is None:
            continue
        counted = await Refund.filter(payment_id=payment.id).exclude(state__in=["failed", "canceled"])
        sums = {payment.refunded_minor, line.refunded.minor, sum(refund.amount_minor for refund in counted)}
        if len(sums) > 1 or payment.refunded_minor > payment.amount_minor:
            wrong.append(f"{line.reference}: {sums} went back of {payment.amount}")
    return wrong


def _promises(said: Sequence[Said], links: dict[str, PaymentLink], charged: set[str]) -> list[str]:
    """(M03) Nobody was told a thing that is not so in the end."""
    wrong = []
    for one in said:
        about = one.about.partition(" ")[0]  # of a letter also whom it went to
        link = links.get(about)
        if one.what == "made" and link is None:
            wrong.append(f"{one.about} was promised and does not exist")
        if one.what == "cancelled" and (about in charged or link is None or link.state is not LinkState.CANCELLED):
            wrong.append(f"{one.about} was called cancelled, and is not")
        if one.what == "not cancelled" and one.about not in charged:
            wrong.append(f"{one.about} was called paid, and is not: {one.words}")
        if one.what == "page says" and one.words == LinkState.PAID and one.about not in charged:
            wrong.append(f"the payer of {one.about} was shown that they paid, and they did not")
        if one.what == "refunding" and (link is None or not link.refunded_minor):
            wrong.append(f"a refund of {one.about} was promised, and nothing went back")
    return wrong


async def _acknowledged(said: Sequence[Said]) -> list[str]:
    """(M02) Nothing was acknowledged to Stripe that is not kept and dealt with."""
    kept = {event.external_id: event for event in await InboundEvent.filter(source__startswith="stripe:")}
    acknowledged = [one.about for one in said if one.what == "acknowledged"]
    return [f"{name} was acknowledged and is lost" for name in acknowledged if name not in kept] + [
        f"{name} was never dealt with" for name, event in kept.items() if event.handled_at is None
    ]


async def _threads(said: Sequence[Said], links: dict[str, PaymentLink]) -> list[str]:
    """(M11) Every news was told, in order; one death repeats one line at most."""
    told: dict[str, list[str]] = defaultdict(list)
    for one in said:
        if one.who == "thread":
            told[one.about].append(one.words)
    wrong, repeated = [], 0
    for reference, link in links.items():
        expected = [line.words for line in await history(link, FIRM) if line.kind not in ON_THE_CARD]
        heard = told[reference]
        in_order = [words for n, words in enumerate(heard) if n == 0 or words != heard[n - 1]]
        if in_order != [words for n, words in enumerate(expected) if n == 0 or words != expected[n - 1]]:
            wrong.append(f"{reference}: the thread was told {heard}, not {expected}")
        repeated += len(heard) - len(expected)
    deaths = sum(one.who == "death" for one in said)
    return wrong + ([f"{repeated} lines were told again after {deaths} deaths"] if repeated > deaths else [])


def _letters(said: Sequence[Said]) -> list[str]:
    """(M11) A letter that left twice can be recognised: each matter has one Message-ID for each address."""
    ids: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in said:
        if one.who == "letter":
            ids[one.what, one.about].add(one.words)
    return [
        f"{about} was written {len(found)} different letters ({what})"
        for (what, about), found in ids.items()
        if len(found) > 1
    ]
