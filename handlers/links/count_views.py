"""How many links each view has, for the menu of views: as quick with a hundred thousand links as with a hundred."""

from __future__ import annotations

from tortoise.connection import get_connection

from handlers.answers import ViewCount
from handlers.requests import View
from models.link_states import LinkState

STATES: dict[View, tuple[LinkState, ...]] = {
    View.OUTSTANDING: (LinkState.OPEN, LinkState.CLOSING),
    View.RECEIVED: (LinkState.PAID, LinkState.PART_PAID),
    View.PROCESSING: (LinkState.PROCESSING,),
    View.PART_PAID: (LinkState.PART_PAID,),
    View.CANCELLED: (LinkState.CANCELLED,),
    View.EXPIRED: (LinkState.EXPIRED,),
}
MOST_COUNTED = 1_000  # links of a view; who has more learns that there are more


async def count_views() -> tuple[ViewCount, ...]:
    """Every view with its links, whatever the filters of a list are."""
    rows = await get_connection("default").execute_query_dict(_QUERY)
    counts = {str(row["name"]): int(row["found"]) for row in rows}
    return tuple(ViewCount(view, min(counts[view], MOST_COUNTED), counts[view] > MOST_COUNTED) for view in View)


def _condition(view: View) -> str:
    if view is View.ALL:
        return ""
    if view is View.ATTENTION:
        return " WHERE late_money OR review OR disputed"  # just as the index needs_a_look has it
    states = ", ".join(f"'{state.value}'" for state in STATES[view])
    return f" WHERE state IN ({states})"


# Tortoise counts all there are, limit or not.
_QUERY = " UNION ALL ".join(
    f"SELECT '{view.value}' AS name, count(*) AS found"  # noqa: S608  words of ours
    f" FROM (SELECT 1 FROM payment_link{_condition(view)} LIMIT {MOST_COUNTED + 1}) AS few"
    for view in View
)
