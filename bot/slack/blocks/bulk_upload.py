"""The Bulk upload form: a file of invoices, the account its money is for, and the template to start from."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.blocks import ActionsBlock, Block, CheckboxesElement
from slack_sdk.models.blocks.block_elements import FileInputElement

from bot.slack.blocks.buttons import button
from bot.slack.blocks.fields import VALUE, account_of_house, field, option
from bot.slack.blocks.modal import modal
from bot.slack.blocks.wording import said, section, small
from handlers.grammar import House

BULK_UPLOAD = "bulk_upload"  # the action of every button that opens the form, and the global shortcut
CALLBACK = "bulk_upload_form"
TEMPLATE = "send_template"
FILE, ACCOUNT, AGAIN = "file", "account", "again"
_FILE_HINT = "CSV, TXT or XLSX, at most 10,000 rows and 5 MiB."
_ASKED_LATER = "Left blank, it is asked for in the review, unless the file names one in each row."
_CHANGED_LATER = "It can be changed in the review. A row of the file may name another one."
KINDS = ["csv", "txt", "tsv", "xlsx"]


def bulk_form(metadata: str, house: House | None = None) -> dict[str, Any]:
    """The view, bare, or with the accounts of a house once it is known who asks.

    `metadata` comes back with the submission, unread by Slack.
    """
    file = FileInputElement(action_id=VALUE, filetypes=KINDS, max_files=1)
    again = option(AGAIN, "Import it even if it was imported before")
    blocks: list[Block] = [
        section("A list with one invoice a row. You get a review first: nothing is sent before you decide."),
        field(FILE, "File", file, hint=_FILE_HINT, optional=False),
    ]
    if house is not None and len(house.accounts) > 1:
        hint = _CHANGED_LATER if house.usual_account else _ASKED_LATER
        blocks.append(account_of_house(ACCOUNT, house, hint=hint))
    blocks += [
        field(AGAIN, "The same file again", CheckboxesElement(action_id=VALUE, options=[again])),
        ActionsBlock(block_id="start", elements=[button("Get the template", TEMPLATE, "template")]),
    ]
    return _view(blocks, metadata, submit="Review")


def bulk_refused(sentence: str, metadata: str) -> dict[str, Any]:
    """In the form's place: why this person cannot bring a file."""
    return _view([section(f"⚠️ {said(sentence)}"), small("Nothing was done.")], metadata)


def _view(blocks: list[Block], metadata: str, submit: str = "") -> dict[str, Any]:
    return modal("Bulk upload", blocks, callback=CALLBACK, submit=submit, close="Close", metadata=metadata)
