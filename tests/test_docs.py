"""The documents name files that are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.owed import LANES

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("bot", "handlers", "mailroom", "models", "paypage")
FOLDERS = (*ROOMS, "deploy", "docs", "tests", ".ci")
DOCUMENTS = sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md")])
NAMED = re.compile(r"`([^`\s]+)`")
LINKED = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")


def known() -> set[str]:
    """Every file and folder of the product by the end of its path, with and without .py: links/trail, trail.py, …"""
    found = set()
    for room in ROOMS:
        for path in [ROOT / room, *(ROOT / room).rglob("*")]:
            parts = path.relative_to(ROOT).parts
            ends = ["/".join(parts[start:]) for start in range(len(parts))]
            found |= {*ends, *(end.removesuffix(".py") for end in ends)}
    return found


def is_there(name: str, ends: set[str]) -> bool:
    """Whether a name is that of a file, of a folder, of several files (`administration*`), or `file.function`."""
    if "*" in name:
        shape = re.compile(re.escape(name).replace(r"\*", ".*"))
        return any(shape.fullmatch(end) for end in ends)
    file, _, thing = name.rpartition(".")
    return name.rstrip("/") in ends or (file in ends and any(defines(path, thing) for path in files_ending(file)))


def files_ending(end: str) -> Iterator[Path]:
    return (path for room in ROOMS for path in (ROOT / room).rglob("*.py") if str(path).endswith(f"/{end}.py"))


def defines(file: Path, name: str) -> bool:
    return re.search(rf"^\s*(?:async def|def|class) {re.escape(name)}\b", file.read_text(), re.MULTILINE) is not None


def test_every_step_of_a_journey_is_a_file_or_a_job() -> None:
    ends, text = known(), (ROOT / "docs" / "architecture.md").read_text()
    table = text[text.index("## The ways through") : text.index("## Rules that hold it together")]
    steps = [name for line in table.splitlines() for name in NAMED.findall(line)]
    assert len(steps) > 100, "the journeys are not found any more: does this test still see anything?"
    assert [name for name in steps if name not in LANES and not is_there(name, ends)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS])
def test_every_path_that_a_document_names_is_there(document: Path) -> None:
    text, ends = document.read_text(), known()
    paths = [name for name in NAMED.findall(text) if name.startswith(tuple(f"{folder}/" for folder in FOLDERS))]
    gone = [name for name in paths if not (ROOT / name).exists() and not is_there(name, ends)]
    assert gone == []
    assert [link for link in LINKED.findall(text) if not (document.parent / link).exists()] == []


def test_a_file_that_is_not_there_is_seen() -> None:
    ends = known()
    assert is_there("links/trail", ends)
    assert is_there("links/trail.become", ends)
    assert not any(is_there(name, ends) for name in ("links/trial", "links/trail.becomes", "listeners/nothing*"))
