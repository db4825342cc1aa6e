"""Whether any link has changed, whoever changed it: two looks at an index, however many links there are."""

from __future__ import annotations

from models.tables import LinkEvent

_LAST = 1_000  # events


async def newest_change() -> tuple[int, int]:
    """Another value after every change of a link, made by any process. Raises DatabaseTrouble.

    The newest event's id alone would miss some: of two transactions on PostgreSQL the one with the higher id may end
    first. So the last thousand are counted, too.
    """
    event = await LinkEvent.all().order_by("-id").first()
    newest = event.id if event else 0
    return newest, await LinkEvent.filter(id__gt=newest - _LAST).count()
