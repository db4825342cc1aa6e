"""The id that follows one request from the front into the trail, the jobs and every line of the log."""

from __future__ import annotations

import secrets

import structlog


def new_request_id() -> str:
    """An id for what just came in; a front binds it as `request_id` for as long as the request lasts."""
    return secrets.token_hex(6)


def request_id() -> str:
    """The id of the request under way; blank outside of any."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))
