"""The composition root: the only file that knows every room. bot.serving starts and stops what it puts together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_network

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from bot.clock import SystemClock
from bot.firm_watch import FirmWatch
from bot.health import Health
from bot.parts import PARTS
from bot.settings import Settings
from bot.slack.app import SlackFront
from bot.slack.line import SlackLine, slack_line
from bot.ways_out import captcha, imap_mailbox, slack_keys, smtp_sender, stripe_cards, stripe_keys
from handlers.administration.live_firm import refresh
from handlers.desk import Desk
from handlers.firm import FirmBook
from handlers.jobs.kinds import STEPS
from handlers.jobs.owed_answers import owe_answer
from handlers.jobs.reconcile import begin_reconciling, reconcile
from handlers.jobs.remind_due import begin_reminding
from handlers.jobs.steps import Step
from handlers.jobs.take_over import take_over
from handlers.jobs.tell_aside import begin_telling
from handlers.jobs.worker import Pace, Worker
from handlers.kept_facts import page_key, remember_accounts, remember_heard
from handlers.links.newest_change import newest_change
from handlers.people.identify import slack_asker
from handlers.ports import Clock, Ports
from handlers.request_id import new_request_id
from mailroom.intake import Intake
from models import database
from paypage.pace import Limits, Network
from paypage.routes import mount as mount_pay_pages
from paypage.stripe_webhook import stripe_webhook

log = structlog.get_logger()
LARGEST_BODY = 256 * 1024  # bytes of any request


@dataclass(slots=True)
class Product:
    """The product, put together; bot.serving fills in what runs."""

    settings: Settings
    ports: Ports
    app: web.Application
    health: Health
    firm_watch: FirmWatch
    worker: Worker | None = None
    front: SlackFront | None = None
    intake: Intake | None = None
    listening: web.AppRunner | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


@asynccontextmanager
async def assembled(
    settings: Settings,
    parts: frozenset[str] = frozenset(PARTS),
    *,
    clock: Clock | None = None,
    sandbox: bool = False,
    limits: Limits | None = None,
) -> AsyncIterator[Product]:
    """Open the database and put the rooms together.

    Raises DatabaseNotReady.
    """
    clock = clock or SystemClock()
    book = FirmBook(settings.firm_facts())
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(database.opened(settings.database_url.get_secret_value()))
        await take_over()
        await remember_accounts(book.by_operator)
        await refresh(book)
        waker = _Waker()
        ports, line = await _ways_out(settings, book, clock, waker, stack)
        product = Product(settings, ports, _server(), Health(clock, _networks(settings)), FirmWatch(ports))
        product.app.add_routes(product.health.routes())
        desk = Desk(ports)
        if "work" in parts:
            product.worker = waker.worker = _worker(settings, ports)
            await begin_reconciling(ports)
            await begin_reminding(ports)
            await begin_telling(ports)
        if "web" in parts:
            await _mount_web(product, sandbox=sandbox, limits=limits or Limits())
        if "slack" in parts and line is not None:
            product.front = _slack_front(line, desk, ports)
            product.app.add_routes(product.front.routes())
        if "mail" in parts and settings.mail.on:
            product.intake = _intake(settings, desk, ports)
        _report_health(product)
        yield product


# ── the parts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Waker:
    """Lets the operations wake a worker that is made after them."""

    worker: Worker | None = None

    def wake(self) -> None:
        if self.worker is not None:
            self.worker.wake()


async def _ways_out(
    settings: Settings, book: FirmBook, clock: Clock, waker: _Waker, stack: AsyncExitStack
) -> tuple[Ports, SlackLine | None]:
    """The ports, each filled and closed with the stack; and Slack's line, which its front listens on as well."""
    cards = stripe_cards(settings, clock)
    stack.push_async_callback(cards.close)
    line = None
    if settings.slack.on:
        line = await stack.enter_async_context(slack_line(slack_keys(settings), book, clock))
    sender = smtp_sender(settings, book, clock)
    if sender is not None:
        stack.push_async_callback(sender.close)
    return Ports(clock, book, cards, line.poster if line else None, sender, waker.wake), line


def _worker(settings: Settings, ports: Ports) -> Worker:
    steps: dict[str, Step] = {**STEPS, "reconcile": partial(reconcile, every=settings.jobs.reconcile)}
    return Worker(steps, ports, Pace(poll=settings.jobs.poll, waits=settings.jobs.waits))


@web.middleware
async def _with_request_id(request: web.Request, handler: Handler) -> web.StreamResponse:
    with structlog.contextvars.bound_contextvars(request_id=new_request_id()):
        return await handler(request)


def _server() -> web.Application:
    return web.Application(client_max_size=LARGEST_BODY, middlewares=[_with_request_id])


async def _mount_web(product: Product, *, sandbox: bool, limits: Limits) -> None:
    key = await page_key()
    checking = captcha(product.settings, key, product.ports)
    if checking is not None:
        product.app.on_cleanup.append(lambda app: checking.close())
    mount_pay_pages(
        product.app,
        product.ports,
        key,
        stripe_webhook(stripe_keys(product.settings), product.ports, count=product.health.count_webhook),
        checkout_hosts=product.settings.stripe.checkout_hosts,
        trusted_proxies=_networks(product.settings),
        limits=limits,
        sandbox=sandbox,
        captcha=checking,
    )


def _slack_front(line: SlackLine, desk: Desk, ports: Ports) -> SlackFront:
    identify, owe = partial(slack_asker, ports=ports), partial(owe_answer, ports=ports)
    return SlackFront(line, desk, identify, owe, remember_heard, newest_change)


def _intake(settings: Settings, desk: Desk, ports: Ports) -> Intake:
    mail = settings.mail
    return Intake(imap_mailbox(settings), desk, ports, authserv_id=mail.authserv_id, poll=mail.poll)


def _networks(settings: Settings) -> tuple[Network, ...]:
    return tuple(ip_network(network, strict=False) for network in settings.trusted_proxies)


def _report_health(product: Product) -> None:
    """Each part as /readyz names it; a part that does not run here is off."""
    intake = product.intake
    product.health.parts = {
        "slack": product.front.state if product.front else _off,
        "mail": (lambda: intake.state) if intake else _off,
        "jobs": (lambda: "ok") if product.worker else _off,
    }


def _off() -> str:
    return "off"
