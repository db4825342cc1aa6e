"""What can go wrong at Stripe, on demand (RELIABILITY F01-F07, T08)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from paypage.stand_in.things import Refused


class Fault(StrEnum):
    """How one answer of the API is spoilt."""

    HANG_UP = "hang_up"  # the connection closes before any answer; nothing was done
    SILENCE_AFTER_WORK = "silence_after_work"  # it is done, but no answer comes
    STORED_ERROR = "stored_error"  # 500, repeated to whoever sends the same idempotency key
    UNAVAILABLE = "unavailable"  # 503, not stored
    TOO_MANY = "too_many"  # 429
    KEY_IN_USE = "key_in_use"  # 409
    UNAUTHORIZED = "unauthorized"  # 401: the key was rolled
    FORBIDDEN = "forbidden"  # 403
    HTML = "html"  # done, but the answer is somebody's web page
    CUT_OFF = "cut_off"  # done, but the answer breaks off in the middle
    REDIRECT = "redirect"  # done, but the answer points elsewhere
    NO_URL = "no_url"  # done, but the answer has no url
    FOREIGN_URL = "foreign_url"  # done, but the url leads to a stranger


AT_ONCE = {
    Fault.UNAVAILABLE: Refused("Stripe is unavailable right now.", status=503, kind="api_error"),
    Fault.TOO_MANY: Refused("Too many requests hit the API too quickly.", status=429, code="rate_limit"),
    Fault.KEY_IN_USE: Refused(
        "There is currently another in-progress request using this Idempotent Key.",
        status=409,
        code="idempotency_key_in_use",
        kind="idempotency_error",
    ),
    Fault.UNAUTHORIZED: Refused("Expired API Key provided: sk_****", status=401, code="api_key_expired"),
    Fault.FORBIDDEN: Refused("The provided key does not have the required permissions.", status=403),
}


@dataclass(slots=True)
class _Planned:
    fault: Fault
    path: str
    left: int


class Faults:
    """The faults planned, first come first served."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []

    def plan(self, fault: Fault, path: str = "", times: int = 1) -> None:
        """Spoil the next so many answers to calls whose 'METHOD /path' contains `path`."""
        self._planned.append(_Planned(fault, path, times))

    def clear(self) -> None:
        self._planned.clear()

    def take(self, call: str) -> Fault | None:
        """The fault for this call, used up by it."""
        for planned in self._planned:
            if planned.left > 0 and planned.path in call:
                planned.left -= 1
                return planned.fault
        return None
