"""Reminders: the ledger of those that were due, and the addresses they go to."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Reminder(Model):
    """A day on which a link's payer was to be reminded, and what became of it. At most one a link and day.

    `fate`: planned (its day has come; it waits), owed (handed to the mail job), sent, skipped.
    """

    id = fields.BigIntField(primary_key=True)
    link_id = fields.BigIntField()
    planned_on = fields.DateField()  # a calendar day of the firm's
    fate = fields.CharField(max_length=8)
    why = fields.CharField(max_length=300, default="")  # it waits or was skipped, for staff
    at = fields.DatetimeField()  # of its fate
    asked_by = fields.CharField(max_length=120, default="")  # a person's name; blank: the firm's plan

    class Meta:
        table = "reminder"
        unique_together = (("link_id", "planned_on"),)


class PayerAddress(Model):
    """An address that reminders go to: at most one a day, none once its owner said so."""

    id = fields.BigIntField(primary_key=True)
    address = fields.CharField(max_length=254, unique=True)  # lower case
    token = fields.CharField(max_length=64, unique=True)  # of its page to stop reminders; never a link's
    reminded_on = fields.DateField(null=True)  # the newest day of the firm's on which one was owed
    reminded_for = fields.BigIntField(null=True)  # the link it was about
    stopped_at = fields.DatetimeField(null=True)  # its owner wants no more

    class Meta:
        table = "payer_address"
