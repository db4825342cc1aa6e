"""The hosted page of a session, where its payer decides how the payment goes, and a list of all sessions.

Once there is money in it, the page is the firm's dashboard and the payer's bank as well: refunds and disputes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from models.errors import AmountUnclear
from models.money import Money, NumberStyle, parse_figure, spell
from paypage.stand_in.deliveries import StandInAccount
from paypage.stand_in.money_back import close_dispute, dispute, end_refund, send_back
from paypage.stand_in.things import Refused, Session
from paypage.stand_in.till import Till

HERE = Path(__file__).parent


class HostedPage:
    """GET shows, POST acts; nothing needs a script."""

    def __init__(self, accounts: Mapping[str, StandInAccount], till: Till) -> None:
        self._accounts = accounts
        self._till = till
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._templates.filters["spell"] = spell
        self._templates.filters["moment"] = _moment
        self._templates.filters["spoken"] = _spoken

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/", self._list),
            web.get("/c/pay/{session}", self._show),
            web.post("/c/pay/{session}", self._act),
            web.get("/stand-in.css", _style),
            web.get("/favicon.ico", _no_icon),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        self._till.sweep()
        sessions = list(reversed(self._till.sessions.values()))
        return self._page("list.html", 200, sessions=sessions[:200], count=len(sessions))

    async def _show(self, request: web.Request) -> web.Response:
        try:
            session = self._till.session(request.match_info["session"])
        except Refused:
            return self._page("unknown.html", 404)
        merchant = self._accounts[session.account].name or session.account
        return self._page("session.html", 200, session=session, merchant=merchant, state=_state(session))

    async def _act(self, request: web.Request) -> web.Response:
        ident = request.match_info["session"]
        form = await request.post()
        try:
            where = self._do(str(form.get("action")), self._till.session(ident), str(form.get("amount", "")))
        except (Refused, AmountUnclear):  # the page was old: show it as it is now
            where = ""
        return web.Response(status=303, headers={"Location": where or f"/c/pay/{ident}"})

    def _do(self, action: str, session: Session, amount: str) -> str:
        """Do what the button says; the URL to go to, blank for the page itself.

        Raises Refused. Raises AmountUnclear.
        """
        match action:
            case "pay":
                self._till.pay(session)
                return session.return_url
            case "debit":
                self._till.debit(session)
                return session.return_url
            case "decline":
                self._till.decline(session)
            case "clear" | "bounce":
                self._till.settle_debit(session, cleared=action == "clear")
            case "refund" if session.intent:
                code = session.money.currency
                part = parse_figure(amount, code, NumberStyle.of("en_US")).minor if amount.strip() else None
                send_back(self._till, session, session.intent, part)
            case "refund-arrives" | "refund-fails":
                end_refund(self._till, session, arrived=action == "refund-arrives")
            case "dispute":
                dispute(self._till, session)
            case "dispute-won" | "dispute-lost":
                close_dispute(self._till, session, won=action == "dispute-won")
        return ""

    def _page(self, template: str, status: int, **values: object) -> web.Response:
        session = values.get("session")
        html = self._templates.get_template(template).render(**values)
        headers = {
            "Content-Security-Policy": _policy(session if isinstance(session, Session) else None),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(text=html, status=status, content_type="text/html", headers=headers)


async def _style(request: web.Request) -> web.StreamResponse:
    return web.FileResponse(HERE / "static" / "stand-in.css")


async def _no_icon(request: web.Request) -> web.Response:
    return web.Response(status=204)


def _policy(session: Session | None) -> str:
    """form-action must name where a POST's 303 leads, or Chromium stays where it is (RELIABILITY L)."""
    back = ""
    if session is not None:
        parts = urlsplit(session.success_url)
        back = f" {parts.scheme}://{parts.netloc}"
    return f"default-src 'none'; style-src 'self'; form-action 'self'{back}; frame-ancestors 'none'; base-uri 'none'"


_SPOKEN = {
    "open": "open",
    "paid": "paid",
    "processing": "bank debit under way",
    "failed": "refused by the bank",
    "expired": "expired",
}


_DISPUTES = {"needs_response": "disputed", "won": "dispute won", "lost": "dispute lost"}


def _spoken(session: Session) -> str:
    intent = session.intent
    if session.status == "open" and intent is not None:
        return "open, card declined"
    words = [_SPOKEN[_state(session)]]
    if intent and intent.refunded:
        words.append(f"{spell(Money(intent.refunded, session.money.currency))} refunded")
    if intent and intent.disputes:
        words.append(_DISPUTES[intent.disputes[-1].status])
    return ", ".join(words)


def _state(session: Session) -> str:
    """Which of the page's five faces it shows."""
    if session.status != "complete":
        return session.status  # open, expired
    if session.payment_status == "paid":
        return "paid"
    return "processing" if session.intent and session.intent.status == "processing" else "failed"


def _moment(stamp: int) -> str:
    return f"{datetime.fromtimestamp(stamp, UTC):%d %b %Y, %H:%M} UTC"
