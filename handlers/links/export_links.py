"""Exporting a list: a small file is the answer, a large one is made by a job and comes by itself (F58)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from tortoise.queryset import QuerySet

from handlers.answers import ExportBegun, FileReady
from handlers.excel_file import MOST_ROWS
from handlers.grammar import spell_list
from handlers.links.choose_links import keep_hidden
from handlers.links.list_links import found_by, in_words
from handlers.links.own_view import differs, kept_view, opened_by
from handlers.links.write_export import write_export
from handlers.owed import owe
from handlers.people.sight import Sight, seen, sight_of
from handlers.ports import Ports
from handlers.requests import Asker, Door, ExportLinks, ListPart
from models.errors import PaylinkError
from models.job_queue import DUE
from models.tables import Job, PaymentLink

_OWN = " It is your own view, as `list` opens it: `export all` takes every link."
_LOOK = " In your own columns and order, as `list` shows them."
AT_ONCE = 2000  # links that are written while the person waits


class NothingToExport(PaylinkError):
    """No link fits, or more than a sheet has rows."""

    code = "nothing_to_export"


async def export_links(asked: ExportLinks, by: Asker, ports: Ports) -> FileReady | ExportBegun:
    """The file, or the promise of it; admins get every link, staff those they may see where they ask.

    Raises NothingToExport.
    """
    sight = sight_of(by, ports.firm)
    links = opened_by(asked.links, await kept_view(by, ports))
    opened = replace(asked, links=links)
    note = f"{_own(asked, opened)}{_limits(sight)}"
    found = to_export(opened, sight, ports)
    count = await found.count()
    if count < len(asked.references):
        there = {link.reference for link in await found.only("reference")}
        await keep_hidden([one for one in asked.references if one not in there], by, ports)
    if not count:
        raise NothingToExport(f"There is nothing to export: no link fits.{note}")
    if count > MOST_ROWS:
        raise NothingToExport(f"{count:,} links fit, and an Excel sheet holds {MOST_ROWS:,}. Narrow it down.")
    if count > AT_ONCE:
        return await _promised(opened, by, count, note, ports)
    return await write_export(links, found, ports, note=note.strip())


def to_export(asked: ExportLinks, sight: Sight, ports: Ports) -> QuerySet[PaymentLink]:
    """The links of an export that somebody may see, in no order: those that were chosen, or those the list finds."""
    if asked.references:
        return PaymentLink.filter(seen(sight), reference__in=asked.references)
    return found_by(asked.links, sight, ports.firm)


def _own(asked: ExportLinks, opened: ExportLinks) -> str:
    """What of it is the person's own view, as a sentence after a blank."""
    if not asked.references and differs(asked.links, opened.links, ListPart.FILTERS):
        return _OWN
    return _LOOK if asked.links != opened.links else ""


def _limits(sight: Sight) -> str:
    """What a person's export leaves out, as a sentence after a blank."""
    return "" if sight.everything else f" An export of yours holds {in_words(sight)}; an admin's holds all of them."


async def _promised(asked: ExportLinks, by: Asker, count: int, note: str, ports: Ports) -> ExportBegun:
    """Owe the file, unless the very same one is on its way."""
    who: dict[str, object] = {
        "key": by.key,
        "name": by.name,
        "door": by.door.value,
        "email": by.email,
        "channel": by.channel,
        "spoken_in": by.spoken_in,
        "channels": sorted(by.channels),
    }
    what: dict[str, object] = {"command": spell_list(asked.links), "references": list(asked.references), "by": who}
    likeness = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:32]
    dedup = f"export:{likeness}:{by.key}"[:120]
    where = "your direct messages with Paylink" if by.door is Door.SLACK else "a letter of its own"
    if await Job.filter(dedup=dedup, state=DUE).exists():
        return ExportBegun(f"This very export is already being made; it comes in {where}.")
    to = by.key if by.door is Door.SLACK else by.email
    await owe("export_links", {**what, "to": to, "note": note.strip()}, ports.clock.now(), dedup)
    ports.wake()
    return ExportBegun(f"An export of {count:,} links is being made; it comes in {where}.{note}")
