"""Around every route: the checks before it, and a page for everything that is turned away or goes wrong."""

from __future__ import annotations

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from models.errors import DatabaseNotReady, DatabaseTrouble
from paypage.answers import Answers
from paypage.guard import TRY_AGAIN, Guard, TurnedAway

log = structlog.get_logger()

# Asked by address, often straight past the proxy, and about nothing of a link: no host check.
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
_ROUTERS_REASONS = {404: "", 405: "wrong_method", 413: "too_large"}


class Door:
    """What a request passes on its way in, and its answer on the way out."""

    def __init__(self, guard: Guard, answers: Answers) -> None:
        self._guard = guard
        self._answers = answers

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The route's answer, or the page that says why there is none."""
        path = request.path
        if path in PROBES:
            return await handler(request)
        try:
            self._guard.check(request)
            if path.startswith(("/p/", "/unsubscribe/")):
                self._guard.check_pace(request)
            return await handler(request)
        except TurnedAway as turned:
            return self._answers.turned_away(turned)
        except web.HTTPException as wrong:
            if wrong.status not in _ROUTERS_REASONS:
                raise
            return self._routers_own(wrong)
        except (DatabaseNotReady, DatabaseTrouble):
            log.exception("page.database_away")
            return self._answers.turned_away(TurnedAway(503, "not_ready", TRY_AGAIN))
        except Exception:
            log.exception("page.failed")
            return self._answers.turned_away(TurnedAway(500, "broken"))

    def _routers_own(self, wrong: web.HTTPException) -> web.Response:
        if wrong.status == 404:
            return self._answers.not_found()
        answer = self._answers.turned_away(TurnedAway(wrong.status, _ROUTERS_REASONS[wrong.status]))
        if hdrs.ALLOW in wrong.headers:
            answer.headers[hdrs.ALLOW] = wrong.headers[hdrs.ALLOW]
        return answer
