"""The file people start from, and knowing its example rows again when they come back (F27, B34)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from handlers.answers import FileReady
from handlers.batches.columns import EMAIL, RECIPIENT_NAME, USUAL
from handlers.batches.csv_file import csv_file
from handlers.firm import Firm
from models.plain_text import one_line

FILENAME = "paylink-template.csv"
_WORDS = (
    "Fill in one row for each invoice and {bring_it}. Each row needs a recipient name and an amount; one without an"
    " email address becomes a link without a letter. The two example rows are left out. You get a review first:"
    " nothing is sent until you answer it."
)


def template(firm: Firm, today: date) -> FileReady:
    """The CSV template: the columns and two example rows."""
    share_it = "share the file with Paylink in Slack"
    bring_it = f"mail the file to {firm.intake_address}, or {share_it}" if firm.intake_address else share_it
    words = _WORDS.format(bring_it=bring_it)
    return csv_file(FILENAME, [USUAL, *_examples(today)], firm.numbers, words)


def is_example(cells: Mapping[str, str]) -> bool:
    """Whether a row is one of the template's examples, by the person, whatever was tried out in the other cells."""
    return (_plain(cells.get(RECIPIENT_NAME, "")), _plain(cells.get(EMAIL, ""))) in _PEOPLE


def _examples(today: date) -> list[tuple[str, ...]]:
    due, later = today + timedelta(days=14), today + timedelta(days=30)
    return [
        (
            "EXAMPLE-1",
            f"{today}",
            f"{due}",
            "Jane Example",
            "1250.00",
            "jane@example.com",
            "Thank you for your business.",
        ),
        ("EXAMPLE-2", f"{today}", f"{later}", "Example & Sons", "99.50", "accounts@example.com", ""),
    ]


def _plain(text: str) -> str:
    return one_line(text).casefold()


_PEOPLE = frozenset((_plain(row[3]), _plain(row[5])) for row in _examples(date(2026, 1, 1)))
