"""The composition root: the only file that knows every room. bot.serving starts and stops what it puts together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from ipaddress import ip_network
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from bot.clock import SystemClock
from bot.firm_watch import FirmWatch
from bot.health import Health
from bot.parts import PARTS
from bot.settings import Settings
from bot.slack.app import SlackFront, SlackKeys, SlackLine, slack_line
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
from handlers.payments.human_check import use_answer
from handlers.people.identify import slack_asker
from handlers.ports import Clock, Ports
from handlers.request_id import new_request_id
from mailroom.imap_mailbox import ImapMailbox
from mailroom.intake import Intake
from mailroom.mail_server import MailServer
from mailroom.mail_tokens import Grant, MailTokens
from mailroom.smtp_sender import SmtpSender
from models import database
from paypage.captcha import Captcha
from paypage.pace import Limits, Network
from paypage.proof_of_work import ProofOfWork
from paypage.routes import mount as mount_pay_pages
from paypage.siteverify import SERVICES, SiteKeys, SiteVerify
from paypage.stripe_cards import StripeCards
from paypage.stripe_line import StripeKeys
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
        cards = stripe_cards(settings, clock)
        stack.push_async_callback(cards.close)
        line = None
        if settings.slack.on:
            line = await stack.enter_async_context(slack_line(slack_keys(settings), book, clock))
        sender = smtp_sender(settings, book, clock)
        if sender is not None:
            stack.push_async_callback(sender.close)
        waker = _Waker()
        ports = Ports(clock, book, cards, line.poster if line else None, sender, waker.wake)
        product = Product(settings, ports, _server(), Health(clock, _networks(settings)), FirmWatch(ports))
        product.app.add_routes(product.health.routes())
        desk = Desk(ports)
        if "work" in parts:
            steps: dict[str, Step] = {**STEPS, "reconcile": partial(reconcile, every=settings.jobs.reconcile)}
            product.worker = waker.worker = Worker(steps, ports, _pace(settings))
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


def known_secrets(settings: Settings) -> list[str]:
    """Every configured secret, so that the logs can mask it wherever it turns up."""
    slack, mail = settings.slack, settings.mail
    hidden = [slack.bot_token, slack.signing_secret, slack.app_token, mail.imap_url, mail.smtp_url]
    hidden += [settings.database_url, settings.captcha.secret_key, mail.oauth_client_secret, mail.oauth_refresh_token]
    hidden += [account.secret_key for account in settings.accounts.values()]
    secrets = [value.get_secret_value() for value in hidden]
    secrets += [secret for account in settings.accounts.values() for secret in account.webhook_secrets]
    mail_urls = [url.get_secret_value() for url in (mail.imap_url, mail.smtp_url)]
    secrets += [MailServer.of(url).password for url in mail_urls if url]
    return [secret for secret in secrets if secret and not secret.startswith("sqlite:")]


# ── the parts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Waker:
    """Lets the operations wake a worker that is made after them."""

    worker: Worker | None = None

    def wake(self) -> None:
        if self.worker is not None:
            self.worker.wake()


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
        stripe_webhook(_stripe_keys(product.settings), product.ports, count=product.health.count_webhook),
        checkout_hosts=product.settings.stripe.checkout_hosts,
        trusted_proxies=_networks(product.settings),
        limits=limits,
        sandbox=sandbox,
        captcha=checking,
    )


def captcha(settings: Settings, page_key: str, ports: Ports) -> Captcha | None:
    """The check of the pay form that is set up, if any."""
    part = settings.captcha
    if part.provider == "none":
        return None
    secret = part.secret_key.get_secret_value()
    if part.provider == "altcha":
        return ProofOfWork(page_key + secret, partial(use_answer, ports=ports), ports.clock)
    return siteverify(settings)


def siteverify(settings: Settings) -> SiteVerify:
    """The captcha service that is set up."""
    part = settings.captcha
    keys = SiteKeys(part.site_key, part.secret_key.get_secret_value(), part.verify_url, part.min_score)
    return SiteVerify(SERVICES[part.provider], keys, urlsplit(settings.public_url).hostname or "")


def _slack_front(line: SlackLine, desk: Desk, ports: Ports) -> SlackFront:
    identify, owe = partial(slack_asker, ports=ports), partial(owe_answer, ports=ports)
    return SlackFront(line, desk, identify, owe, remember_heard, newest_change)


def _stripe_keys(settings: Settings) -> dict[str, StripeKeys]:
    return {
        key.lower(): StripeKeys(part.secret_key.get_secret_value(), part.webhook_secrets)
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


def smtp_sender(settings: Settings, book: FirmBook, clock: Clock) -> SmtpSender | None:
    """Mail out; None where the mail front is off."""
    mail = settings.mail
    if not mail.on:
        return None
    server = MailServer.of(mail.smtp_url.get_secret_value(), mail.ca_file)
    return SmtpSender(server, book, clock, mail.timeout, tokens=_tokens(settings, server))


def imap_mailbox(settings: Settings) -> ImapMailbox:
    """The intake mailbox."""
    mail = settings.mail
    server = MailServer.of(mail.imap_url.get_secret_value(), mail.ca_file)
    return ImapMailbox(server, mail.timeout, tokens=_tokens(settings, server))


def _tokens(settings: Settings, server: MailServer) -> MailTokens | None:
    """For a server whose URL names a user and no password, where tokens are set up."""
    mail = settings.mail
    if not mail.oauth_token_url or not server.user or server.password:
        return None
    grant = Grant(
        mail.oauth_token_url,
        mail.oauth_client_id,
        mail.oauth_client_secret.get_secret_value(),
        mail.oauth_refresh_token.get_secret_value(),
        mail.oauth_scope,
        mail.ca_file,
    )
    return _tokens_of(grant)


@lru_cache(maxsize=4)
def _tokens_of(grant: Grant) -> MailTokens:
    """One for IMAP and SMTP together: a token server may take back the older of two tokens."""
    return MailTokens(grant)


def _intake(settings: Settings, desk: Desk, ports: Ports) -> Intake:
    mail = settings.mail
    return Intake(imap_mailbox(settings), desk, ports, authserv_id=mail.authserv_id, poll=mail.poll)


def _pace(settings: Settings) -> Pace:
    return Pace(poll=settings.jobs.poll, waits=settings.jobs.waits)


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
