"""The form that narrows a list down, a field for each column that can be searched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slack_sdk.models.blocks import InputBlock

from bot.slack.blocks.fields import EVERY, account_field, day, field, held_in, menu, text
from bot.slack.blocks.list_menu import title_of
from bot.slack.blocks.modal import modal
from handlers.grammar import House
from handlers.requests import ListLinks, View
from models.plain_text import INVOICE_MAX, NAME_MAX

CALLBACK = "list_filter_form"


def filter_form(asked: ListLinks, house: House, metadata: str) -> dict[str, Any]:
    """The view for views.open, filled with the filters that the list has now."""
    views = {view.value: title_of(view) for view in View}
    blocks = [
        field("view", "View", menu(views, asked.view.value), optional=False),
        _text("for", "Client name", asked.name, NAME_MAX, hint="Any part of it, as in the fields below."),
        _text("invoice", "Invoice number", asked.invoice, INVOICE_MAX),
        _text("reference", "Reference", asked.reference, 9),
        _text("email", "Email", asked.email, 254),
        _text("over", "Amount over", _plain(asked.over), 40, hint="100, or 100 EUR for another currency."),
        _text("under", "Amount under", _plain(asked.under), 40),
        field("from", "Made from", day(asked.made_from)),
        field("to", "Made until", day(asked.made_to)),
        field("due from", "Due from", day(asked.due_from)),
        field("due to", "Due until", day(asked.due_to)),
        *_account(asked, house),
        _text("by", "Made by", asked.made_by, 120),
    ]
    return modal("Filter", blocks, callback=CALLBACK, submit="Show", close="Close", metadata=metadata)


def _text(keyword: str, label: str, now: str, most: int, *, hint: str = "") -> InputBlock:
    return field(keyword, label, text(now, most), hint=hint)


def _account(asked: ListLinks, house: House) -> Iterator[InputBlock]:
    if len(house.accounts) < 2:
        return
    accounts = {key: account.name for key, account in house.accounts.items()}
    now = asked.account if asked.account in accounts else ""
    yield account_field("account", accounts, now, every="All accounts")


def _plain(amount: Any) -> str:
    return f"{amount}" if amount else ""


def filters_in(view: Mapping[str, Any]) -> dict[str, str]:
    """What stands in each field of a submitted form, by the grammar's keyword; fields left blank are not there."""
    held = {keyword: words.strip() for keyword, words in held_in(view).items()}
    return {keyword: words for keyword, words in held.items() if words and words != EVERY}
