"""The list as each person last set it; links that need a look are found at once."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0003_reminders")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ListView",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("person", fields.CharField(unique=True, max_length=254)),
                ("command", fields.TextField(unique=False)),
            ],
            options={
                "table": "list_view",
                "app": "models",
                "pk_attr": "id",
                "table_description": "The list of links as a person last set it: columns, order, sort and filters.",
            },
            bases=["Model"],
        ),
        # Tortoise knows no index over a part of a table; the menu of views counts these links for every list.
        ops.RunSQL(
            "CREATE INDEX IF NOT EXISTS needs_a_look ON payment_link (id) WHERE late_money OR review OR disputed",
            "DROP INDEX needs_a_look",
        ),
    ]
