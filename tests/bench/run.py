"""`./run bench`: measures, prints the table, and with --write puts it into docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from tests.bench import acks, csv_file, export, letters, long_list, mail_answer, pay_page, slash_command, start
from tests.bench.figures import FULL, TINY, Figure, Size, table

MEASURES: dict[str, Callable[[Size], Iterator[Figure]]] = {
    "page": pay_page.measure,
    "slash": slash_command.measure,
    "acks": acks.measure,
    "csv": csv_file.measure,
    "letters": letters.measure,
    "answer": mail_answer.measure,
    "list": long_list.measure,
    "export": export.measure,
    "start": start.measure,
}
PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
_BLOCK = re.compile(r"(<!-- figures -->\n).*?(<!-- end of figures -->)", re.DOTALL)
_QUIET = 1.0  # load of the last minute, above which other work spoils the figures


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, type=click.Choice(list(MEASURES)))
@click.option("--write", is_flag=True, help="Put the table into docs/benchmarks.md; all figures only.")
@click.option("--tiny", is_flag=True, help="See that it runs; the figures mean nothing.")
def main(names: tuple[str, ...], write: bool, tiny: bool) -> None:
    """Measure everything, or only the NAMES."""
    if write and (names or tiny):
        raise click.UsageError("--write is for all figures in full.")
    load = os.getloadavg()[0]
    if load > _QUIET:
        click.echo(f"The machine is busy (load {load:.1f}): absolute figures will be too low.", err=True)
    figures: list[Figure] = []
    for name in names or MEASURES:
        click.echo(f"{name} …", err=True)
        figures += MEASURES[name](TINY if tiny else FULL)
    click.echo(f"\n{table(figures)}\n\n{machine()}")
    if write:
        block = f"\n{table(figures)}\n\n{machine()}\n\n"
        PAGE.write_text(_BLOCK.sub(lambda found: found[1] + block + found[2], PAGE.read_text()))


def machine() -> str:
    """What the figures were taken on."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text()) if sys.platform == "linux" else None
    return (
        f"{datetime.now(UTC):%d %B %Y}: {cpu[1] if cpu else platform.processor()}, {os.cpu_count()} cores, "
        f"{platform.system()} {platform.release().partition('-')[0]}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version} with synchronous=FULL."
    )
