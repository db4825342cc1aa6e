"""The payer's pages on a real port, over operations that are played by the test."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from html import unescape
from urllib.parse import urlencode

from aiohttp import ClientSession, DummyCookieJar, hdrs, web

from handlers.firm import Firm, FirmBook
from handlers.payments.payer_page import PayerPage
from handlers.ports import Ports
from models.link_states import LinkState
from models.money import Money
from models.receipt import Receipt
from paypage.captcha import Captcha
from paypage.human_check import CheckOperations
from paypage.pace import Limits, Network
from paypage.pages import PayerOperations
from paypage.routes import mount
from tests.cast import FIRM, ports_of
from tests.fakes import FakeClock

CHECKOUT = "https://checkout.stripe.com/c/pay/cs_test_a1"
NO_LIMITS = Limits(looks=10**6, tries=10**6, tries_a_link=10**6)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def token(name: str) -> str:
    """As long as a real one, and readable."""
    return f"{name}-0123456789abcdefghijklmn"


OPEN = PayerPage(
    reference="PL-7F3K9Q",
    token=token("open"),
    state=LinkState.OPEN,
    amount=usd(125_000),
    paid=usd(0),
    payer_name="Jane Doe",
    invoice_number="1042",
    due_on=date(2026, 12, 15),
    message="Our invoice for October, with thanks.",
    partial_allowed=False,
    partial_minimum=None,
    expires_at=datetime(2027, 2, 21, 5, 0, tzinfo=UTC),  # midnight in New York
)


PARTIAL = replace(OPEN, token=token("partial"), partial_allowed=True, partial_minimum=usd(10_000))
OVERDUE = replace(OPEN, token=token("overdue"), due_on=date(2026, 11, 20))
PAID = replace(OPEN, token=token("paid"), state=LinkState.PAID, paid=usd(125_000))
PART_PAID = replace(PARTIAL, token=token("part_paid"), state=LinkState.PART_PAID, paid=usd(40_000))
PROCESSING = replace(OPEN, token=token("processing"), state=LinkState.PROCESSING, under_way=usd(125_000))
REFUSED = replace(OPEN, token=token("refused"), refused=usd(125_000))
REFUNDED = replace(PAID, token=token("refunded"), refunded=usd(25_000))
DISPUTED = replace(PAID, token=token("disputed"), disputed=True)
LATE = replace(OPEN, token=token("late"), state=LinkState.CANCELLED, late=True)
CONFIRMING = replace(OPEN, token=token("confirming"), confirming=True)
CLOSING = replace(OPEN, token=token("closing"), state=LinkState.CLOSING)
CANCELLED = replace(OPEN, token=token("cancelled"), state=LinkState.CANCELLED)
EXPIRED = replace(OPEN, token=token("expired"), state=LinkState.EXPIRED)
RECEIPT = Receipt(
    number="PL-7F3K9Q-1",
    reference="PL-7F3K9Q",
    token=token("paid"),
    on=date(2026, 11, 23),
    paid=usd(125_000),
    asked=usd(125_000),
    method="card",
    payer_name="Jane Doe",
    invoice_number="1042",
    payment="pi_3QKd0sLkdIwHu7ix0Zf1aBcD",
)
EVERY_PAGE = (
    *(OPEN, PARTIAL, OVERDUE, PAID, PART_PAID, PROCESSING, CONFIRMING, CLOSING, CANCELLED, EXPIRED),
    *(REFUSED, REFUNDED, DISPUTED, LATE),
)


@dataclass(slots=True)
class PlayedOperations:
    """Links in a dictionary; every question is kept."""

    links: dict[str, PayerPage] = field(default_factory=lambda: {page.token: page for page in EVERY_PAGE})
    answer: str | Exception = CHECKOUT  # where the checkout is, or why there is none
    trouble: Exception | None = None  # what looking raises
    looked: list[tuple[str, str]] = field(default_factory=list)  # (token, session id)
    paid: list[tuple[str, Money | None]] = field(default_factory=list)
    refusals: list[tuple[str, str]] = field(default_factory=list)  # (token, why)
    on_pay: PayerPage | None = None  # what the link has become by the time of paying
    tries: Exception | None = None  # why the link may not be tried again
    check_down: list[str] = field(default_factory=list)  # what the admins were told of the captcha

    async def look(self, token: str, ports: Ports, session_id: str) -> PayerPage | None:
        self.looked.append((token, session_id))
        if self.trouble:
            raise self.trouble
        return self.links.get(token)

    async def receipt(self, token: str, ports: Ports) -> Receipt | None:
        page = self.links.get(token)
        return replace(RECEIPT, token=token, paid=page.paid) if page and page.paid.minor else None

    async def refused(self, token: str, why: str, ports: Ports) -> None:
        self.refusals.append((token, why))

    async def pay(self, token: str, amount: Money | None, ports: Ports) -> str:
        self.paid.append((token, amount))
        if self.on_pay:
            self.links[token] = self.on_pay
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def may_try(self, token: str, ports: Ports) -> None:
        if self.tries:
            raise self.tries

    async def tell_down(self, why: str, ports: Ports) -> None:
        self.check_down.append(why)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def words(self) -> str:
        """The page as it is read: without markup."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.text)).split())

    @property
    def nonce(self) -> str:
        found = re.search(r'name="nonce" value="([^"]+)"', self.text)
        assert found, "the page has no form"
        return found[1]


@dataclass(slots=True)
class House:
    """The running pages and a browser without a head."""

    port: int
    operations: PlayedOperations
    clock: FakeClock
    http: ClientSession
    book: FirmBook

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def from_our_page(self) -> dict[str, str]:
        """What browsers send with the form of our own page."""
        return {hdrs.ORIGIN: self.url, "Sec-Fetch-Site": "same-origin"}

    async def get(self, path: str, headers: dict[str, str] | None = None, method: str = "GET") -> Answer:
        async with self.http.request(method, self.url + path, headers=headers, allow_redirects=False) as answer:
            return Answer(answer.status, dict(answer.headers), await answer.read())

    async def look(self, page: PayerPage) -> Answer:
        return await self.get(f"/p/{page.token}")

    async def post(
        self, page: PayerPage | str, body: dict[str, str] | bytes | str, headers: dict[str, str] | None = None
    ) -> Answer:
        """The form of a page, sent as a browser would unless `headers` say otherwise."""
        secret = page if isinstance(page, str) else page.token
        sent = {**self.from_our_page, hdrs.CONTENT_TYPE: FORM, **(headers or {})}
        data = urlencode(body) if isinstance(body, dict) else body
        async with self.http.post(f"{self.url}/p/{secret}", data=data, headers=sent, allow_redirects=False) as answer:
            return Answer(answer.status, dict(answer.headers), await answer.read())

    async def press_pay(self, page: PayerPage, headers: dict[str, str] | None = None, **fields: str) -> Answer:
        """Look at the page and send its form."""
        return await self.post(page, {"nonce": (await self.look(page)).nonce, **fields}, headers)

    async def raw(self, request: str | bytes) -> bytes:
        """The answer to bytes written by hand; the connection is to be closed by the server."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request.encode() if isinstance(request, str) else request)
        try:
            async with asyncio.timeout(10):
                return await reader.read()
        finally:
            writer.close()


FORM = "application/x-www-form-urlencoded"


async def _webhook(request: web.Request) -> web.Response:
    return web.Response(text="stripe")


async def _alive(request: web.Request) -> web.Response:
    return web.Response(text="alive")


@asynccontextmanager
async def payer_house(
    *,
    limits: Limits = NO_LIMITS,
    trusted: Sequence[Network] = (),
    firm: Firm = FIRM,
    checkout_hosts: Sequence[str] = ("checkout.stripe.com",),
    sandbox: bool = False,
    operations: PlayedOperations | None = None,
    real: Ports | None = None,
    captcha: Captcha | None = None,
) -> AsyncIterator[House]:
    """The pages on a free port of this machine. `real`: the real operations over these ports instead of played ones."""
    door = socket.create_server(("127.0.0.1", 0))
    port: int = door.getsockname()[1]
    played, clock = operations or PlayedOperations(), FakeClock()
    book = FirmBook(replace(real.firm if real else firm, public_url=f"http://127.0.0.1:{port}"))
    app = web.Application()
    app.router.add_get("/healthz", _alive)
    mount(
        app,
        replace(real or ports_of(clock), book=book),
        b"a page key of 32 bytes for tests!",
        _webhook,
        checkout_hosts=checkout_hosts,
        trusted_proxies=trusted,
        limits=limits,
        operations=PayerOperations()
        if real
        else PayerOperations(played.look, played.pay, played.receipt, played.refused),
        captcha=captcha,
        check_operations=CheckOperations() if real else CheckOperations(played.may_try, played.tell_down),
        sandbox=sandbox,
    )
    runner = web.AppRunner(app, auto_decompress=False, access_log=None, lingering_time=0.2)
    await runner.setup()
    await web.SockSite(runner, door).start()
    try:
        async with ClientSession(cookie_jar=DummyCookieJar()) as http:
            yield House(port, played, clock, http, book)
    finally:
        await runner.cleanup()


def script_sources(answer: Answer) -> list[str]:
    """Of a page."""
    return re.findall(r'<script[^>]* src="([^"]+)"', answer.text)
