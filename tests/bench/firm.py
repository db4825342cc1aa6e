"""The firm that is measured: its settings, its links, its commands."""

from __future__ import annotations

import csv
import io
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier

from bot.clock import SystemClock
from bot.settings import Settings
from bot.slack.stand_in import payloads
from bot.slack.stand_in.people import NOOR, PAYMENTS, Channel, Person
from handlers.batches.columns import USUAL
from handlers.links.create_link import make_links
from handlers.links.link_draft import LinkDraft
from handlers.requests import Actor, Asker, Door, Role
from models import database
from models.money import Money
from tests.cast import ports_of
from tests.servers import free_port

BOT_TOKEN = "xoxb-7204518936-kQ9vLm2XzT"
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TEAM = "T0HARBOR01"
SLACK = (BOT_TOKEN, SIGNING_SECRET, TEAM)
STAFF = Asker(NOOR, "Noor Haddad", Role.ADMIN, Door.SLACK, PAYMENTS, "noor@firm.example")
_NAMES = "Jane Doe,Omar Haddad,Ana Lima,Søren Kierk,Priya Nair,Wei Chen,Fatima Zahra,John O’Brien".split(",")


def settings_tree(folder: Path, *, slack_api: str = "", smtp_port: int = 0) -> dict[str, Any]:
    """The settings of the firm, all fronts on that have something to talk to."""
    port = free_port()
    tree: dict[str, Any] = {
        "public_url": f"http://127.0.0.1:{port}",
        "port": port,
        "database_url": f"sqlite://{folder / 'paylink.db'}",
        "admins": (NOOR, "noor@firm.example"),
        "firm": {"name": "Harbor & Finch LLP"},
        "accounts": {
            "operating": {"secret_key": "sk_test_51Bench0operating", "webhook_secret": "whsec_9tZpBench0operating"}
        },
    }
    if slack_api:
        tree["slack"] = {
            "bot_token": BOT_TOKEN,
            "signing_secret": SIGNING_SECRET,
            "team_id": TEAM,
            "api_url": slack_api,
        }
    if smtp_port:
        tree["mail"] = {
            "imap_url": f"imap://pay:secret@127.0.0.1:{free_port()}/INBOX",  # nobody there: only mail out is measured
            "smtp_url": f"smtp://127.0.0.1:{smtp_port}",
            "address": "pay@firm.example",
            "authserv_id": "mx.firm.example",
        }
    return tree


async def links_made(tree: dict[str, Any], count: int) -> list[str]:
    """Open links as a file makes them, so that no channel is owed a card; their tokens."""
    settings = Settings.of(tree)
    drafts = [
        LinkDraft(Money(10_000 + n, "USD"), "operating", STAFF.name, payer_name=_name(n), batch_id=1)
        for n in range(count)
    ]
    async with database.opened(settings.database_url.get_secret_value()):
        ports = ports_of(SystemClock(), firm=settings.firm_facts())
        return [link.token for link in await make_links(drafts, Actor(NOOR, Door.SLACK), ports)]


def invoices(count: int) -> bytes:
    """A CSV file of so many invoices, each to its own client."""
    page = io.StringIO(newline="")
    writer = csv.writer(page)
    writer.writerow(USUAL)
    dice = random.Random(count)
    today = time.strftime("%Y-%m-%d")
    for n in range(count):
        amount = f"{dice.randrange(1_000, 900_000) / 100:.2f}"
        writer.writerow(
            [f"{n:05}", today, today, _name(n), amount, f"client{n}@acme.example", "Thank you for your trust"]
        )
    return page.getvalue().encode()


def _name(n: int) -> str:
    return f"{_NAMES[n % len(_NAMES)]} {n}"


# ── what Slack sends ──────────────────────────────────────────────────────────────────────────────────────────────────


def look(port: int, token: str) -> bytes:
    """GET of a payer's page."""
    return (
        f"GET /p/{token} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: bench\r\nAccept: text/html\r\n\r\n".encode()
    )


def commands(port: int, texts: Sequence[str], response_url: str = "https://127.0.0.1:9/commands/1") -> list[bytes]:
    """Signed slash commands, each a delivery of its own."""
    noor, channel = Person(NOOR, "noor", "Noor Haddad"), Channel(PAYMENTS, "payments")
    signer = SignatureVerifier(SIGNING_SECRET)
    now = str(int(time.time()))
    requests = []
    for text in texts:
        trigger = f"{random.getrandbits(64)}.{random.getrandbits(64)}"
        payload = payloads.slash_command(
            noor, channel, TEAM, "/paylink", text, trigger_id=trigger, response_url=response_url
        )
        body = urlencode(payload)
        signature = signer.generate_signature(timestamp=now, body=body)
        requests.append(
            (
                f"POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: Slackbot 1.0\r\nAccept: */*\r\n"
                f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
                f"X-Slack-Request-Timestamp: {now}\r\nX-Slack-Signature: {signature}\r\n\r\n{body}"
            ).encode()
        )
    return requests
