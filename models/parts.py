"""Long lists in short parts, since a query takes only so many parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
MOST = 500  # values in one query


def in_parts(values: Sequence[T]) -> Iterator[list[T]]:
    """The values in order, at most 500 at a time."""
    for start in range(0, len(values), MOST):
        yield list(values[start : start + MOST])
