"""Letters: mail out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from models.money import Money
from models.receipt import Receipt


@dataclass(frozen=True, slots=True)
class Reminding:
    """What makes a request a reminder."""

    stop_url: str  # where the payer stops reminders, with one click (RFC 8058)
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What the letter to a payer says."""

    to: str
    message_id: str  # without angle brackets; the same on every try
    reference: str
    url: str
    amount: Money
    payer_name: str
    message: str
    invoice_number: str = ""
    due_on: date | None = None
    partial_allowed: bool = False
    partial_minimum: Money | None = None  # the least part that may be paid; None where nobody has set one
    reply_to: str = ""
    refused: Money | None = None  # a bank debit of so much has failed; the letter says so and asks again
    refused_why: str = ""  # the bank's words; may be anything
    reminding: Reminding | None = None  # it was asked for before
    whole: Money | None = None  # of a balance link: what was asked for at first; the rest of it is paid
    replaces: str = ""  # the reference of the earlier request to the same address that this one takes the place of


@dataclass(frozen=True, slots=True)
class CancelledLetter:
    """What the letter says that takes a request back."""

    to: str
    message_id: str  # without angle brackets; the same on every try
    reference: str
    amount: Money
    payer_name: str = ""
    invoice_number: str = ""
    contact: str = ""  # whom the payer can ask
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptLetter:
    """What the letter with a receipt says, to a payer or as the firm's copy."""

    to: str
    message_id: str  # without angle brackets; the same on every try
    url: str  # of the receipt's page
    receipt: Receipt
    reply_to: str = ""
    copy: bool = False  # for the firm's own files


@dataclass(frozen=True, slots=True)
class StaffLetter:
    """An answer to a staff member, already printed; in the thread of the letter it answers."""

    to: str
    message_id: str
    subject: str
    text: str
    html: str
    in_reply_to: str = ""
    references: str = ""
    attachments: tuple[tuple[str, str, str], ...] = ()  # (filename, content type, base64)
    reply_to: str = ""  # where its answer goes; blank: to us, to be heard as a command


class LetterSender(Protocol):
    """Mail out; mailroom.smtp_sender is it. Each letter goes to one address; a repeat has the same Message-ID."""

    async def send_request(self, letter: PaymentRequest) -> None:
        """Raises DeliveryTrouble."""
        ...

    async def send_receipt(self, letter: ReceiptLetter) -> None:
        """Raises DeliveryTrouble."""
        ...

    async def send_cancelled(self, letter: CancelledLetter) -> None:
        """Raises DeliveryTrouble."""
        ...

    async def send_answer(self, letter: StaffLetter) -> None:
        """Raises DeliveryTrouble."""
        ...
