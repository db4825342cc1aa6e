"""Reminding a link's payer at once, and pausing a link's reminders."""

from __future__ import annotations

from datetime import date, datetime

from tortoise.transactions import in_transaction

from handlers.answers import Reminded
from handlers.links.cards import card_for
from handlers.links.find import find_for
from handlers.links.tell import owe_news
from handlers.links.trail import LinkNotOpen, note
from handlers.once import remember
from handlers.owed import Debt, owe_all
from handlers.ports import Ports
from handlers.reminders.payers import claim_for
from handlers.requests import Asker, PauseReminders, RemindLink
from models.calendar import spell_day
from models.errors import PaylinkError
from models.link_states import LinkState
from models.plain_text import listed
from models.statements import insert_once
from models.tables import LinkEvent, PaymentLink, Reminder

PLANNED, OWED, SENT, SKIPPED = "planned", "owed", "sent", "skipped"
UNDECIDED = "money came for it that a person must look at first"  # its page takes no other meanwhile


class NobodyToRemind(PaylinkError):
    """No address of the link may have a reminder now."""

    code = "nobody_to_remind"


async def remind_link(asked: RemindLink, by: Asker, ports: Ports) -> Reminded:
    """Owe a reminder to each address of the link that may have one today.

    Raises NotFound. Raises LinkNotOpen: there is nothing to remind of. Raises NobodyToRemind: each address's reason.
    """
    link = await find_for(by, asked.reference, ports)
    now = ports.clock.now()
    today = ports.firm.today(now)
    async with in_transaction():
        await remember(by, f"the reminder of {link.reference} is on its way.", now)
        link = await PaymentLink.select_for_update().get(id=link.id)
        if link.state is not LinkState.OPEN:
            raise LinkNotOpen(link.reference, link.state, await _instead(link))
        if link.review:
            raise NobodyToRemind(f"{link.reference} was not reminded of: {UNDECIDED}.")
        if link.expires_at is not None and link.expires_at <= now:  # and its expiry is not seen to yet
            raise NobodyToRemind(f"{link.reference} was not reminded of: it has expired.")
        if ports.letters is None:
            raise NobodyToRemind("The mail front is off here, so no letter can be sent.")
        reach = await claim_for(link, today)
        if not reach.addresses:
            again = f" Send `remind {link.reference}` again tomorrow." if reach.waits else ""
            raise NobodyToRemind(f"{link.reference} was not reminded of: {'; '.join(reach.why_not)}.{again}")
        await owe_reminder(link, today, today, reach.addresses, now, asked_by=by.name)
    ports.wake()
    left_out = f" Not reminded: {'; '.join(reach.why_not)}." if reach.why_not else ""
    sentence = f"A reminder of {link.reference} is on its way to {listed(reach.addresses)}.{left_out}"
    return Reminded(await card_for(link, ports.firm), sentence)


async def _instead(link: PaymentLink) -> str:
    """What asks for the money of a link that is closed, where something does."""
    if link.state is LinkState.PART_PAID:
        return f"`balance {link.reference}` asks for what is still owed."
    replaced = await LinkEvent.filter(link_id=link.id, kind="replaced").order_by("-number").first()
    if link.state is LinkState.CANCELLED and replaced is not None:
        return f"It was replaced by {replaced.detail['replacement']}: remind of that one."
    return ""


async def owe_reminder(
    link: PaymentLink, planned_on: date, today: date, addresses: tuple[str, ...], now: datetime, asked_by: str = ""
) -> None:
    """Write a reminder down as owed, a letter to each address; part of the caller's transaction.

    `today` is the day claimed for the addresses: a letter that would leave on another is given back.
    """
    await set_fate(link, planned_on, OWED, now, asked_by=asked_by)
    what = {"link": link.id, "planned_on": planned_on.isoformat(), "today": today.isoformat(), "asked_by": asked_by}
    await owe_all([Debt("send_reminder", {**what, "to": address}, now) for address in addresses])


async def set_fate(
    link: PaymentLink, planned_on: date, fate: str, at: datetime, why: str = "", asked_by: str = ""
) -> None:
    """Write down what became of a planned day; part of the caller's transaction."""
    await _write_fate(link, planned_on, fate, at, why, asked_by, unless="")


async def set_aside(link: PaymentLink, planned_on: date, fate: str, at: datetime, why: str) -> None:
    """The same, unless a letter of that day left or is about to: another process, or somebody by hand, was first."""
    await _write_fate(link, planned_on, fate, at, why, "", unless=f" WHERE reminder.fate NOT IN ('{OWED}', '{SENT}')")


async def _write_fate(
    link: PaymentLink, planned_on: date, fate: str, at: datetime, why: str, asked_by: str, *, unless: str
) -> None:
    row = {"link_id": link.id, "planned_on": planned_on, "fate": fate, "why": why[:300], "at": at, "asked_by": asked_by}
    changed = "UPDATE SET fate = excluded.fate, why = excluded.why, at = excluded.at, asked_by = excluded.asked_by"
    await insert_once(Reminder, row, unique="link_id, planned_on", otherwise=f"{changed}{unless}")


async def pause_reminders(asked: PauseReminders, by: Asker, ports: Ports) -> Reminded:
    """No planned reminder of the link before a day; None: from now on again. `remind` at once works all the same.

    Raises NotFound. Raises LinkNotOpen.
    """
    link = await find_for(by, asked.reference, ports)
    now = ports.clock.now()
    until = spell_day(asked.until, ports.firm.locale) if asked.until else ""
    async with in_transaction():
        await remember(by, f"the reminders of {link.reference} are as you asked.", now)
        kind = "reminders_paused" if asked.until else "reminders_resumed"
        await note(link, kind, by.actor, now, {"name": by.name, "until": until}, reminders_from=asked.until)
        if link.state is not LinkState.OPEN:
            raise LinkNotOpen(link.reference, link.state)
        await owe_news(link, now, ports)
    said = f"no planned reminder leaves before {until}." if until else "planned reminders leave again."
    return Reminded(await card_for(link, ports.firm), f"{link.reference}: {said}")
