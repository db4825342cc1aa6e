"""The seal of an audit trail: each entry's hash covers the hash of the one before it, so no edit goes unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=True)


def chained_hash(event: Mapping[str, Any], columns: Iterable[str], previous: str) -> str:
    """SHA-256 over these columns in this order and the predecessor's hash, hexadecimal. Stored trails depend on it."""
    told = [previous, *(_told(event[column]) for column in columns)]
    return hashlib.sha256(_CANONICAL.encode(told).encode()).hexdigest()


def _told(value: object) -> object:
    return value.isoformat(timespec="microseconds") if isinstance(value, datetime) else value
