"""The bench still runs. What it finds at this size means nothing, and nobody waits for a figure here."""

from __future__ import annotations

import asyncio
import math
import tempfile
from pathlib import Path

import pytest

from tests.bench.figures import TINY, Figure, table
from tests.bench.run import MEASURES, machine

pytestmark = pytest.mark.only_sqlite  # it brings its own database


@pytest.mark.parametrize("name", MEASURES)
async def test_every_figure_can_be_measured(name: str, quick_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(quick_folder))  # how fast a disk is means nothing here either
    figures = await asyncio.to_thread(lambda: list(MEASURES[name](TINY)))
    assert figures
    for figure in figures:
        assert math.isfinite(figure.judged)
        assert figure.judged > 0
    assert table(figures).count("\n") == len(figures) + 1


@pytest.mark.parametrize(
    ("figure", "verdict"),
    [
        (Figure("pages", 60, "GET/s", 100, "bare", least=0.5), "reached"),
        (Figure("pages", 40, "GET/s", 100, "bare", least=0.5), "missed"),
        (Figure("list", 30, "ms", 10, "short", most=2), "missed"),
        (Figure("start", 3, "s", most=5), "reached"),
        (Figure("p99", 3, "ms", 2, "bare"), ""),
    ],
)
def test_an_aim_is_reached_or_missed(figure: Figure, verdict: str) -> None:
    assert figure.cells()[-1] == verdict


def test_the_machine_is_named() -> None:
    assert "Python 3." in machine()
