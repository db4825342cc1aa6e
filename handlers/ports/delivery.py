"""Why a notice or a letter was not delivered: what to do about it is the class."""

from __future__ import annotations


class DeliveryTrouble(Exception):
    """A notice or letter could not be delivered now."""

    def __init__(self, words: str, *, retry_after: float | None = None) -> None:
        super().__init__(words)
        self.retry_after = retry_after  # seconds the other side asked us to wait


class DeliveryRefused(DeliveryTrouble):
    """It will never be delivered there: a message that somebody deleted, an address that does not exist."""


class ChannelClosed(DeliveryRefused):
    """That channel or person takes nothing, whatever it is, until somebody opens it again: archived, without us."""


class FrontClosed(DeliveryRefused):
    """Slack takes nothing from us anywhere, until an admin mends it: our token is revoked."""
