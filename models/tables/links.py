"""Payment links, the people each was mailed to, and the hash-chained trail of what happened to it."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.link_states import LinkState
from models.money import Money


class PaymentLink(Model):
    """A single-use demand for one amount. The reference is said aloud, the token is the secret in the URL."""

    id = fields.BigIntField(primary_key=True)
    reference = fields.CharField(max_length=9, unique=True)  # PL-7F3K9Q
    token = fields.CharField(max_length=64, unique=True)
    account = fields.CharField(max_length=40)  # KEY of the merchant account, lower case
    amount_minor = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    payer_name = fields.CharField(max_length=200, default="")
    invoice_number = fields.CharField(max_length=60, default="")
    email = fields.CharField(max_length=254, default="")  # the first recipient's, to sort and search by
    due_on = fields.DateField(null=True)
    message = fields.TextField(default="")  # blank: the firm's default
    partial_allowed = fields.BooleanField(default=False)
    partial_minimum = fields.BigIntField(null=True)  # minor units
    state = fields.CharEnumField(LinkState, max_length=12, default=LinkState.OPEN)
    closing_as = fields.CharEnumField(LinkState, max_length=12, null=True)  # CANCELLED or EXPIRED, while CLOSING
    late_money = fields.BooleanField(default=False)
    review = fields.BooleanField(default=False)
    paid_minor = fields.BigIntField(default=0)  # confirmed by Stripe, never below zero
    refunded_minor = fields.BigIntField(default=0, db_default=0)  # of all its payments, late ones too
    kept_minor = fields.BigIntField(default=0, db_default=0)  # of money that came late, twice or wrong, and stays
    disputed = fields.BooleanField(default=False, db_default=False)  # a dispute about its money is open
    # The partly paid link whose balance this one asks for; at most one (the index one_balance_link, M08).
    parent_id = fields.BigIntField(null=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    reminders_from = fields.DateField(null=True)  # none before that day of the firm's: they are paused
    created_by = fields.CharField(max_length=254)  # StaffMember.key: a Slack user id or a mail address
    creator_name = fields.CharField(max_length=120)
    door = fields.CharField(max_length=10)  # slack, mail
    channel = fields.CharField(max_length=40, default="")  # the Slack channel it was asked for in
    batch_id = fields.BigIntField(null=True)
    event_count = fields.IntField(default=1)  # the newest LinkEvent's number; rises with every change

    class Meta:
        table = "payment_link"
        indexes = [
            Index(fields=("state", "id")),
            Index(fields=("currency", "state", "amount_minor")),  # counts and totals of the list's views
            Index(fields=("batch_id",)),
            Index(fields=("invoice_number",)),
            # what somebody may see, counted by view without a look at the rows
            Index(fields=("created_by", "channel", "account", "state", "late_money", "review", "disputed")),
        ]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def smallest_part(self) -> Money | None:
        """The least that may be paid of it at once; None where nobody has set it."""
        return None if self.partial_minimum is None else Money(self.partial_minimum, self.currency)

    @property
    def paid(self) -> Money:
        return Money(self.paid_minor, self.currency)


class Recipient(Model):
    """One address a link is mailed to, and how its letter fared."""

    id = fields.BigIntField(primary_key=True)
    link_id = fields.BigIntField(db_index=True)
    address = fields.CharField(max_length=254)
    delivery = fields.CharField(max_length=10, default="queued")  # queued, sent, failed, bounced
    trouble = fields.CharField(max_length=300, default="")  # why it failed, for staff
    sent_at = fields.DatetimeField(null=True)

    class Meta:
        table = "recipient"
        unique_together = (("link_id", "address"),)
        indexes = [Index(fields=("address",))]  # of letters that came back


class LinkEvent(Model):
    """One change to one link: who, through which door, when, from what to what. Never updated, never deleted."""

    id = fields.BigIntField(primary_key=True)
    link_id = fields.BigIntField()
    number = fields.IntField()  # 1, 2, 3 … within the link
    kind = fields.CharField(max_length=30)  # created, mailed, opened, paid, …: in handlers/links/history.py
    who = fields.CharField(max_length=254)  # StaffMember.key, payer, stripe, paylink
    door = fields.CharField(max_length=10)  # slack, mail, page, webhook, work
    at = fields.DatetimeField()
    before = fields.CharField(max_length=12, default="")
    after = fields.CharField(max_length=12, default="")
    detail: fields.Field[dict[str, object]] = fields.JSONField(default=dict)
    request_id = fields.CharField(max_length=40, default="")
    hash = fields.CharField(max_length=64)  # of this event and its predecessor's hash

    class Meta:
        table = "link_event"
        unique_together = (("link_id", "number"),)
