"""Who may ask, where money lands, and what admins have set."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class StaffMember(Model):
    """Someone who may ask for links. `key` is the Slack user id, or the mail address of one without Slack."""

    id = fields.BigIntField(primary_key=True)
    slack_id = fields.CharField(max_length=40, null=True, unique=True)
    email = fields.CharField(max_length=254, null=True, unique=True)  # lower case
    name = fields.CharField(max_length=120, default="")
    role = fields.CharField(max_length=10)  # admin, staff, viewer
    active = fields.BooleanField(default=True)

    class Meta:
        table = "staff_member"

    @property
    def key(self) -> str:
        return self.slack_id or self.email or ""


class MerchantAccount(Model):
    """What admins and staff see of an account. Its keys stay in the settings and never come here."""

    key = fields.CharField(max_length=40, primary_key=True)  # lower case
    name = fields.CharField(max_length=120)
    kind = fields.CharField(max_length=10, default="operating")  # operating, trust
    currency = fields.CharField(max_length=3)

    class Meta:
        table = "merchant_account"


class FirmSetting(Model):
    """One setting that admins change while the product runs, by name."""

    name = fields.CharField(max_length=60, primary_key=True)
    value = fields.TextField()

    class Meta:
        table = "firm_setting"
