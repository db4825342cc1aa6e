"""The forms that people have open, and the app's Home tab as it was published to each of them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from bot.slack.stand_in.elements import with_ids
from bot.slack.stand_in.people import APP, BOT
from bot.slack.stand_in.versioned import Versioned

Json = dict[str, Any]


@dataclass
class OpenViews(Versioned):
    """Views by the person who has them before them."""

    views: dict[str, list[Json]] = field(default_factory=dict)  # open forms of each person, the front one last
    homes: dict[str, Json] = field(default_factory=dict)  # the app's Home tab as published to each person

    def open_view(self, user: str, asked: Json, *, over: bool = False) -> Json:
        """Show a person a form; `over` lays it on top of the one that is open."""
        stack = self.views.setdefault(user, []) if over else []
        self.views[user] = stack
        ident = "V0" + secrets.token_hex(4).upper()
        root = stack[0]["id"] if stack else ident
        view = self._view(asked, ident, root, stack[-1]["id"] if stack else None)
        stack.append(view)
        self.changed()
        return view

    def publish_home(self, user: str, asked: Json) -> Json:
        """Show a person the app's Home tab; it keeps its id from one publishing to the next."""
        ident = self.homes[user]["id"] if user in self.homes else "V0" + secrets.token_hex(4).upper()
        self.homes[user] = self._view(asked, ident, ident, None)
        self.changed()
        return self.homes[user]

    def change_view(self, user: str, view_id: str, asked: Json) -> Json | None:
        """Put another form in the place of one that is open; None when it is closed."""
        if self.homes.get(user, {}).get("id") == view_id:
            return self.publish_home(user, asked)
        stack = self.views.get(user, [])
        for number, old in enumerate(stack):
            if old["id"] == view_id:
                stack[number] = self._view(asked, view_id, old["root_view_id"], old["previous_view_id"])
                self.changed()
                return stack[number]
        return None

    def _view(self, asked: Json, ident: str, root: str, previous: str | None) -> Json:
        return {
            "id": ident,
            "team_id": self.team_id,
            "type": asked["type"],
            "private_metadata": asked.get("private_metadata", ""),
            "callback_id": asked.get("callback_id", ""),
            "external_id": asked.get("external_id", ""),
            "hash": f"{self.new_ts()}.{secrets.token_hex(4)}",
            "title": asked.get("title"),
            "submit": asked.get("submit"),
            "close": asked.get("close"),
            "clear_on_close": bool(asked.get("clear_on_close")),
            "notify_on_close": bool(asked.get("notify_on_close")),
            "root_view_id": root,
            "previous_view_id": previous,
            "app_id": APP,
            "bot_id": BOT,
            "app_installed_team_id": self.team_id,
            "blocks": with_ids(asked.get("blocks", [])),
            "state": {"values": {}},
        }

    def whose_view(self, view_id: str = "", external_id: str = "") -> tuple[str, Json] | None:
        """The person who has this form or Home tab before them, and the view."""
        forms = [(user, view) for user, stack in self.views.items() for view in stack]
        for user, view in [*self.homes.items(), *forms]:
            if (view_id and view["id"] == view_id) or (external_id and view["external_id"] == external_id):
                return user, view
        return None
