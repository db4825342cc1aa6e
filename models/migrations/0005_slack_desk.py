"""What the Slack desk keeps: who hears of what, which channel serves which account, who asks to be let in."""

import functools
from json import dumps, loads

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0004_list_views")]

    initial = False

    operations = [
        ops.CreateModel(
            name="AccessRequest",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("slack_id", fields.CharField(unique=True, max_length=40)),
                ("name", fields.CharField(default="", max_length=120)),
                ("email", fields.CharField(default="", max_length=254)),
                ("asked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("state", fields.CharField(default="waiting", max_length=10)),
                ("decided_by", fields.CharField(default="", max_length=120)),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "access_request",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A member of the workspace who asked to be let in, and how an admin's button answered.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="BatchPost",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("batch_id", fields.BigIntField(unique=True)),
                ("channel", fields.CharField(max_length=40)),
                ("ts", fields.CharField(max_length=32)),
                ("settled", fields.IntField(default=0)),
            ],
            options={
                "table": "batch_post",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Where a batch's review or progress stands in Slack, so that it is edited and not repeated.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ChannelMap",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("channel", fields.CharField(max_length=40)),
                ("account", fields.CharField(max_length=40)),
            ],
            options={
                "table": "channel_map",
                "app": "models",
                "unique_together": (("channel", "account"),),
                "pk_attr": "id",
                "table_description": "One merchant account that a Slack channel serves. Without a row at all, every channel serves every account.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LinkProposal",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("terms", fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads)),
                ("asked_by", fields.CharField(max_length=254)),
                ("asker_name", fields.CharField(max_length=120)),
                ("door", fields.CharField(max_length=10)),
                ("channel", fields.CharField(default="", max_length=40)),
                ("asked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("state", fields.CharField(default="waiting", max_length=10)),
                ("decided_by", fields.CharField(default="", max_length=120)),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("link_id", fields.BigIntField(null=True)),
            ],
            options={
                "table": "link_proposal",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A link above the approval limit: it is made once a second person confirms it (RELIABILITY section 1).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="NewsRoute",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("event", fields.CharField(max_length=30)),
                ("account", fields.CharField(default="", max_length=40)),
                ("target", fields.CharField(max_length=40)),
                ("least_minor", fields.BigIntField(null=True)),
                ("currency", fields.CharField(default="", max_length=3)),
            ],
            options={
                "table": "news_route",
                "app": "models",
                "unique_together": (("event", "account", "target"),),
                "pk_attr": "id",
                "table_description": "Who hears of one kind of event besides the channel the link was asked for in.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Payment",
            name="kept",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="PaymentLink",
            name="kept_minor",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="Refund",
            name="seen",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.CreateModel(
            name="QuestionPost",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("about", fields.CharField(db_index=True, max_length=40)),
                ("channel", fields.CharField(max_length=40)),
                ("ts", fields.CharField(max_length=32)),
            ],
            options={
                "table": "question_post",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Where a question with buttons stands, until it is answered and the outcome stands there instead.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Batch",
            name="corrects",
            field=fields.BigIntField(null=True),
        ),
        ops.AddIndex(
            model_name="PaymentLink",
            index=Index(
                fields=("created_by", "channel", "account", "state", "late_money", "review", "disputed"),
            ),
        ),
        ops.AddIndex(model_name="ChannelPost", index=Index(fields=("channel", "link_id"))),
        ops.AddField(
            model_name="ChannelPost",
            name="told_elsewhere",
            field=fields.IntField(default=0, db_default=0),
        ),
        # The one channel that heard of everything is a line of the map now.
        ops.RunSQL(
            "INSERT INTO news_route (event, account, target, currency)"
            " SELECT 'all', '', value, '' FROM firm_setting WHERE name = 'notifications.channel' AND value <> ''",
            ops.RunSQL.noop,
        ),
        # `off` alone is the firm's usual rule from now on. Where an admin has said `off` of an account, it stays said.
        ops.RunSQL(
            "UPDATE merchant_account SET partial_minimum = 0 WHERE partial = 'off' AND EXISTS (SELECT 1 FROM firm_event"
            " WHERE kind = 'account' AND CAST(detail AS TEXT) LIKE"
            " '%payment in parts of the account ' || merchant_account.key || '\"%')",
            ops.RunSQL.noop,
        ),
    ]
