"""The stand-in's API over HTTP: /v1 with Stripe's keys and idempotency, and with faults on demand."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from paypage.stand_in.deliveries import StandInAccount
from paypage.stand_in.faults import AT_ONCE, Fault, Faults
from paypage.stand_in.forms import Unreadable, read_form
from paypage.stand_in.memory import KEYS_KEPT, Memory, Stored
from paypage.stand_in.operations import Asked, Operations
from paypage.stand_in.things import Refused
from paypage.stand_in.till import Till, new_tail
from paypage.stand_in.wire import Json, error_json

Operation = Callable[[Asked], Json]
STRANGER = "https://checkout.stripe.com.evil.example/c/pay/cs_test_1"


@dataclass(frozen=True, slots=True)
class Call:
    """One request that reached the API."""

    account: str  # blank: its key was none of ours
    call: str  # "POST /v1/checkout/sessions"
    key: str  # the idempotency key; blank without one


class Api:
    """The endpoints. Tests plan `faults`, read `calls` and slow it down by `latency` (seconds, asked for each call)."""

    def __init__(self, accounts: Mapping[str, StandInAccount], till: Till, memory: Memory, public_url: str) -> None:
        self.faults = Faults()
        self.calls: list[Call] = []
        self.latency: Callable[[], float] = lambda: 0.0
        self.closing = asyncio.Event()
        self._public_url = public_url
        self._accounts = accounts
        self._till = till
        self._memory = memory
        self._in_use: set[str] = set()

    def routes(self) -> list[web.RouteDef]:
        does = Operations(self._accounts, self._till)
        return [
            web.post("/v1/checkout/sessions", self._door(does.create_session)),
            web.get("/v1/checkout/sessions", self._door(does.list_sessions)),
            web.get("/v1/checkout/sessions/{id}", self._door(does.retrieve_session)),
            web.post("/v1/checkout/sessions/{id}/expire", self._door(does.expire_session)),
            web.get("/v1/payment_intents/{id}", self._door(does.retrieve_intent)),
            web.post("/v1/refunds", self._door(does.create_refund)),
            web.get("/v1/refunds", self._door(does.list_refunds)),
            web.get("/v1/disputes", self._door(does.list_disputes)),
            web.get("/v1/events", self._door(does.list_events)),
            web.get("/v1/events/{id}", self._door(does.retrieve_event)),
            web.get("/v1/account", self._door(does.retrieve_account)),
            web.get("/v1/balance", self._door(does.retrieve_balance)),
        ]

    def _door(self, operation: Operation) -> Handler:
        async def handler(request: web.Request) -> web.StreamResponse:
            call = f"{request.method} {request.path}"
            key = request.headers.get("Idempotency-Key", "") if request.method == "POST" else ""
            account = self._who(request)
            self.calls.append(Call(account, call, key))
            fault = self.faults.take(call)
            try:
                _check_way_in(request, account, key, fault)
                if fault is Fault.HANG_UP:
                    return _hang_up(request)
                status, body = await self._answer(request, account, key, operation, fault)
            except Refused as refused:
                return _json(refused.status, error_json(refused))
            return await self._send(request, status, body, fault)

        return handler

    def _who(self, request: web.Request) -> str:
        """The account whose secret key it is; blank for none."""
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        for key, account in self._accounts.items():
            if hmac.compare_digest(given, account.secret_key.encode()):
                return key
        return ""

    async def _answer(
        self, request: web.Request, account: str, key: str, operation: Operation, fault: Fault | None
    ) -> tuple[int, Json]:
        """Do it, or repeat what was answered under this key before. Raises Refused."""
        raw = await request.text() if request.method == "POST" else request.query_string
        slot = f"{account} {key}" if key else ""
        print_of_it = hashlib.sha256(f"{request.method} {request.path} {raw}".encode()).hexdigest()
        if stored := self._stored(slot, print_of_it):
            return stored.status, stored.body
        if slot in self._in_use:
            raise AT_ONCE[Fault.KEY_IN_USE]
        self._in_use |= {slot} - {""}
        try:
            await asyncio.sleep(self.latency())
            status, body = 500, error_json(Refused("An unknown error occurred", kind="api_error"))
            if fault is not Fault.STORED_ERROR:
                status, body = 200, self._work(request, account, raw, operation)
        finally:
            self._in_use.discard(slot)
        if slot:  # a refusal is not stored: Stripe checks the parameters before it begins
            self._memory.answers[slot] = Stored(print_of_it, status, body, self._till.now)
        if request.method == "POST":
            self._memory.save(self._till)
        return status, body

    def _stored(self, slot: str, print_of_it: str) -> Stored | None:
        """What this key was answered before. Raises Refused: it was used with other parameters."""
        stored = self._memory.answers.get(slot)
        if stored is None or self._till.now - stored.at >= KEYS_KEPT:
            return None
        if stored.fingerprint != print_of_it:
            words = "Keys for idempotent requests can only be used with the same parameters they were first used with."
            raise Refused(words, kind="idempotency_error")
        return stored

    def _work(self, request: web.Request, account: str, raw: str, operation: Operation) -> Json:
        try:
            params = read_form(raw)
        except Unreadable as error:
            raise Refused(str(error)) from error
        pages = self._public_url or str(request.url.origin())
        return operation(Asked(account, request.match_info.get("id", ""), params, pages))

    async def _send(self, request: web.Request, status: int, body: Json, fault: Fault | None) -> web.StreamResponse:
        match fault:
            case Fault.SILENCE_AFTER_WORK:
                await self.closing.wait()
                return _hang_up(request)
            case Fault.CUT_OFF:
                return await _cut_off(request, body)
            case Fault.HTML:
                return web.Response(text="<!doctype html><h1>It works!</h1>", content_type="text/html")
            case Fault.REDIRECT:
                return web.Response(status=307, headers={"Location": "/v1/balance"})
            case Fault.NO_URL:
                return _json(status, {**body, "url": None})
            case Fault.FOREIGN_URL:
                return _json(status, {**body, "url": STRANGER})
        return _json(status, body)


def _check_way_in(request: web.Request, account: str, key: str, fault: Fault | None) -> None:
    """Raises Refused: no key of ours, a fault that refuses at once, or an idempotency key that is too long."""
    if not account:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        raise Refused(f"Invalid API Key provided: {given[:8]}{'*' * 8}", status=401)
    if fault in AT_ONCE:
        raise AT_ONCE[fault]
    if len(key) > 255:
        raise Refused("Idempotency keys must be at most 255 characters.", kind="idempotency_error")


def _json(status: int, body: Json) -> web.Response:
    return web.json_response(body, status=status, headers={"Request-Id": f"req_{new_tail(14)}"})


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()  # goes nowhere


async def _cut_off(request: web.Request, body: Json) -> web.StreamResponse:
    whole = json.dumps(body).encode()
    answer = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(whole))})
    await answer.prepare(request)
    await answer.write(whole[: len(whole) // 2])
    if request.transport is not None:
        request.transport.close()
    return answer
