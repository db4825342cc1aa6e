"""What the operations need from outside, as protocols. The fronts and vendors' rooms fill them; tests pass fakes in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from handlers.firm import Firm, FirmBook
from handlers.ports.cards import (
    CardProcessor,
    CheckoutPage,
    CheckoutRequest,
    CheckoutTruth,
    DisputeTruth,
    LastWord,
    MissedEvent,
    MoneyBack,
    ProcessorBusy,
    ProcessorDenied,
    ProcessorRejected,
    ProcessorTrouble,
    ProcessorUnreachable,
    RefundRequest,
    RefundTruth,
)
from handlers.ports.channels import ChannelPoster, Posted, Profile
from handlers.ports.clock import Clock
from handlers.ports.delivery import ChannelClosed, DeliveryRefused, DeliveryTrouble, FrontClosed
from handlers.ports.letters import CancelledLetter, LetterSender, PaymentRequest, ReceiptLetter, Reminding, StaffLetter

__all__ = [
    "CancelledLetter",
    "CardProcessor",
    "ChannelClosed",
    "ChannelPoster",
    "CheckoutPage",
    "CheckoutRequest",
    "CheckoutTruth",
    "Clock",
    "DeliveryRefused",
    "DeliveryTrouble",
    "DisputeTruth",
    "FrontClosed",
    "LastWord",
    "LetterSender",
    "MissedEvent",
    "MoneyBack",
    "PaymentRequest",
    "Ports",
    "Posted",
    "ProcessorBusy",
    "ProcessorDenied",
    "ProcessorRejected",
    "ProcessorTrouble",
    "ProcessorUnreachable",
    "Profile",
    "ReceiptLetter",
    "RefundRequest",
    "RefundTruth",
    "Reminding",
    "StaffLetter",
]


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything an operation may reach, handed to each."""

    clock: Clock
    book: FirmBook
    cards: CardProcessor
    channels: ChannelPoster | None  # None: the Slack front is off
    letters: LetterSender | None  # None: the mail front is off
    wake: Callable[[], None] = lambda: None  # tells the worker in this process that something is owed

    @property
    def firm(self) -> Firm:
        """The firm as it stands at this moment: admins change it while the product runs."""
        return self.book.firm
