"""What can be read in a message of blocks."""

from __future__ import annotations

from typing import Any


def mrkdwn_of(thing: Any) -> list[str]:
    """Every text of a message that Slack reads markup in."""
    if isinstance(thing, dict):
        own = [thing["text"]] if thing.get("type") == "mrkdwn" else []
        return own + [text for part in thing.values() for text in mrkdwn_of(part)]
    if isinstance(thing, (list, tuple)):
        return [text for part in thing for text in mrkdwn_of(part)]
    return []


def _objects(thing: Any) -> list[dict[str, Any]]:
    if isinstance(thing, dict):
        return [thing, *(found for part in thing.values() for found in _objects(part))]
    if isinstance(thing, (list, tuple)):
        return [found for part in thing for found in _objects(part)]
    return []
