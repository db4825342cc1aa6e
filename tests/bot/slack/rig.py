"""The Slack front between a local Slack and a desk that says what it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import aiohttp
from aiohttp import web

from bot.slack.app import SlackFront
from bot.slack.home_watch import EVERY, Newest
from bot.slack.line import SlackKeys, SlackLine, slack_line
from bot.slack.listeners.reception import Desk, Identify
from bot.slack.stand_in import SAM, SlackStandIn
from handlers.answers import Answer, Delivery, HelpText, LinkCard, Refusal
from handlers.firm import FirmBook
from handlers.grammar import House
from handlers.requests import Asker, Door, Request, Role
from models.link_states import LinkState
from models.money import Money
from tests.cast import FIRM, ONE_ACCOUNT_FIRM
from tests.fakes import FakeClock
from tests.waiting import eventually

SECRET = "a-signing-secret-of-32-characters"
TEAM = "T0TEAM00001"
TOKEN = "tOkEn-Of-24-Random-Bytes-Xy"
UNHURRIED = 20.0  # seconds an answer may take before it is put off; a busy machine is slower than Slack allows
Json = dict[str, Any]

CARD = LinkCard(
    reference="PL-7F3K9Q",
    url=f"{FIRM.public_url}/p/{TOKEN}",
    state=LinkState.OPEN,
    amount=Money(125_000, "USD"),
    paid=Money(0, "USD"),
    account="Harbor & Finch Operating",
    created_at=datetime(2026, 11, 23, 15, 0, tzinfo=UTC),
    created_by="Noor Haddad",
    payer_name="Jane Doe",
    invoice_number="1042",
    due_on=date(2026, 12, 15),
    expires_at=datetime(2027, 2, 22, 5, 0, tzinfo=UTC),
    deliveries=(Delivery("jane@acme.example", "sent"),),
)
HELP = HelpText("What you can say", (("create 1250", "makes a link"),))
HOUSE = House(date(2026, 11, 23), ONE_ACCOUNT_FIRM, ONE_ACCOUNT_FIRM.accounts)


@dataclass(slots=True)
class FakeDesk:
    """Answers what it is told to, in turn, and then help; it notes who asked for what."""

    answers: list[Answer | Exception] = field(default_factory=list)
    heard: list[tuple[Asker, str]] = field(default_factory=list)
    asked: list[tuple[Asker, Request]] = field(default_factory=list)
    refused: list[tuple[Asker, str]] = field(default_factory=list)
    hold: asyncio.Event | None = None  # answers come when it is set
    at_home: House = HOUSE

    async def hear(self, by: Asker, text: str) -> Answer:
        self.heard.append((by, text))
        return await self._next()

    async def ask(self, by: Asker, request: Request) -> Answer:
        self.asked.append((by, request))
        return await self._next()

    async def _next(self) -> Answer:
        if self.hold is not None:
            await self.hold.wait()
        answer = self.answers.pop(0) if self.answers else HELP
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def refuse(self, by: Asker, why: str) -> Refusal:
        self.refused.append((by, why))
        return Refusal("not_allowed", why)

    def house(self, channel: str = "") -> House:
        return self.at_home


async def identify(user_id: str, name: str, email: str, channel: str, delivery: str) -> Asker:
    return Asker(user_id, name, Role.STAFF, Door.SLACK, channel, email, delivery)


async def owing(who: str, words: str) -> None:
    raise AssertionError(f"nothing is owed to {who} here: {words}")


async def remembering(kind: str) -> None:
    """Whatever Slack sends is forgotten."""


async def unmoved() -> object:
    """No link ever changes."""
    return None


@dataclass(slots=True)
class Rig:
    slack: SlackStandIn
    front: SlackFront
    line: SlackLine
    desk: FakeDesk
    clock: FakeClock
    url: str  # of /slack/events
    session: aiohttp.ClientSession
    owed: list[tuple[str, str]]  # answers that no way to a person took: (person, words)
    heard: list[str]  # the kinds of things that Slack has sent

    async def post(self, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        async with self.session.post(self.url, data=body, headers=headers) as answer:
            return answer.status, await answer.text()


@asynccontextmanager
async def rigged(
    desk: Desk | None = None,
    *,
    clock: FakeClock | None = None,
    socket_mode: bool = False,
    starts: bool = True,
    patience: float = UNHURRIED,
    keys: Mapping[str, str] | None = None,
    identify: Identify = identify,
    newest: Newest = unmoved,
    look_every: float = EVERY,
) -> AsyncIterator[Rig]:
    """A running front. `keys` are other SlackKeys than those of the local Slack; everybody is staff by usual.

    A busy machine is given more time for each answer than Slack's people are.
    """
    clock, asked = clock or FakeClock(), desk or FakeDesk()
    slack = SlackStandIn("xoxb-1", SECRET, "xapp-1", TEAM, "", None, clock)
    async with AsyncExitStack() as stack:
        slack.delivery.deadline = UNHURRIED * 2
        await slack.serve()
        stack.push_async_callback(slack.close)
        own = SlackKeys("xoxb-1", TEAM, slack.api_url, SECRET, "xapp-1" if socket_mode else "")
        line = await stack.enter_async_context(slack_line(replace(own, **(keys or {})), FirmBook(FIRM), clock))
        owed: list[tuple[str, str]] = []

        async def owe(who: str, words: str) -> None:
            owed.append((who, words))

        heard: list[str] = []

        async def remember(kind: str) -> None:
            heard.append(kind)

        times = {"patience": patience, "form_patience": patience, "look_every": look_every}
        front = SlackFront(line, asked, identify, owe, remember, newest, **times)
        stack.push_async_callback(front.close)
        url = await stack.enter_async_context(served(front.routes()))
        slack.events_url = "" if socket_mode else url
        if starts:
            await front.start()
        session = await stack.enter_async_context(aiohttp.ClientSession())
        yield Rig(slack, front, line, asked, clock, url, session, owed, heard)  # type: ignore[arg-type]


@asynccontextmanager
async def served(routes: list[web.RouteDef]) -> AsyncIterator[str]:
    """Routes on a port of their own; the address of /slack/events there."""
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5, auto_decompress=False)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{site.port}/slack/events"
    finally:
        await runner.cleanup()


async def form_of(rig: Rig, user: str = SAM) -> Json:
    """The form in front of somebody, once it says more than to wait."""

    def look() -> Json | None:
        view = rig.slack.view_of(user)
        return view if view and "⏳" not in words(view) else None

    found: Json = await eventually(look, "the form")
    return found


def words(message: Json) -> str:
    """All that a message says to the eye."""
    return "\n".join(_texts(message.get("blocks", [])))


def _texts(thing: Any) -> list[str]:
    if isinstance(thing, dict):
        own = [thing["text"]] if isinstance(thing.get("text"), str) else []
        return own + [text for part in thing.values() for text in _texts(part)]
    if isinstance(thing, list):
        return [text for part in thing for text in _texts(part)]
    return []
