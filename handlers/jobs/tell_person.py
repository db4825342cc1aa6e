"""A message to one person of the firm: a direct message in Slack, or a letter where they have no Slack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import structlog

from handlers.jobs.steps import TryLater
from handlers.owed import owe_all
from handlers.payments.offers import offer_of
from handlers.people.messages import message_debt, owe_admins
from handlers.ports import DeliveryRefused, DeliveryTrouble, FrontClosed, Ports, StaffLetter
from models.job_queue import Claimed
from models.slack_ids import is_channel
from models.tables import StaffMember

log = structlog.get_logger()
_SLACK_AGAIN = 900.0  # seconds


async def tell_person(job: Claimed, ports: Ports) -> None:
    """One person's message: in Slack, else by mail. One who cannot be reached is left: the others and the log have it.

    While Slack takes nothing from us anywhere, it waits for that to end where there is no mail address either.
    """
    to, words = str(job.payload["to"]), str(job.payload["words"])
    named = [str(one) for one in job.payload.get("named", ())]
    try:
        if "@" not in to and ports.channels is not None:
            payment = int(job.payload.get("payment", 0))
            await ports.channels.tell(to, words, await offer_of(payment, ports) if payment else (), named)
        elif "@" in to and ports.letters is not None:
            await ports.letters.send_answer(_letter(job, to, await _by_name(words, named), ports))
    except DeliveryRefused as refused:
        await _by_another_way(job, to, words, refused, ports)
    except DeliveryTrouble as trouble:
        raise TryLater(str(trouble), trouble.retry_after) from trouble


async def _by_another_way(job: Claimed, to: str, words: str, refused: DeliveryRefused, ports: Ports) -> None:
    address = "" if "@" in to or ports.letters is None else await _address_of(to)
    if address:
        at = ports.clock.now()
        await owe_all(
            [replace(message_debt(address, words, at, f"mail-{job.id}"), payload={**job.payload, "to": address})]
        )
        ports.wake()
    elif job.payload.get("or_admins"):
        named = [str(one) for one in job.payload.get("named", ())]
        await owe_admins(words, ports.clock.now(), ports, about=f"for-{job.id}", named=named)
        ports.wake()
    elif isinstance(refused, FrontClosed):
        raise TryLater(str(refused), _SLACK_AGAIN)
    else:
        log.warning("person.unreachable", who=to, why=str(refused))


async def _address_of(slack_id: str) -> str:
    row = await StaffMember.get_or_none(slack_id=slack_id, active=True)
    return (row.email or "") if row else ""


async def _by_name(words: str, named: Sequence[str]) -> str:
    """For a letter, which knows no mentions; what a channel is called is Slack's to know."""
    people = {one.slack_id: one.name for one in await StaffMember.filter(slack_id__in=named)} if named else {}
    for one in named:
        somebody = "a channel in Slack" if is_channel(one) else people.get(one) or "somebody in Slack"
        words = words.replace(f" ({one})", "").replace(one, somebody)
    return words


def _letter(job: Claimed, to: str, words: str, ports: Ports) -> StaffLetter:
    subject = str(job.payload.get("subject") or "Paylink needs you")
    domain = ports.firm.mail_domain
    return StaffLetter(to, f"admin-{job.id}@{domain}", subject, words, "")
