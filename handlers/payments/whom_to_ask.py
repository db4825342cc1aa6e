"""Whom a payer can ask about a link."""

from __future__ import annotations

from handlers.firm import Firm
from models.addresses import address_or_blank
from models.by_key import by_key
from models.tables import PaymentLink, StaffMember


async def whom_to_ask(link: PaymentLink, firm: Firm) -> str:
    """What stands after the firm's name where payers are told whom to ask; blank where nothing better is known.

    What the admins set, else the address for answers to letters, else the maker's. Never the intake address, where
    payers are not heard.
    """
    return firm.contact or firm.reply_to or await creator_address(link)


async def creator_address(link: PaymentLink) -> str:
    """The mail address of whoever asked for the link; blank where it is not known, or no letter's head may hold it."""
    return await _address_of(link.created_by)


async def _address_of(key: str) -> str:
    address = key
    if "@" not in address:
        creator = await by_key(StaffMember, "slack_id", address)
        address = (creator.email or "") if creator else ""
    return address_or_blank(address)


async def reply_address(link: PaymentLink, firm: Firm) -> str:
    """Where a payer's answer to a letter goes; blank: to the address letters are sent from."""
    return await reply_address_of(link.created_by, firm)


async def reply_address_of(maker: str, firm: Firm) -> str:
    """The same for the links of somebody, by their StaffMember.key."""
    return address_or_blank(firm.reply_to) or await _address_of(maker)
