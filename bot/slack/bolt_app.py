"""Bolt behind our own check, and every listener registered with it."""

from __future__ import annotations

import logging

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.answering import Answering
from bot.slack.line import SlackLine
from bot.slack.listeners import (
    access,
    actions,
    addresses,
    administration,
    administration_accounts,
    administration_news,
    administration_users,
    batches,
    commands,
    files,
    forms,
    mentions,
    pages,
    shortcuts,
)
from bot.slack.listeners.home import HomeTab
from bot.slack.listeners.reception import Desk, Reception
from bot.slack.ourselves import Ourselves
from bot.slack.own_workspace import OurWorkspaceOnly

log = structlog.get_logger()


def bolt_app(line: SlackLine, us: Ourselves, desk: Desk) -> AsyncApp:
    """Bolt without a listener. Everything is passed in: by itself it would read the environment."""

    async def authorize() -> AuthorizeResult:  # a plain function: Bolt would give a method its `self` by name, too
        return us.authorization()

    bolt = AsyncApp(
        name="paylink",
        logger=logging.getLogger("slack_bolt"),
        # without a token: authorize() gives the token, and Bolt warns where it has both
        client=AsyncWebClient(base_url=line.client.base_url, session=line.client.session, retry_handlers=[]),
        signing_secret=line.keys.signing_secret,
        process_before_response=True,
        raise_error_for_unhandled_request=True,
        before_authorize=OurWorkspaceOnly(line.keys.team_id, us.enterprise_id, desk),
        authorize=authorize,
        request_verification_enabled=False,  # FrontCheck has done it, by our clock
        ssl_check_enabled=False,  # so has it done this
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    bolt.error(_not_ours)
    return bolt


def register(bolt: AsyncApp, reception: Reception, answering: Answering, home: HomeTab) -> None:
    """Every listener; of two that take the same thing, the first one gets it."""
    # files before mentions: a message that brings one may mention us, too
    for listeners in (commands, files, mentions):
        listeners.register(bolt, reception, answering)
    access.register(bolt, reception, answering, home)
    pages.register(bolt, reception, answering, home)
    for listeners in (batches, actions, addresses, forms, shortcuts):
        listeners.register(bolt, reception, answering)
    for listeners_of_admins in (administration, administration_users, administration_news, administration_accounts):
        listeners_of_admins.register(bolt, reception, answering)


async def _not_ours(error: Exception) -> BoltResponse:
    """What no listener takes, and what one let escape; told in the log without the payload."""
    if isinstance(error, BoltUnhandledRequestError):
        log.info("slack.unhandled", kind=str(error.body.get("type") or error.body.get("command") or "unknown"))
        return BoltResponse(status=200 if "event" in error.body else 404, body="")
    log.error("slack.dispatch_failed", exc_info=error)
    return BoltResponse(status=200, body="")
