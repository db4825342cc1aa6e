"""The fields of the New payment link form."""

from __future__ import annotations

from collections.abc import Mapping

from slack_sdk.models.blocks import CheckboxesElement, InputBlock, PlainTextInputElement
from slack_sdk.models.blocks.block_elements import InputInteractiveElement

from bot.slack.blocks.fields import VALUE, account_of_house, day, field, option, radios, text
from handlers.grammar import House
from models.money import Money
from models.plain_text import INVOICE_MAX, MESSAGE_MAX, NAME_MAX, shortened

LABELS = {
    "account": "Account",
    "amount": "Amount",
    "currency": "Currency",
    "client": "Client name",
    "email": "Email",
    "delivery": "How it goes out",
    "invoice": "Invoice number",
    "due": "Due date",
    "message": "Message",
    "parts": "Part payment",
    "least": "Least part",
    "expires": "Last day",
    "again": "The same again",
}
YES, LINK_ONLY, MAIL = "yes", "link", "mail"
_MOST_EMAIL = 1000
_IN_PARTS = "The client may pay in parts"
_AGAIN = "Make another one like it all the same"
_LEAST_HINT = "The least the client may pay at once. Left blank, any part."
_RULE_HINT = "Left as it is, the rule of the chosen account holds."
_EMAIL_HINT = "One or more, with commas between them. Left blank, nothing is mailed: you send the link yourself."
_DELIVERY = {MAIL: "Mail it to the client", LINK_ONLY: "Only give me the link, mail nothing"}


def fields_of(house: House, values: Mapping[str, str], *, alike: bool = False) -> list[InputBlock]:
    """All fields in order. `values` by name take the place of the usual beginnings; a blank one is left blank.

    `alike`: one more field, in which a person says that they mean it, begins them.
    """
    firm = house.firm
    message = shortened(firm.message, 2 * MESSAGE_MAX)
    example = "1,250.00" if firm.numbers.decimal == "." else "1.250,00"
    chosen = values.get("delivery", MAIL)
    fields = [
        _field("amount", _text(example, 40, values.get("amount"))),
        _field(
            "currency",
            _text("USD", 10, values.get("currency", _usual_currency(house))),
            hint="Left blank, it is the account's own currency.",
        ),
        _field("client", _text("Jane Doe", NAME_MAX, values.get("client"))),
        _field("email", _text("jane@example.com", _MOST_EMAIL, values.get("email")), hint=_EMAIL_HINT),
        _field("delivery", radios(_DELIVERY, chosen if chosen in _DELIVERY else MAIL)),
        _field("invoice", _text("1042", INVOICE_MAX, values.get("invoice"))),
        _field("due", day(values.get("due"))),
        _field(
            "message",
            _text("What the letter says", MESSAGE_MAX, values.get("message"), multiline=True),
            hint=f"Left blank, it says: “{message}”",
        ),
        *_part_payment(house, values),
        _field("expires", day(values.get("expires")), hint=_expiry_hint(firm.link_days)),
    ]
    if len(house.accounts) > 1:
        optional = house.usual_account is not None
        fields.insert(0, account_of_house("account", house, values.get("account", ""), optional=optional))
    if alike:
        fields.insert(0, _field("again", CheckboxesElement(action_id=VALUE, options=[option(YES, _AGAIN)])))
    return fields


def usual_parts(house: House) -> tuple[bool, str]:
    """What the form begins with: whether parts may be paid, and the least; left so, the account's rule holds."""
    account = house.usual_account
    if account is None or account.partial == "off":
        return False, ""
    least = account.partial_minimum
    return True, "" if least is None else Money(least, account.currency).plain


def _expiry_hint(days: int) -> str:
    return f"The last day it can be paid. Left blank, it can be paid for {days} days, and on its due date in any case."


def _field(name: str, element: InputInteractiveElement, *, hint: str = "", optional: bool | None = None) -> InputBlock:
    wanted = name in ("amount", "delivery")
    return field(name, LABELS[name], element, hint=hint, optional=not wanted if optional is None else optional)


def _text(example: str, most: int, initial: str | None = None, *, multiline: bool = False) -> PlainTextInputElement:
    return text(initial or "", most, example=example, multiline=multiline)


def _usual_currency(house: House) -> str | None:
    """The currency to begin with, where all accounts have the same one."""
    codes = {account.currency for account in house.accounts.values()}
    return codes.pop() if len(codes) == 1 else None


def _part_payment(house: House, values: Mapping[str, str]) -> list[InputBlock]:
    usual, usual_least = usual_parts(house)
    ticked = bool(values["parts"]) if "parts" in values else usual
    choice = option(YES, _IN_PARTS)
    box = CheckboxesElement(action_id=VALUE, options=[choice], initial_options=[choice] if ticked else None)
    ruled = house.usual_account is None and any(one.partial != "off" for one in house.accounts.values())
    return [
        _field("parts", box, hint=_RULE_HINT if ruled else ""),
        _field("least", _text("100.00", 40, values.get("least", usual_least)), hint=_LEAST_HINT),
    ]
