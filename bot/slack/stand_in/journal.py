"""A file that survives its process: one JSON object a line, appended as things happen, the last of a key counts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

Json = dict[str, Any]


class Journal:
    """What the local Slack keeps on disk. Without a file it keeps nothing."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._handle: IO[str] | None = None

    def read(self) -> list[Json]:
        """The lines so far, oldest first. A last line that a killed process left half written is not there."""
        if self._file is None or not self._file.exists():
            return []
        lines = []
        for line in self._file.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                continue
        return [line for line in lines if isinstance(line, dict)]

    def rewrite(self, lines: Iterable[Json]) -> None:
        """Begin the file anew with these lines, in one move."""
        if self._file is None:
            return
        self.close()
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_name(self._file.name + ".new")
        fresh.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        fresh.replace(self._file)

    def append(self, line: Json) -> None:
        """Add a line; once this returns, killing the process does not lose it."""
        if self._file is None:
            return
        if self._handle is None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._handle = self._file.open("a", encoding="utf-8")
        self._handle.write(json.dumps(line) + "\n")
        self._handle.flush()

    def close(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None
