"""Refunds, disputes, balance links, accounts by channel, versions of the disclaimer, the firm's own trail."""

import functools
from json import dumps, loads

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

_KEPT = ("link_event", "firm_event")


async def _refuse_changes(apps: StateApps, editor: BaseSchemaEditor) -> None:
    """On PostgreSQL the trails are only ever added to, whoever is logged in (T22); SQLite's file is its owner's alone."""
    if editor.client.capabilities.dialect != "postgres":
        return
    await editor.client.execute_script(
        "CREATE OR REPLACE FUNCTION paylink_refuses() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit trail in % is never changed', TG_TABLE_NAME; END $$"
    )
    for table in _KEPT:
        await editor.client.execute_script(
            f"CREATE TRIGGER {table}_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION paylink_refuses()"
        )


async def _allow_changes(apps: StateApps, editor: BaseSchemaEditor) -> None:
    if editor.client.capabilities.dialect != "postgres":
        return
    for table in _KEPT:
        await editor.client.execute_script(f"DROP TRIGGER {table}_is_kept ON {table}")
    await editor.client.execute_script("DROP FUNCTION paylink_refuses()")


class Migration(migrations.Migration):
    dependencies = [("models", "0001_first")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ChannelAccount",
            fields=[
                ("channel", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=40)),
                ("account", fields.CharField(max_length=40)),
            ],
            options={
                "table": "channel_account",
                "app": "models",
                "pk_attr": "channel",
                "table_description": "The account of links asked for in a Slack channel, where the command names none.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="DisclaimerVersion",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("text", fields.TextField(unique=False)),
                ("since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "disclaimer_version",
                "app": "models",
                "pk_attr": "id",
                "table_description": "What stood at the foot of the payment pages, and since when: a receipt names the version its payer saw.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Dispute",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("payment_id", fields.BigIntField(db_index=True)),
                ("account", fields.CharField(max_length=40)),
                ("dispute_id", fields.CharField(unique=True, max_length=255)),
                ("amount_minor", fields.BigIntField()),
                ("currency", fields.CharField(max_length=3)),
                ("status", fields.CharField(max_length=40)),
                ("reason", fields.CharField(default="", max_length=60)),
                ("evidence_due", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "dispute",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A payer's bank takes money back, until the firm has answered: Stripe's dispute as last read.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="FirmEvent",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("number", fields.IntField(unique=True)),
                ("kind", fields.CharField(max_length=30)),
                ("who", fields.CharField(max_length=254)),
                ("door", fields.CharField(max_length=10)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
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
                "table": "firm_event",
                "app": "models",
                "pk_attr": "id",
                "table_description": "One change to the firm's own affairs (settings, accounts, people), or one refusal. Never updated, never deleted.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Refund",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("payment_id", fields.BigIntField(db_index=True)),
                ("account", fields.CharField(max_length=40)),
                ("idempotency_key", fields.CharField(null=True, unique=True, max_length=80)),
                ("refund_id", fields.CharField(null=True, unique=True, max_length=255)),
                ("amount_minor", fields.BigIntField()),
                ("currency", fields.CharField(max_length=3)),
                ("state", fields.CharField(default="asked", max_length=10)),
                ("trouble", fields.CharField(default="", max_length=300)),
                ("asked_by", fields.CharField(default="", max_length=254)),
                ("asked_name", fields.CharField(default="", max_length=120)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "refund",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Money on its way back, or back: asked for here, or made at Stripe and seen there.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="ChannelPost",
            name="thread_ts",
            field=fields.CharField(default="", db_default="", max_length=32),
        ),
        ops.AddField(
            model_name="CheckoutAttempt",
            name="disclaimer",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AlterModelOptions(
            name="InboundEvent",
            options={
                "table": "inbound_event",
                "app": "models",
                "unique_together": (("source", "external_id"),),
                "pk_attr": "id",
                "table_description": "An outside message, seen once: a Stripe event, a typed or mailed command. `(source, external_id)` is unique.",
            },
        ),
        ops.AddField(
            model_name="MerchantAccount",
            name="partial",
            field=fields.CharField(default="off", db_default="off", max_length=10),
        ),
        ops.AddField(
            model_name="MerchantAccount",
            name="partial_minimum",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="Payment",
            name="refunded_minor",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="Payment",
            name="payer_email",
            field=fields.CharField(default="", db_default="", max_length=254),
        ),
        ops.AddField(
            model_name="PaymentLink",
            name="disputed",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="PaymentLink",
            name="parent_id",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="PaymentLink",
            name="refunded_minor",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        # A partly paid link has one balance link (M08); Tortoise cannot add a unique column to a table of SQLite's.
        ops.RunSQL(
            "CREATE UNIQUE INDEX IF NOT EXISTS one_balance_link ON payment_link (parent_id)",
            "DROP INDEX one_balance_link",
        ),
        ops.RunPython(_refuse_changes, _allow_changes),
    ]
