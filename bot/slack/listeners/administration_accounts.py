"""The merchant accounts with the form of one of them, each in the place of the other."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.answering import Ack, Answering
from bot.slack.blocks.administration_accounts import BACK, CALLBACK, CHANGE, account_form
from bot.slack.blocks.fields import held_in
from bot.slack.listeners.panels import Reply, drawn, in_place, refused_on, settle_form, visit_in
from bot.slack.listeners.reception import Reception
from bot.slack.listeners.views import told_in, updated
from handlers.answers import AccountsForm, Answer
from handlers.requests import OpenAccounts, SetAccount

_FIELD_OF = {"amount_unclear": "minimum"}


def register(bolt: AsyncApp, reception: Reception, answering: Answering) -> None:
    async def wanted(ack: Ack, action: dict[str, Any], body: dict[str, Any]) -> None:
        key = str(action.get("value") or "") if action["action_id"] == CHANGE else ""
        await answering.aside(_show(reception, body, key), ack)

    async def sent(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        async def reply(answer: Answer) -> Reply:
            field = _FIELD_OF.get(getattr(answer, "code", ""), "defaults")
            refused = refused_on(view, field, answer)
            return refused or in_place(await drawn(reception, visit_in(body), "accounts", answer))

        work = reception.ask(visit_in(body), _account_in(view))
        await settle_form(ack, reception, answering, view, "accounts", work, reply)

    bolt.action(CHANGE)(wanted)
    bolt.action(BACK)(wanted)
    bolt.view(CALLBACK)(sent)


async def _show(reception: Reception, body: dict[str, Any], key: str) -> None:
    """One account's form, or all accounts where none is named or it is gone."""
    visit = visit_in(body)
    answer = await reception.ask(visit, OpenAccounts())
    found = [one for one in answer.accounts if one.key == key] if isinstance(answer, AccountsForm) else []
    view = account_form(found[0]) if found else await drawn(reception, visit, "accounts", answer)
    await updated(reception.client, str((body.get("view") or {}).get("id") or ""), view)


def _account_in(view: dict[str, Any]) -> SetAccount:
    held, told = held_in(view), told_in(view)
    return SetAccount(
        account=str(told.get("account", "")),
        defaults=frozenset(held.get("defaults", "").split()),
        channels=frozenset(held.get("channels", "").split()),
        partial=held.get("partial", "usual"),
        minimum=held.get("minimum", ""),
        seen=str(told.get("seen", "")),
    )
