"""Structured logs, one JSON object a line, with one request id from the front to the job. Secrets never get in."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from models.card_numbers import holds_card_number

_NOISY = ("slack_bolt", "slack_sdk", "stripe", "tortoise", "aiosqlite", "imapclient", "mail.log", "pymap", "asyncio")
_LINK_TOKEN = re.compile(r"(/(?:p|unsubscribe)/)[A-Za-z0-9_%.~-]{8,}")
_KEYS = re.compile(r"\b(xox[a-z]-|xapp-|sk_(?:live|test)_|rk_(?:live|test)_|whsec_)[A-Za-z0-9_-]+")


class Redaction:
    """Masks link tokens, vendors' keys, the configured secrets and card numbers in every text of an event."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        # Longest first, so that a secret that holds another is masked whole.
        self._known = sorted({secret for secret in known if len(secret) >= 6}, key=len, reverse=True)

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        return {key: self.clean(value) for key, value in event.items()}

    def clean(self, value: object) -> object:
        """The value with what must not be logged masked; nested values too."""
        if isinstance(value, str):
            return self._clean_text(value)
        if isinstance(value, dict):
            return {key: self.clean(part) for key, part in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.clean(part) for part in value]
        return value if isinstance(value, (int, float, bool, type(None))) else self._clean_text(str(value))

    def _clean_text(self, text: str) -> str:
        for secret in self._known:
            text = text.replace(secret, "•••")
        text = _KEYS.sub(r"\1•••", _LINK_TOKEN.sub(r"\1•••", text))
        return re.sub(r"\d", "•", text) if holds_card_number(text) else text


def set_up(known_secrets: Iterable[str] = (), *, plain: bool = False, level: int = logging.INFO) -> None:
    """Send every log, ours and the libraries', to standard error. `plain`: for people (the sandbox) instead of JSON."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        Redaction(known_secrets),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: Processor = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()) if plain else _json()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))


def _json() -> Processor:
    return structlog.processors.JSONRenderer(ensure_ascii=False)
