"""The letters that were set aside, and why: for admins to look over, newest first."""

from __future__ import annotations

from handlers.answers import Overview, OverviewLine
from handlers.mail.store_letter import ASIDE, QUARANTINED
from handlers.ports import Ports
from handlers.requests import ShowQuarantine
from models.plain_text import plain_line, shortened
from models.tables import InboundLetter

_A_PAGE = 10
_SHOWN = ("id", "sender", "subject", "size", "received_at", "reason")
_HOW = (
    "These letters were neither obeyed nor answered. They stay in the intake mailbox: whoever should be obeyed is "
    "added with `users add name@example.com staff`, and writes again."
)


async def show_quarantine(asked: ShowQuarantine, ports: Ports) -> Overview:
    """A page of them."""
    aside = InboundLetter.filter(fate__in=(ASIDE, QUARANTINED))
    count = await aside.count()
    pages = max(1, -(-count // _A_PAGE))
    page = min(asked.page, pages)
    letters = await aside.order_by("-id").offset((page - 1) * _A_PAGE).limit(_A_PAGE).only(*_SHOWN)
    if not count:
        return Overview("Letters set aside", (), ("There are none.",))
    place = f", page {page} of {pages}" if pages > 1 else ""
    return Overview(
        f"Letters set aside: {count:,}{place}",
        tuple(_line(letter, ports) for letter in letters),
        (_HOW,),
        previous=f"quarantine page {page - 1}" if page > 1 else "",
        next=f"quarantine page {page + 1}" if page < pages else "",
    )


def _line(letter: InboundLetter, ports: Ports) -> OverviewLine:
    sender = shortened(plain_line(letter.sender), 120) or "nobody named"
    subject = shortened(plain_line(letter.subject), 150) or "no subject"
    came = ports.firm.spell_moment(letter.received_at)
    return OverviewLine(sender, f"“{subject}”", f"{came}, {_size(letter.size)}: {shortened(letter.reason, 200)}")


def _size(count: int) -> str:
    return f"{count / 1024:,.0f} KiB" if count >= 1024 else f"{count} bytes"
