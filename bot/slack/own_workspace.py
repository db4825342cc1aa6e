"""Our workspace alone: a signature proves that Slack sent it, not that one of us did (T12)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import structlog
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from handlers.answers import Refusal
from handlers.requests import Asker, Door, Role

log = structlog.get_logger()
_NOT_HERE = "Paylink is not set up for this workspace."


class Refusing(Protocol):
    """handlers.desk.Desk, as far as the door needs it."""

    async def refuse(self, by: Asker, why: str) -> Refusal: ...


class OurWorkspaceOnly(AsyncMiddleware):
    """Before any listener: what names another workspace or organization goes no further, and stands in the trail."""

    def __init__(self, team_id: str, enterprise_id: Callable[[], str | None], desk: Refusing) -> None:
        """`enterprise_id`: of the organization the workspace is in; blank: of none; None: Slack has not said yet."""
        self._team_id = team_id
        self._enterprise_id = enterprise_id
        self._desk = desk

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002
    ) -> BoltResponse | None:
        # url_verification names no workspace, and only has its challenge given back
        if self._ours(req.body) or req.body.get("type") == "url_verification":
            return await next()
        log.warning("slack.refused", why="another workspace", named=sorted(named_in(req.body)))
        await self._keep(req.body)
        return BoltResponse(status=200, body=_NOT_HERE if "command" in req.body else "")

    def _ours(self, body: Mapping[str, Any]) -> bool:
        named, own = named_in(body), self._enterprise_id()
        organizations = {one for one in named if one.startswith("E")}
        known = organizations <= {own} if own is not None else True
        return named - organizations == {self._team_id} and known

    async def _keep(self, body: Mapping[str, Any]) -> None:
        who = body.get("user_id") or _inside(body, "user").get("id") or _inside(body, "event").get("user")
        others = ", ".join(sorted(named_in(body) - {self._team_id})) or "none named"
        by = Asker(str(who or "unknown")[:40], "", Role.NOBODY, Door.SLACK)
        await self._desk.refuse(by, f"Another workspace: {others[:120]}.")


def named_in(body: Mapping[str, Any]) -> set[str]:
    """Every workspace and organization a payload names: where it happened, and of whom its person is."""
    user, event = _inside(body, "user"), _inside(body, "event")
    named = [
        *(body.get("team_id"), body.get("enterprise_id")),
        *(_inside(body, part).get("id") for part in ("team", "enterprise")),
        *(user.get("team_id"), user.get("enterprise_id")),
        *(event.get(part) for part in ("team", "user_team", "source_team")),  # of a channel shared by Slack Connect
    ]
    return {one for one in named if isinstance(one, str) and one}


def _inside(body: Mapping[str, Any], part: str) -> Mapping[str, Any]:
    inner = body.get(part)
    return inner if isinstance(inner, dict) else {}
