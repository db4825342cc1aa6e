"""The merchant accounts with their rules, and the form of one of them. Never a key."""

from __future__ import annotations

import json
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ConversationFilter,
    ConversationMultiSelectElement,
    DividerBlock,
    PlainTextObject,
    SectionBlock,
)

from bot.slack.blocks.buttons import button
from bot.slack.blocks.fields import VALUE, field, radios, text
from bot.slack.blocks.panels import fitting_groups, panel
from bot.slack.blocks.wording import mrkdwn, said, section, small, typed
from handlers.answers import AccountLine, AccountsForm

CALLBACK = "account_form"
CHANGE, BACK = "account_change", "accounts_back"
_MOST = 30  # accounts in one view
_MOST_CHANNELS = 100
_RULES = {
    "usual": "As the settings say for the whole firm",
    "allowed": "Allowed",
    "off": "Off: the whole amount or nothing",
}
_NOTE = "Name, kind, currency and keys of an account are the operator's alone. Keys are never shown."


def accounts_panel(form: AccountsForm) -> dict[str, Any]:
    """Every account as it stands, each with the button that opens its form."""
    blocks: list[Block] = [section(said(note)) for note in form.notes]
    mapped = any(account.channels for account in form.accounts)
    groups = [_shown(account, number, mapped=mapped) for number, account in enumerate(form.accounts[:_MOST])]
    last: list[Block] = [small(_NOTE)]
    if len(form.accounts) > _MOST:
        last.insert(0, small(f"And {len(form.accounts) - _MOST} more: `accounts` shows and changes them by command."))
    shown = fitting_groups(groups, [*blocks, *last], "And {count} more: `accounts` shows and changes them by command.")
    return panel("accounts", [*blocks, *shown, *last])


def _shown(account: AccountLine, number: int, *, mapped: bool) -> list[Block]:
    return [
        SectionBlock(
            block_id=f"account_{number}",
            text=mrkdwn(f"*{typed(account.name, 200)}* ({typed(account.key, 60)})\n{_facts(account)}"),
            accessory=button("Change", CHANGE, account.key),
        ),
        small(_channels_in_words(account, mapped=mapped)),
        DividerBlock(),
    ]


def account_form(account: AccountLine) -> dict[str, Any]:
    """One account's rules, to be filled in."""
    least_hint = f"The least part in {account.currency} where parts are allowed here. Left blank, any part."
    blocks: list[Block] = [
        section(f"*{typed(account.name, 200)}*\n{_facts(account)}"),
        field(
            "defaults",
            "Default account in",
            _channels(account.defaults),
            hint="Links asked for in these channels go to it, where no account is named.",
        ),
        field(
            "channels",
            "Channels it serves",
            _channels(account.channels),
            hint="As long as no account has any, every channel serves every account.",
        ),
        field("partial", "Part payments", radios(_RULES, account.partial), optional=False),
        field("minimum", "Least part", text(account.minimum, 40, example="50.00"), hint=least_hint),
        ActionsBlock(elements=[button("Back to all accounts", BACK, "back")]),
        small(_NOTE),
    ]
    metadata = json.dumps({"account": account.key, "seen": account.mark})
    return panel("accounts", blocks, callback=CALLBACK, submit="Save", metadata=metadata)


def _channels(initial: tuple[str, ...]) -> ConversationMultiSelectElement:
    return ConversationMultiSelectElement(
        action_id=VALUE,
        placeholder=PlainTextObject(text="Choose channels"),
        initial_conversations=list(initial[:_MOST_CHANNELS]) or None,
        filter=ConversationFilter(
            include=["public", "private"], exclude_bot_users=True, exclude_external_shared_channels=True
        ),
    )


def _facts(account: AccountLine) -> str:
    parts = {**_RULES, "usual": "as the settings say", "allowed": "allowed", "off": "off"}[account.partial]
    least = f" from {account.least}" if account.least else ""
    return said(f"{' · '.join(account.facts)}\nPart payments {parts}{least}", 1500)


def _channels_in_words(account: AccountLine, *, mapped: bool) -> str:
    served = _mentions(account.channels) or ("no channel" if mapped else "every channel")
    default = f"Default in {_mentions(account.defaults)}. " if account.defaults else ""
    return f"{default}Serves {served}."


def _mentions(channels: tuple[str, ...]) -> str:
    shown = [f"<#{typed(channel, 40)}>" for channel in channels[:_MOST]]
    more = f" and {len(channels) - _MOST} more" if len(channels) > _MOST else ""
    return ", ".join(shown) + more
