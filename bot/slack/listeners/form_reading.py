"""The New payment link form read field by field, by the same checks as a typed `create`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from bot.slack.blocks.fields import ERROR_MAX, FieldsRefused, held_in
from bot.slack.blocks.form_fields import LABELS, LINK_ONLY, usual_parts
from handlers.firm import Account
from handlers.grammar import House
from handlers.grammar.amounts import read_money
from handlers.grammar.create import last_day
from handlers.grammar.house import account_like
from handlers.grammar.said import not_longer
from handlers.requests import CreateLink
from models.addresses import read_address
from models.calendar import not_past
from models.card_numbers import holds_card_number
from models.currencies import currency
from models.errors import AccountUnclear, AmountUnclear, CardNumberSeen, CommandUnclear, PaylinkError
from models.money import Money
from models.part_payment import checked_parts
from models.plain_text import INVOICE_MAX, MESSAGE_MAX, NAME_MAX, clean, one_line, shortened

T = TypeVar("T")


def values_of(view: Mapping[str, Any]) -> dict[str, str]:
    """What stands in each field, by the field's name; blank where nothing does."""
    return {name: text for name, text in held_in(view).items() if name in LABELS}


def read_form(values: Mapping[str, str], house: House) -> CreateLink:
    """The link that a filled-in form asks for.

    Raises FieldsRefused: every field that is wrong, at once.
    """
    fields = _Fields(values)
    account = fields.read("account", lambda text: _account(text, house))
    code = fields.read("currency", lambda text: currency(text.strip()).code if text.strip() else "")
    usual = account.currency if account else house.firm.currency
    amount = fields.read("amount", lambda text: _amount(text, code or "", usual, house)) or Money(0, usual)
    partial, least = _parts(fields, amount, house)
    asked = CreateLink(
        amount=amount,
        account=account.key if account else "",
        emails=fields.read("email", _addresses) or (),
        payer_name=fields.line("client", NAME_MAX),
        invoice_number=fields.line("invoice", INVOICE_MAX),
        due_on=fields.read("due", lambda text: _due(text, house)),
        message=fields.read("message", lambda text: not_longer(text.strip(), LABELS["message"], MESSAGE_MAX)) or "",
        partial=partial,
        partial_minimum=least,
        expires_on=fields.read("expires", lambda text: last_day(_iso(text), house) if text else None),
        link_only=fields.read("delivery", str) == LINK_ONLY,
        again=bool(fields.read("again", str)),
        removed=" ".join(dict.fromkeys(filter(None, fields.removed))),
    )
    if fields.errors:
        raise FieldsRefused(fields.errors)
    return asked


def _parts(fields: _Fields, amount: Money, house: House) -> tuple[bool | None, Money | None]:
    """Whether a part may be paid, and the least. None: as the form began, so the account's rule holds."""
    ticked = fields.read("parts", bool) or False
    typed = fields.read("least", str.strip) or ""
    if (ticked, typed) == usual_parts(house):
        return None, None
    if not amount.minor:  # refused already
        return None, None
    least = fields.read("least", lambda text: _least(text, amount, house)) if typed else None
    if ticked and not typed:
        fields.read("parts", lambda _: checked_parts(amount, None, house.firm.locale))
    return ticked or bool(typed), least


class _Fields:
    """The fields of one form; reading one notes what is wrong with it."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.errors: dict[str, str] = {}
        self.removed: list[str] = []

    def read(self, name: str, reader: Callable[[str], T]) -> T | None:
        """What `reader` makes of a field; None where it refuses, or where the form has no such field and needs none."""
        text, removed = clean(self._values.get(name, ""))
        self.removed.append(removed)
        try:
            if holds_card_number(text):
                raise CardNumberSeen()
            return reader(text)
        except PaylinkError as error:
            field = name if name in self._values else "amount"
            self.errors[field] = shortened(error.for_staff(), ERROR_MAX)
            return None

    def line(self, name: str, most: int) -> str:
        return self.read(name, lambda text: not_longer(one_line(text), LABELS[name], most)) or ""


def _account(text: str, house: House) -> Account:
    account = account_like(house.accounts, text) if text else house.usual_account
    if account is None:
        raise AccountUnclear("Choose the account that the money goes to.")
    return account


def _amount(text: str, code: str, usual: str, house: House) -> Money:
    """`code`: what the Currency field says; the amount may name the same again, but no other."""
    words = text.split()
    if not words:
        raise AmountUnclear("Fill in the amount, such as 1250.00.")
    typed = any(ch.isnumeric() for ch in text)  # without a figure what was typed is quoted back, and nothing else
    if code and typed and code not in (word.upper() for word in words):
        words.append(code)
    return read_money(words, usual, house.firm.numbers, no_amount)


def _least(text: str, amount: Money, house: House) -> Money:
    least = read_money(text.split(), amount.currency, house.firm.numbers, no_amount)
    if least.currency != amount.currency:
        raise AmountUnclear(f"The least part is in {least.currency}, but the amount in {amount.currency}.")
    checked_parts(amount, least, house.firm.locale)
    return least


def no_amount(word: str) -> CommandUnclear:
    """What is said of a word in the field of an amount that has no place there."""
    return CommandUnclear(f"“{shortened(word)}” is no part of an amount. Write it as 1250.00.")


def _addresses(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(read_address(word) for word in re.split(r"[\s,;]+", text) if word))


def _due(text: str, house: House) -> date | None:
    return not_past(_iso(text), house.today, "due date") if text else None


def _iso(text: str) -> date:
    return date.fromisoformat(text)  # a date picker's
