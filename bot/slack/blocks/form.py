"""The New payment link form."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.blocks import (
    CheckboxesElement,
    DatePickerElement,
    InputBlock,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    StaticSelectElement,
)
from slack_sdk.models.blocks.block_elements import InputInteractiveElement
from slack_sdk.models.views import View

from handlers.firm import Account
from handlers.grammar import House
from models.money import Money
from models.plain_text import INVOICE_MAX, MESSAGE_MAX, NAME_MAX, shortened

CALLBACK = "new_payment_link"
VALUE = "value"  # the action id of every field; its block id is the field's name
_MOST_ACCOUNTS = 100  # Slack's options of a menu


def new_link_form(house: House, metadata: str) -> dict[str, Any]:
    """The view for views.open. `metadata` comes back with the submission, unread by Slack."""
    firm = house.firm
    blocks = [
        _field("amount", "Amount", _text("1,250.00" if firm.numbers.decimal == "." else "1.250,00", 40)),
        _field(
            "currency",
            "Currency",
            _text("USD", 10, _usual_currency(house)),
            hint="Left blank, it is the account's own currency.",
        ),
        _field("client", "Client name", _text("Jane Doe", NAME_MAX)),
        _field("email", "Email", _text("jane@example.com", 1000), hint=_EMAIL_HINT),
        _field("invoice", "Invoice number", _text("1042", INVOICE_MAX)),
        _field("due", "Due date", DatePickerElement(action_id=VALUE)),
        *_part_payment(house),
        _field("message", "Message", _text(shortened(firm.message, 140), MESSAGE_MAX, multiline=True)),
    ]
    if len(house.accounts) > 1:
        blocks.insert(-1, _field("account", "Account", _accounts(house), optional=house.usual_account is not None))
    view = View(
        type="modal",
        callback_id=CALLBACK,
        title=PlainTextObject(text="New payment link"),
        submit=PlainTextObject(text="Send"),
        close=PlainTextObject(text="Back"),
        private_metadata=metadata,
        blocks=blocks,
    )
    return dict(view.to_dict())


_IN_PARTS = "The client may pay in parts"
_LEAST_HINT = "The least the client may pay at once. Left blank, any part."
_EMAIL_HINT = "One or more, with commas between them. Left blank, nothing is mailed: you send the link yourself."


def _field(
    name: str, label: str, element: InputInteractiveElement, *, hint: str = "", optional: bool | None = None
) -> InputBlock:
    return InputBlock(
        block_id=name,
        label=PlainTextObject(text=label),
        element=element,
        hint=PlainTextObject(text=hint) if hint else None,
        optional=name != "amount" if optional is None else optional,
    )


def _text(example: str, most: int, initial: str | None = None, *, multiline: bool = False) -> PlainTextInputElement:
    placeholder = PlainTextObject(text=example)
    return PlainTextInputElement(
        action_id=VALUE, placeholder=placeholder, max_length=most, multiline=multiline, initial_value=initial
    )


def _usual_currency(house: House) -> str | None:
    """The currency to begin with, where all accounts have the same one."""
    codes = {account.currency for account in house.accounts.values()}
    return codes.pop() if len(codes) == 1 else None


def usual_parts(house: House) -> tuple[bool, str]:
    """What the form begins with: whether parts may be paid, and the least; left so, the account's rule holds."""
    account = house.usual_account
    if account is None or account.partial == "off":
        return False, ""
    least = account.partial_minimum
    return True, "" if least is None else Money(least, account.currency).plain


def _part_payment(house: House) -> list[InputBlock]:
    ticked, least = usual_parts(house)
    choice = Option(text=PlainTextObject(text=_IN_PARTS), value="yes")
    box = CheckboxesElement(action_id=VALUE, options=[choice], initial_options=[choice] if ticked else None)
    return [
        _field("parts", "Part payment", box),
        _field("least", "Least part", _text("100.00", 40, least or None), hint=_LEAST_HINT),
    ]


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
