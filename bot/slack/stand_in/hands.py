"""People's hands on the local Slack, as a small JSON API: a page draws from it, another process can drive it.

Every POST takes and gives JSON; the content type is insisted on, so that no other site's form can reach it.
"""

from __future__ import annotations

import json
import mimetypes
import secrets
from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.slack.stand_in.elements import NoSuchElement
from bot.slack.stand_in.local_slack import SlackStandIn
from bot.slack.stand_in.people import BOT_USER
from bot.slack.stand_in.typing_and_clicking import COMMAND, SLACKBOT

Json = dict[str, Any]
SHOWN = 150  # messages of a channel, the newest
_LARGEST = 28 * 1024 * 1024  # a 20 MiB file in base64 in JSON


def hands(slack: SlackStandIn) -> web.Application:
    """The API; mount it where people may reach it."""
    api = _Hands(slack)
    app = web.Application()
    app.router.add_get("/state", api.state)
    app.router.add_get("/file/{file}", api.file)
    for name in ("say", "share", "upload", "click", "submit", "close", "dismiss", "home", "shortcut"):
        app.router.add_post(f"/{name}", _json_only(getattr(api, name)))
    return app


def _json_only(act: Callable[[Json], Awaitable[Json]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            return web.json_response({"error": "send JSON"}, status=415)
        try:
            # the product's own server takes small requests only; one with a file is larger
            body = json.loads(await request.clone(client_max_size=_LARGEST).text())
            return web.json_response(await act(body))
        except NoSuchElement as error:
            return web.json_response({"error": str(error)}, status=409)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return web.json_response({"error": f"that is no such request: {error}"}, status=400)

    return answer


class _Hands:
    def __init__(self, slack: SlackStandIn) -> None:
        self._slack = slack
        self._start = secrets.token_hex(4)  # a page that outlived the process must not take its own version for ours

    async def state(self, request: web.Request) -> web.Response:
        """All that one person sees; 204 when nothing changed since `since`."""
        workspace = self._slack.workspace
        user = request.query.get("user", "")
        if user not in workspace.people:
            return web.json_response({"error": "nobody by that id"}, status=404)
        version = f"{self._start}.{workspace.version}"
        if request.query.get("since") == version:
            return web.Response(status=204)
        workspace.direct(user)
        seen: Json = {
            "version": version,
            "app": BOT_USER,
            "people": [
                {"id": p.id, "name": p.name, "handle": p.handle, "email": p.email, "title": p.title, "bot": p.is_bot}
                for p in workspace.people.values()
                if not p.deleted
            ],
            "channels": [
                self._channel(user, channel.id) for channel in workspace.channels.values() if user in channel.members
            ],
            "view": self._slack.view_of(user),
            "home": self._slack.home_of(user),
            "home_tab": self._slack.api.offer.home_tab,
            "shortcuts": [
                {"id": each.callback_id, "name": each.name, "kind": each.kind, "about": each.description}
                for each in self._slack.api.offer.shortcuts
            ],
        }
        return web.json_response(seen)

    def _channel(self, user: str, ident: str) -> Json:
        workspace = self._slack.workspace
        channel = workspace.channels[ident]
        shown = workspace.messages(ident)[-SHOWN:]
        threads, whispers = workspace.replies(ident), workspace.whispers(user, ident)
        for whisper in whispers:  # in a thread without replies Slack shows it nowhere
            if whisper.get("thread_ts") in threads:
                threads[whisper["thread_ts"]] = sorted(
                    [*threads[whisper["thread_ts"]], whisper], key=lambda each: str(each["ts"])
                )
        return {
            "id": ident,
            "name": channel.name,
            "topic": channel.topic,
            "im": channel.is_im,
            "archived": channel.archived,
            "messages": [{**message, "replies": threads.get(message["ts"], [])} for message in shown],
            "whispers": [whisper for whisper in whispers if "thread_ts" not in whisper],
        }

    async def say(self, body: Json) -> Json:
        """Type into the composer: a command, a message, or a reply in a thread."""
        user, channel, text = str(body["user"]), str(body["channel"]), str(body["text"]).strip()
        if not text:
            return {}
        if not text.startswith("/"):
            return await self._slack.say(user, channel, text, str(body.get("thread_ts") or ""))
        command = text.split()[0]
        if command == COMMAND:
            return await self._slack.type_command(user, channel, text)
        line = f"`{command}` is not a valid command here. Only `{COMMAND}` is installed in this workspace."
        place = self._slack.workspace.channel(channel)
        if place is None:
            raise NoSuchElement(f"there is no channel {channel}")
        return self._slack.workspace.whisper(place.id, user, line, author=SLACKBOT, command=text, failed=True)

    async def click(self, body: Json) -> Json:
        """Use an element of a message (`ts`), of the Home tab (`home`), or of the form in front."""
        how: Json = {"block_id": str(body["block_id"]), "raw": body.get("raw"), "given": body.get("given")}
        user, action, value = str(body["user"]), str(body["action_id"]), str(body.get("value") or "")
        if body.get("ts"):
            return await self._slack.click(user, str(body["channel"]), str(body["ts"]), action, value, **how)
        if body.get("home"):
            return await self._slack.click_in_home(user, action, value, **how)
        return await self._slack.click_in_view(user, action, value, **how)

    async def home(self, body: Json) -> Json:
        """Look at the app: at its Home tab, or at the `messages` with it."""
        return {"home": await self._slack.open_home(str(body["user"]), str(body.get("tab") or "home"))}

    async def shortcut(self, body: Json) -> Json:
        """Take a shortcut from the menu of a message (`ts`), or from the one beside the composer."""
        user, ident = str(body["user"]), str(body["id"])
        if not body.get("ts"):
            return await self._slack.take_shortcut(user, ident)
        return await self._slack.take_message_shortcut(user, str(body["channel"]), str(body["ts"]), ident)

    async def share(self, body: Json) -> Json:
        """Post files, each with its name and its content in base64."""
        files = {str(file["name"]): b64decode(file["content"], validate=True) for file in body["files"]}
        text, thread = str(body.get("text") or ""), str(body.get("thread_ts") or "")
        return await self._slack.share(str(body["user"]), str(body["channel"]), files, text, thread)

    async def upload(self, body: Json) -> Json:
        """A file for a field of the form in front; its id."""
        content = b64decode(body["content"], validate=True)
        return {"id": self._slack.upload(str(body["user"]), str(body["name"]), content)}

    async def submit(self, body: Json) -> Json:
        return await self._slack.submit(str(body["user"]), dict(body["values"]))

    async def close(self, body: Json) -> Json:
        await self._slack.close_view(str(body["user"]), every=bool(body.get("every")))
        return {}

    async def dismiss(self, body: Json) -> Json:
        """Take an ephemeral message away, as its reader may."""
        self._slack.workspace.hush(str(body["user"]), str(body["ts"]))
        return {}

    async def file(self, request: web.Request) -> web.Response:
        """A file that was posted, to save."""
        stored = self._slack.workspace.files.get(request.match_info["file"])
        if stored is None or not stored.done:
            raise web.HTTPNotFound
        kind = mimetypes.guess_type(stored.name)[0] or "application/octet-stream"
        response = web.Response(body=stored.content, content_type=kind)
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(stored.name, safe='')}"
        return response
