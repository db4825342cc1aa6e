"""The list as each person last set it: kept when they put columns, a sort or filters into words (F54)."""

from __future__ import annotations

from dataclasses import replace

from handlers.answers import LinkList
from handlers.grammar import House, read_command, spell_list
from handlers.links.list_links import list_links
from handlers.people.sight import sight_of
from handlers.ports import Ports
from handlers.requests import Asker, ListLinks, ListPart
from models.by_key import by_key
from models.errors import PaylinkError
from models.statements import insert_once
from models.tables import ListView

_PARTS: dict[ListPart, tuple[str, ...]] = {
    ListPart.FILTERS: (
        *("view", "name", "invoice", "account", "made_from", "made_to", "over", "under"),
        *("email", "reference", "made_by", "due_from", "due_to"),
    ),
    ListPart.SORT: ("sort", "descending"),
    ListPart.COLUMNS: ("columns",),
}
_LOOK = "In your own columns and order, as you last set them: `list default` forgets them."
_KEPT = "Kept as your own view: `list` alone opens it, `list default` forgets it."
_OWN = "This is your own view, as you last set it. `list all` shows every link, `list default` forgets it."
_FORGOTTEN = "This is the usual list again."


async def own_list(asked: ListLinks, by: Asker, ports: Ports) -> LinkList:
    """The list, where nothing else is said as this person last set it; what they say of it now is kept."""
    sight = sight_of(by, ports.firm)
    if asked.default:
        forgotten = await ListView.filter(person=by.key).delete()
        return replace(await list_links(asked, sight, ports), note=_FORGOTTEN if forgotten else "")
    kept = await kept_view(by, ports)
    opened = opened_by(asked, kept)
    note = _told(asked, opened)
    if _sets_a_view(asked):
        command = spell_list(replace(opened, page=1))
        if kept is None or spell_list(kept) != command:
            row = {"person": by.key, "command": command}
            await insert_once(ListView, row, unique="person", otherwise="UPDATE SET command = excluded.command")
            note = _KEPT
    return replace(await list_links(opened, sight, ports), note=note)


def _told(asked: ListLinks, opened: ListLinks) -> str:
    """What of the list is the person's own setting: whoever says `list all` is not told that it is no such list."""
    if differs(asked, opened, ListPart.FILTERS):
        return _OWN
    return _LOOK if opened != asked else ""


def differs(one: ListLinks, other: ListLinks, part: ListPart) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in _PARTS[part])


async def kept_view(by: Asker, ports: Ports) -> ListLinks | None:
    """The list as this person last set it; None where they have not, or where it names an account that is gone."""
    row = await by_key(ListView, "person", by.key)
    try:
        return read_kept(row.command, ports) if row else None
    except PaylinkError:
        return None


def opened_by(asked: ListLinks, kept: ListLinks | None) -> ListLinks:
    """What is asked for, each part that was not put into words as it was kept."""
    if kept is None or asked.said is None or asked.default:
        return asked
    parts = [names for part, names in _PARTS.items() if part not in asked.said]
    return replace(asked, **{name: getattr(kept, name) for names in parts for name in names})


def read_kept(command: str, ports: Ports) -> ListLinks:
    """The list that `spell_list` wrote down. Raises AccountUnclear: an account in it is gone."""
    firm = ports.firm
    asked = read_command(command, House(firm.today(ports.clock.now()), firm, firm.accounts))
    assert isinstance(asked, ListLinks)  # noqa: S101 - it was spelled as one
    return asked


def _sets_a_view(asked: ListLinks) -> bool:
    """Whether words set more than the view: who looks at what is outstanding once does not want to see only that."""
    if not asked.said:
        return False
    filters = replace(asked, page=1, sort="created", descending=True, columns=())
    return bool(asked.said & {ListPart.SORT, ListPart.COLUMNS}) or filters != ListLinks(asked.view)
