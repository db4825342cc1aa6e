"""The SQLite file itself: who may use it, and its copy before a migration."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from models.errors import DatabaseNotReady


@contextlib.contextmanager
def only_process(file: Path) -> Iterator[None]:
    """Hold the lock beside a SQLite file for as long as this process uses it; makes the file, private, where it lacks.

    Raises DatabaseNotReady: file or folder cannot be written, or another process holds the lock (named by its pid).
    """
    file = file.resolve()  # one lock, by whatever path the file is reached
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = file.with_name(file.name + ".lock").open("a+")
    except OSError as error:
        raise DatabaseNotReady(f"The database folder {file.parent} cannot be written: {error.strerror}.") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            holder = handle.read().strip() or "unknown"
            raise DatabaseNotReady(
                f"Another process (pid {holder}) uses {file}; SQLite takes one. Stop it, or use PostgreSQL for several."
            ) from None
        handle.truncate(0)  # appending, so this writes at the start
        handle.write(str(os.getpid()))
        handle.flush()
        _make_sure_of(file)
        yield


def _make_sure_of(file: Path) -> None:
    # SQLite would open a file it may not write, and complain at the first payment.
    try:
        file.touch(mode=0o600)  # it holds the payers' names and the links' secrets
        file.open("r+b").close()
    except OSError as error:
        raise DatabaseNotReady(f"The database {file} cannot be written: {error.strerror}.") from error


def back_up(file: Path) -> Path:
    """Copy the database, with what its write-ahead log holds, to `<file>.before-migration`.

    Raises OSError, sqlite3.Error: no room, not readable.
    """
    copy = file.with_name(file.name + ".before-migration")
    unfinished = copy.with_name(copy.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    with contextlib.closing(sqlite3.connect(file)) as source, contextlib.closing(sqlite3.connect(unfinished)) as target:
        source.backup(target)
    return unfinished.replace(copy)
