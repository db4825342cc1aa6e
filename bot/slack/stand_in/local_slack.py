"""A local Slack: what people do in it, sent to the app as Slack sends it, and what they then see."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.slack.stand_in import payloads
from bot.slack.stand_in.block_rules import faults_of_message, faults_of_view
from bot.slack.stand_in.delivery import Delivery, Reply, Sent
from bot.slack.stand_in.doors import doors
from bot.slack.stand_in.elements import Given, NoSuchElement, Raw, find, held, slips, state_values
from bot.slack.stand_in.faults import Faults
from bot.slack.stand_in.methods import METHODS
from bot.slack.stand_in.people import BOT_NAME, BOT_USER, Channel, Person
from bot.slack.stand_in.tickets import ResponseTicket
from bot.slack.stand_in.typed_text import as_command_text, as_message_text
from bot.slack.stand_in.web_api import SCOPES, Call, WebApi
from bot.slack.stand_in.workspace import Workspace
from handlers.ports import Clock

Json = dict[str, Any]
SLACKBOT = "USLACKBOT"
COMMAND = "/paylink"


class SlackStandIn:
    """One workspace with one app in it.

    `events_url` is the app's /slack/events; an open Socket Mode connection is used before it. `data` is the file that
    keeps the channels over a restart. `base_url` is where this stand-in is reached: serve() sets it, and the first API
    call tells it where somebody else serves app().
    """

    def __init__(
        self,
        bot_token: str,
        signing_secret: str,
        app_token: str,
        team_id: str,
        events_url: str,
        data: Path | None,
        clock: Clock,
        scopes: frozenset[str] = SCOPES,
    ) -> None:
        self.workspace = Workspace(team_id, clock, data)
        self.delivery = Delivery(events_url, signing_secret, clock)
        self.api = WebApi(self.workspace, METHODS, bot_token=bot_token, app_token=app_token, scopes=scopes)
        self._runner: web.AppRunner | None = None

    # ── the process's side ───────────────────────────────────────────────────────────────────────────────────────────

    @property
    def base_url(self) -> str:
        return self.api.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self.api.base_url = url.rstrip("/")

    @property
    def api_url(self) -> str:
        """What PAYLINK_SLACK__API_URL must be."""
        return f"{self.base_url}/api/"

    @property
    def events_url(self) -> str:
        return self.delivery.events_url

    @events_url.setter
    def events_url(self, url: str) -> None:
        self.delivery.events_url = url

    @property
    def faults(self) -> Faults:
        """Plan failures of the Web API here."""
        return self.api.faults

    @property
    def calls(self) -> list[Call]:
        """The app's last API calls, oldest first."""
        return self.api.calls

    @property
    def sent(self) -> list[Sent]:
        """The last requests that went to the app, oldest first."""
        return self.delivery.sent

    def app(self) -> web.Application:
        return doors(self.workspace, self.api, self.delivery)

    async def serve(self, host: str = "127.0.0.1", port: int = 0, app: web.Application | None = None) -> str:
        """Listen (port 0: any free one) until close(), with `app` where more was added to app(); the base URL."""
        self._runner = web.AppRunner(app or self.app(), access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self.base_url = f"http://{host}:{site.port}"
        return self.base_url

    async def close(self) -> None:
        await self.delivery.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self.workspace.close()

    # ── what people see ──────────────────────────────────────────────────────────────────────────────────────────────

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

    # ── what people do ───────────────────────────────────────────────────────────────────────────────────────────────

    async def type_command(self, user: str, channel: str, text: str) -> Json:
        """Type a slash command; `create 100` means `/paylink create 100`.

        What the person then sees: the answer (ephemeral, or posted for all), {"view": …} when a form opened, {} when
        nothing shows. When the app failed, Slack's own line with "failed": True.
        """
        person, place = self._person(user), self._channel(channel)
        command, _, said = text.strip().partition(" ") if text.startswith("/") else (COMMAND, "", text.strip())
        ticket = ResponseTicket(user, place.id, self.workspace.clock.now(), command=text)
        payload = payloads.slash_command(
            person,
            place,
            self.workspace.team_id,
            command,
            as_command_text(said, self.workspace.people.values(), self.workspace.channels.values()),
            trigger_id=self.workspace.tickets.trigger(user),
            response_url=self._response_url(ticket),
        )
        before = self.workspace.new_ts()
        reply = await self.delivery.send("slash_commands", payload)
        if reply.failure:
            return self._failed(ticket, f'{command} failed with the error "{reply.failure}"')
        return self._show_acknowledgement(ticket, reply, command) or self._seen(user, before, ticket)

    def _show_acknowledgement(self, ticket: ResponseTicket, reply: Reply, command: str) -> Json:
        body = reply.body
        text, blocks = str(body.get("text") or ""), body.get("blocks") or []
        if not text and not blocks:
            return {}
        if faults_of_message(blocks):
            return self._failed(ticket, f'{command} failed with the error "invalid_command_response"')
        if body.get("response_type") == "in_channel":
            return self.workspace.post(ticket.channel, BOT_USER, text, blocks)
        shown = self.workspace.whisper(ticket.channel, ticket.user, text, blocks, command=ticket.command)
        ticket.original = shown["ts"]
        return shown

    def _failed(self, ticket: ResponseTicket, line: str) -> Json:
        return self.workspace.whisper(
            ticket.channel, ticket.user, line, author=SLACKBOT, command=ticket.command, failed=True
        )

    def _seen(self, user: str, before: str, ticket: ResponseTicket) -> Json:
        """The newest thing this person saw since a moment."""
        fresh = [w for w in self.workspace.whispers(user) if w["ts"] > before]
        view = self.view_of(user)
        if fresh:
            return fresh[-1]
        if ticket.shown:
            return ticket.shown
        return {"view": view} if view is not None and view["hash"] > before else {}

    async def say(self, user: str, channel: str, text: str, thread_ts: str = "") -> Json:
        """Post a message as a person; the app hears of it where it is mentioned or written to directly."""
        person, place = self._person(user), self._channel(channel)
        words = as_message_text(text, self.workspace.people.values(), self.workspace.channels.values())
        message = self.workspace.post(place.id, user, words, (), thread_ts)
        if place.is_im:
            heard = payloads.direct_message(person, place, self.workspace.team_id, message)
            await self.delivery.send("events_api", heard)
        elif f"<@{BOT_USER}>" in words:
            heard = payloads.app_mention(person, place, self.workspace.team_id, message)
            await self.delivery.send("events_api", heard)
        return message

    async def click(
        self,
        user: str,
        channel: str,
        ts: str,
        action_id: str = "",
        value: str = "",
        *,
        block_id: str = "",
        raw: Raw = None,
        given: Given | None = None,
    ) -> Json:
        """Use a button, menu or picker of a message; `value` is the button's, or the option to choose.

        `raw` is for what has no single value (check boxes), `given` what stands in the message's other fields. What
        the person then sees, as type_command. Raises NoSuchElement: no message, no such element, or several.
        """
        person, place = self._person(user), self._channel(channel)
        message = self._message_for(user, place.id, ts)
        blocks = message.get("blocks", [])
        block, element = find(blocks, action_id, value, block_id)
        ticket = ResponseTicket(
            user,
            place.id,
            self.workspace.clock.now(),
            original=ts,
            ephemeral=bool(message.get("is_ephemeral")),
            thread_ts=message.get("thread_ts", ""),
        )
        payload = payloads.message_action(
            person,
            place,
            self.workspace.team_id,
            message,
            action=self._action(block, element, raw if raw is not None else value),
            values=state_values(blocks, given or {}),
            trigger_id=self.workspace.tickets.trigger(user),
            response_url=self._response_url(ticket),
        )
        return await self._act(user, payload, ticket)

    async def click_in_view(
        self,
        user: str,
        action_id: str = "",
        value: str = "",
        *,
        block_id: str = "",
        raw: Raw = None,
        given: Given | None = None,
    ) -> Json:
        """Use a button, menu or picker of the form in front. Raises NoSuchElement."""
        view = self._front(user)
        block, element = find(view["blocks"], action_id, value, block_id)
        chosen = raw if raw is not None else value
        fields = dict(given or {})
        if element["type"] != "button":
            fields[block["block_id"]] = {**fields.get(block["block_id"], {}), element["action_id"]: chosen}
        payload = payloads.view_action(
            self._person(user),
            self.workspace.team_id,
            {**view, "state": {"values": state_values(view["blocks"], fields)}},
            action=self._action(block, element, chosen),
            trigger_id=self.workspace.tickets.trigger(user),
        )
        return await self._act(user, payload, ResponseTicket(user, "", self.workspace.clock.now()))

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

    async def submit(self, user: str, values: Mapping[str, Raw] | Given) -> Json:
        """Fill in the form in front and send it; keys are labels, block ids or action ids.

        {} when it closed or moved on, {"errors": {block_id: sentence}} when a field was refused, by Slack itself or by
        the app; {"failed": True, "text": …} when the app did not answer. Raises NoSuchElement: no form, no such field.
        """
        view = self._front(user)
        state = state_values(view["blocks"], _by_block(view, values))
        amiss = slips(view["blocks"], state)
        if amiss:
            return {"errors": amiss}
        filled = {**view, "state": {"values": state}}
        payload = payloads.view_submission(
            self._person(user), self.workspace.team_id, filled, trigger_id=self.workspace.tickets.trigger(user)
        )
        reply = await self.delivery.send("interactive", payload)
        if reply.failure:
            return {"failed": True, "text": "We had some trouble connecting. Try again?"}
        return self._after_submission(user, view, reply.body)

    def _after_submission(self, user: str, view: Json, body: Json) -> Json:
        match body.get("response_action"):
            case "errors":
                known = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
                errors = {k: str(v) for k, v in body.get("errors", {}).items() if k in known}
                return {"errors": errors} if errors else _trouble()
            case "update" | "push" as action:
                asked = body.get("view")
                if faults_of_view(asked):
                    return _trouble()
                if action == "update":
                    self.workspace.change_view(user, view["id"], body["view"])
                else:
                    self.workspace.open_view(user, body["view"], over=True)
            case "clear":
                self.workspace.views[user] = []
            case _:
                self._drop(user, view["id"])
        self.workspace.changed()
        return {}

    async def close_view(self, user: str) -> None:
        """Close the form in front without sending it."""
        view = self._front(user)
        self._drop(user, view["id"])
        if view["notify_on_close"]:
            told = payloads.view_closed(self._person(user), self.workspace.team_id, view)
            await self.delivery.send("interactive", told)

    def _drop(self, user: str, view_id: str) -> None:
        self.workspace.views[user] = [v for v in self.workspace.views.get(user, []) if v["id"] != view_id]
        self.workspace.changed()

    async def redeliver(self, sent: Sent) -> Reply:
        """Send the very same request again, byte for byte."""
        return await self.delivery.post(sent)

    async def disconnect_sockets(self, reason: str = "refresh_requested") -> None:
        """Make every Socket Mode client come back, as Slack does now and then."""
        await self.delivery.disconnect(reason)

    # ── looking things up ────────────────────────────────────────────────────────────────────────────────────────────

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
        return f"{self.base_url}/response/{self.workspace.tickets.response(ticket)}"


def _trouble() -> Json:
    return {"failed": True, "text": "We had some trouble connecting. Try again?"}


def _by_block(view: Json, values: Mapping[str, Raw] | Given) -> Given:
    """Fields by their block and action ids, whatever name they were given by."""
    done: dict[str, Mapping[str, Raw]] = {}
    for name, raw in values.items():
        if isinstance(raw, Mapping):
            done[name] = raw
            continue
        for block in view["blocks"]:
            element = block.get("element") or block.get("accessory") or {}
            names = (block["block_id"], element.get("action_id"), block.get("label", {}).get("text"))
            if element and name in names:
                done[block["block_id"]] = {element["action_id"]: raw}
                break
        else:
            raise NoSuchElement(f"the form has no field {name!r}")
    return done
