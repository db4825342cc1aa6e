"""The tables, by what they keep. Importing this package registers every model."""

from models.tables.batches import Batch, BatchPost, BatchRow
from models.tables.links import LinkEvent, PaymentLink, Recipient
from models.tables.payments import CheckoutAttempt, Dispute, Payment, Refund
from models.tables.people import (
    AccessRequest,
    ChannelAccount,
    ChannelMap,
    DisclaimerVersion,
    FirmEvent,
    FirmSetting,
    LinkProposal,
    ListView,
    MerchantAccount,
    NewsRoute,
    QuestionPost,
    StaffMember,
)
from models.tables.reminders import PayerAddress, Reminder
from models.tables.traffic import ChannelPost, InboundEvent, InboundLetter, Job, MailboxMark

__all__ = [
    "AccessRequest",
    "Batch",
    "BatchPost",
    "BatchRow",
    "ChannelAccount",
    "ChannelMap",
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
    "LinkProposal",
    "ListView",
    "MailboxMark",
    "MerchantAccount",
    "NewsRoute",
    "PayerAddress",
    "Payment",
    "PaymentLink",
    "QuestionPost",
    "Recipient",
    "Refund",
    "Reminder",
    "StaffMember",
]
