"""What the app was set up with, as its manifest tells it: what people are offered, and which events it hears."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shortcut:
    """An entry of Slack's menus: `global` stands beside the composer, `message` in the menu of each message."""

    name: str
    kind: str
    callback_id: str
    description: str


@dataclass(frozen=True, slots=True)
class Offer:
    """The features of one app."""

    home_tab: bool
    events: frozenset[str]  # as the manifest names them: app_mention, message.im, …
    shortcuts: tuple[Shortcut, ...]

    def shortcut(self, callback_id: str, kind: str) -> Shortcut | None:
        fitting = (each for each in self.shortcuts if (each.callback_id, each.kind) == (callback_id, kind))
        return next(fitting, None)


def offer_of(manifest: Json) -> Offer:
    """Read a manifest as it stands before it is written out."""
    features, settings = manifest["features"], manifest["settings"]
    return Offer(
        home_tab=bool(features["app_home"]["home_tab_enabled"]),
        events=frozenset(settings["event_subscriptions"]["bot_events"]),
        shortcuts=tuple(
            Shortcut(each["name"], each["type"], each["callback_id"], each["description"])
            for each in features.get("shortcuts", ())
        ),
    )
