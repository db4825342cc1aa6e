"""Slack's refusals in our words: what may be tried again, and what never will work."""

from __future__ import annotations

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from handlers.ports import ChannelClosed, DeliveryRefused, DeliveryTrouble, FrontClosed

UNREACHABLE = (SlackClientError, aiohttp.ClientError, TimeoutError, OSError)  # whatever a Web API call may raise
_DEFAULT_WAIT = 30.0  # seconds, where a 429 names none

_NOT_INSTALLED = "Slack no longer accepts Paylink's token ({word}): an admin has to install the app again"
_TOKEN_REFUSED = frozenset(
    "invalid_auth not_authed token_revoked token_expired account_inactive not_allowed_token_type org_login_required "
    "team_access_not_granted ekm_access_denied".split()
)
_CHANNEL_CLOSED = frozenset(
    "channel_not_found not_in_channel is_archived is_inactive restricted_action user_not_found user_disabled "
    "cannot_dm_bot messages_tab_disabled".split()
)
_TEMPORARY = frozenset(
    "ratelimited rate_limited internal_error fatal_error service_unavailable request_timeout team_added_to_org".split()
)
_REFUSALS = {
    "channel_not_found": "Slack knows no such channel, or Paylink is not in it: type `/invite @Paylink` there",
    "not_in_channel": "Paylink is not in the channel: type `/invite @Paylink` there",
    "is_archived": "the channel is archived",
    "is_inactive": "the channel is frozen",
    "restricted_action": "the workspace does not let Paylink post there",
    "user_not_found": "Slack knows no such person",
    "user_disabled": "that person has left the workspace",
    "cannot_dm_bot": "a bot cannot be written to",
    "messages_tab_disabled": "the app's message tab is switched off",
    "missing_scope": "the app lacks a permission: install it again with the current manifest",
    "message_not_found": "somebody deleted Paylink's message",
    "thread_not_found": "somebody deleted Paylink's message",
    "cant_update_message": "Paylink may not edit that message",
    "edit_window_closed": "the workspace no longer lets that message be edited",
    **dict.fromkeys(
        ("invalid_blocks", "msg_too_long", "msg_blocks_too_long", "no_text", "invalid_arguments", "metadata_too_large"),
        "Slack does not take the message ({word}): a fault of Paylink, please report it",
    ),
    **dict.fromkeys(_TOKEN_REFUSED, _NOT_INSTALLED),
}


def closed_by(word: str) -> str:
    """The reason that belongs to a word of Slack's, in our words."""
    return _REFUSALS[word].format(word=word)


def word_of(error: BaseException) -> str:
    """Slack's own word for an error, such as `is_archived`; blank where there was no proper answer."""
    if not isinstance(error, SlackApiError):
        return ""
    data = getattr(error.response, "data", None)
    return str(data.get("error") or "") if isinstance(data, dict) else ""


def refusal_of(error: BaseException) -> str:
    """Slack's word for an error that trying again will not mend; blank for one that it may."""
    word = word_of(error)
    return "" if word in _TEMPORARY else word


def status_of(error: BaseException) -> int:
    """The HTTP status; 0 where there was no answer."""
    if not isinstance(error, SlackApiError):
        return 0
    # slack_sdk hands out aiohttp's response instead of its own where the body was no JSON
    return int(getattr(error.response, "status_code", 0) or getattr(error.response, "status", 0))


def trouble_of(error: BaseException) -> DeliveryTrouble:
    """What an exception of UNREACHABLE means for something we owe."""
    word, status = word_of(error), status_of(error)
    if status == 429 or word in ("ratelimited", "rate_limited"):
        return DeliveryTrouble("Slack asks us to wait", retry_after=_wait_of(error))
    if word in _REFUSALS:
        refused = FrontClosed if word in _TOKEN_REFUSED | {"missing_scope"} else DeliveryRefused
        return (ChannelClosed if word in _CHANNEL_CLOSED else refused)(_REFUSALS[word].format(word=word))
    if word or status:
        return DeliveryTrouble(f"Slack failed with {word or status}")
    return DeliveryTrouble(f"Slack could not be reached ({type(error).__name__})")


def _wait_of(error: BaseException) -> float:
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        return max(1.0, float(headers.get("Retry-After", _DEFAULT_WAIT)))
    except ValueError:
        return _DEFAULT_WAIT
