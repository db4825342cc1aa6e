"""`paylink sandbox`: the product as it is, among local stand-ins that speak the protocols of Slack, Stripe and mail."""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import click
from aiohttp import web

from bot import logs
from bot.clock import SystemClock
from bot.sandbox.page import mount
from bot.serving import serve, told_to_stop
from bot.settings import Settings, sandbox_captcha
from bot.slack.stand_in.local_slack import SlackStandIn
from bot.slack.stand_in.people import NOOR, PAYMENTS, first_people
from bot.wiring import assembled
from handlers.administration.firm_settings import set_up
from handlers.administration.notifications import notify_channel
from handlers.people.add_staff import add_staff
from handlers.ports import Ports as ProductPorts
from handlers.requests import Role
from mailroom.stand_in import StandInMail
from paypage.pace import Limits
from paypage.stand_in import StandInAccount, StripeStandIn

HOST = "127.0.0.1"
FIRM = "Harbor & Finch LLP"
INTAKE = "pay@firm.example"
AUTHSERV_ID = "mx.firm.example"
TEAM = "T0SANDBOX01"
BOT_TOKEN = "xoxb-sandbox-0123456789"  # noqa: S105  `run` refuses whatever holds this word
SIGNING_SECRET = "sandbox-signing-secret"  # noqa: S105
ACCOUNTS = {"operating": "Harbor & Finch Operating", "trust": "Harbor & Finch Client Trust"}  # each is of its own kind
_AT_EASE = Limits(looks=600, tries=120, tries_a_link=60)  # one person at one address tries everything


@dataclass(frozen=True, slots=True)
class Ports:
    """The sandbox's ports: the page, and the stand-ins above it, the same at every start so that old links work."""

    page: int

    @property
    def slack(self) -> int:
        return self.page + 1

    @property
    def stripe(self) -> int:
        return self.page + 2

    @property
    def imap(self) -> int:
        return self.page + 3

    @property
    def smtp(self) -> int:
        return self.page + 4


async def run_sandbox(port: int, data: Path) -> int:
    """Run until Ctrl-C. The exit code.

    Raises DatabaseNotReady: another sandbox uses the folder.
    """
    logs.set_up(plain=True, level=logging.WARNING)
    data.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240  before anything runs
    clock, ports = SystemClock(), Ports(port)
    async with AsyncExitStack() as stack:
        slack = SlackStandIn(
            BOT_TOKEN, SIGNING_SECRET, "", TEAM, f"http://{HOST}:{ports.page}/slack/events", data / "slack.json", clock
        )
        stripe = StripeStandIn({key: _account(key, ports) for key in ACCOUNTS}, clock, data / "stripe.json")
        mail = StandInMail(INTAKE, [person.email for person in first_people() if person.email], AUTHSERV_ID, clock)
        try:
            stack.push_async_callback(slack.close)
            await slack.serve(HOST, ports.slack)
            stack.push_async_callback(stripe.close)
            await stripe.serve(HOST, ports.stripe)
            await mail.start(ports.imap, ports.smtp)
            stack.push_async_callback(mail.stop)
        except OSError as error:
            click.echo(
                f"A port from {port} to {ports.smtp} is taken ({error.strerror}). Try: ./run --port {port + 100}"
            )
            return 1
        settings = _settings(ports, data, slack, mail)
        product = await stack.enter_async_context(assembled(settings, sandbox=True, limits=_AT_EASE))
        await _people()
        await _usual_account(product.ports)
        checkout = f"http://{HOST}:{ports.stripe}/"
        mount(product.app, slack, mail, firm=FIRM, intake=INTAKE, clock=clock, checkout=checkout)
        product.app.router.add_get("/", _to_the_sandbox)
        return await serve(product, told_to_stop(), lambda: _introduce(ports, data))


def _account(key: str, ports: Ports) -> StandInAccount:
    webhook = f"http://{HOST}:{ports.page}/stripe/{key}"
    return StandInAccount(_stripe_key(key), _webhook_secret(key), webhook, ACCOUNTS[key])


def _stripe_key(account: str) -> str:
    return f"sk_test_sandbox_{account}"


def _webhook_secret(account: str) -> str:
    return f"whsec_sandbox_{account}"


def _settings(ports: Ports, data: Path, slack: SlackStandIn, mail: StandInMail) -> Settings:
    stripe = f"http://{HOST}:{ports.stripe}"
    return Settings.of(
        {
            "public_url": f"http://{HOST}:{ports.page}",
            "host": HOST,
            "port": ports.page,
            "database_url": f"sqlite://{data.absolute() / 'paylink.db'}",
            "admins": (NOOR, "noor@firm.example"),
            "firm": {"name": FIRM},
            "slack": {
                "bot_token": BOT_TOKEN,
                "signing_secret": SIGNING_SECRET,
                "team_id": TEAM,
                "api_url": slack.api_url,
            },
            "captcha": {"provider": sandbox_captcha()},
            "stripe": {"api_url": stripe, "checkout_hosts": (stripe,)},
            "accounts": {
                key: {
                    "name": name,
                    "kind": key,
                    "secret_key": _stripe_key(key),
                    "webhook_secret": _webhook_secret(key),
                }
                for key, name in ACCOUNTS.items()
            },
            "mail": {
                "imap_url": mail.imap_url,
                "smtp_url": mail.smtp_url,
                "address": INTAKE,
                "authserv_id": AUTHSERV_ID,
                "poll": 1,
            },
        }
    )


async def _people() -> None:
    """The three people of the sandbox, each with a role, and the channel that hears of every link."""
    roles = {"admin": Role.ADMIN, "staff": Role.STAFF, "viewer": Role.VIEWER}
    for person in first_people():
        if person.title in roles:
            await add_staff(person.name, roles[person.title], person.id, person.email)
    await notify_channel(PAYMENTS)


async def _usual_account(ports: ProductPorts) -> None:
    """Money is for the operating account, unless a command, a channel or an admin says otherwise."""
    await set_up("usual account", "operating", ports)


async def _to_the_sandbox(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/sandbox/")


def _introduce(ports: Ports, data: Path) -> None:
    lines = [
        "",
        "  Paylink's sandbox: no account, no network, no real money.",
        "",
        f"  Open       http://{HOST}:{ports.page}/sandbox/",
        f"  Stand-ins  Slack :{ports.slack}   Stripe :{ports.stripe}   IMAP :{ports.imap}   SMTP :{ports.smtp}",
        f"  Kept in    {data}/, all but the letters",
        "",
        "  Ctrl-C stops it.",
        "",
    ]
    click.echo("\n".join(lines))
