"""A link before it exists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models.money import Money


@dataclass(frozen=True, slots=True)
class LinkDraft:
    """All that is decided about a link before it exists."""

    amount: Money
    account: str  # KEY, lower case
    creator_name: str
    emails: tuple[str, ...] = ()  # each gets a letter
    payer_name: str = ""
    invoice_number: str = ""
    due_on: date | None = None
    message: str = ""
    partial: bool | None = None  # None: as the account's links usually are
    partial_minimum: Money | None = None
    expires_on: date | None = None
    channel: str = ""
    batch_id: int | None = None
    parent_id: int | None = None  # of a balance link: the link before it in its chain
    reference: str = ""  # chosen by make_links where it is blank
    confirmed_by: str = ""  # the second person's name, for what is above the approval limit
