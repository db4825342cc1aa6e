"""What people do in a channel: type commands, write messages, use buttons and menus."""

from __future__ import annotations

from typing import Any

from bot.slack.stand_in import payloads
from bot.slack.stand_in.block_rules import faults_of_message
from bot.slack.stand_in.delivery import Reply
from bot.slack.stand_in.elements import Given, Raw, find, state_values
from bot.slack.stand_in.people import BOT_USER
from bot.slack.stand_in.seeing import Seeing
from bot.slack.stand_in.tickets import ResponseTicket
from bot.slack.stand_in.typed_text import as_command_text, as_message_text

Json = dict[str, Any]
SLACKBOT = "USLACKBOT"
COMMAND = "/paylink"


class TypingAndClicking(Seeing):
    """The hands of the workspace's people in its channels."""

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

    async def say(self, user: str, channel: str, text: str, thread_ts: str = "") -> Json:
        """Post a message as a person; the app hears of it where it is mentioned or written to directly."""
        person, place = self._person(user), self._channel(channel)
        words = as_message_text(text, self.workspace.people.values(), self.workspace.channels.values())
        message = self.workspace.post(place.id, user, words, (), thread_ts)
        await self._tell_of(person, place, message)
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
