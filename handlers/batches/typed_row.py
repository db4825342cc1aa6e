"""A row as somebody types it: all its cells in the file's own column order, with any separator of files."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.batches.columns import column_named
from handlers.batches.delimited import SEPARATORS, split_line
from handlers.batches.find_batch import StepRefused
from models.plain_text import counted


def cells_of_line(line: str, columns: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Column and text of each cell; `columns` as the file spells them.

    Raises StepRefused: under no separator it has as many cells as the file has columns.
    """
    tried = [cells for separator in SEPARATORS if (cells := split_line(line, separator))]
    for cells in tried:
        if len(cells) == len(columns):
            return tuple((column_named(column), cell) for column, cell in zip(columns, cells, strict=True))
    nearest = counted(max(map(len, tried), default=1), "cell")
    raise StepRefused(
        f"The row to add has {nearest} and the file {counted(len(columns), 'column')}, so nothing was changed. Write"
        f" them in the file's order, empty ones too: add {', '.join(columns)}. Or write `add create 120.00"
        " jane@example.com for Jane Doe invoice 1042`."
    )
