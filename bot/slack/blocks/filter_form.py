"""The form that narrows a list down, a field for each column that can be searched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slack_sdk.models.blocks import DatePickerElement, InputBlock, PlainTextInputElement, StaticSelectElement

from bot.slack.blocks.list_menu import VALUE, field, form, option, title_of
from handlers.grammar import House
from handlers.requests import ListLinks, View
from models.plain_text import INVOICE_MAX, NAME_MAX, shortened

CALLBACK = "list_filter_form"
_MOST_ACCOUNTS = 99  # Slack's options of a menu, less the one for all
_EVERY = "-"  # no KEY of an account


def filter_form(asked: ListLinks, house: House, metadata: str) -> dict[str, Any]:
    """The view for views.open, filled with the filters that the list has now."""
    views = {view: option(title_of(view), view.value) for view in View}
    blocks = [
        field(
            "view",
            "View",
            StaticSelectElement(action_id=VALUE, options=list(views.values()), initial_option=views[asked.view]),
        ),
        _text("for", "Client name", asked.name, NAME_MAX, hint="Any part of it, as in the fields below."),
        _text("invoice", "Invoice number", asked.invoice, INVOICE_MAX),
        _text("reference", "Reference", asked.reference, 9),
        _text("email", "Email", asked.email, 254),
        _text("over", "Amount over", _plain(asked.over), 40, hint="100, or 100 EUR for another currency."),
        _text("under", "Amount under", _plain(asked.under), 40),
        _day("from", "Made from", asked.made_from),
        _day("to", "Made until", asked.made_to),
        _day("due from", "Due from", asked.due_from),
        _day("due to", "Due until", asked.due_to),
        *_account(asked, house),
        _text("by", "Made by", asked.made_by, 120),
    ]
    return form(CALLBACK, "Filter", blocks, metadata)


def _text(keyword: str, label: str, now: str, most: int, *, hint: str = "") -> InputBlock:
    element = PlainTextInputElement(action_id=VALUE, initial_value=now or None, max_length=most)
    return field(keyword, label, element, hint=hint, optional=True)


def _day(keyword: str, label: str, now: Any) -> InputBlock:
    element = DatePickerElement(action_id=VALUE, initial_date=now.isoformat() if now else None)
    return field(keyword, label, element, optional=True)


def _account(asked: ListLinks, house: House) -> Iterator[InputBlock]:
    if len(house.accounts) < 2:
        return
    some = list(house.accounts.items())[:_MOST_ACCOUNTS]
    options = {key: option(shortened(account.name, 75), key[:150]) for key, account in some}
    every = option("All accounts", _EVERY)
    now = options.get(asked.account, every)
    element = StaticSelectElement(action_id=VALUE, options=[every, *options.values()], initial_option=now)
    yield field("account", "Account", element, optional=True)


def _plain(amount: Any) -> str:
    return f"{amount}" if amount else ""


def filters_in(values: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """What stands in each field of a submitted form, by the grammar's keyword; fields left blank are not there."""
    found = {}
    for keyword, block in values.items():
        held = block.get(VALUE) or {}
        option_value = (held.get("selected_option") or {}).get("value")
        text = str(held.get("value") or held.get("selected_date") or option_value or "").strip()
        if text and text != _EVERY:
            found[keyword] = text
    return found
