"""The page on which a payer stops reminders, and the one click of their mail program (RFC 8058)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from handlers.ports import Ports
from handlers.reminders.unsubscribe import Subscription, stop_reminders, subscription
from paypage.answers import Answers, html
from paypage.body import BodyRefused, whole_body
from paypage.guard import LARGEST_FORM, TurnedAway


@dataclass(frozen=True, slots=True)
class ReminderOperations:
    """What the page asks of the handlers."""

    look: Callable[[str], Awaitable[Subscription | None]] = subscription
    stop: Callable[[str, Ports], Awaitable[Subscription | None]] = stop_reminders


class UnsubscribePages:
    """GET asks, POST does. Mail programs post without cookie, Origin or page: the token in the address is all."""

    def __init__(self, ports: Ports, answers: Answers, operations: ReminderOperations) -> None:
        self._ports = ports
        self._answers = answers
        self._operations = operations

    async def look(self, request: web.Request) -> web.Response:
        """What would be stopped, and a button. Changes nothing: mail scanners follow every address."""
        return self._page(await self._operations.look(request.match_info["token"]))

    async def stop(self, request: web.Request) -> web.Response:
        """Stop them. Whatever the form holds is not read; no redirect (RFC 8058, 3.1).

        Raises TurnedAway: more came than any form holds, or too slowly.
        """
        try:
            await whole_body(request, LARGEST_FORM)
        except BodyRefused as refused:
            raise TurnedAway(refused.status, "too_large" if refused.status == 413 else "not_a_form") from None
        return self._page(await self._operations.stop(request.match_info["token"], self._ports))

    def _page(self, found: Subscription | None) -> web.Response:
        if found is None:
            return self._answers.not_found()
        return html(self._answers.views.unsubscribe(found))
