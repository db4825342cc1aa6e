"""/sandbox/: the page, its files and the small JSON API its script talks to."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.sandbox.letters import LetterUnclear, LocalMail, compose, read_letter, recipient
from bot.sandbox.sample import NAME, sample_csv
from bot.slack.stand_in.hands import hands
from bot.slack.stand_in.local_slack import SlackStandIn
from bot.slack.stand_in.people import PAYMENTS, TEAM_DOMAIN, Person
from handlers.ports import Clock

Json = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_HERE = Path(__file__).parent
SHOWN = 1500  # letters in all mailboxes, the newest
_LETTER_LIMIT = 12 * 1024 * 1024  # a 5 MiB file in base64 in JSON, with room to spare
TRIES = (
    ("/paylink create 1250 jane@acme.example for Jane Doe invoice 1042 due in 2 weeks", "a link, mailed to the client"),
    ("/paylink", "the same as a form"),
    ("/paylink list outstanding", "who still owes"),
)
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# A letter is somebody else's HTML: no script, nothing fetched, links open in a tab of their own.
_LETTER_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src 'self' data:; form-action 'none'; frame-ancestors 'self'"
)


def mount(
    app: web.Application,
    slack: SlackStandIn,
    mail: LocalMail | None,
    *,
    firm: str,
    intake: str,
    clock: Clock,
    checkout: str = "",
    tries: Sequence[tuple[str, str]] = TRIES,
) -> None:
    """Put the page under /sandbox/ of the product's server.

    `checkout` is the address where all checkout sessions are listed and the bank is played. `tries` are the first-run
    commands, each with what it does. Without `mail` the page has no mailbox.
    """
    desk = _Desk(slack, mail, firm=firm, intake=intake, clock=clock, checkout=checkout, tries=tries)
    page = web.Application(middlewares=[_with_headers])
    page.router.add_get("/", desk.page)
    page.router.add_static("/static", _HERE / "static")
    page.router.add_get("/sample.csv", desk.sample)
    page.router.add_get("/mail/boxes", desk.boxes)
    page.router.add_get("/mail/{box}/{letter}", desk.letter)
    page.router.add_get("/mail/{box}/{letter}/html", desk.html)
    page.router.add_get("/mail/{box}/{letter}/file/{number}", desk.enclosure)
    page.router.add_post("/mail/send", desk.send)
    page.add_subapp("/slack", hands(slack))
    app.router.add_get("/sandbox", _to_the_page)
    app.add_subapp("/sandbox", page)


async def _to_the_page(request: web.Request) -> web.StreamResponse:
    raise web.HTTPPermanentRedirect("/sandbox/")


@web.middleware
async def _with_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    response.headers.setdefault("Content-Security-Policy", _PAGE_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-cache" if "/static/" in request.path else "no-store"
    return response


class _Desk:
    def __init__(
        self,
        slack: SlackStandIn,
        mail: LocalMail | None,
        *,
        firm: str,
        intake: str,
        clock: Clock,
        checkout: str,
        tries: Sequence[tuple[str, str]],
    ) -> None:
        self._slack = slack
        self._mail = mail
        self._firm = firm
        self._intake = intake
        self._clock = clock
        self._checkout = checkout
        self._tries = tries
        self._start = secrets.token_hex(4)  # a page that outlived the process must not take its own version for ours
        self._written: dict[str, list[bytes]] = {}  # what each staff member wrote here, oldest first
        templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined
        )
        self._page = templates.get_template("sandbox.html")

    async def page(self, request: web.Request) -> web.Response:
        text = self._page.render(
            firm=self._firm,
            intake=self._intake,
            team=TEAM_DOMAIN,
            tries=self._tries,
            checkout=self._checkout,
            staff=self._staff(),
            channel=PAYMENTS,
            with_mail=self._mail is not None,
        )
        return web.Response(text=text, content_type="text/html")

    def _staff(self) -> list[Person]:
        return [p for p in self._slack.workspace.people.values() if p.email and not p.deleted]

    async def sample(self, request: web.Request) -> web.Response:
        """The ready-made CSV."""
        headers = {"Content-Disposition": f'attachment; filename="{NAME}"'}
        return web.Response(body=sample_csv(self._clock.now().date()), content_type="text/csv", headers=headers)

    # ── letters ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def boxes(self, request: web.Request) -> web.Response:
        """Every mailbox with its letters, newest first; 204 when nothing came since `since`."""
        came = self._office().letters()
        version = f"{self._start}.{came[0].number if came else 0}.{sum(map(len, self._written.values()))}"
        if request.query.get("since") == version:
            return web.Response(status=204)
        boxes: dict[str, list[Json]] = {person.email: self._letters_from(person.email) for person in self._staff()}
        for letter in came[:SHOWN]:
            for address in letter.recipients:
                if not self._is_intake(address):
                    boxes.setdefault(address, []).append(
                        {"id": str(letter.number), **read_letter(letter.raw).summary()}
                    )
        return web.json_response({"version": version, "boxes": [self._box(*box) for box in boxes.items()]})

    def _letters_from(self, address: str) -> list[Json]:
        written = self._written.get(address, [])
        return [{"id": f"s{number}", **read_letter(raw).summary()} for number, raw in enumerate(written)]

    def _box(self, address: str, letters: list[Json]) -> Json:
        names = {person.email: person.name for person in self._staff()}
        # Newest first; an answer of the same second stands above what it answers.
        letters.sort(key=lambda letter: (str(letter["at"]), not letter["id"].startswith("s")), reverse=True)
        return {"address": address, "name": names.get(address, address), "staff": address in names, "letters": letters}

    def _is_intake(self, address: str) -> bool:
        """pay+trust@firm.example is pay@firm.example."""
        local, _, domain = address.partition("@")
        return f"{local.partition('+')[0]}@{domain}".lower() == self._intake.lower()

    def _office(self) -> LocalMail:
        if self._mail is None:
            raise web.HTTPNotFound(text="the sandbox runs without mail")
        return self._mail

    def _found(self, request: web.Request) -> bytes:
        """The letter that a URL names, for the mailbox that it names."""
        box, ident = request.match_info["box"], request.match_info["letter"]
        if ident.startswith("s"):
            found = dict(enumerate(self._written.get(box, []))).get(_number(ident[1:]))
        else:
            came = (each for each in self._office().letters() if each.number == _number(ident))
            found = next((each.raw for each in came if box in each.recipients), None)
        if found is None:
            raise web.HTTPNotFound(text="no such letter")
        return found

    async def letter(self, request: web.Request) -> web.Response:
        """One letter, without its HTML."""
        return web.json_response(read_letter(self._found(request)).whole())

    async def html(self, request: web.Request) -> web.Response:
        """A letter's HTML part, for a frame that may do nothing."""
        headers = {"Content-Security-Policy": _LETTER_POLICY}
        return web.Response(text=read_letter(self._found(request)).page, content_type="text/html", headers=headers)

    async def enclosure(self, request: web.Request) -> web.Response:
        """A file that came with a letter, to save."""
        enclosures = read_letter(self._found(request)).enclosures
        found = dict(enumerate(enclosures)).get(_number(request.match_info["number"]))
        if found is None:
            raise web.HTTPNotFound(text="no such file")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.filename, safe='')}"}
        return web.Response(body=found.content, content_type="application/octet-stream", headers=headers)

    async def send(self, request: web.Request) -> web.Response:
        """A letter from a staff member; only JSON, so that no other site's form can reach it."""
        if request.content_type != "application/json":
            return web.json_response({"error": "send JSON"}, status=415)
        try:
            # The product's own server takes small requests only; a letter with a file is larger.
            asked = json.loads(await request.clone(client_max_size=_LETTER_LIMIT).text())
            sender = next(p for p in self._staff() if p.email == asked["from"])
            raw = compose(asked, sender.name, sender.email, self._clock.now())
        except LetterUnclear as error:
            return web.json_response({"error": str(error)}, status=400)
        except (ValueError, KeyError, TypeError, StopIteration):
            return web.json_response({"error": "That is no letter."}, status=400)
        await self._office().post(raw, sender.email, [recipient(asked)])
        self._written.setdefault(sender.email, []).append(raw)
        return web.json_response({})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
