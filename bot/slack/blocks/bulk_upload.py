"""The Bulk upload form: a file of invoices, the account its money is for, and the template to start from."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    CheckboxesElement,
    InputBlock,
    Option,
    PlainTextObject,
    StaticSelectElement,
)
from slack_sdk.models.blocks.block_elements import FileInputElement, InputInteractiveElement
from slack_sdk.models.views import View

from bot.slack.blocks.buttons import button
from bot.slack.blocks.wording import said, section, small
from handlers.firm import Account
from handlers.grammar import House
from models.plain_text import shortened

BULK_UPLOAD = "bulk_upload"  # the action of every button that opens the form, and the global shortcut
CALLBACK = "bulk_upload_form"
TEMPLATE = "send_template"
VALUE = "value"  # the action id of every field; its block id is the field's name
FILE, ACCOUNT, AGAIN = "file", "account", "again"
KINDS = ["csv", "txt", "tsv", "xlsx"]
_MOST_ACCOUNTS = 100  # Slack's options of a menu


def bulk_form(metadata: str, house: House | None = None) -> dict[str, Any]:
    """The view, bare, or with the accounts of a house once it is known who asks.

    `metadata` comes back with the submission, unread by Slack.
    """
    blocks: list[Block] = [
        section("A list with one invoice a row. You get a review first: nothing is sent before you decide."),
        _field(FILE, "File", FileInputElement(action_id=VALUE, filetypes=KINDS, max_files=1), hint=_FILE_HINT),
    ]
    if house is not None and len(house.accounts) > 1:
        blocks.append(_field(ACCOUNT, "Account", _accounts(house), optional=True, hint=_ACCOUNT_HINT))
    again = Option(text=PlainTextObject(text="Import it even if it was imported before"), value=AGAIN)
    blocks += [
        _field(AGAIN, "The same file again", CheckboxesElement(action_id=VALUE, options=[again]), optional=True),
        ActionsBlock(block_id="start", elements=[button("Get the template", TEMPLATE, "template")]),
    ]
    return _view(blocks, metadata, submit="Review")


def bulk_refused(sentence: str, metadata: str) -> dict[str, Any]:
    """In the form's place: why this person cannot bring a file."""
    return _view([section(f"⚠️ {said(sentence)}"), small("Nothing was done.")], metadata)


_FILE_HINT = "CSV, TXT or XLSX, at most 10,000 rows and 5 MiB."
_ACCOUNT_HINT = "Left blank, it is asked for in the review, unless the file names one in each row."


def _view(blocks: list[Block], metadata: str, submit: str = "") -> dict[str, Any]:
    view = View(
        type="modal",
        callback_id=CALLBACK,
        title=PlainTextObject(text="Bulk upload"),
        submit=PlainTextObject(text=submit) if submit else None,
        close=PlainTextObject(text="Back"),
        private_metadata=metadata,
        blocks=blocks,
    )
    return dict(view.to_dict())


def _field(
    name: str, label: str, element: InputInteractiveElement, *, optional: bool = False, hint: str = ""
) -> InputBlock:
    return InputBlock(
        block_id=name,
        label=PlainTextObject(text=label),
        element=element,
        hint=PlainTextObject(text=hint) if hint else None,
        optional=optional,
    )


def _accounts(house: House) -> StaticSelectElement:
    options = {key: _option(key, account) for key, account in list(house.accounts.items())[:_MOST_ACCOUNTS]}
    usual = house.usual_account
    return StaticSelectElement(
        action_id=VALUE,
        placeholder=PlainTextObject(text="Where the money goes"),
        options=list(options.values()),
        initial_option=options.get(usual.key) if usual else None,
    )


def _option(key: str, account: Account) -> Option:
    label = shortened(f"{account.name} ({account.currency})", 75)
    return Option(text=PlainTextObject(text=label), value=key[:150])
