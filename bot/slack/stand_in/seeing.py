"""What people see in the local Slack, and the ground their acts stand on."""

from __future__ import annotations

from typing import Any

from bot.slack.stand_in import payloads
from bot.slack.stand_in.delivery import Delivery
from bot.slack.stand_in.elements import Given, NoSuchElement, Raw, find, held, state_values
from bot.slack.stand_in.file_methods import file_words
from bot.slack.stand_in.people import BOT_NAME, BOT_USER, Channel, Person
from bot.slack.stand_in.tickets import ResponseTicket
from bot.slack.stand_in.web_api import WebApi
from bot.slack.stand_in.workspace import Workspace

Json = dict[str, Any]


class Seeing:
    """The eyes of the workspace's people."""

    def __init__(self, workspace: Workspace, delivery: Delivery, api: WebApi) -> None:
        self.workspace = workspace
        self.delivery = delivery
        self.api = api

    def messages(self, channel: str) -> list[Json]:
        """What stands in the channel, oldest first, without the replies in threads."""
        return self.workspace.messages(self._channel(channel).id)

    def thread(self, channel: str, ts: str) -> list[Json]:
        """The replies under a message, oldest first, without the message itself."""
        return self.workspace.replies(self._channel(channel).id).get(ts, [])

    def ephemerals(self, user: str, channel: str = "") -> list[Json]:
        """What only this person sees (in this channel), oldest first."""
        return self.workspace.whispers(user, self._channel(channel).id if channel else "")

    def view_of(self, user: str) -> Json | None:
        """The form in front of this person."""
        stack = self.workspace.views.get(user, [])
        return stack[-1] if stack else None

    def home_of(self, user: str) -> Json | None:
        """The app's Home tab as this person sees it; None where the app has published nothing to them."""
        return self.workspace.homes.get(user)

    # ── for those who act ────────────────────────────────────────────────────────────────────────────────────────────

    def _seen(self, user: str, before: str, ticket: ResponseTicket) -> Json:
        """The newest thing this person saw since a moment."""
        fresh = [w for w in self.workspace.whispers(user) if w["ts"] > before]
        if fresh:
            return fresh[-1]
        if ticket.shown:
            return ticket.shown
        view, home = self.view_of(user), self.home_of(user)
        if view is not None and view["hash"] > before:
            return {"view": view}
        return {"home": home} if home is not None and home["hash"] > before else {}

    async def _tell(self, event: str, payload: Json) -> None:
        """Send an event, when the app asked for its kind."""
        if event in self.api.offer.events:
            await self.delivery.send("events_api", payload)

    async def _tell_of(self, person: Person, place: Channel, message: Json) -> None:
        """Tell the app of a message that is written to it or mentions it."""
        if place.is_im:
            await self._tell("message.im", payloads.direct_message(person, place, self.workspace.team_id, message))
        elif f"<@{BOT_USER}>" in message["text"]:
            await self._tell("app_mention", payloads.app_mention(person, place, self.workspace.team_id, message))

    async def _use(
        self, user: str, view: Json, action_id: str, value: str, *, block_id: str, raw: Raw, given: Given | None
    ) -> Json:
        """Use an element of a form or of the Home tab. Raises NoSuchElement."""
        block, element = find(view["blocks"], action_id, value, block_id)
        if block["type"] == "input" and not block.get("dispatch_action"):
            raise NoSuchElement(f"{element['action_id']} tells the app nothing: its block has no dispatch_action")
        chosen = raw if raw is not None else value
        fields = dict(given or {})
        if element["type"] != "button":
            fields[block["block_id"]] = {**fields.get(block["block_id"], {}), element["action_id"]: chosen}
        payload = payloads.view_action(
            self._person(user),
            self.workspace.team_id,
            {**view, "state": {"values": self._state(view["blocks"], fields)}},
            action=self._action(block, element, chosen),
            trigger_id=self.workspace.tickets.trigger(user),
        )
        return await self._act(user, payload, ResponseTicket(user, "", self.workspace.clock.now()))

    def _state(self, blocks: list[Json], given: Given) -> Json:
        """`state.values`, with files told of as Slack does. Raises NoSuchElement: a file that nobody uploaded."""
        values = state_values(blocks, given)
        for field in (field for block in values.values() for field in block.values()):
            if field["type"] == "file_input":
                field["files"] = [self._file(str(ident)) for ident in field["files"]]
        return values

    def _file(self, ident: str) -> Json:
        stored = self.workspace.files.get(ident)
        if stored is None:
            raise NoSuchElement(f"nobody uploaded a file {ident}")
        return file_words(self.api.base_url, stored)

    async def _act(self, user: str, payload: Json, ticket: ResponseTicket) -> Json:
        before = self.workspace.new_ts()
        reply = await self.delivery.send("interactive", payload)
        if reply.failure:
            return {"text": f'{BOT_NAME} failed with the error "{reply.failure}"', "failed": True}
        return self._seen(user, before, ticket)

    def _action(self, block: Json, element: Json, raw: Raw) -> Json:
        told = {"action_id": element["action_id"], "block_id": block["block_id"], "action_ts": self.workspace.new_ts()}
        for part in ("text", "style", "placeholder"):
            if part in element:
                told[part] = element[part]
        return told | held(element, raw or None)

    def _person(self, user: str) -> Person:
        person = self.workspace.people.get(user)
        if person is None:
            raise NoSuchElement(f"nobody here is {user}")
        return person

    def _channel(self, reference: str) -> Channel:
        channel = self.workspace.channel(reference)
        if channel is None:
            raise NoSuchElement(f"there is no channel {reference}")
        return channel

    def _message_for(self, user: str, channel: str, ts: str) -> Json:
        message = self.workspace.message(channel, ts)
        whispered = (w for w in self.workspace.whispers(user, channel) if w["ts"] == ts)
        found = message or next(whispered, None)
        if found is None:
            raise NoSuchElement(f"{user} sees no message {ts} in {channel}")
        return found

    def _front(self, user: str) -> Json:
        view = self.view_of(user)
        if view is None:
            raise NoSuchElement(f"{user} has no form open")
        return view

    def _response_url(self, ticket: ResponseTicket) -> str:
        return f"{self.api.base_url}/response/{self.workspace.tickets.response(ticket)}"
