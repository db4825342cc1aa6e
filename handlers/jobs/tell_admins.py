"""Telling the admins what only they can mend: each in a direct message, or by mail where they have no Slack."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from handlers.jobs.owed import Debt, owe_all
from handlers.jobs.steps import TryLater
from handlers.payments.offers import offer_of
from handlers.ports import DeliveryRefused, DeliveryTrouble, Ports, StaffLetter
from handlers.requests import Role
from models.job_queue import Claimed
from models.plain_text import clean
from models.tables import StaffMember


async def owe_admins(words: str, at: datetime, ports: Ports, about: str, payment: int = 0) -> None:
    """Owe every admin a message; `about` keeps one matter from being told twice while it waits.

    `payment`: Payment.id of money that can be sent back with a button beside the words.
    """
    await owe_all([_debt(admin, words, at, about, payment) for admin in sorted(await admins_of(ports))])


async def owe_person(who: str, words: str, at: datetime, about: str, subject: str = "") -> None:
    """Owe one person a message, for what they asked themselves; `subject` is a letter's."""
    debt = _debt(who, words, at, about)
    await owe_all([replace(debt, payload={**debt.payload, "subject": subject})])


def _debt(to: str, words: str, at: datetime, about: str, payment: int = 0) -> Debt:
    kept = clean(words)[0]  # they may quote another program's, and no database keeps a NUL
    return Debt("tell_admins", {"to": to, "words": kept, "payment": payment}, at, dedup=f"admins:{about}:{to}"[:120])


async def tell_admins(job: Claimed, ports: Ports) -> None:
    """One admin's message. One who cannot be reached is left: the others have it, and the log does."""
    to, words = str(job.payload["to"]), str(job.payload["words"])
    try:
        if "@" not in to and ports.channels is not None:
            payment = int(job.payload.get("payment", 0))
            await ports.channels.tell(to, words, await offer_of(payment, ports) if payment else ())
        elif "@" in to and ports.letters is not None:
            await ports.letters.send_answer(_letter(job, to, words, ports))
    except DeliveryRefused:
        return
    except DeliveryTrouble as trouble:
        raise TryLater(str(trouble), trouble.retry_after) from trouble


async def admins_of(ports: Ports) -> set[str]:
    """Every admin once, by Slack id where they have one, else by mail address."""
    rows = await StaffMember.filter(role=Role.ADMIN.value, active=True)
    reached = {row.key for row in rows}
    by_mail_too = {row.email for row in rows if row.slack_id}
    return (reached | set(ports.firm.admins)) - by_mail_too


def _letter(job: Claimed, to: str, words: str, ports: Ports) -> StaffLetter:
    subject = str(job.payload.get("subject") or "Paylink needs you")
    domain = ports.firm.intake_address.partition("@")[2] or "paylink.invalid"
    return StaffLetter(to, f"admin-{job.id}@{domain}", subject, words, "")
