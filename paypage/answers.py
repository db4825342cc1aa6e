"""The payer's pages as answers over HTTP, printed with the firm as it is now."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import hdrs, web

from handlers.firm import Firm
from handlers.ports import Ports
from paypage.guard import TurnedAway
from paypage.views import Views


def html(body: bytes, status: int = 200) -> web.Response:
    """A page."""
    return web.Response(body=body, status=status, headers={hdrs.CONTENT_TYPE: "text/html; charset=utf-8"})


class Answers:
    """The pages of the firm, and those of them that are not about any link."""

    def __init__(self, ports: Ports, views_of: Callable[[Firm], Views]) -> None:
        self._ports = ports
        self._views_of = views_of
        self._views_now = views_of(ports.firm)

    @property
    def views(self) -> Views:
        """Printed with the firm as it is now: what an admin changes is on the next page that anybody opens."""
        if self._views_now.firm is not self._ports.firm:
            self._views_now = self._views_of(self._ports.firm)
        return self._views_now

    def not_found(self) -> web.Response:
        """One and the same for unknown, malformed and deleted tokens (T01)."""
        return html(self.views.not_found, 404)

    def turned_away(self, turned: TurnedAway) -> web.Response:
        """Why nothing was done, and when to come again."""
        answer = html(self.views.turned_away(turned.reason), turned.status)
        if turned.retry_after:
            answer.headers[hdrs.RETRY_AFTER] = str(turned.retry_after)
        return answer
