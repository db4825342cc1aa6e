"""Help and error answers, of which a sender has ten a day at most (SPEC 8, T17)."""

from __future__ import annotations

from tortoise.expressions import Q

from handlers.mail.store_letter import DONE, QUARANTINED
from handlers.ports import Ports
from models.tables import InboundLetter

HELPED, REFUSED, OBEYED = "help", "refused", "answered"  # reasons of letters that are done
NO_MORE_HELP = "ten help and error answers today"  # the reason of one that is not answered any more
MOST_TROUBLES = 10  # a sender and day


async def helps_left(sender: str, ports: Ports) -> int:
    """How many more help and error answers the sender may have on this day of the firm's."""
    midnight = ports.firm.start_of(ports.firm.today(ports.clock.now()))
    rows = InboundLetter.filter(sender=sender, received_at__gte=midnight)
    return MOST_TROUBLES - await rows.filter(Q(fate=DONE, reason__in=(HELPED, REFUSED)) | Q(fate=QUARANTINED)).count()
