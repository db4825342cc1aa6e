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
    partial = fields.CharField(
        max_length=10, default="off", db_default="off"
    )  # off, allowed: where a link says nothing
    # minor units; the least of a part, where a link says nothing. Beside `off`: 0 where an admin has said so of this
    # account, null where it goes with the firm's usual rule.
    partial_minimum = fields.BigIntField(null=True)

    class Meta:
        table = "merchant_account"


class ChannelAccount(Model):
    """The account of links asked for in a Slack channel, where the command names none."""

    channel = fields.CharField(max_length=40, primary_key=True)
    account = fields.CharField(max_length=40)  # MerchantAccount.key

    class Meta:
        table = "channel_account"


class ChannelMap(Model):
    """One merchant account that a Slack channel serves. Without a row at all, every channel serves every account."""

    id = fields.BigIntField(primary_key=True)
    channel = fields.CharField(max_length=40)
    account = fields.CharField(max_length=40)  # MerchantAccount.key

    class Meta:
        table = "channel_map"
        unique_together = (("channel", "account"),)


class NewsRoute(Model):
    """Who hears of one kind of event besides the channel the link was asked for in."""

    id = fields.BigIntField(primary_key=True)
    event = fields.CharField(max_length=30)  # one of handlers.news_kinds, or all
    account = fields.CharField(max_length=40, default="")  # MerchantAccount.key; blank: of every account
    target = fields.CharField(max_length=40)  # a Slack channel id, or a person's id for a direct message
    least_minor = fields.BigIntField(null=True)  # of links of that much or more, in minor units of `currency`
    currency = fields.CharField(max_length=3, default="")

    class Meta:
        table = "news_route"
        unique_together = (("event", "account", "target"),)


class AccessRequest(Model):
    """A member of the workspace who asked to be let in, and how an admin's button answered."""

    id = fields.BigIntField(primary_key=True)
    slack_id = fields.CharField(max_length=40, unique=True)
    name = fields.CharField(max_length=120, default="")
    email = fields.CharField(max_length=254, default="")
    asked_at = fields.DatetimeField()
    state = fields.CharField(max_length=10, default="waiting")  # waiting, denied, or the role they were let in with
    decided_by = fields.CharField(max_length=120, default="")  # a person's name
    decided_at = fields.DatetimeField(null=True)

    class Meta:
        table = "access_request"


class LinkProposal(Model):
    """A link above the approval limit: it is made once a second person confirms it (RELIABILITY section 1)."""

    id = fields.BigIntField(primary_key=True)
    terms: fields.Field[dict[str, object]] = fields.JSONField()  # the request, what it is in words, the asker's address
    asked_by = fields.CharField(max_length=254)  # StaffMember.key
    asker_name = fields.CharField(max_length=120)
    door = fields.CharField(max_length=10)
    channel = fields.CharField(max_length=40, default="")
    asked_at = fields.DatetimeField()
    state = fields.CharField(max_length=10, default="waiting")  # waiting, approved, denied, expired
    decided_by = fields.CharField(max_length=120, default="")  # a person's name
    decided_at = fields.DatetimeField(null=True)
    link_id = fields.BigIntField(null=True)  # what came of it

    class Meta:
        table = "link_proposal"


class QuestionPost(Model):
    """Where a question with buttons stands, until it is answered and the outcome stands there instead."""

    id = fields.BigIntField(primary_key=True)
    about = fields.CharField(max_length=40, db_index=True)  # access:12, proposal:5
    channel = fields.CharField(max_length=40)
    ts = fields.CharField(max_length=32)

    class Meta:
        table = "question_post"


class FirmSetting(Model):
    """One setting that admins change while the product runs, by name."""

    name = fields.CharField(max_length=60, primary_key=True)
    value = fields.TextField()

    class Meta:
        table = "firm_setting"


class ListView(Model):
    """The list of links as a person last set it: columns, order, sort and filters."""

    id = fields.BigIntField(primary_key=True)
    person = fields.CharField(max_length=254, unique=True)  # StaffMember.key
    command = fields.TextField()  # as handlers.grammar.spell_list writes it

    class Meta:
        table = "list_view"


class DisclaimerVersion(Model):
    """What stood at the foot of the payment pages, and since when: a receipt names the version its payer saw."""

    id = fields.BigIntField(primary_key=True)
    text = fields.TextField()  # blank: none from then on
    since = fields.DatetimeField()

    class Meta:
        table = "disclaimer_version"


class FirmEvent(Model):
    """One change to the firm's own affairs (settings, accounts, people), or one refusal. Never updated, never deleted.

    One chain for all, hashed like the trail of a link.
    """

    id = fields.BigIntField(primary_key=True)
    number = fields.IntField(unique=True)  # 1, 2, 3 …
    kind = fields.CharField(max_length=30)
    who = fields.CharField(max_length=254)
    door = fields.CharField(max_length=10)
    at = fields.DatetimeField()
    detail: fields.Field[dict[str, object]] = fields.JSONField(default=dict)  # what, before, after
    request_id = fields.CharField(max_length=40, default="")
    hash = fields.CharField(max_length=64)

    class Meta:
        table = "firm_event"
