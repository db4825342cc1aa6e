"""Re-reading the trail of every link: whether each event follows from the one before it, and the link from the last."""

from __future__ import annotations

from handlers.links.trail import digest
from models.tables import LinkEvent, PaymentLink

_AT_ONCE = 500


async def verify_trails() -> tuple[int, tuple[str, ...]]:
    """How many events were read, and what is wrong with them, one sentence a link."""
    read, faults, last = 0, [], 0
    while links := await PaymentLink.filter(id__gt=last).order_by("id").limit(_AT_ONCE):
        trails: dict[int, list[LinkEvent]] = {link.id: [] for link in links}
        for event in await LinkEvent.filter(link_id__in=list(trails)).order_by("link_id", "number"):
            trails[event.link_id].append(event)
            read += 1
        faults += [fault for link in links if (fault := _fault(link, trails[link.id]))]
        last = links[-1].id
    return read, tuple(faults)


def _fault(link: PaymentLink, events: list[LinkEvent]) -> str:
    previous = ""
    for number, event in enumerate(events, 1):
        if event.number != number:
            return f"{link.reference}: event {number} is missing."
        if event.hash != digest(vars(event), previous):
            return f"{link.reference}: event {number} ({event.kind}) was changed after it was written."
        previous = event.hash
    if len(events) != link.event_count:
        return f"{link.reference}: {link.event_count - len(events)} events at its end are missing."
    if events and events[-1].after != link.state.value:
        return f"{link.reference} is {link.state.value}, but its trail ends in {events[-1].after}."
    return ""
