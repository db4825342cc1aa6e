"""One file of invoices and the fate of each of its lines."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Batch(Model):
    """A file under review or decided. Said aloud as B- and its id.

    `state`: review, sent, links (links only), discarded.
    """

    id = fields.BigIntField(primary_key=True)
    owner = fields.CharField(max_length=254)  # StaffMember.key of who sent the file
    owner_name = fields.CharField(max_length=120)
    owner_email = fields.CharField(max_length=254, default="")
    door = fields.CharField(max_length=10)
    channel = fields.CharField(max_length=40, default="")
    account = fields.CharField(max_length=40, default="")  # blank until it is chosen
    filename = fields.CharField(max_length=200)
    digest = fields.CharField(max_length=64, db_index=True)  # SHA-256 of the file
    columns: fields.Field[list[str]] = fields.JSONField(default=list)  # as the file spells them, in its order
    notes: fields.Field[list[str]] = fields.JSONField(default=list)  # what is to be said of the file as a whole
    state = fields.CharField(max_length=10, default="review")
    created_at = fields.DatetimeField()
    decided_at = fields.DatetimeField(null=True)
    decided_by = fields.CharField(max_length=120, default="")  # a person's name
    revision = fields.IntField(default=0)
    corrects = fields.BigIntField(null=True)  # Batch.id of the file that this one is a corrected copy of

    class Meta:
        table = "batch"

    @property
    def number(self) -> str:
        return f"B-{self.id}"


class BatchPost(Model):
    """Where a batch's review or progress stands in Slack, so that it is edited and not repeated."""

    id = fields.BigIntField(primary_key=True)
    batch_id = fields.BigIntField(unique=True)
    channel = fields.CharField(max_length=40)
    ts = fields.CharField(max_length=32)
    settled = fields.IntField(default=0)  # letters sent or failed, as it says there

    class Meta:
        table = "batch_post"


class BatchRow(Model):
    """One line of the file as it stood there, what is wrong with it, and the link that came of it."""

    id = fields.BigIntField(primary_key=True)
    batch_id = fields.BigIntField()
    row = fields.IntField()  # as in the spreadsheet: the header is row 1
    cells: fields.Field[dict[str, str]] = fields.JSONField()  # column name → text as it stood
    terms: fields.Field[dict[str, object]] = fields.JSONField(default=dict)  # what was read from them and reviewed
    left_out = fields.CharField(max_length=20, default="")  # deleted, example, billed
    link_id = fields.BigIntField(null=True)

    class Meta:
        table = "batch_row"
        unique_together = (("batch_id", "row"),)
