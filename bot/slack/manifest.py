"""The Slack app as its manifest describes it: paste it at api.slack.com/apps, "From a manifest"."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

COMMAND = "/paylink"
NEEDED_FOR = {  # SPEC section 6: every scope, and what does not work without it
    "commands": "the command /paylink and the shortcuts",
    "chat:write": "cards, answers and news",
    "files:read": "files that staff share",
    "files:write": "exports and other files handed over",
    "users:read": "telling guests and bots from staff",
    "users:read.email": "knowing staff by their mail address",
    "channels:read": "seeing that a channel is shared with another company, or closed",
    "groups:read": "the same for private channels",
    "im:history": "commands and files in direct messages",
    "app_mentions:read": "commands that mention Paylink",
}
SCOPES = tuple(NEEDED_FOR)
EVENTS = ("app_home_opened", "app_mention", "message.im")  # a file comes with the message it is shared in
NEW_LINK_SHORTCUT = "new_payment_link"
BULK_SHORTCUT = "bulk_upload"
ASK_SHORTCUT = "ask_for_payment"
SHORTCUTS = (
    ("New payment link", "global", NEW_LINK_SHORTCUT, "Ask a client for money with a form"),
    ("Bulk upload", "global", BULK_SHORTCUT, "Many payment links from a CSV, TXT or XLSX file"),
    ("Ask for payment", "message", ASK_SHORTCUT, "Draft a payment link from this message"),
)


def slack_manifest(public_url: str, *, socket_mode: bool) -> str:
    """YAML for the app behind `public_url`; in Socket Mode Slack calls no URL, so none is named."""
    return "\n".join(_yaml(manifest_tree(public_url, socket_mode=socket_mode))) + "\n"


def manifest_tree(public_url: str, *, socket_mode: bool) -> dict[str, Any]:
    """The manifest before it is written out."""
    events_url = {} if socket_mode else {"request_url": f"{public_url}/slack/events"}
    command_url = {} if socket_mode else {"url": f"{public_url}/slack/events"}
    return {
        "display_information": {
            "name": "Paylink",
            "description": "Ask clients for money: single-use payment links",
            "background_color": "#1f3a5f",
        },
        "features": {
            "bot_user": {"display_name": "Paylink", "always_online": True},
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "shortcuts": [
                {"name": name, "type": kind, "callback_id": callback_id, "description": description}
                for name, kind, callback_id, description in SHORTCUTS
            ],
            "slash_commands": [
                {
                    "command": COMMAND,
                    **command_url,
                    "description": "Make, find and cancel payment links",
                    "usage_hint": "create 1250.00 jane@example.com for Jane Doe invoice 1042",
                    "should_escape": True,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**events_url, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **events_url},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
        },
    }


def _yaml(tree: dict[str, Any], indent: str = "") -> Iterator[str]:
    """Block YAML of nested mappings and lists; JSON's scalars are YAML's."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield f"{indent}{key}:"
            yield from _yaml(value, f"{indent}  ")
        elif isinstance(value, list):
            yield f"{indent}{key}:"
            for item in value:
                lines = list(_yaml(item, f"{indent}    ")) if isinstance(item, dict) else [json.dumps(item)]
                yield f"{indent}  - {lines[0].strip()}"
                yield from lines[1:]
        else:
            yield f"{indent}{key}: {json.dumps(value)}"
