"""Requests as JSON, for those that wait to be confirmed, and back: every value says what it is."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date
from enum import StrEnum
from typing import Any, get_args

from handlers import requests
from handlers.requests import Request
from models.errors import PaylinkError
from models.money import Money

_KINDS: dict[str, Any] = {
    **{name: getattr(requests, name) for name in requests.__all__},
    "Money": Money,
}


def kept(value: object) -> Any:
    """A request, or a value in one, as JSON.

    Raises TypeError: it holds what no request that makes links has.
    """
    if value is None or type(value) in (str, int, bool):
        return value
    if isinstance(value, StrEnum):
        return {"is": type(value).__name__, "value": value.value}
    if isinstance(value, date):
        return {"is": "date", "value": value.isoformat()}
    if isinstance(value, tuple):
        return [kept(each) for each in value]
    if is_dataclass(value) and type(value).__name__ in _KINDS:
        return {"is": type(value).__name__, **{f.name: kept(getattr(value, f.name)) for f in fields(value)}}
    raise TypeError(f"{value!r} cannot be kept")


class KeptOtherwise(PaylinkError):
    """Another version of the product wrote the request down, and this one knows no such thing any more."""

    code = "kept_otherwise"

    def __init__(self) -> None:
        super().__init__(
            "it was asked for before Paylink was brought up to date, and cannot be read any more. Nothing was made: "
            "ask for it anew."
        )


def request_of(stored: Any) -> Request:
    """What `kept` wrote down. Raises KeptOtherwise: another version wrote it."""
    try:
        request: Any = _read(stored)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise KeptOtherwise from error
    if type(request) not in get_args(Request):
        raise KeptOtherwise
    kept_request: Request = request
    return kept_request


def _read(stored: Any) -> Any:
    if isinstance(stored, list):
        return tuple(_read(each) for each in stored)
    if not isinstance(stored, dict):
        return stored
    kind = stored["is"]
    if kind == "date":
        return date.fromisoformat(stored["value"])
    if issubclass(_KINDS[kind], StrEnum):
        return _KINDS[kind](stored["value"])
    return _KINDS[kind](**{name: _read(value) for name, value in stored.items() if name != "is"})
