"""Every URL of the payer's front on one screen, and what stands around all of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from handlers.ports import Ports
from paypage.answers import Answers
from paypage.assets import Assets
from paypage.captcha import Captcha
from paypage.door import Door
from paypage.guard import Guard, content_policy, headers_for_all
from paypage.human_check import CheckOperations, HumanCheck
from paypage.pace import Limits, Network, Pace
from paypage.pages import PayerOperations, PayerPages
from paypage.unsubscribe import ReminderOperations, UnsubscribePages
from paypage.views import Views, static_files

TOKEN = r"{token:[A-Za-z0-9_-]{16,64}}"  # noqa: S105  the shape of one; anything else is not looked up
_USUAL = Limits()
_REAL = PayerOperations()
_REAL_CHECK = CheckOperations()
_REAL_REMINDERS = ReminderOperations()


def routes(pages: PayerPages, stops: UnsubscribePages, assets: Assets, webhook: Handler) -> list[web.RouteDef]:
    """Anything else is the constant page for what is not there."""
    return [
        web.get(f"/p/{TOKEN}", pages.look, allow_head=True),
        web.post(f"/p/{TOKEN}", pages.pay),
        web.get(f"/p/{TOKEN}/receipt", pages.receipt, allow_head=True),
        web.get(f"/unsubscribe/{TOKEN}", stops.look, allow_head=True),
        web.post(f"/unsubscribe/{TOKEN}", stops.stop),
        web.post("/stripe/{account}", webhook),
        web.get("/static/{name}", assets.file),
        web.get("/robots.txt", assets.robots),
    ]


def mount(
    app: web.Application,
    ports: Ports,
    page_key: str | bytes,
    webhook: Handler,
    *,
    checkout_hosts: Sequence[str],
    trusted_proxies: Sequence[Network] = (),
    limits: Limits = _USUAL,
    operations: PayerOperations = _REAL,
    reminder_operations: ReminderOperations = _REAL_REMINDERS,
    captcha: Captcha | None = None,
    check_operations: CheckOperations = _REAL_CHECK,
    sandbox: bool = False,
) -> None:
    """Add the routes with their checks to the app, and the headers to every answer of the app.

    `page_key` signs the forms: at least 32 random bytes, the same on all replicas. Run the app with
    `auto_decompress=False`: forms and webhooks are never compressed, bombs are.
    """
    public_url = ports.firm.public_url
    static = static_files()
    guard = Guard(public_url, page_key, Pace(limits, trusted_proxies))
    policy = content_policy(checkout_hosts, captcha.policy if captcha else {})
    human = HumanCheck(captcha, policy, ports, check_operations)
    answers = Answers(ports, partial(Views, static=static, sandbox=sandbox))
    pages = PayerPages(ports, guard, answers, operations, human)
    stops = UnsubscribePages(ports, answers, reminder_operations)
    headers = headers_for_all(public_url, checkout_hosts)

    async def put_headers_on(request: web.BaseRequest, answer: web.StreamResponse) -> None:
        for name, value in headers.items():
            answer.headers.setdefault(name, value)
        answer.headers[hdrs.SERVER] = "paylink"

    app.on_response_prepare.append(put_headers_on)
    app.middlewares.append(Door(guard, answers).middleware)
    app.add_routes(routes(pages, stops, Assets(answers, static.values()), webhook))
