"""Exporting a list: a small file is the answer, a large one is made by a job and comes by itself (F58)."""

from __future__ import annotations

import hashlib

from tortoise.expressions import Q

from handlers.answers import ExportBegun, FileReady
from handlers.excel_file import MOST_ROWS
from handlers.grammar import spell_list
from handlers.jobs.owed import owe
from handlers.links.list_links import found_by
from handlers.links.own_view import kept_view, opened_by
from handlers.links.write_export import write_export
from handlers.ports import Ports
from handlers.requests import Asker, Door, ExportLinks, ListLinks, Role
from models.errors import PaylinkError
from models.job_queue import DUE
from models.tables import Job

_OWN = " It is your own view, as `list` opens it: `export all` takes every link."
AT_ONCE = 2000  # links that are written while the person waits


class NothingToExport(PaylinkError):
    """No link fits, or more than a sheet has rows."""

    code = "nothing_to_export"


async def export_links(asked: ExportLinks, by: Asker, ports: Ports) -> FileReady | ExportBegun:
    """The file, or the promise of it; admins get every link, staff their own and those of the channel they ask in.

    Raises NothingToExport.
    """
    scope = scope_of(by)
    links = opened_by(asked.links, await kept_view(by, ports))
    note = f"{_OWN if links != asked.links else ''}{_limits(by)}"
    found = found_by(links, ports.firm).filter(may_see(scope))
    count = await found.count()
    if not count:
        raise NothingToExport(f"There is nothing to export: no link fits.{note}")
    if count > MOST_ROWS:
        raise NothingToExport(f"{count:,} links fit, and an Excel sheet holds {MOST_ROWS:,}. Narrow it down.")
    if count > AT_ONCE:
        return await _promised(links, by, scope, count, note, ports)
    return await write_export(links, found, ports, note=note.strip())


def scope_of(by: Asker) -> dict[str, object] | None:
    """Whose links a person may take along; None: everybody's. Fit for a job's payload."""
    if by.role is Role.ADMIN:
        return None
    return {"made_by": sorted({by.key, by.email} - {""}), "channel": by.channel if by.channel[:1] in ("C", "G") else ""}


def may_see(scope: dict[str, object] | None) -> Q:
    """The filter that `scope_of` stands for."""
    if scope is None:
        return Q()
    own = Q(created_by__in=scope["made_by"])
    return own | Q(channel=scope["channel"]) if scope["channel"] else own


def _limits(by: Asker) -> str:
    """What a person's export leaves out, as a sentence after a blank."""
    if by.role is Role.ADMIN:
        return ""
    here = " and those made in this channel" if scope_of(by)["channel"] else ""  # type: ignore[index]  # no admin
    return f" An export of yours holds the links you made{here}; an admin's holds all of them."


async def _promised(
    asked: ListLinks, by: Asker, scope: dict[str, object] | None, count: int, note: str, ports: Ports
) -> ExportBegun:
    """Owe the file, unless the very same one is on its way."""
    command = spell_list(asked)
    likeness = hashlib.sha256(f"{command}\n{scope}".encode()).hexdigest()[:32]
    dedup = f"export:{likeness}:{by.key}"[:120]
    where = "your direct messages with Paylink" if by.door is Door.SLACK else "a letter of its own"
    if await Job.filter(dedup=dedup, state=DUE).exists():
        return ExportBegun(f"This very export is already being made; it comes in {where}.")
    to = by.key if by.door is Door.SLACK else by.email
    payload: dict[str, object] = {"command": command, "scope": scope, "to": to, "note": note.strip()}
    await owe("export_links", payload, ports.clock.now(), dedup)
    ports.wake()
    return ExportBegun(f"An export of {count:,} links is being made; it comes in {where}.{note}")
