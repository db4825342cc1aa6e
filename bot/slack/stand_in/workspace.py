"""The local workspace: people, channels, messages, what only one person sees, open forms and files."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.slack.stand_in.elements import with_ids
from bot.slack.stand_in.journal import Journal
from bot.slack.stand_in.people import APP, BOT, BOT_NAME, BOT_USER, Channel, Person, first_channels, first_people
from bot.slack.stand_in.tickets import Tickets
from handlers.ports import Clock

Json = dict[str, Any]
WHISPERS_KEPT = 100  # of one person
_MICRO = 1_000_000


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


@dataclass(slots=True)
class Workspace:
    """All that this Slack knows. `version` grows with every change, so that a page can ask whether anything is new."""

    team_id: str
    clock: Clock
    data: Path | None = None
    version: int = 1
    people: dict[str, Person] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    views: dict[str, list[Json]] = field(default_factory=dict)  # open forms of each person, the front one last
    homes: dict[str, Json] = field(default_factory=dict)  # the app's Home tab as published to each person
    files: dict[str, StoredFile] = field(default_factory=dict)
    tickets: Tickets = field(init=False)
    _messages: dict[str, dict[str, Json]] = field(default_factory=dict)
    _whispers: dict[str, list[Json]] = field(default_factory=dict)
    _journal: Journal = field(init=False)
    _last: int = 0  # the newest ts, in microseconds

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

    def changed(self) -> None:
        self.version += 1

    def new_ts(self) -> str:
        """A message's name: seconds and a counter, never the same twice, always later than the one before."""
        self._last = max(self._last + 1, int(self.clock.now().timestamp() * _MICRO))
        return f"{self._last // _MICRO}.{self._last % _MICRO:06}"

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
            **self._marks(author),
            **more,
        }
        if blocks:
            message["blocks"] = with_ids(list(blocks))
        if thread_ts:
            message["thread_ts"] = thread_ts
        self._keep(channel, message)
        return message

    def _marks(self, author: str) -> Json:
        if author != BOT_USER:
            return {}
        profile = {"id": BOT, "app_id": APP, "name": BOT_NAME, "team_id": self.team_id, "deleted": False}
        return {"bot_id": BOT, "app_id": APP, "bot_profile": profile}

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

    # ── for one person's eyes ────────────────────────────────────────────────────────────────────────────────────────

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
            **self._marks(author),
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

    # ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────

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
