"""Attempts to pay, the money Stripe confirmed, and the money that went back."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.money import Money


class CheckoutAttempt(Model):
    """One Stripe Checkout Session, frozen before Stripe is asked. At most one per link is alive.

    `stage`: opening (Stripe asked, answer not stored), live (a payer may be on Stripe's page), complete, dead.
    The partial unique index on (link_id) while opening or live is made by the first migration.
    """

    id = fields.BigIntField(primary_key=True)
    link_id = fields.BigIntField(db_index=True)
    number = fields.IntField()
    account = fields.CharField(max_length=40)
    idempotency_key = fields.CharField(max_length=80, unique=True)
    request: fields.Field[dict[str, object]] = fields.JSONField()  # exactly what Stripe is asked for, every time
    amount_minor = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    stage = fields.CharField(max_length=10, default="opening")
    session_id = fields.CharField(max_length=255, null=True, unique=True)
    url = fields.TextField(null=True)
    expires_at = fields.DatetimeField()
    created_at = fields.DatetimeField()
    disclaimer = fields.BigIntField(default=0, db_default=0)  # the DisclaimerVersion shown to the payer; 0: none

    class Meta:
        table = "checkout_attempt"
        unique_together = (("link_id", "number"),)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class Payment(Model):
    """Money Stripe confirmed, or is still moving (`state` processing, succeeded, failed)."""

    id = fields.BigIntField(primary_key=True)
    link_id = fields.BigIntField(db_index=True)
    account = fields.CharField(max_length=40)
    payment_intent = fields.CharField(max_length=255, unique=True)
    session_id = fields.CharField(max_length=255)
    amount_minor = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    method = fields.CharField(max_length=40, default="")
    state = fields.CharField(max_length=12)
    late_money = fields.BooleanField(default=False)
    review = fields.CharField(max_length=300, default="")  # why a person must look at it
    # A person decided that it stays, though it came late or not as it was asked for: nobody need look at it any more.
    kept = fields.BooleanField(default=False, db_default=False)
    refunded_minor = fields.BigIntField(default=0, db_default=0)  # asked for or done, never above amount_minor (M05)
    payer_email = fields.CharField(max_length=254, default="", db_default="")  # typed on Stripe's page; may be anything
    at = fields.DatetimeField()

    class Meta:
        table = "payment"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class Refund(Model):
    """Money on its way back, or back: asked for here, or made at Stripe and seen there.

    `state`: asked (Stripe has not answered), pending, succeeded, failed, canceled. All but the failed
    and the canceled count in Payment.refunded_minor.
    """

    id = fields.BigIntField(primary_key=True)
    payment_id = fields.BigIntField(db_index=True)
    account = fields.CharField(max_length=40)
    idempotency_key = fields.CharField(max_length=80, null=True, unique=True)  # none: made at Stripe
    refund_id = fields.CharField(max_length=255, null=True, unique=True)  # Stripe's; none until it has answered
    amount_minor = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    state = fields.CharField(max_length=10, default="asked")
    trouble = fields.CharField(max_length=300, default="")
    seen = fields.BooleanField(default=False, db_default=False)  # that it failed: nobody need look at it any more
    asked_by = fields.CharField(max_length=254, default="")  # StaffMember.key; blank: made at Stripe
    asked_name = fields.CharField(max_length=120, default="")
    at = fields.DatetimeField()

    class Meta:
        table = "refund"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class Dispute(Model):
    """A payer's bank takes money back, until the firm has answered: Stripe's dispute as last read."""

    id = fields.BigIntField(primary_key=True)
    payment_id = fields.BigIntField(db_index=True)
    account = fields.CharField(max_length=40)
    dispute_id = fields.CharField(max_length=255, unique=True)
    amount_minor = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    status = fields.CharField(max_length=40)  # docs.stripe.com/api/disputes/object: needs_response, won, lost, …
    reason = fields.CharField(max_length=60, default="")
    evidence_due = fields.DatetimeField(null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "dispute"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
