"""What Slack says of people and channels: who may not use the product at all (T12), and where it may post."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.trouble import UNREACHABLE, closed_by, trouble_of, word_of
from handlers.ports import Clock, DeliveryTrouble

_CHANNELS_A_PAGE = 500
_PAGES = 10  # whoever is in more channels sees in direct messages what was asked for in the first ones
KEPT = timedelta(seconds=60)  # a guest, a leaver or a newly shared channel is noticed within a minute
_MANY = 2000
T = TypeVar("T")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Member:
    """A person as the workspace knows them."""

    id: str
    name: str = ""
    email: str = ""
    bar: str = ""  # why they are refused, whatever role they were given; blank: they are not


@dataclass(frozen=True, slots=True)
class Room:
    """A channel, or direct messages."""

    id: str
    postable: bool  # Paylink can post there
    shared: bool = False  # with another company, by Slack Connect
    closed: str = ""  # why Paylink cannot post there, in words; blank: it can, or Slack does not say


class Directory:
    """Looks people and channels up, and remembers the answer for a minute."""

    def __init__(self, client: AsyncWebClient, team_id: str, clock: Clock) -> None:
        self._client = client
        self._team_id = team_id
        self._members = _Kept[Member](clock)
        self._rooms = _Kept[Room](clock)
        self._channels = _Kept[frozenset[str]](clock)

    async def member(self, user_id: str) -> Member:
        """Raises DeliveryTrouble: Slack does not say, so nobody may be let in."""
        return await self._members.get(user_id, self._ask_member)

    async def room(self, channel_id: str) -> Room:
        """Raises DeliveryTrouble: Slack does not say, so nothing may be posted there."""
        return await self._rooms.get(channel_id, self._ask_room)

    async def channels_of(self, user_id: str) -> frozenset[str]:
        """The channels this person is in, private ones only where Paylink is, too; none while Slack does not say."""
        try:
            return await self.channels_told(user_id)
        except DeliveryTrouble as trouble:
            log.warning("slack.channels_unknown", why=str(trouble))
            return frozenset()

    async def channels_told(self, user_id: str) -> frozenset[str]:
        """The same. Raises DeliveryTrouble: Slack does not say."""
        try:
            return await self._channels.get(user_id, self._ask_channels)
        except UNREACHABLE as error:
            raise trouble_of(error) from error

    async def _ask_channels(self, user_id: str) -> frozenset[str]:
        found: set[str] = set()
        cursor = ""
        for _ in range(_PAGES):
            answer = await self._client.users_conversations(
                user=user_id,
                types="public_channel,private_channel",
                exclude_archived=True,
                limit=_CHANNELS_A_PAGE,
                cursor=cursor or None,
            )
            found |= {str(channel["id"]) for channel in answer["channels"]}
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
        return frozenset(found)

    async def _ask_member(self, user_id: str) -> Member:
        try:
            answer = await self._client.users_info(user=user_id)
        except UNREACHABLE as error:
            if word_of(error) in ("user_not_found", "user_not_visible"):
                return Member(user_id, bar="Slack does not know you in this workspace.")
            raise trouble_of(error) from error
        return member_of(answer["user"], self._team_id)

    async def _ask_room(self, channel_id: str) -> Room:
        if channel_id.startswith("D"):
            return Room(channel_id, postable=False)  # posts to a person go to the person's id
        try:
            channel = (await self._client.conversations_info(channel=channel_id))["channel"]
        except SlackApiError as error:
            if (word := word_of(error)) == "channel_not_found":
                return Room(channel_id, postable=False, closed=closed_by(word))
            if word in ("missing_scope", "method_not_supported_for_channel_type"):
                return Room(channel_id, postable=False)
            raise trouble_of(error) from error
        except UNREACHABLE as error:
            raise trouble_of(error) from error
        shared = any(channel.get(mark) for mark in ("is_ext_shared", "is_pending_ext_shared"))
        word = "is_archived" if channel.get("is_archived") else "" if channel.get("is_member") else "not_in_channel"
        return Room(channel_id, not word and not shared, shared, closed_by(word) if word else "")


def member_of(user: dict[str, Any], team_id: str) -> Member:
    """A user object of Slack's as a member (docs.slack.dev/reference/objects/user-object).

    An address that the person has not confirmed is anybody's: it makes nobody an admin, nor the owner of a link.
    """
    profile = user.get("profile") or {}
    email = "" if user.get("is_email_confirmed") is False else str(profile.get("email") or "")
    name = profile.get("real_name") or user.get("real_name") or user.get("name") or user["id"]
    return Member(user["id"], str(name), email, _bar(user, team_id))


def _bar(user: dict[str, Any], team_id: str) -> str:
    teams = {user.get("team_id"), *(user.get("enterprise_user") or {}).get("teams", [])}
    if user.get("deleted"):
        return "This account is deactivated."
    if user.get("is_bot") or user.get("is_workflow_bot") or user["id"] == "USLACKBOT":
        return "Bots cannot use Paylink."
    if user.get("is_stranger") or team_id not in teams:
        return "People of other companies cannot use Paylink here."
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return "Guests cannot use Paylink. Ask a colleague who is a full member."
    return ""


class _Kept(Generic[T]):
    """Answers by id, each for a while. A failure is not kept."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._answers: dict[str, tuple[datetime, T]] = {}

    async def get(self, key: str, ask: Callable[[str], Awaitable[T]]) -> T:
        now = self._clock.now()
        found = self._answers.get(key)
        if found is not None and now < found[0]:
            return found[1]
        answer = await ask(key)
        if len(self._answers) >= _MANY:
            self._answers = {k: kept for k, kept in self._answers.items() if now < kept[0]}
        self._answers[key] = (now + KEPT, answer)
        return answer
