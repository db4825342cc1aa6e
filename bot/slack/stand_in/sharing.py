"""What people do with files: share them where others read, or put them into a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.slack.stand_in import payloads
from bot.slack.stand_in.file_methods import file_words
from bot.slack.stand_in.people import BOT_USER
from bot.slack.stand_in.seeing import Seeing
from bot.slack.stand_in.typed_text import as_message_text

Json = dict[str, Any]


class Sharing(Seeing):
    """The hands of the workspace's people on files."""

    async def share(
        self, user: str, channel: str, files: Mapping[str, bytes], text: str = "", thread_ts: str = ""
    ) -> Json:
        """Post files by their names, with words about them; the message.

        The app gets `file_shared` where it is a member and asked for it, and the message itself as any other: in
        direct messages, or where the words mention it.
        """
        person, place = self._person(user), self._channel(channel)
        there = BOT_USER in place.members
        stored = [
            self.workspace.keep_file(user, name, content, for_app=there and "files:read" in self.api.scopes)
            for name, content in files.items()
        ]
        words = as_message_text(text, self.workspace.people.values(), self.workspace.channels.values())
        told = [file_words(self.api.base_url, one) for one in stored]
        message = self.workspace.post(place.id, user, words, (), thread_ts, files=told)
        if there and "files:read" in self.api.scopes:
            for one in stored:
                heard = payloads.file_shared(person, place, self.workspace.team_id, one.id, message["ts"])
                await self._tell("file_shared", heard)
        await self._tell_of(person, place, message)
        return message

    def upload(self, user: str, name: str, content: bytes) -> str:
        """Put a file into a form's file field; the id that is the field's value."""
        return self.workspace.keep_file(self._person(user).id, name, content, for_app=True).id
