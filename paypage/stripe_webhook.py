"""Stripe's webhook: is it really Stripe's, is it new, and is it kept. What it means is read back from Stripe later."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from stripe import SignatureVerificationError, WebhookSignature

from handlers.payments.record_event import record_event
from handlers.ports import Ports
from paypage.body import BodyRefused, whole_body
from paypage.stripe_line import StripeKeys

LARGEST = 256 * 1024  # bytes, before anything is computed over them (T10)
TOLERANCE = 300  # seconds a signature may be old, or ahead of our clock

Recorder = Callable[[str, str, str, str, Ports], Awaitable[bool]]
Counter = Callable[[str, str], None]  # (account, what became of it)

log = structlog.get_logger()

# Digits only and few of them; 64 hex digits each. stripe's own reader takes less exact ones.
_SIGNATURE = re.compile(r"t=(?P<t>[0-9]{1,12})(?:,v[0-9]+=[0-9a-f]{64})+")


class Forged(Exception):
    """Not Stripe's, or not fit to be kept. The words are for the log."""


@dataclass(frozen=True, slots=True)
class Event:
    """What is needed of a snapshot event to keep it."""

    id: str
    kind: str
    livemode: bool
    body: str


def stripe_webhook(
    accounts: Mapping[str, StripeKeys],
    ports: Ports,
    record: Recorder = record_event,
    count: Counter = lambda account, outcome: None,
) -> Handler:
    """The handler of POST /stripe/{account}.

    200 only after the event is committed; 400, 413 and 415 for what is not Stripe's; 503 when it could not be kept, so
    that Stripe sends it again.
    """

    async def handle(request: web.Request) -> web.Response:
        account = request.match_info["account"]
        keys = accounts.get(account)
        if keys is None:
            return _closed(404)
        try:
            body = await whole_body(request, LARGEST)
            event = read_event(body, _signature(request), keys.webhook_secrets, ports.clock.now())
        except BodyRefused as refused:
            count(account, "refused")
            return _closed(refused.status)
        except Forged as why:
            count(account, "refused")
            log.warning("webhook.refused", account=account, why=str(why))
            return web.Response(status=400)
        if event.livemode != keys.livemode:
            # Kept all the same: what is read back from Stripe decides, and there the other mode's objects do not exist.
            log.warning("webhook.other_mode", account=account, event_id=event.id, livemode=event.livemode)
        kept = await _keep(event, account, record, ports)
        count(account, kept)
        return web.Response(status=503, headers={hdrs.RETRY_AFTER: "30"}) if kept == "not kept" else web.Response()

    return handle


async def _keep(event: Event, account: str, record: Recorder, ports: Ports) -> str:
    """What became of it: kept, repeated or not kept."""
    try:
        new = await record(account, event.id, event.kind, event.body, ports)
    except Exception as error:  # whatever it was: nothing is committed, and Stripe will send it again (F11)
        log.error("webhook.not_kept", account=account, event_id=event.id, error=type(error).__name__)
        return "not kept"
    return "kept" if new else "repeated"


def read_event(body: bytes, signature: str, secrets: tuple[str, ...], now: datetime) -> Event:
    """The event, when one of the secrets signed these very bytes within five minutes of now.

    Raises Forged.
    """
    text = _checked(body, signature, secrets)
    # stripe checks only that a signature is not old, and by the system's clock; this is both ways and by ours.
    off = int(_parsed(signature)["t"]) - int(now.timestamp())
    if abs(off) > TOLERANCE:
        raise Forged(f"signed, but the clock is off by {off} seconds")
    return _event(text)


def _checked(body: bytes, signature: str, secrets: tuple[str, ...]) -> str:
    """The text of the body. Raises Forged: not UTF-8, or signed with none of the secrets."""
    _parsed(signature)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Forged("not UTF-8") from None
    for secret in secrets:
        try:
            WebhookSignature.verify_header(text, signature, secret, tolerance=None)
        except SignatureVerificationError:
            continue
        return text
    raise Forged("signed with none of our secrets")


def _parsed(signature: str) -> re.Match[str]:
    matched = _SIGNATURE.fullmatch(signature)
    if matched is None:
        raise Forged("the signature header is not one of Stripe's")
    return matched


def _event(text: str) -> Event:
    """Raises Forged: not the JSON of a snapshot event."""
    try:
        said = json.loads(text, object_pairs_hook=_no_repeats, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Forged(f"not JSON as Stripe writes it ({type(error).__name__})") from None
    if not isinstance(said, dict) or said.get("object") != "event":
        raise Forged("not a snapshot event")
    ident, kind, livemode = said.get("id"), said.get("type"), said.get("livemode")
    if not (isinstance(ident, str) and re.fullmatch(r"evt_[A-Za-z0-9_]{1,250}", ident)):
        raise Forged("no event id")
    if not (isinstance(kind, str) and re.fullmatch(r"[a-z0-9_.]{1,80}", kind)):
        raise Forged("no event type")
    if not isinstance(livemode, bool):
        raise Forged("no livemode")
    # Without data.object it is Stripe's all the same: kept, and a person is told (B61).
    return Event(ident, kind, livemode, text)


def _no_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice in one object")
    return found


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _signature(request: web.Request) -> str:
    """Raises Forged: none, or several."""
    given = request.headers.getall("Stripe-Signature", [])
    if len(given) != 1:
        raise Forged(f"{len(given)} signature headers")
    return given[0]


def _closed(status: int) -> web.Response:
    """An answer after which the connection closes, for the rest of the body is not wanted."""
    response = web.Response(status=status)
    response.force_close()
    return response
