"""The New payment link form: opened within the trigger's three seconds, read field by field, refused on the field."""

from __future__ import annotations

import json
import re
from asyncio import Task
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

import structlog
from slack_bolt.async_app import AsyncApp

from bot.slack.answering import Answering, Place
from bot.slack.blocks.form import CALLBACK, VALUE, new_link_form, usual_parts
from bot.slack.listeners.reception import Reception, Visit
from bot.slack.trouble import UNREACHABLE, trouble_of
from handlers.answers import Answer, Refusal
from handlers.firm import Account
from handlers.grammar import House
from handlers.grammar.amounts import read_money
from handlers.grammar.words import not_longer
from handlers.requests import CreateLink
from models.addresses import read_address
from models.calendar import not_past
from models.card_numbers import holds_card_number
from models.currencies import currency
from models.errors import AccountUnclear, AmountUnclear, CardNumberSeen, CommandUnclear, PaylinkError
from models.money import Money
from models.part_payment import checked_parts
from models.plain_text import INVOICE_MAX, MESSAGE_MAX, NAME_MAX, clean, one_line, shortened

log = structlog.get_logger()
T = TypeVar("T")
_FIELD_OF = {"currency_unknown": "currency", "account_unclear": "account", "date_unclear": "due"}
_ERROR_MAX = 300  # characters that a form shows under a field without cutting


class FormRefused(Exception):
    """Fields that cannot be taken, each with its sentence; nothing was made (F14)."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(str(errors))
        self.errors = errors


def register(bolt: AsyncApp, reception: Reception, answering: Answering) -> None:
    async def submitted(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            asked = read_form(_values(view), reception.desk.house(_place(body, view).channel))
        except FormRefused as refused:
            await ack(response_action="errors", errors=refused.errors)
            return
        # the view's id, not the press's: a form that is sent twice makes one link
        visit = Visit(_place(body, view), f"view:{view.get('id')}")
        task = await answering.soon(reception.ask(visit, asked))
        if task.done() and isinstance(answer := task.result(), Refusal):
            await ack(response_action="errors", errors=_on_a_field(answer, view))
            return
        answering.later(_told(task, reception, answering, visit))
        await ack()

    bolt.view(CALLBACK)(submitted)


async def form_opened(reception: Reception, place: Place, trigger_id: str) -> bool:
    """Open the form for the person at a place; False where Slack does not, as the trigger's three seconds are over."""
    if not trigger_id:
        return False
    told = {"channel": place.channel, "thread_ts": place.thread_ts, "response_url": place.response_url}
    view = new_link_form(reception.desk.house(place.channel), json.dumps(told))
    try:
        await reception.client.views_open(trigger_id=trigger_id, view=view)
    except UNREACHABLE as error:
        log.warning("slack.form_not_opened", why=str(trouble_of(error)))
        return False
    return True


async def _told(task: Task[Answer], reception: Reception, answering: Answering, visit: Visit) -> None:
    """What became of the form, told where it was opened from: the form itself is gone by then."""
    message = await reception.message(await task, visit.place.user)
    await answering.deliver(message, visit.place)


def _place(body: Mapping[str, Any], view: Mapping[str, Any]) -> Place:
    told = json.loads(view.get("private_metadata") or "{}")
    return Place(
        str(body["user"]["id"]), told.get("channel", ""), told.get("thread_ts", ""), told.get("response_url", "")
    )


def _values(view: Mapping[str, Any]) -> dict[str, str]:
    """What stands in each field, by the field's name; blank where nothing does."""
    values = {}
    for name, block in view["state"]["values"].items():
        held = block.get(VALUE) or {}
        options = [held.get("selected_option") or {}, *(held.get("selected_options") or ())]
        values[name] = str(held.get("value") or held.get("selected_date") or options[-1].get("value") or "")
    return values


def _on_a_field(refusal: Refusal, view: Mapping[str, Any]) -> dict[str, str]:
    """The desk's refusal under the field it concerns, or the amount's, which every form has."""
    field = _FIELD_OF.get(refusal.code, "amount")
    return {field if field in view["state"]["values"] else "amount": shortened(refusal.sentence, _ERROR_MAX)}


# ── reading the fields ───────────────────────────────────────────────────────────────────────────────────────────────


def read_form(values: Mapping[str, str], house: House) -> CreateLink:
    """The link that a filled-in form asks for, by the same checks as a typed `create`.

    Raises FormRefused: every field that is wrong, at once.
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
        payer_name=fields.line("client", "Client name", NAME_MAX),
        invoice_number=fields.line("invoice", "Invoice number", INVOICE_MAX),
        due_on=fields.read("due", lambda text: _due(text, house)),
        message=fields.read("message", lambda text: not_longer(text.strip(), "Message", MESSAGE_MAX)) or "",
        partial=partial,
        partial_minimum=least,
        removed=" ".join(dict.fromkeys(filter(None, fields.removed))),
    )
    if fields.errors:
        raise FormRefused(fields.errors)
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
        fields.read("parts", lambda _: checked_parts(amount, None))
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
            self.errors[field] = shortened(error.for_staff(), _ERROR_MAX)
            return None

    def line(self, name: str, label: str, most: int) -> str:
        return self.read(name, lambda text: not_longer(one_line(text), label, most)) or ""


def _account(text: str, house: House) -> Account:
    account = house.account(text) if text else house.usual_account
    if account is None:
        raise AccountUnclear("Choose the account that the money goes to.")
    return account


def _amount(text: str, code: str, usual: str, house: House) -> Money:
    """`code`: what the Currency field says; the amount may name the same again, but no other."""
    words = text.split()
    if code and code not in (word.upper() for word in words):
        words.append(code)
    return read_money(words, usual, house.firm.numbers, _no_amount)


def _least(text: str, amount: Money, house: House) -> Money:
    least = read_money(text.split(), amount.currency, house.firm.numbers, _no_amount)
    if least.currency != amount.currency:
        raise AmountUnclear(f"The least part is in {least.currency}, but the amount in {amount.currency}.")
    checked_parts(amount, least)
    return least


def _no_amount(word: str) -> CommandUnclear:
    return CommandUnclear(f"“{shortened(word)}” is no part of an amount. Write it as 1250.00.")


def _addresses(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(read_address(word) for word in re.split(r"[\s,;]+", text) if word))


def _due(text: str, house: House) -> date | None:
    return not_past(date.fromisoformat(text), house.today, "due date") if text else None
