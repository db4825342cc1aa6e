"""Who we are to Slack: asked at the start, and in the background for as long as Slack is away."""

from __future__ import annotations

import asyncio
import contextlib

import structlog
from slack_bolt.authorization import AuthorizeResult

from bot.slack.line import SlackLine
from bot.slack.look import seen_in
from bot.slack.socket_mode import LONGEST_WAIT, SlackUnusable
from bot.slack.trouble import UNREACHABLE, refusal_of, trouble_of
from handlers.ports import DeliveryTrouble

log = structlog.get_logger()


class Ourselves:
    """Our token's own answer to auth.test."""

    def __init__(self, line: SlackLine) -> None:
        self._line = line
        self._answer: AuthorizeResult | None = None
        self._asking: asyncio.Task[None] | None = None

    @property
    def known(self) -> bool:
        """Whether Slack has said it."""
        return self._answer is not None

    def enterprise_id(self) -> str | None:
        """The organization our workspace is in; blank: in none; None: Slack has not said yet."""
        return None if self._answer is None else self._answer.enterprise_id or ""

    def authorization(self) -> AuthorizeResult:
        """For Bolt; as long as Slack has not said, the token alone."""
        token = self._line.keys.bot_token
        return self._answer or AuthorizeResult(enterprise_id=None, team_id=None, bot_token=token)

    async def start(self) -> None:
        """Find out. Slack being out of reach now is waited out in the background.

        Raises SlackUnusable: Slack refuses the token, or it is of another workspace.
        """
        try:
            await self._ask()
        except DeliveryTrouble as trouble:
            log.warning("slack.away", why=str(trouble))
            self._asking = asyncio.create_task(self._keep_asking(), name="slack auth.test")

    def stop(self) -> None:
        """Ask no more."""
        if self._asking:
            self._asking.cancel()

    async def ended(self) -> None:
        """After stop(): nothing of it runs any more."""
        if self._asking:
            with contextlib.suppress(asyncio.CancelledError):
                await self._asking

    async def _ask(self) -> None:
        """Raises SlackUnusable, DeliveryTrouble."""
        try:
            answer = await self._line.client.auth_test()
        except UNREACHABLE as error:
            if refusal := refusal_of(error):
                raise SlackUnusable(f"Slack refuses PAYLINK_SLACK__BOT_TOKEN: {refusal}") from error
            raise trouble_of(error) from error
        seen = seen_in(answer)
        if seen.team_id != self._line.keys.team_id:
            raise SlackUnusable(
                f"PAYLINK_SLACK__BOT_TOKEN is of workspace {seen.team_id}, not of PAYLINK_SLACK__TEAM_ID"
            )
        if seen.lacking or seen.not_needed:
            log.warning("slack.scopes_differ", lacking=seen.lacking, not_needed=seen.not_needed)
        self._answer = AuthorizeResult.from_auth_test_response(
            bot_token=self._line.keys.bot_token,
            auth_test_response=answer,
        )

    async def _keep_asking(self) -> None:
        wait = 1.0
        while self._answer is None:
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)
            try:
                await self._ask()
            except (DeliveryTrouble, SlackUnusable) as trouble:
                log.error("slack.away", why=str(trouble))
