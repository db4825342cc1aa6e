"""The payer's pages: looking at a link, paying it, and every way in which that can fail."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

import structlog
from aiohttp import hdrs, web

from handlers.firm import Firm
from handlers.payments.part_amount import read_part
from handlers.payments.payer_page import PayerPage, payer_page
from handlers.payments.read_receipt import payer_receipt
from handlers.payments.refused_form import keep_refused_form
from handlers.payments.start_checkout import CheckoutNotAllowed, LinkUnknown, LinkUsedUp, start_checkout
from handlers.ports import Ports, ProcessorBusy, ProcessorTrouble, ProcessorUnreachable
from models.errors import AmountUnclear
from models.link_states import LinkState
from models.money import Money
from models.part_payment import part_bounds
from models.receipt import Receipt
from paypage.answers import Answers, html
from paypage.captcha import CaptchaDown, Check, NotPassed
from paypage.guard import TRY_AGAIN, FormUnreadable, Guard, TurnedAway, parse_form, read_body
from paypage.human_check import HumanCheck
from paypage.views import Mistake, Views

log = structlog.get_logger()

LONGEST_AMOUNT = 40  # characters that the field takes
# How long a confirming page waits before it looks again: often at first, then rarely, and after a quarter of an hour
# no more. A tab that stays open must not use up its address's looks.
_LOOKS_OFTEN, _LOOKS_AT_ALL = 12, 60
_OFTEN, _RARELY = 3, 15  # seconds


@dataclass(frozen=True, slots=True)
class PayerOperations:
    """What the pages ask of the handlers."""

    look: Callable[[str, Ports, str], Awaitable[PayerPage | None]] = payer_page
    pay: Callable[[str, Money | None, Ports], Awaitable[str]] = start_checkout
    receipt: Callable[[str, Ports], Awaitable[Receipt | None]] = payer_receipt
    refused: Callable[[str, str, Ports], Awaitable[None]] = keep_refused_form


class PayerPages:
    """One coroutine a route; texts and looks are in templates/ and static/."""

    def __init__(
        self,
        ports: Ports,
        guard: Guard,
        answers: Answers,
        operations: PayerOperations,
        human: HumanCheck,
    ) -> None:
        self._ports = ports
        self._guard = guard
        self._answers = answers
        self._operations = operations
        self._human = human
        # A page is the same bytes as long as its link, the day and the firm are: print it once.
        self._printed = lru_cache(maxsize=1024)(self._print)

    # ── routes ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def look(self, request: web.Request) -> web.Response:
        """GET: how the link stands. Changes nothing; a HEAD does not even ask how the payer's attempt went (T02)."""
        session_id = request.query.get("session_id", "") if request.query_string else ""
        if request.method != hdrs.METH_GET or not re.fullmatch(r"[A-Za-z0-9_]{0,255}", session_id):
            session_id = ""
        page = await self._operations.look(request.match_info["token"], self._ports, session_id)
        if page is None:
            return self._answers.not_found()
        if page.confirming:
            return self._confirming(page, session_id, request.query.get("look", ""))
        if page.state is LinkState.OPEN:
            return self._pay_page(page)
        return html(self._answers.views.used_up(page), 410 if page.state.taken_back else 200)

    async def pay(self, request: web.Request) -> web.Response:
        """POST: on to the checkout page, where the link can be paid and our own page asks for it.

        Raises TurnedAway: the form is not that of our own page, or the checkout cannot be had.
        """
        token = request.match_info["token"]
        self._guard.check_sender(request)
        body = await read_body(request)
        page = await self._operations.look(token, self._ports, "")
        if page is None:
            return self._answers.not_found()
        if page.confirming or page.state is not LinkState.OPEN:
            return self._too_late(page)
        try:
            ours = {"nonce", "amount"} if page.partial_allowed else {"nonce"}
            fields = parse_form(body, ours | self._human.fields)
        except FormUnreadable as fault:
            log.warning("page.form_refused", reference=page.reference, fault=str(fault))
            await self._operations.refused(token, str(fault), self._ports)
            return self._pay_page(page, Mistake("form", _shown_again(fault.fields.get("amount"))))
        self._guard.check_nonce(fields.get("nonce", ""), token, _asked(page, self._ports.firm))
        return await self._on_to_checkout(page, fields)

    async def receipt(self, request: web.Request) -> web.Response:
        """GET: what was paid; before that, on to the link's own page."""
        token = request.match_info["token"]
        receipt = await self._operations.receipt(token, self._ports)
        if receipt is not None:
            return html(self._answers.views.receipt(receipt))
        if await self._operations.look(token, self._ports, "") is None:
            return self._answers.not_found()
        return web.Response(status=303, headers={hdrs.LOCATION: f"/p/{token}"})

    # ── paying ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _on_to_checkout(self, page: PayerPage, fields: Mapping[str, str]) -> web.Response:
        typed = fields.get("amount", "")
        try:
            amount = self._read_amount(page, typed)
            await self._human.passed(fields, page.token, page.reference)
            url = await self._operations.pay(page.token, amount, self._ports)
        except AmountUnclear as unclear:
            return self._pay_page(page, Mistake("amount", _shown_again(typed), unclear.sentence))
        except NotPassed:
            return self._pay_page(page, Mistake("captcha", _shown_again(typed or None)))
        except CaptchaDown:
            return self._pay_page(page, Mistake("captcha_down", _shown_again(typed or None)), 503)
        except LinkUsedUp as used:
            return self._too_late(await self._as_it_is_now(page, used.state))
        except LinkUnknown:
            return self._answers.not_found()
        except CheckoutNotAllowed:
            log.exception("page.checkout_refused", reference=page.reference)
            raise TurnedAway(502, "not_allowed") from None
        except ProcessorTrouble as trouble:
            log.warning(
                "page.no_checkout", reference=page.reference, trouble=type(trouble).__name__, words=str(trouble)
            )
            raise _turned_away_by(trouble) from trouble
        return web.Response(status=303, headers={hdrs.LOCATION: url})

    def _read_amount(self, page: PayerPage, typed: str) -> Money | None:
        """The part to be paid. None where no part can be: it is the whole then."""
        bounds = part_bounds(page.amount, page.partial_minimum) if page.partial_allowed else None
        return read_part(typed, page.amount, bounds, self._ports.firm) if bounds else None

    async def _as_it_is_now(self, page: PayerPage, state: LinkState) -> PayerPage:
        """The page once more: the link changed between looking and paying."""
        now = await self._operations.look(page.token, self._ports, "")
        return now if now and (now.confirming or now.state is state) else replace(page, state=state)

    def _too_late(self, page: PayerPage) -> web.Response:
        status = 410 if page.state.taken_back else 409
        if page.confirming:
            return html(self._answers.views.confirming(page, f"/p/{page.token}", by_itself=False), status)
        return html(self._answers.views.used_up(page), status)

    # ── answers ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _pay_page(self, page: PayerPage, mistake: Mistake | None = None, status: int = 400) -> web.Response:
        today = self._ports.firm.today(self._ports.clock.now())
        check = self._human.on_page(page.token)
        if mistake:
            answer = html(self._print(self._answers.views, page, today, check, mistake), status)
        else:
            keep = check is None or not check.challenge
            answer = html((self._printed if keep else self._print)(self._answers.views, page, today, check))
        answer.headers.update(self._human.headers)
        return answer

    def _print(
        self, views: Views, page: PayerPage, today: date, check: Check | None, mistake: Mistake | None = None
    ) -> bytes:
        nonce = self._guard.nonce(page.token, _asked(page, self._ports.firm))
        return views.pay(page, nonce, today, mistake, check)

    def _confirming(self, page: PayerPage, session_id: str, look: str) -> web.Response:
        """Refreshes itself by the Refresh header, which does what a meta element does; axe counts that as a fault."""
        looks = int(look) if re.fullmatch(r"[0-9]{1,3}", look) else 0
        again = f"/p/{page.token}?session_id={session_id}" if session_id else f"/p/{page.token}?"
        by_itself = looks < _LOOKS_AT_ALL
        answer = html(self._answers.views.confirming(page, again, by_itself=by_itself))
        if by_itself:
            answer.headers["Refresh"] = f"{_OFTEN if looks < _LOOKS_OFTEN else _RARELY}; url={again}&look={looks + 1}"
        return answer


def _asked(page: PayerPage, firm: Firm) -> str:
    """What the payer agrees to by pressing Pay: a letter sent again or another tab gone to pay changes none of it."""
    return f"{page.amount} {page.partial_allowed} {page.partial_minimum} {firm.disclaimer_version}"


def _turned_away_by(trouble: ProcessorTrouble) -> TurnedAway:
    """Nothing was charged in any of these cases: money moves on Stripe's page only."""
    if isinstance(trouble, ProcessorBusy):
        return TurnedAway(503, "busy", trouble.retry_after or 5)
    if isinstance(trouble, ProcessorUnreachable):
        return TurnedAway(503, "unreachable", TRY_AGAIN)
    return TurnedAway(503, "ask_sender")


def _shown_again(typed: str | None) -> str | None:
    return None if typed is None else typed[:LONGEST_AMOUNT]
