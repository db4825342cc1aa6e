"""Slack's ids: what one names is told by its first letter (docs.slack.dev, reference/objects)."""

from __future__ import annotations

import re

_PERSON = re.compile(r"[UW][A-Z0-9]+")
_CHANNEL = re.compile(r"[CG][A-Z0-9]+")


def is_person(name: str) -> bool:
    """Whether this is somebody's Slack id; a mail address is not."""
    return bool(_PERSON.fullmatch(name))


def is_channel(name: str) -> bool:
    """Whether this is a channel's id, public or private; direct messages are none."""
    return bool(_CHANNEL.fullmatch(name))
