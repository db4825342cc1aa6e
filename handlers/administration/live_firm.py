"""The firm as admins have made it: read from the database at start, after a change at once, and every half minute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog

from handlers.administration.catalogue import SETTINGS
from handlers.firm import Account, Firm, FirmBook
from models.errors import PaylinkError
from models.tables import ChannelAccount, ChannelMap, DisclaimerVersion, FirmSetting, MerchantAccount

log = structlog.get_logger()
PREFIX = "firm."  # of a setting's name in the table


async def refresh(book: FirmBook) -> None:
    """Bring the book up to date. Nothing is printed anew where nothing has changed."""
    kept = {row.name: row.value for row in await FirmSetting.filter(name__startswith=PREFIX)}
    newest = await DisclaimerVersion.all().order_by("-id").first()
    rules = {row.key: row for row in await MerchantAccount.all()}
    operator = book.by_operator
    overlay = _overlay(kept, operator)
    partial = str(overlay.get("partial", operator.partial))
    firm = replace(
        operator,
        **overlay,
        accounts={key: _with_rule(account, rules.get(key), partial) for key, account in operator.accounts.items()},
        channel_accounts={row.channel: row.account for row in await ChannelAccount.all()},
        channel_map=await _map(),
    )
    if newest is not None:
        firm = replace(firm, disclaimer=newest.text or operator.disclaimer, disclaimer_version=newest.id)
    book.becomes(firm)


async def _map() -> dict[str, frozenset[str]]:
    """Which accounts a channel serves. One that the operator took away stays in it: its channel serves no other."""
    served: dict[str, frozenset[str]] = {}
    for row in await ChannelMap.all():
        served[row.channel] = served.get(row.channel, frozenset()) | {row.account}
    return served


def _overlay(kept: Mapping[str, str], operator: Firm) -> dict[str, Any]:
    """What admins have set, by field. A value that this version no longer takes is left out: the operator's holds."""
    overlay: dict[str, Any] = {}
    for setting in SETTINGS.values():
        value = kept.get(f"{PREFIX}{setting.name}")
        if value is None:
            continue
        try:
            overlay[setting.field] = setting.read(value, operator)
        except PaylinkError as error:
            log.error("settings.value_refused", setting=setting.name, why=error.for_staff())
    return overlay


def _with_rule(account: Account, row: MerchantAccount | None, usual: str) -> Account:
    """The account with its own rule of part payments; with the firm's `usual` one where it has none."""
    if row is None or row.currency != account.currency:  # a least part in another currency means nothing
        return replace(account, partial=usual)
    if row.partial == "off" and row.partial_minimum is None:
        return replace(account, partial=usual)
    least = None if row.partial == "off" else row.partial_minimum
    return replace(account, partial=row.partial, partial_minimum=least, own_rule=True)
