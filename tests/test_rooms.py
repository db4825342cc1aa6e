"""Borders that import-linter cannot see: who reads the environment, and who looks at the clock (DESIGN section 1)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("bot", "handlers", "mailroom", "models", "paypage")

ENVIRONMENT = {"os.environ", "os.getenv", "os.environb", "os.putenv"}
CLOCK = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "time.gmtime",
    "time.localtime",
}


def files() -> list[Path]:
    return sorted(file for room in ROOMS for file in (ROOT / room).rglob("*.py"))


def names_used(source: str) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything that is reached through an import, whatever it was imported as."""
    tree = ast.parse(source)
    meant: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            meant |= {alias.asname or alias.name: alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            meant |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            first, *rest = dotted(node)
            yield node.lineno, ".".join([meant.get(first, ""), *rest])


def dotted(node: ast.expr) -> list[str]:
    """['os', 'environ', 'get'] of os.environ.get; what comes of a call or an index begins with ''."""
    if isinstance(node, ast.Attribute):
        return [*dotted(node.value), node.attr]
    return [node.id] if isinstance(node, ast.Name) else [""]


def offences(source: str, forbidden: set[str]) -> list[str]:
    return [
        f"line {line}: {name}"
        for line, name in names_used(source)
        if any(name == bad or name.endswith(f".{bad}") for bad in forbidden)
    ]


# The clock port, and the stand-ins that also run as processes of their own, where nobody hands them a clock.
CLOCKS = {"bot/clock.py", "mailroom/stand_in.py", "paypage/stand_in/__main__.py"}


@pytest.mark.parametrize(
    ("forbidden", "homes"),
    [(ENVIRONMENT, {"bot/settings.py"}), (CLOCK, CLOCKS)],
    ids=["the environment is read in bot/settings.py", "the clock is read in bot/clock.py"],
)
def test_it_is_read_in_its_own_place_alone(forbidden: set[str], homes: set[str]) -> None:
    found = {str(file.relative_to(ROOT)): offences(file.read_text(), forbidden) for file in files()}
    assert {file: lines for file, lines in found.items() if lines and file not in homes} == {}
    assert all(found[home] for home in homes), "a place that reads it no more: does this test still see anything?"


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.environ['X']",
        "from os import environ as e\ne.get('X')",
        "import os as system\nsystem.getenv('X')",
    ],
)
def test_the_environment_is_seen_under_any_name(source: str) -> None:
    assert offences(source, ENVIRONMENT)


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\ndatetime.now()",
        "import datetime as dt\ndt.datetime.now(dt.UTC)",
        "from datetime import date\ndate.today()",
        "import time\ntime.time()",
        "from time import time\ntime()",
    ],
)
def test_the_clock_is_seen_under_any_name(source: str) -> None:
    assert offences(source, CLOCK)


def test_a_clock_port_is_no_clock() -> None:
    assert offences("ports.clock.now()\nimport time\ntime.monotonic()", CLOCK) == []
