"""What was commanded by mail is kept in a few words, for the daily message to admins."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0005_slack_desk")]

    initial = False

    operations = [
        ops.AddField(
            model_name="InboundLetter",
            name="asked",
            field=fields.CharField(default="", db_default="", max_length=160),
        ),
        ops.AddField(
            model_name="InboundLetter",
            name="outcome",
            field=fields.CharField(default="", db_default="", max_length=160),
        ),
        ops.AddField(
            model_name="InboundLetter",
            name="links",
            field=fields.IntField(default=0, db_default=0),
        ),
    ]
