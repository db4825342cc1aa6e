"""What people do with the app itself: open its Home tab, use what is there, take its shortcuts from Slack's menus."""

from __future__ import annotations

from typing import Any

from bot.slack.stand_in import payloads
from bot.slack.stand_in.elements import Given, NoSuchElement, Raw
from bot.slack.stand_in.seeing import Seeing
from bot.slack.stand_in.tickets import ResponseTicket

Json = dict[str, Any]


class Opening(Seeing):
    """The hands of the workspace's people on the app's own places."""

    async def open_home(self, user: str, tab: str = "home") -> Json | None:
        """Look at the app, at its Home tab or its `messages`; the Home tab as it stands when the app has heard of it.

        Raises NoSuchElement: the app has no Home tab.
        """
        person = self._person(user)
        if tab == "home" and not self.api.offer.home_tab:
            raise NoSuchElement("the app has no Home tab")
        heard = payloads.app_home_opened(
            person,
            self.workspace.direct(user),
            self.workspace.team_id,
            tab=tab,
            ts=self.workspace.new_ts(),
            view=self.home_of(user),
        )
        await self._tell("app_home_opened", heard)
        return self.home_of(user)

    async def click_in_home(
        self,
        user: str,
        action_id: str = "",
        value: str = "",
        *,
        block_id: str = "",
        raw: Raw = None,
        given: Given | None = None,
    ) -> Json:
        """Use a button, menu or picker of the Home tab; what the person then sees, as type_command.

        Raises NoSuchElement: nothing is published, no such element, or several.
        """
        home = self.home_of(user)
        if home is None:
            raise NoSuchElement(f"{user} has an empty Home tab")
        return await self._use(user, home, action_id, value, block_id=block_id, raw=raw, given=given)

    async def take_shortcut(self, user: str, callback_id: str) -> Json:
        """Choose a global shortcut from Slack's menu. Raises NoSuchElement: the app offers none by that id."""
        self._offered(callback_id, "global")
        payload = payloads.shortcut(
            self._person(user),
            self.workspace.team_id,
            callback_id,
            action_ts=self.workspace.new_ts(),
            trigger_id=self.workspace.tickets.trigger(user),
        )
        return await self._act(user, payload, ResponseTicket(user, "", self.workspace.clock.now()))

    async def take_message_shortcut(self, user: str, channel: str, ts: str, callback_id: str) -> Json:
        """Choose a shortcut from the menu of a message. Raises NoSuchElement: no such message or shortcut."""
        self._offered(callback_id, "message")
        place = self._channel(channel)
        message = self.workspace.message(place.id, ts)
        if message is None:
            raise NoSuchElement(f"there is no message {ts} in {channel}")
        replies = self.thread(place.id, ts)
        if replies:  # Slack tells of a thread on the message that it hangs on
            message = {**message, "thread_ts": ts, "reply_count": len(replies)}
        ticket = ResponseTicket(user, place.id, self.workspace.clock.now(), thread_ts=message.get("thread_ts", ""))
        payload = payloads.message_shortcut(
            self._person(user),
            place,
            self.workspace.team_id,
            message,
            callback_id,
            action_ts=self.workspace.new_ts(),
            trigger_id=self.workspace.tickets.trigger(user),
            response_url=self._response_url(ticket),
        )
        return await self._act(user, payload, ticket)

    def _offered(self, callback_id: str, kind: str) -> None:
        if self.api.offer.shortcut(callback_id, kind) is None:
            raise NoSuchElement(f"the app offers no {kind} shortcut {callback_id}")
