"""What came in from outside, what we owe to others, and where our notices landed."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class InboundEvent(Model):
    """An outside message, seen once: a Stripe event, a typed or mailed command. `(source, external_id)` is unique.

    Under `alike` stand the likenesses of commands, so that one typed twice is noticed.
    """

    id = fields.BigIntField(primary_key=True)
    source = fields.CharField(max_length=60)  # stripe:operating, command:slack, command:mail, alike, captcha, told
    external_id = fields.CharField(max_length=255)
    kind = fields.CharField(max_length=80, default="")
    body = fields.TextField(default="")  # raw, as received; commands are not kept
    received_at = fields.DatetimeField()
    handled_at = fields.DatetimeField(null=True)
    outcome = fields.TextField(default="")

    class Meta:
        table = "inbound_event"
        unique_together = (("source", "external_id"),)


class InboundLetter(Model):
    """A letter of the intake mailbox: stored before it is judged, judged once.

    `fate`: waiting (stored, not yet judged), done (obeyed and answered), silent (no answer due), aside (nobody
    we know), quarantined (not readable, told at once).
    """

    id = fields.BigIntField(primary_key=True)
    mailbox = fields.CharField(max_length=254)
    uidvalidity = fields.BigIntField()
    uid = fields.BigIntField()
    message_id = fields.CharField(max_length=255)  # of the letter, or a digest of its bytes where it has none
    digest = fields.CharField(max_length=64)  # SHA-256 of its bytes
    sender = fields.CharField(max_length=254, default="")
    subject = fields.CharField(max_length=300, default="")
    size = fields.BigIntField(default=0)  # bytes of the whole; `content` of one too large is its header only
    content = fields.BinaryField(null=True)  # packed with zlib; dropped once its fate is known
    received_at = fields.DatetimeField()
    fate = fields.CharField(max_length=12, default="waiting")
    reason = fields.CharField(max_length=300, default="")
    # What somebody we know asked for in it and what they were answered, in a few words; blank where nobody was heard.
    asked = fields.CharField(max_length=160, default="", db_default="")
    outcome = fields.CharField(max_length=160, default="", db_default="")
    links = fields.IntField(default=0, db_default=0)  # so many payment links it made
    tries = fields.IntField(default=0)  # also the fence: a process whose number is old may not settle it
    lease_until = fields.BigIntField(default=0)  # milliseconds since 1970, UTC: one process judges it at a time

    class Meta:
        table = "inbound_letter"
        unique_together = (("mailbox", "uidvalidity", "uid"),)
        indexes = [
            Index(fields=("digest",)),
            Index(fields=("message_id",)),
            Index(fields=("fate", "id")),
            Index(fields=("sender", "received_at")),
        ]


class MailboxMark(Model):
    """How far a mailbox has been read: every UID up to `uid` of this UIDVALIDITY is stored."""

    mailbox = fields.CharField(max_length=254, primary_key=True)
    uidvalidity = fields.BigIntField()
    uid = fields.BigIntField()

    class Meta:
        table = "mailbox_mark"


class Job(Model):
    """Something we owe, written in the transaction that caused it. Times are milliseconds since 1970, UTC.

    A job with a `dedup` key exists once: owing it again while it waits makes it due and raises `revision`, so that a
    worker already at it does not take the new debt for done.
    """

    id = fields.BigIntField(primary_key=True)
    kind = fields.CharField(max_length=30)
    lane = fields.CharField(max_length=10)  # jobs of one lane wait for one outside party only
    payload: fields.Field[dict[str, object]] = fields.JSONField()
    dedup = fields.CharField(max_length=120, null=True, unique=True)
    run_at = fields.BigIntField()
    lease_until = fields.BigIntField(default=0)
    attempts = fields.IntField(default=0)  # also the fence: a worker whose number is old may not finish it
    revision = fields.IntField(default=0)
    state = fields.CharField(max_length=6, default="due")  # due, dead
    last_error = fields.CharField(max_length=300, default="")
    request_id = fields.CharField(max_length=40, default="")

    class Meta:
        table = "job"
        indexes = [Index(fields=("lane", "state", "run_at", "id"))]


class ChannelPost(Model):
    """Where the card of a link stands in a Slack channel and how much of its trail its thread has told."""

    id = fields.BigIntField(primary_key=True)
    link_id = fields.BigIntField()
    channel = fields.CharField(max_length=40)  # as asked for: a channel id or a person's id
    posted_to = fields.CharField(max_length=40, default="")  # as Slack named it: D… for a person
    ts = fields.CharField(max_length=32, default="")
    # The message in whose thread the card of a balance link stands; blank: the card is a message of its own.
    thread_ts = fields.CharField(max_length=32, default="", db_default="")
    told = fields.IntField(default=0)  # LinkEvent.number of the newest event told in the thread
    # LinkEvent.number of the newest event told to a person instead, while the channel takes nothing.
    told_elsewhere = fields.IntField(default=0, db_default=0)

    class Meta:
        table = "channel_post"
        unique_together = (("link_id", "channel"),)
        indexes = [Index(fields=("channel", "link_id"))]  # whose cards a channel has
