"""The local workspace: people, channels, messages, what only one person sees, open forms and files."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.slack.stand_in.elements import with_ids
from bot.slack.stand_in.journal import Journal
from bot.slack.stand_in.open_views import OpenViews
from bot.slack.stand_in.people import BOT_USER, Channel, Person, first_channels, first_people, marks_of
from bot.slack.stand_in.tickets import Tickets
from bot.slack.stand_in.whispers import Whispers

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that was uploaded; its content is in memory only."""

    id: str
    name: str
    content: bytes
    done: bool = False  # the upload is complete: files.completeUploadExternal was called, or a person did it
    user: str = BOT_USER
    at: int = 0  # Unix seconds
    for_app: bool = True  # the app may see it: its own, shared where it is, or put into its form


@dataclass
class Workspace(OpenViews, Whispers):
    """All that this Slack knows."""

    data: Path | None = None
    people: dict[str, Person] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    tickets: Tickets = field(init=False)
    _messages: dict[str, dict[str, Json]] = field(default_factory=dict)
    _journal: Journal = field(init=False)

    def __post_init__(self) -> None:
        self.people = {person.id: person for person in first_people()}
        self.channels = {channel.id: channel for channel in first_channels()}
        self.tickets = Tickets(self.clock)
        self._journal = Journal(self.data)
        for line in self._journal.read():
            self._remember(line["channel"], line["message"])
        self._write_anew()

    def _remember(self, channel: str, message: Json) -> None:
        if channel not in self.channels and channel.startswith("D"):
            for person in [p for p in self.people if _direct_id(p) == channel]:
                self.direct(person)
        self._messages.setdefault(channel, {})[message["ts"]] = message
        self._last = max(self._last, int(message["ts"].replace(".", "")))

    def _write_anew(self) -> None:
        self._journal.rewrite(
            {"channel": channel, "message": message}
            for channel, messages in self._messages.items()
            for message in messages.values()
        )

    def close(self) -> None:
        self._journal.close()

    # ── who and where ────────────────────────────────────────────────────────────────────────────────────────────────

    def channel(self, reference: str) -> Channel | None:
        """A channel by id, `#name` or name, or the direct messages with a person by their id."""
        if reference in self.people and reference != BOT_USER:
            return self.direct(reference)
        by_id = self.channels.get(reference)
        named = (c for c in self.channels.values() if not c.is_im and c.name == reference.removeprefix("#"))
        return by_id or next(named, None)

    def direct(self, user: str) -> Channel:
        """The direct messages between the app and this person."""
        ident = _direct_id(user)
        return self.channels.setdefault(
            ident, Channel(ident, "directmessage", members={user, BOT_USER}, with_user=user)
        )

    def by_email(self, address: str) -> Person | None:
        wanted = address.strip().lower()
        return next((p for p in self.people.values() if p.email and p.email.lower() == wanted), None)

    # ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def post(
        self, channel: str, author: str, text: str, blocks: Iterable[Json] = (), thread_ts: str = "", **more: Any
    ) -> Json:
        """A new message in the channel, or in the thread under `thread_ts`; Slack's own shape."""
        message: Json = {
            "type": "message",
            "user": author,
            "team": self.team_id,
            "ts": self.new_ts(),
            "text": text,
            **marks_of(author, self.team_id),
            **more,
        }
        if blocks:
            message["blocks"] = with_ids(list(blocks))
        if thread_ts:
            message["thread_ts"] = thread_ts
        self._keep(channel, message)
        return message

    def edit(self, channel: str, ts: str, text: str | None, blocks: list[Json] | None) -> Json | None:
        """The message with a new text or new blocks (None: as before); None when there is no such message."""
        message = self._messages.get(channel, {}).get(ts)
        if message is None:
            return None
        edited = dict(message, edited={"user": message["user"], "ts": self.new_ts()})
        if text is not None:
            edited["text"] = text
        if blocks is not None:
            edited["blocks"] = with_ids(blocks)
        self._keep(channel, edited)
        return edited

    def delete(self, channel: str, ts: str) -> None:
        message = self._messages.get(channel, {}).pop(ts, None)
        if message is not None:
            self._write_anew()
            self.changed()

    def _keep(self, channel: str, message: Json) -> None:
        self._messages.setdefault(channel, {})[message["ts"]] = message
        self._journal.append({"channel": channel, "message": message})
        self.changed()

    def message(self, channel: str, ts: str) -> Json | None:
        return self._messages.get(channel, {}).get(ts)

    def messages(self, channel: str) -> list[Json]:
        """What stands in the channel itself, oldest first; replies are in their threads."""
        every = self._messages.get(channel, {}).values()
        return sorted((m for m in every if m.get("thread_ts", m["ts"]) == m["ts"]), key=_when)

    def replies(self, channel: str) -> dict[str, list[Json]]:
        """The channel's threads, by the ts of the message they hang on."""
        threads: dict[str, list[Json]] = {}
        for message in sorted(self._messages.get(channel, {}).values(), key=_when):
            if message.get("thread_ts", message["ts"]) != message["ts"]:
                threads.setdefault(message["thread_ts"], []).append(message)
        return threads

    # ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def keep_file(self, user: str, name: str, content: bytes, *, for_app: bool) -> StoredFile:
        """A file that a person uploaded."""
        at = int(self.clock.now().timestamp())
        stored = StoredFile("F0" + secrets.token_hex(4).upper(), name, content, True, user, at, for_app)
        self.files[stored.id] = stored
        return stored


def _direct_id(user: str) -> str:
    return "D" + user[1:]


def _when(message: Json) -> str:
    return str(message["ts"])
