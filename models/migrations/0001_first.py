import functools
from json import dumps, loads

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.link_states import LinkState


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="Batch",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("owner", fields.CharField(max_length=254)),
                ("owner_name", fields.CharField(max_length=120)),
                ("owner_email", fields.CharField(default="", max_length=254)),
                ("door", fields.CharField(max_length=10)),
                ("channel", fields.CharField(default="", max_length=40)),
                ("account", fields.CharField(default="", max_length=40)),
                ("filename", fields.CharField(max_length=200)),
                ("digest", fields.CharField(db_index=True, max_length=64)),
                (
                    "columns",
                    fields.JSONField(
                        default=list, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
                (
                    "notes",
                    fields.JSONField(
                        default=list, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
                ("state", fields.CharField(default="review", max_length=10)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("decided_by", fields.CharField(default="", max_length=120)),
                ("revision", fields.IntField(default=0)),
            ],
            options={
                "table": "batch",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A file under review or decided. Said aloud as B- and its id.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="BatchRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("batch_id", fields.BigIntField()),
                ("row", fields.IntField()),
                ("cells", fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads)),
                (
                    "terms",
                    fields.JSONField(
                        default=dict, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
                ("left_out", fields.CharField(default="", max_length=20)),
                ("link_id", fields.BigIntField(null=True)),
            ],
            options={
                "table": "batch_row",
                "app": "models",
                "unique_together": (("batch_id", "row"),),
                "pk_attr": "id",
                "table_description": "One line of the file as it stood there, what is wrong with it, and the link that came of it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ChannelPost",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("link_id", fields.BigIntField()),
                ("channel", fields.CharField(max_length=40)),
                ("posted_to", fields.CharField(default="", max_length=40)),
                ("ts", fields.CharField(default="", max_length=32)),
                ("told", fields.IntField(default=0)),
            ],
            options={
                "table": "channel_post",
                "app": "models",
                "unique_together": (("link_id", "channel"),),
                "pk_attr": "id",
                "table_description": "Where the card of a link stands in a Slack channel and how much of its trail its thread has told.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CheckoutAttempt",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("link_id", fields.BigIntField(db_index=True)),
                ("number", fields.IntField()),
                ("account", fields.CharField(max_length=40)),
                ("idempotency_key", fields.CharField(unique=True, max_length=80)),
                ("request", fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads)),
                ("amount_minor", fields.BigIntField()),
                ("currency", fields.CharField(max_length=3)),
                ("stage", fields.CharField(default="opening", max_length=10)),
                ("session_id", fields.CharField(null=True, unique=True, max_length=255)),
                ("url", fields.TextField(null=True, unique=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "checkout_attempt",
                "app": "models",
                "unique_together": (("link_id", "number"),),
                "pk_attr": "id",
                "table_description": "One Stripe Checkout Session, frozen before Stripe is asked. At most one per link is alive.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="FirmSetting",
            fields=[
                ("name", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=60)),
                ("value", fields.TextField(unique=False)),
            ],
            options={
                "table": "firm_setting",
                "app": "models",
                "pk_attr": "name",
                "table_description": "One setting that admins change while the product runs, by name.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="InboundEvent",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("source", fields.CharField(max_length=60)),
                ("external_id", fields.CharField(max_length=255)),
                ("kind", fields.CharField(default="", max_length=80)),
                ("body", fields.TextField(default="", unique=False)),
                ("received_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("handled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("outcome", fields.TextField(default="", unique=False)),
            ],
            options={
                "table": "inbound_event",
                "app": "models",
                "unique_together": (("source", "external_id"),),
                "pk_attr": "id",
                "table_description": "An outside message, seen once: a Stripe event, a Slack command. `(source, external_id)` is unique.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="InboundLetter",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("mailbox", fields.CharField(max_length=254)),
                ("uidvalidity", fields.BigIntField()),
                ("uid", fields.BigIntField()),
                ("message_id", fields.CharField(max_length=255)),
                ("digest", fields.CharField(max_length=64)),
                ("sender", fields.CharField(default="", max_length=254)),
                ("subject", fields.CharField(default="", max_length=300)),
                ("size", fields.BigIntField(default=0)),
                ("content", fields.BinaryField(null=True)),
                ("received_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("fate", fields.CharField(default="waiting", max_length=12)),
                ("reason", fields.CharField(default="", max_length=300)),
                ("tries", fields.IntField(default=0)),
                ("lease_until", fields.BigIntField(default=0)),
            ],
            options={
                "table": "inbound_letter",
                "app": "models",
                "unique_together": (("mailbox", "uidvalidity", "uid"),),
                "indexes": [
                    Index(fields=["digest"]),
                    Index(fields=["message_id"]),
                    Index(fields=["fate", "id"]),
                    Index(fields=["sender", "received_at"]),
                ],
                "pk_attr": "id",
                "table_description": "A letter of the intake mailbox: stored before it is judged, judged once.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Job",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("kind", fields.CharField(max_length=30)),
                ("lane", fields.CharField(max_length=10)),
                ("payload", fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads)),
                ("dedup", fields.CharField(null=True, unique=True, max_length=120)),
                ("run_at", fields.BigIntField()),
                ("lease_until", fields.BigIntField(default=0)),
                ("attempts", fields.IntField(default=0)),
                ("revision", fields.IntField(default=0)),
                ("state", fields.CharField(default="due", max_length=6)),
                ("last_error", fields.CharField(default="", max_length=300)),
                ("request_id", fields.CharField(default="", max_length=40)),
            ],
            options={
                "table": "job",
                "app": "models",
                "indexes": [Index(fields=["lane", "state", "run_at", "id"])],
                "pk_attr": "id",
                "table_description": "Something we owe, written in the transaction that caused it. Times are milliseconds since 1970, UTC.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LinkEvent",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("link_id", fields.BigIntField()),
                ("number", fields.IntField()),
                ("kind", fields.CharField(max_length=30)),
                ("who", fields.CharField(max_length=254)),
                ("door", fields.CharField(max_length=10)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("before", fields.CharField(default="", max_length=12)),
                ("after", fields.CharField(default="", max_length=12)),
                (
                    "detail",
                    fields.JSONField(
                        default=dict, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
                ("request_id", fields.CharField(default="", max_length=40)),
                ("hash", fields.CharField(max_length=64)),
            ],
            options={
                "table": "link_event",
                "app": "models",
                "unique_together": (("link_id", "number"),),
                "pk_attr": "id",
                "table_description": "One change to one link: who, through which door, when, from what to what. Never updated, never deleted.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MailboxMark",
            fields=[
                ("mailbox", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=254)),
                ("uidvalidity", fields.BigIntField()),
                ("uid", fields.BigIntField()),
            ],
            options={
                "table": "mailbox_mark",
                "app": "models",
                "pk_attr": "mailbox",
                "table_description": "How far a mailbox has been read: every UID up to `uid` of this UIDVALIDITY is stored.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MerchantAccount",
            fields=[
                ("key", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=40)),
                ("name", fields.CharField(max_length=120)),
                ("kind", fields.CharField(default="operating", max_length=10)),
                ("currency", fields.CharField(max_length=3)),
            ],
            options={
                "table": "merchant_account",
                "app": "models",
                "pk_attr": "key",
                "table_description": "What admins and staff see of an account. Its keys stay in the settings and never come here.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Payment",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("link_id", fields.BigIntField(db_index=True)),
                ("account", fields.CharField(max_length=40)),
                ("payment_intent", fields.CharField(unique=True, max_length=255)),
                ("session_id", fields.CharField(max_length=255)),
                ("amount_minor", fields.BigIntField()),
                ("currency", fields.CharField(max_length=3)),
                ("method", fields.CharField(default="", max_length=40)),
                ("state", fields.CharField(max_length=12)),
                ("late_money", fields.BooleanField(default=False)),
                ("review", fields.CharField(default="", max_length=300)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "payment",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Money Stripe confirmed, or is still moving (`state` processing, succeeded, failed).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PaymentLink",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("reference", fields.CharField(unique=True, max_length=9)),
                ("token", fields.CharField(unique=True, max_length=64)),
                ("account", fields.CharField(max_length=40)),
                ("amount_minor", fields.BigIntField()),
                ("currency", fields.CharField(max_length=3)),
                ("payer_name", fields.CharField(default="", max_length=200)),
                ("invoice_number", fields.CharField(default="", max_length=60)),
                ("email", fields.CharField(default="", max_length=254)),
                ("due_on", fields.DateField(null=True)),
                ("message", fields.TextField(default="", unique=False)),
                ("partial_allowed", fields.BooleanField(default=False)),
                ("partial_minimum", fields.BigIntField(null=True)),
                (
                    "state",
                    fields.CharEnumField(
                        default=LinkState.OPEN,
                        description="OPEN: open\nPROCESSING: processing\nPAID: paid\nPART_PAID: part_paid\nCLOSING: closing\nCANCELLED: cancelled\nEXPIRED: expired",
                        enum_type=LinkState,
                        max_length=12,
                    ),
                ),
                (
                    "closing_as",
                    fields.CharEnumField(
                        null=True,
                        description="OPEN: open\nPROCESSING: processing\nPAID: paid\nPART_PAID: part_paid\nCLOSING: closing\nCANCELLED: cancelled\nEXPIRED: expired",
                        enum_type=LinkState,
                        max_length=12,
                    ),
                ),
                ("late_money", fields.BooleanField(default=False)),
                ("review", fields.BooleanField(default=False)),
                ("paid_minor", fields.BigIntField(default=0)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_by", fields.CharField(max_length=254)),
                ("creator_name", fields.CharField(max_length=120)),
                ("door", fields.CharField(max_length=10)),
                ("channel", fields.CharField(default="", max_length=40)),
                ("batch_id", fields.BigIntField(null=True)),
                ("event_count", fields.IntField(default=1)),
            ],
            options={
                "table": "payment_link",
                "app": "models",
                "indexes": [
                    Index(fields=["state", "id"]),
                    Index(fields=["currency", "state", "amount_minor"]),
                    Index(fields=["batch_id"]),
                    Index(fields=["invoice_number"]),
                ],
                "pk_attr": "id",
                "table_description": "A single-use demand for one amount. The reference is said aloud, the token is the secret in the URL.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Recipient",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("link_id", fields.BigIntField(db_index=True)),
                ("address", fields.CharField(max_length=254)),
                ("delivery", fields.CharField(default="queued", max_length=10)),
                ("trouble", fields.CharField(default="", max_length=300)),
                ("sent_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "recipient",
                "app": "models",
                "unique_together": (("link_id", "address"),),
                "pk_attr": "id",
                "table_description": "One address a link is mailed to, and how its letter fared.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="StaffMember",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("slack_id", fields.CharField(null=True, unique=True, max_length=40)),
                ("email", fields.CharField(null=True, unique=True, max_length=254)),
                ("name", fields.CharField(default="", max_length=120)),
                ("role", fields.CharField(max_length=10)),
                ("active", fields.BooleanField(default=True)),
            ],
            options={
                "table": "staff_member",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Someone who may ask for links. `key` is the Slack user id, or the mail address of one without Slack.",
            },
            bases=["Model"],
        ),
        # One attempt a link is alive: what keeps two tabs from being charged twice (M01). Tortoise's own partial
        # constraint refuses SQLite.
        ops.RunSQL(
            "CREATE UNIQUE INDEX IF NOT EXISTS one_live_attempt ON checkout_attempt (link_id) "
            "WHERE stage IN ('opening', 'live')",
            "DROP INDEX one_live_attempt",
        ),
    ]
