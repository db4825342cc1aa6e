"""One reminder to one address. What was so when it was owed is looked at again just before it leaves."""

from __future__ import annotations

from datetime import date

from tortoise.transactions import in_transaction

from handlers.jobs.mailing import mailed
from handlers.jobs.send_letter import payment_request
from handlers.jobs.steps import paid_off
from handlers.links.tell import owe_news
from handlers.links.trail import note
from handlers.ports import Ports, Reminding
from handlers.reminders.payers import may_remind, payer_of
from handlers.reminders.remind_link import OWED, PLANNED, SENT, SKIPPED, UNDECIDED, set_fate
from handlers.requests import PAYLINK
from models.job_queue import Claimed
from models.link_states import LinkState
from models.tables import PaymentLink, Recipient, Reminder


async def send_reminder(job: Claimed, ports: Ports) -> bool:
    """Mail it, if the link is still open, its owner wants it, and it is still the day that was claimed for it."""
    link, sender = await PaymentLink.get(id=job.payload["link"]), ports.letters
    to, today = str(job.payload["to"]), ports.firm.today(ports.clock.now())
    why_not = await _why_not(link, to, ports)
    if why_not or sender is None:
        return await _not_sent(job, link, SKIPPED, why_not or "the mail front was off by then", ports)
    if today != date.fromisoformat(str(job.payload["today"])):  # the mail server was away: that day's turn is over
        return await _not_sent(job, link, PLANNED, "the mail server did not take it on its day", ports)
    letter = await payment_request(job, link, to, ports, reminding=await _reminding(to, link, today, ports))
    return await mailed(sender.send_request(letter), lambda refused: _keep(job, link, to, refused, ports))


async def _why_not(link: PaymentLink, to: str, ports: Ports) -> str:
    if link.state is not LinkState.OPEN:
        return f"the link was {link.state.spoken} by then"
    if link.expires_at is not None and link.expires_at <= ports.clock.now():
        return "the link had expired by then"
    return UNDECIDED if link.review else await may_remind(link, to)


async def _reminding(to: str, link: PaymentLink, today: date, ports: Ports) -> Reminding:
    payer = await payer_of(to)
    overdue = link.due_on is not None and link.due_on < today
    return Reminding(f"{ports.firm.public_url}/unsubscribe/{payer.token}", overdue=overdue)


async def _keep(job: Claimed, link: PaymentLink, to: str, trouble: str, ports: Ports) -> None:
    now, planned_on = ports.clock.now(), _day(job)
    asked_by = str(job.payload["asked_by"])
    async with in_transaction():
        if trouble:
            await note(link, "reminder_failed", PAYLINK, now, {"to": to, "why": trouble})
            await Recipient.filter(link_id=link.id, address=to).update(delivery="failed", trouble=trouble[:300])
            if not await Reminder.filter(link_id=link.id, planned_on=planned_on, fate=SENT).exists():
                why = f"the letter to {to} was refused: {trouble}"
                await set_fate(link, planned_on, SKIPPED, now, why, asked_by)
        else:
            await note(link, "reminded", PAYLINK, now, {"to": to, "asked_by": asked_by})
            await set_fate(link, planned_on, SENT, now, "", asked_by)
        if link.batch_id is None or trouble or asked_by:  # hundreds of a file in one morning would bury the channel
            await owe_news(link, now, ports)
        await paid_off(job)


async def _not_sent(job: Claimed, link: PaymentLink, fate: str, why: str, ports: Ports) -> bool:
    """Another address of the link may have had its letter: then the day stays as sent."""
    async with in_transaction():
        if await Reminder.filter(link_id=link.id, planned_on=_day(job), fate=OWED).exists():
            await set_fate(link, _day(job), fate, ports.clock.now(), why, str(job.payload["asked_by"]))
        await paid_off(job)
    return True


def _day(job: Claimed) -> date:
    return date.fromisoformat(str(job.payload["planned_on"]))
