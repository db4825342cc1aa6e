"""Messages for one person's eyes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.slack.stand_in.elements import with_ids
from bot.slack.stand_in.people import BOT_USER, marks_of
from bot.slack.stand_in.versioned import Versioned

Json = dict[str, Any]
WHISPERS_KEPT = 100  # of one person


@dataclass
class Whispers(Versioned):
    """Ephemeral messages, by the person who sees them."""

    _whispers: dict[str, list[Json]] = field(default_factory=dict)

    def whisper(
        self, channel: str, user: str, text: str, blocks: Iterable[Json] = (), author: str = BOT_USER, **more: Any
    ) -> Json:
        """A message only this person sees. Like Slack's, it is gone after a restart."""
        whisper: Json = {
            "type": "message",
            "user": author,
            "channel": channel,
            "to": user,
            "ts": self.new_ts(),
            "text": text,
            "response_type": "ephemeral",
            "is_ephemeral": True,
            **marks_of(author, self.team_id),
            **more,
        }
        if blocks:
            whisper["blocks"] = with_ids(list(blocks))
        self._whispers[user] = [*self._whispers.get(user, [])[1 - WHISPERS_KEPT :], whisper]
        self.changed()
        return whisper

    def whispers(self, user: str, channel: str = "") -> list[Json]:
        return [w for w in self._whispers.get(user, []) if not channel or w["channel"] == channel]

    def rewhisper(self, user: str, ts: str, text: str, blocks: list[Json]) -> Json | None:
        """Put another text in the place of an ephemeral message; None when it is gone."""
        for number, old in enumerate(self._whispers.get(user, [])):
            if old["ts"] == ts:
                fresh = {**old, "text": text, "blocks": with_ids(blocks)}
                self._whispers[user][number] = fresh
                self.changed()
                return fresh
        return None

    def hush(self, user: str, ts: str) -> None:
        """Take an ephemeral message away."""
        self._whispers[user] = [w for w in self._whispers.get(user, []) if w["ts"] != ts]
        self.changed()
