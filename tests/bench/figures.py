"""A figure, what it is compared with, and the table they are printed as."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

COLUMNS = ("figure", "Paylink", "compared with", "ratio", "aim", "")


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured. The full size takes about eight minutes in all."""

    seconds: float = 2.5  # of load in each round
    rounds: int = 3  # ours and the bare one take turns, so that both see the same machine
    links: int = 500  # that the payers' pages are asked for
    rows: int = 5_000  # of the CSV file
    letters: int = 1_000
    few: int = 1_000  # links in the short list
    many: int = 100_000  # links in the long one
    lists: int = 200  # times that each is asked for
    commands: int = 4_000  # at most, in a round: each makes a link
    starts: int = 3
    held: float = 5.0  # seconds for which the database is held up
    creates: int = 40  # one after the other, to see how soon their jobs are done
    waiting: int = 500  # letters in the mailbox before the product starts


FULL = Size()
TINY = Size(
    seconds=0.2,
    rounds=1,
    links=5,
    rows=20,
    letters=10,
    few=20,
    many=40,
    lists=5,
    commands=30,
    starts=1,
    held=0.5,
    creates=3,
    waiting=3,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. With an aim for the ratio, or for the figure itself where nothing is beside it."""

    name: str
    ours: float
    unit: str
    beside: float | None = None
    what: str = ""  # stands beside it
    least: float | None = None
    most: float | None = None

    @property
    def judged(self) -> float:
        return self.ours if self.beside is None else self.ours / self.beside

    @property
    def met(self) -> bool | None:
        """Whether the aim is reached; None where there is none."""
        if self.least is None and self.most is None:
            return None
        return (self.least is None or self.judged >= self.least) and (self.most is None or self.judged <= self.most)

    def cells(self) -> tuple[str, ...]:
        ratio = "" if self.beside is None else f"{self.judged:.2f}"
        unit = f" {self.unit}" if self.beside is None else ""
        aim = f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}{unit}" if self.most else ""
        beside = "" if self.beside is None else f"{_digits(self.beside)} ({self.what})"
        verdict = {True: "reached", False: "missed", None: ""}[self.met]
        return self.name, f"{_digits(self.ours)} {self.unit}", beside, ratio, aim, verdict


def _digits(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(figures: Iterable[Figure]) -> str:
    """The figures as Markdown, which reads well in a terminal too."""
    rows = [COLUMNS, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def in_turns(ours: Callable[[], float], bare: Callable[[], float], rounds: int) -> tuple[float, float]:
    """Both measured `rounds` times in turns; the median of each."""
    pairs = [(ours(), bare()) for _ in range(rounds)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def percentile(values: Sequence[float], percent: int) -> float:
    """The value below which `percent` of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
