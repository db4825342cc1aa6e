"""Reading the filter form, by the very grammar that reads what is typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.slack.blocks.fields import ERROR_MAX, FieldsRefused
from handlers.grammar import House, quoted, read_command, spell_list
from handlers.grammar.house import account_like
from handlers.requests import ListLinks, ListPart
from models.errors import PaylinkError
from models.plain_text import shortened

_NAMES = {  # what each keyword fills in
    "view": "view",
    "for": "name",
    "invoice": "invoice",
    "reference": "reference",
    "email": "email",
    "over": "over",
    "under": "under",
    "from": "made_from",
    "to": "made_to",
    "due from": "due_from",
    "due to": "due_to",
    "account": "account",
    "by": "made_by",
}


def read_filters(values: Mapping[str, str], asked: ListLinks, house: House) -> ListLinks:
    """The list with the filters of a form in the place of those it had; columns and order stay.

    Raises FieldsRefused: every field that is wrong, at once.
    """
    usual = ListLinks()
    found = {name: getattr(usual, name) for name in _NAMES.values()}
    values, errors = _account_found(values, house)
    account = f" account {quoted(values['account'])}" if "account" in values else ""  # its currency is meant
    for keyword, text in values.items():
        if keyword not in _NAMES:
            continue
        beside = account if keyword in ("over", "under") else ""
        try:
            part = read_command(f"list {keyword}: {quoted(text)}{beside}", house)
        except PaylinkError as error:
            errors[keyword] = shortened(error.for_staff(), ERROR_MAX)
        else:
            found[_NAMES[keyword]] = getattr(part, _NAMES[keyword])
    wanted = replace(asked, **found, page=1, said=frozenset(ListPart))
    if not errors:
        _fits_together(wanted, house, errors, values)
    if errors:
        raise FieldsRefused(errors)
    return wanted


def _account_found(values: Mapping[str, str], house: House) -> tuple[dict[str, str], dict[str, str]]:
    """The values with the KEY of the account that is looked for; without it where none is, and why."""
    others = {keyword: text for keyword, text in values.items() if keyword != "account"}
    if others == values:
        return others, {}
    try:
        return {**others, "account": account_like(house.accounts, values["account"]).key}, {}
    except PaylinkError as error:
        return others, {"account": shortened(error.for_staff(), ERROR_MAX)}


def _fits_together(wanted: ListLinks, house: House, errors: dict[str, str], values: Mapping[str, str]) -> None:
    """Notes on the second field of a pair that leaves nothing to find, or on the first there is."""
    try:
        read_command(spell_list(wanted), house)
    except PaylinkError as error:
        sentence = error.for_staff()
        pairs = {"due to": "`due to`", "to": "`to`", "under": "under "}
        at = next((key for key, mark in pairs.items() if mark in sentence and key in values), "")
        errors[at or next(iter(values), "for")] = shortened(sentence, ERROR_MAX)
