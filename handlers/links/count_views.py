"""How many links each view has, for the menu of views: as quick with a hundred thousand links as with a hundred."""

from __future__ import annotations

from collections import Counter

from tortoise.connection import get_connection
from tortoise.functions import Count

from handlers.answers import ViewCount
from handlers.people.sight import Sight, seen
from handlers.requests import View
from models.link_states import LinkState
from models.tables import PaymentLink

STATES: dict[View, tuple[LinkState, ...]] = {
    View.OUTSTANDING: (LinkState.OPEN, LinkState.CLOSING),
    View.RECEIVED: (LinkState.PAID, LinkState.PART_PAID),
    View.PROCESSING: (LinkState.PROCESSING,),
    View.PART_PAID: (LinkState.PART_PAID,),
    View.CANCELLED: (LinkState.CANCELLED,),
    View.EXPIRED: (LinkState.EXPIRED,),
}
MOST_COUNTED = 1_000  # links of a view; who has more learns that there are more
_MARKS = ("late_money", "review", "disputed")  # any of them: a person must look


async def count_views(sight: Sight) -> tuple[ViewCount, ...]:
    """Every view with the links of it that may be seen, whatever the filters of a list are."""
    counts = await (_all() if sight.everything else _within(sight))
    return tuple(ViewCount(view, min(counts[view], MOST_COUNTED), counts[view] > MOST_COUNTED) for view in View)


async def _all() -> dict[str, int]:
    rows = await get_connection("default").execute_query_dict(_QUERY)
    return {str(row["name"]): int(row["found"]) for row in rows}


async def _within(sight: Sight) -> Counter[str]:
    """One pass over what somebody may see: few indexes could serve eight looks at parts of it."""
    kinds = PaymentLink.filter(seen(sight)).annotate(found=Count("id")).group_by("state", *_MARKS)
    counts: Counter[str] = Counter()
    for row in await kinds.values("state", "found", *_MARKS):
        views = [View.ALL, *(view for view, states in STATES.items() if row["state"] in states)]
        if any(row[mark] for mark in _MARKS):
            views.append(View.ATTENTION)
        counts.update({view.value: int(row["found"]) for view in views})
    return counts


def _condition(view: View) -> str:
    if view is View.ALL:
        return ""
    if view is View.ATTENTION:
        return f" WHERE {' OR '.join(_MARKS)}"  # just as the index needs_a_look has it
    states = ", ".join(f"'{state.value}'" for state in STATES[view])
    return f" WHERE state IN ({states})"


# Tortoise counts all there are, limit or not.
_QUERY = " UNION ALL ".join(
    f"SELECT '{view.value}' AS name, count(*) AS found"  # noqa: S608  words of ours
    f" FROM (SELECT 1 FROM payment_link{_condition(view)} LIMIT {MOST_COUNTED + 1}) AS few"
    for view in View
)
