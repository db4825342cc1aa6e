"""Reminders: their ledger, the addresses they go to, a link's pause; deliveries found by address."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0002_safe_money")]

    initial = False

    operations = [
        ops.CreateModel(
            name="PayerAddress",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("address", fields.CharField(unique=True, max_length=254)),
                ("token", fields.CharField(unique=True, max_length=64)),
                ("reminded_on", fields.DateField(null=True)),
                ("reminded_for", fields.BigIntField(null=True)),
                ("stopped_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "payer_address",
                "app": "models",
                "pk_attr": "id",
                "table_description": "An address that reminders go to: at most one a day, none once its owner said so.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Reminder",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("link_id", fields.BigIntField()),
                ("planned_on", fields.DateField()),
                ("fate", fields.CharField(max_length=8)),
                ("why", fields.CharField(default="", max_length=300)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("asked_by", fields.CharField(default="", max_length=120)),
            ],
            options={
                "table": "reminder",
                "app": "models",
                "unique_together": (("link_id", "planned_on"),),
                "pk_attr": "id",
                "table_description": "A day on which a link's payer was to be reminded, and what became of it. At most one a link and day.",
            },
            bases=["Model"],
        ),
        ops.AddField(model_name="PaymentLink", name="reminders_from", field=fields.DateField(null=True)),
        ops.AddIndex(model_name="Recipient", index=Index(fields=("address",))),
    ]
