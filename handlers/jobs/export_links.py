"""A large export: made page by page, its progress told in one message, then handed over (F58)."""

from __future__ import annotations

import base64
from typing import Any, TypeVar, cast

from tortoise.queryset import QuerySet

from handlers.firm_trail import keep_refusal
from handlers.jobs.steps import GiveUp, TryLater
from handlers.links.export_links import to_export
from handlers.links.own_view import read_kept
from handlers.links.write_export import write_export
from handlers.people.identify import role_now
from handlers.people.roles import may, why_not
from handlers.people.sight import sight_of
from handlers.ports import ChannelPoster, DeliveryRefused, DeliveryTrouble, LetterSender, Ports, Posted, StaffLetter
from handlers.requests import Asker, Door, ExportLinks
from models.errors import PaylinkError
from models.job_queue import Claimed
from models.tables import PaymentLink

T = TypeVar("T")
MOST_BY_MAIL = 10 * 1024 * 1024  # bytes of an attachment; mail servers take little more
_STEPS = 5  # how often progress is told


async def export_links(job: Claimed, ports: Ports) -> None:
    """Make the file and hand it over. A crash after the handing over, before it is struck off, hands it over twice.

    Whoever has lost their role since, or their sight of some links, gets nothing of what they may no longer have.
    """
    to = str(job.payload["to"])
    by = await _asker_now(job, ports)
    if not may(by, ExportLinks, ports.firm):
        await keep_refusal(by, ExportLinks.__name__, ports, why_not(by, ExportLinks, ports.firm))
        return
    try:
        asked = ExportLinks(read_kept(str(job.payload["command"]), ports), _references(job))
        found = to_export(asked, sight_of(by, ports.firm), ports)
        if "@" in to:
            await _by_mail(job, asked, found, _reached(ports.letters, "mail"), ports)
        else:
            await _in_slack(job, asked, found, _reached(ports.channels, "Slack"), ports)
    except PaylinkError as error:
        raise GiveUp(f"An export for {to} cannot be made: {error.for_staff()}") from error
    except DeliveryRefused as trouble:
        raise GiveUp(f"An export could not be handed to {to}: {trouble}") from trouble
    except DeliveryTrouble as trouble:
        raise TryLater(str(trouble), trouble.retry_after) from trouble


async def _asker_now(job: Claimed, ports: Ports) -> Asker:
    """Who asked for it, with the role they have by now."""
    told = cast("dict[str, Any]", job.payload["by"])
    key, email = str(told["key"]), str(told["email"])
    role = await role_now(key, email, ports)
    return Asker(
        key,
        str(told["name"]),
        role,
        Door(told["door"]),
        channel=str(told["channel"]),
        email=email,
        spoken_in=str(told["spoken_in"]),
        channels=frozenset(told["channels"]),
    )


def _references(job: Claimed) -> tuple[str, ...]:
    return tuple(cast("list[str]", job.payload["references"]))


async def _in_slack(
    job: Claimed, asked: ExportLinks, found: QuerySet[PaymentLink], channels: ChannelPoster, ports: Ports
) -> None:
    count = await found.count()
    where = await channels.tell(str(job.payload["to"]), f"Export of {count:,} links: begun.")
    told = 0

    async def progress(written: int) -> None:
        nonlocal told
        step = written * _STEPS // max(count, 1)
        if told < step < _STEPS:
            told = step
            await _mention(channels, where, f"Export: {written:,} of {count:,} links.")

    file = await write_export(asked.links, found, ports, note=str(job.payload["note"]), progress=progress)
    await channels.send_file(where, file)
    await _mention(channels, where, f"Export of {count:,} links: it is here, {file.filename}.")


async def _mention(channels: ChannelPoster, where: Posted, words: str) -> None:
    """Say how far it is; the file matters more than that being heard."""
    try:
        await channels.retell(where, words)
    except DeliveryTrouble:
        return


async def _by_mail(
    job: Claimed, asked: ExportLinks, found: QuerySet[PaymentLink], letters: LetterSender, ports: Ports
) -> None:
    to = str(job.payload["to"])
    file = await write_export(asked.links, found, ports, note=str(job.payload["note"]))
    fits = len(file.content) <= MOST_BY_MAIL
    words = (
        f"{file.filename} is attached: {file.words}"
        if fits
        else f"The file has {len(file.content) // 1024**2} MiB, which is too much for a letter. Narrow it down, by "
        f"days or by account, or ask for it in Slack. It would have held {file.words}"
    )
    attached = ((file.filename, file.content_type, base64.b64encode(file.content).decode("ascii")),) if fits else ()
    domain = ports.firm.mail_domain
    await letters.send_answer(
        StaffLetter(to, f"export-{job.id}@{domain}", "Your export", words, "", attachments=attached)
    )


def _reached(way: T | None, name: str) -> T:
    if way is None:
        raise GiveUp(f"{name} is off: an export cannot be handed over.")
    return way
