"""The tables, by what they keep. Importing this package registers every model."""

from models.tables.batches import Batch, BatchRow
from models.tables.links import LinkEvent, PaymentLink, Recipient
from models.tables.payments import CheckoutAttempt, Dispute, Payment, Refund
from models.tables.people import (
    ChannelAccount,
    DisclaimerVersion,
    FirmEvent,
    FirmSetting,
    ListView,
    MerchantAccount,
    StaffMember,
)
from models.tables.reminders import PayerAddress, Reminder
from models.tables.traffic import ChannelPost, InboundEvent, InboundLetter, Job, MailboxMark

__all__ = [
    "Batch",
    "BatchRow",
    "ChannelAccount",
    "ChannelPost",
    "CheckoutAttempt",
    "DisclaimerVersion",
    "Dispute",
    "FirmEvent",
    "FirmSetting",
    "InboundEvent",
    "InboundLetter",
    "Job",
    "LinkEvent",
    "ListView",
    "MailboxMark",
    "MerchantAccount",
    "PayerAddress",
    "Payment",
    "PaymentLink",
    "Recipient",
    "Refund",
    "Reminder",
    "StaffMember",
]
