"""The composition root: the only file that knows every room. It puts the product together, starts and stops it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_network
from typing import Any

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from bot import logs
from bot.clock import SystemClock
from bot.health import Health
from bot.settings import Settings
from bot.slack.app import SlackFront, SlackKeys, SlackLine, slack_line
from bot.slack.socket_mode import SlackUnusable
from handlers.desk import Desk
from handlers.firm import Firm
from handlers.jobs.kinds import STEPS
from handlers.jobs.take_over import take_over
from handlers.jobs.worker import Pace, Worker
from handlers.kept_facts import page_key, remember_accounts
from handlers.people.identify import slack_asker
from handlers.ports import Clock, Ports
from mailroom.imap_mailbox import ImapMailbox
from mailroom.intake import Intake
from mailroom.mail_server import MailServer
from mailroom.smtp_sender import SmtpSender
from models import database
from paypage.pace import Limits
from paypage.routes import mount as mount_pay_pages
from paypage.stripe_cards import StripeCards, StripeKeys
from paypage.stripe_webhook import stripe_webhook

log = structlog.get_logger()
EVERYTHING = frozenset({"web", "slack", "mail", "work"})
LARGEST_BODY = 256 * 1024  # bytes of any request
NOT_READY_FIRST = 0.3  # seconds in which balancers may see the 503 before the port closes
IN_FLIGHT = 6.0  # seconds for what is under way; the whole stop stays under ten


@dataclass(slots=True)
class Product:
    """The product, put together and not yet started."""

    settings: Settings
    ports: Ports
    app: web.Application
    health: Health
    worker: Worker | None = None
    front: SlackFront | None = None
    intake: Intake | None = None
    listening: web.AppRunner | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


async def run_product(settings: Settings, parts: frozenset[str], *, migrates: bool = False) -> int:
    """`paylink run`, until SIGTERM or Ctrl-C. The exit code.

    Raises DatabaseNotReady.
    """
    logs.set_up(known_secrets(settings))
    if migrates:
        await database.migrate(settings.database_url.get_secret_value())
    async with assembled(settings, parts) as product:
        return await serve(product, told_to_stop())


@asynccontextmanager
async def assembled(
    settings: Settings,
    parts: frozenset[str] = EVERYTHING,
    *,
    clock: Clock | None = None,
    sandbox: bool = False,
    limits: Limits | None = None,
) -> AsyncIterator[Product]:
    """Open the database and put the rooms together.

    Raises DatabaseNotReady.
    """
    clock = clock or SystemClock()
    firm = settings.firm_facts()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(database.opened(settings.database_url.get_secret_value()))
        await take_over()
        await remember_accounts(firm)
        cards = stripe_cards(settings, clock)
        stack.push_async_callback(cards.close)
        line = None
        if settings.slack.on:
            line = await stack.enter_async_context(slack_line(slack_keys(settings), firm, clock))
        sender = smtp_sender(settings, firm, clock)
        if sender is not None:
            stack.push_async_callback(sender.close)
        waker = _Waker()
        ports = Ports(clock, firm, cards, line.poster if line else None, sender, waker.wake)
        product = Product(settings, ports, _server(), Health(clock, _networks(settings)))
        product.app.add_routes(product.health.routes())
        desk = Desk(ports)
        if "work" in parts:
            product.worker = waker.worker = Worker(STEPS, ports, _pace(settings))
        if "web" in parts:
            await _mount_web(product, sandbox=sandbox, limits=limits or Limits())
        if "slack" in parts and line is not None:
            product.front = _slack_front(line, desk, ports)
            product.app.add_routes(product.front.routes())
        if "mail" in parts and settings.mail.on:
            product.intake = _intake(settings, desk, ports)
        _report_health(product)
        yield product


async def serve(product: Product, stop: asyncio.Event, ready: Callable[[], None] = lambda: None) -> int:
    """Start everything, call `ready`, and run until `stop` or until a part dies. The exit code."""
    settings = product.settings
    runner = product.listening = web.AppRunner(
        product.app, access_log=None, auto_decompress=False, handle_signals=False, shutdown_timeout=IN_FLIGHT
    )
    try:
        await runner.setup()
        if product.front is not None:
            await product.front.start()
        await web.TCPSite(runner, settings.host, settings.port, reuse_address=True).start()
        _start_tasks(product)
        ready()
        log.info("paylink.ready", url=settings.public_url, host=settings.host, port=settings.port)
        died = await _until(stop, product)
    except (SlackUnusable, OSError) as error:
        log.error("paylink.cannot_start", why=str(error))
        died = True
    finally:
        await _wind_down(product)
    return 1 if died else 0


def _start_tasks(product: Product) -> None:
    for name, part in (("worker", product.worker), ("intake", product.intake)):
        if part is not None:
            product.tasks.append(asyncio.create_task(part.run(), name=name))


async def _until(stop: asyncio.Event, product: Product) -> bool:
    """Wait; True when a part that should run for ever ended by itself."""
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([stopping, *product.tasks], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    died = [task for task in product.tasks if task in done]
    for task in died:
        log.error("paylink.part_died", part=task.get_name(), exc_info=task.exception())
    return bool(died)


async def _wind_down(product: Product) -> None:
    """Not ready first; then no new requests, those under way finished, leases given back (F31)."""
    product.health.stopping = True
    log.info("paylink.stopping")
    if product.listening is not None and product.listening.sites:
        await asyncio.sleep(NOT_READY_FIRST)
    for part in (product.worker, product.intake):
        if part is not None:
            part.stop()
    if product.front is not None:
        await product.front.drain(IN_FLIGHT)
    if product.listening is not None:
        await product.listening.cleanup()
    if product.tasks:
        _, late = await asyncio.wait(product.tasks, timeout=IN_FLIGHT)
        for task in late:
            task.cancel()
        await asyncio.gather(*product.tasks, return_exceptions=True)
    if product.front is not None:
        await product.front.close()
    log.info("paylink.stopped")


def told_to_stop() -> asyncio.Event:
    """Set by SIGTERM or Ctrl-C."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def known_secrets(settings: Settings) -> list[str]:
    """Every configured secret, so that the logs can mask it wherever it turns up."""
    secrets = [settings.slack.bot_token, settings.slack.signing_secret, settings.slack.app_token]
    secrets += [settings.mail.imap_url, settings.mail.smtp_url, settings.database_url, settings.captcha.secret_key]
    plain = [secret.get_secret_value() for secret in secrets]
    plain += [MailServer.of(url).password for url in plain[3:5] if url]
    for account in settings.accounts.values():
        plain += [account.secret_key.get_secret_value(), *account.webhook_secrets]
    return [secret for secret in plain if secret and not secret.startswith("sqlite:")]


# ── the parts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Waker:
    """Lets the operations wake a worker that is made after them."""

    worker: Worker | None = None

    def wake(self) -> None:
        if self.worker is not None:
            self.worker.wake()


@web.middleware
async def _with_request_id(request: web.Request, handler: Handler) -> web.StreamResponse:
    with structlog.contextvars.bound_contextvars(request_id=logs.new_request_id()):
        return await handler(request)


def _server() -> web.Application:
    return web.Application(client_max_size=LARGEST_BODY, middlewares=[_with_request_id])


async def _mount_web(product: Product, *, sandbox: bool, limits: Limits) -> None:
    mount_pay_pages(
        product.app,
        product.ports,
        await page_key(),
        stripe_webhook(_stripe_keys(product.settings), product.ports, count=product.health.count_webhook),
        checkout_hosts=product.settings.stripe.checkout_hosts,
        trusted_proxies=_networks(product.settings),
        limits=limits,
        sandbox=sandbox,
    )


def _slack_front(line: SlackLine, desk: Desk, ports: Ports) -> SlackFront:
    return SlackFront(line, desk, partial(slack_asker, ports=ports))


def _stripe_keys(settings: Settings) -> dict[str, StripeKeys]:
    return {
        key.lower(): StripeKeys.of(part.secret_key.get_secret_value(), part.webhook_secret.get_secret_value())
        for key, part in settings.accounts.items()
    }


def stripe_cards(settings: Settings, clock: Clock) -> StripeCards:
    """Stripe, with the key of every account."""
    stripe = settings.stripe
    return StripeCards(_stripe_keys(settings), clock, stripe.api_url, stripe.checkout_hosts)


def slack_keys(settings: Settings) -> SlackKeys:
    """What Slack gave the operator."""
    slack = settings.slack
    return SlackKeys(
        bot_token=slack.bot_token.get_secret_value(),
        team_id=slack.team_id,
        api_url=slack.api_url,
        signing_secret=slack.signing_secret.get_secret_value(),
        app_token=slack.app_token.get_secret_value(),
    )


def smtp_sender(settings: Settings, firm: Firm, clock: Clock) -> SmtpSender | None:
    """Mail out; None where the mail front is off."""
    mail = settings.mail
    if not mail.on:
        return None
    return SmtpSender(MailServer.of(mail.smtp_url.get_secret_value(), mail.ca_file), firm, clock, mail.timeout)


def _intake(settings: Settings, desk: Desk, ports: Ports) -> Intake:
    mail = settings.mail
    mailbox = ImapMailbox(MailServer.of(mail.imap_url.get_secret_value(), mail.ca_file), mail.timeout)
    return Intake(mailbox, desk, ports, authserv_id=mail.authserv_id, poll=mail.poll)


def _pace(settings: Settings) -> Pace:
    return Pace(poll=settings.jobs.poll, waits=settings.jobs.waits)


def _networks(settings: Settings) -> tuple[Any, ...]:
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
