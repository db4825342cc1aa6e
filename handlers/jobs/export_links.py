"""A large export: made page by page, its progress told in one message, then handed over (F58)."""

from __future__ import annotations

import base64
from typing import TypeVar

from tortoise.queryset import QuerySet

from handlers.jobs.steps import GiveUp, TryLater
from handlers.links.export_links import may_see
from handlers.links.list_links import found_by
from handlers.links.own_view import read_kept
from handlers.links.write_export import write_export
from handlers.ports import ChannelPoster, DeliveryRefused, DeliveryTrouble, LetterSender, Ports, Posted, StaffLetter
from handlers.requests import ListLinks
from models.errors import PaylinkError
from models.job_queue import Claimed
from models.tables import PaymentLink

T = TypeVar("T")
MOST_BY_MAIL = 10 * 1024 * 1024  # bytes of an attachment; mail servers take little more
_STEPS = 4  # how often progress is told


async def export_links(job: Claimed, ports: Ports) -> None:
    """Make the file and hand it over. A crash after the handing over, before it is struck off, hands it over twice."""
    to = str(job.payload["to"])
    try:
        if "@" in to:
            await _by_mail(job, to, _reached(ports.letters, "mail"), ports)
        else:
            await _in_slack(job, to, _reached(ports.channels, "Slack"), ports)
    except PaylinkError as error:
        raise GiveUp(f"An export for {to} cannot be made: {error.for_staff()}") from error
    except DeliveryRefused as trouble:
        raise GiveUp(f"An export could not be handed to {to}: {trouble}") from trouble
    except DeliveryTrouble as trouble:
        raise TryLater(str(trouble), trouble.retry_after) from trouble


async def _in_slack(job: Claimed, to: str, channels: ChannelPoster, ports: Ports) -> None:
    asked = read_kept(str(job.payload["command"]), ports)
    found = _found(job, asked, ports)
    count = await found.count()
    what = f"Export of {count:,} links"
    where = await channels.tell(to, f"{what}: begun.")
    told = 0

    async def progress(written: int) -> None:
        nonlocal told
        step = written * _STEPS // max(count, 1)
        if told < step < _STEPS:
            told = step
            await _mention(channels, where, f"{what}: {written:,} written.")

    file = await write_export(asked, found, ports, note=str(job.payload["note"]), progress=progress)
    await channels.send_file(where, file)
    await _mention(channels, where, f"{what}: it is here, {file.filename}.")


async def _mention(channels: ChannelPoster, where: Posted, words: str) -> None:
    """Say how far it is; the file matters more than that being heard."""
    try:
        await channels.retell(where, words)
    except DeliveryTrouble:
        return


async def _by_mail(job: Claimed, to: str, letters: LetterSender, ports: Ports) -> None:
    asked = read_kept(str(job.payload["command"]), ports)
    file = await write_export(asked, _found(job, asked, ports), ports, note=str(job.payload["note"]))
    fits = len(file.content) <= MOST_BY_MAIL
    words = (
        f"{file.filename} is attached: {file.words}"
        if fits
        else f"The file has {len(file.content) // 1024**2} MiB, which is too much for a letter. Narrow it down, by "
        f"days or by account, or ask for it in Slack. It would have held {file.words}"
    )
    attached = ((file.filename, file.content_type, base64.b64encode(file.content).decode("ascii")),) if fits else ()
    domain = ports.firm.intake_address.partition("@")[2] or "paylink.invalid"
    await letters.send_answer(
        StaffLetter(to, f"export-{job.id}@{domain}", "Your export", words, "", attachments=attached)
    )


def _found(job: Claimed, asked: ListLinks, ports: Ports) -> QuerySet[PaymentLink]:
    return found_by(asked, ports.firm).filter(may_see(job.payload["scope"]))


def _reached(way: T | None, name: str) -> T:
    if way is None:
        raise GiveUp(f"{name} is off: an export cannot be handed over.")
    return way
