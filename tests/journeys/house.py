"""The whole product in a process of its own, as `paylink run` starts it, among stand-ins, a real mailbox and a sink."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiohttp

from bot.clock import SystemClock
from bot.slack.stand_in.local_slack import SlackStandIn
from bot.slack.stand_in.people import NOOR, PAYMENTS
from paypage.stand_in import StandInAccount, StripeStandIn
from tests.journeys.nursery import Life, born
from tests.servers import Arrived, Dovecot, SmtpSink, free_port
from tests.waiting import eventually

BOT_TOKEN = "xoxb-7204518936-kQ9vLm2XzT"
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
APP_TOKEN = "xapp-1-A0PAYLINK01-7204518936-kQ9vLm2XzT"
TEAM = "T0HARBOR01"
STRIPE_KEY = "sk_test_51JourneyKey0operating"
WEBHOOK_SECRET = "whsec_9tZpJourney0operating"
AUTHSERV_ID = "mx.firm.example"
INTAKE = "pay@firm.example"
NOOR_EMAIL = "noor@firm.example"
PATIENCE = 30.0  # seconds that the local Slack waits for the product, where Slack waits three
READY_WITHIN = 60.0  # seconds; the product promises 5, a loaded test machine gets more
LONGEST_STOP = 60.0  # seconds; the product promises 10, likewise


@dataclass(slots=True)
class House:
    """The product and all that surrounds it. `start`, `kill` and `stop` are the product's only."""

    port: int
    folder: Path
    database_url: str
    slack: SlackStandIn
    stripe: StripeStandIn
    sink: SmtpSink
    dovecot: Dovecot | None = None
    socket_mode: bool = False
    settings: dict[str, str] = field(default_factory=dict)  # besides the usual ones
    process: Life | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What the product has logged so far."""
        file = self.folder / "paylink.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def environment(self) -> dict[str, str]:
        """The product's settings, as an operator would give them."""
        named = {
            "PUBLIC_URL": self.url,
            "PORT": str(self.port),
            "DATABASE_URL": self.database_url,
            "ADMINS": f"{NOOR},{NOOR_EMAIL}",
            "FIRM__NAME": "Harbor & Finch LLP",
            "SLACK__BOT_TOKEN": BOT_TOKEN,
            "SLACK__TEAM_ID": TEAM,
            "SLACK__API_URL": self.slack.api_url,
            "STRIPE__API_URL": self.stripe.base_url,
            "STRIPE__CHECKOUT_HOSTS": self.stripe.base_url,
            "ACCOUNTS__OPERATING__SECRET_KEY": STRIPE_KEY,
            "ACCOUNTS__OPERATING__WEBHOOK_SECRET": WEBHOOK_SECRET,
        }
        named |= {"SLACK__APP_TOKEN": APP_TOKEN} if self.socket_mode else {"SLACK__SIGNING_SECRET": SIGNING_SECRET}
        if self.dovecot is not None:
            named |= {
                "MAIL__IMAP_URL": self.dovecot.url_of("imaps"),
                "MAIL__CA_FILE": str(self.dovecot.ca_file),
                "MAIL__SMTP_URL": self.sink.url,
                "MAIL__ADDRESS": INTAKE,
                "MAIL__AUTHSERV_ID": AUTHSERV_ID,
            }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PAYLINK_")}
        return kept | {f"PAYLINK_{name}": value for name, value in (named | self.settings).items()}

    def secrets(self) -> list[str]:
        """What must never be seen anywhere."""
        return [BOT_TOKEN, SIGNING_SECRET, APP_TOKEN, STRIPE_KEY, WEBHOOK_SECRET]

    async def start(self, *arguments: str) -> None:
        """`paylink run`, until it is ready."""
        self.begin(*arguments)
        await eventually(self._ready, "the product to be ready", READY_WITHIN)

    def begin(self, *arguments: str) -> None:
        """`paylink run`, and no waiting for it."""
        self.process = born(self.environment(), self.folder / "paylink.log", *arguments)

    def start_another(self, *arguments: str, port: int = 0) -> Life:
        """A further replica, on a port of its own; whoever started it ends it."""
        environment = self.environment() | {"PAYLINK_PORT": str(port or free_port())}
        return born(environment, self.folder / "paylink.log", *arguments)

    async def _ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the product ended: {self.log[-3000:]}"
        return await self.answers()

    async def answers(self) -> bool:
        """Whether the product is ready."""
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{self.url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    def kill(self) -> None:
        """kill -9: no time for last words."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    async def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self.process.wait, LONGEST_STOP)

    # ── what people see and do ───────────────────────────────────────────────────────────────────────────────────────

    async def type(self, text: str, user: str = NOOR, channel: str = PAYMENTS) -> str:
        """Type a command in Slack; the words of the answer."""
        return words_of(await self.asked(text, user, channel))

    async def asked(self, text: str, user: str = NOOR, channel: str = PAYMENTS) -> dict[str, Any]:
        """Type a command in Slack; the message that answers, also where a busy machine takes its time."""
        before = self.slack.workspace.new_ts()
        said = await self.slack.type_command(user, channel, text)
        if "Working on it" not in words_of(said):
            return said

        async def late() -> dict[str, Any]:
            fresh = [whisper for whisper in self.slack.ephemerals(user, channel) if whisper["ts"] > before]
            return next((one for one in fresh if "Working on it" not in words_of(one)), {})

        found: dict[str, Any] = await eventually(late, f"the answer to {text!r}")
        return found

    async def card(self, reference: str, channel: str = PAYMENTS) -> dict[str, Any]:
        """The card of a link in a channel, once it is there."""
        found: dict[str, Any] = await eventually(lambda: self._card(reference, channel), f"the card of {reference}")
        return found

    async def _card(self, reference: str, channel: str) -> dict[str, Any] | None:
        found = [message for message in self.slack.messages(channel) if reference in words_of(message)]
        assert len(found) <= 1, f"{reference} has {len(found)} messages"
        return found[0] if found else None

    async def card_says(self, reference: str, words: str, channel: str = PAYMENTS) -> str:
        """Wait until the card holds the words; all its words."""

        async def look() -> str:
            said = words_of(await self.card(reference, channel))
            return said if words in said else ""

        return await eventually(look, f"the card of {reference} to say {words!r}")

    async def thread_says(self, reference: str, words: str, channel: str = PAYMENTS) -> list[str]:
        """Wait until a line of the card's thread holds the words; all its lines."""

        async def look() -> list[str]:
            card = await self.card(reference, channel)
            lines = [words_of(line) for line in self.slack.thread(channel, card["ts"])]
            return lines if any(words in line for line in lines) else []

        return await eventually(look, f"the thread of {reference} to say {words!r}")

    def deliver(self, letter: EmailMessage, *, dmarc: str = "pass") -> None:
        """Put a letter into the intake's mailbox as the mail provider would, with its verdict on top."""
        assert self.dovecot is not None
        domain = str(letter["From"]).rpartition("@")[2].rstrip(">")
        verdict = f"Authentication-Results: {AUTHSERV_ID}; dmarc={dmarc} header.from={domain}\r\n"
        self.dovecot.deliver(verdict.encode() + letter.as_bytes())

    async def letter_to(self, address: str, count: int = 1) -> Arrived:
        """The newest letter to an address, once there are that many."""

        async def look() -> Arrived | None:
            came = self.sink.to(address)
            return came[-1] if len(came) >= count else None

        return await eventually(look, f"letter {count} to {address}")


def words_of(message: Any) -> str:
    """Every text of a Slack message or answer, however deep, in reading order."""
    if isinstance(message, dict):
        texts = [str(message["text"])] if isinstance(message.get("text"), str) and "blocks" not in message else []
        inner = [words_of(value) for key, value in message.items() if not isinstance(value, str)]
        return "\n".join(text for text in [*texts, *inner] if text)
    if isinstance(message, list):
        return "\n".join(text for text in map(words_of, message) if text)
    return ""


@contextlib.asynccontextmanager
async def furnished(
    folder: Path,
    database_url: str,
    sink: SmtpSink,
    dovecot: Dovecot | None = None,
    *,
    socket_mode: bool = False,
    **settings: str,
) -> AsyncIterator[House]:
    """A house whose product is not started yet; whatever is still running at the end is killed."""
    clock, port = SystemClock(), free_port()
    events = f"http://127.0.0.1:{port}/slack/events"
    slack = SlackStandIn(BOT_TOKEN, SIGNING_SECRET, APP_TOKEN, TEAM, events, None, clock)
    # how fast the product is on a busy machine is not what a journey asks
    slack.delivery.deadline, slack.workspace.tickets.trigger_life = PATIENCE, timedelta(seconds=PATIENCE)
    webhook = f"http://127.0.0.1:{port}/stripe/operating"
    account = StandInAccount(STRIPE_KEY, WEBHOOK_SECRET, webhook, "Harbor & Finch LLP")
    stripe = StripeStandIn({"operating": account}, clock)
    await slack.serve()
    await stripe.serve()
    house = House(port, folder, database_url, slack, stripe, sink, dovecot, socket_mode, settings)
    try:
        yield house
    finally:
        if house.process is not None and house.process.poll() is None:
            house.kill()
        await stripe.close()
        await slack.close()
