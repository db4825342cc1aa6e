"""Where the database is, and how Tortoise is told to connect to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from models.errors import DatabaseNotReady

APP = "models"
MIGRATIONS = "models.migrations"  # the package that holds them

SQLITE_PRAGMAS = {"journal_mode": "WAL", "synchronous": "FULL", "foreign_keys": "ON", "busy_timeout": "5000"}

_POSTGRES_SETTINGS = {
    "application_name": "paylink",
    "statement_timeout": "5000",
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "10000",
    "timezone": "UTC",
}
_PATIENT = {"statement_timeout": "0", "lock_timeout": "0", "idle_in_transaction_session_timeout": "0"}


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """A SQLite file or a PostgreSQL server, as DATABASE_URL names it."""

    url: str

    @property
    def sqlite_file(self) -> Path | None:
        """The file, when it is SQLite: `sqlite://paylink.db` is relative, `sqlite:///srv/paylink.db` absolute."""
        scheme, _, rest = self.url.partition("://")
        return Path(unquote(rest).replace("//", "/")) if scheme == "sqlite" else None

    def config(self, *, migrating: bool = False, reading: bool = False) -> dict[str, Any]:
        """Tortoise's whole configuration; `migrating` waits as long as it takes, `reading` cannot write.

        Raises DatabaseNotReady: the URL cannot be understood.
        """
        if self.sqlite_file is not None:
            connection = self._sqlite(self.sqlite_file, migrating=migrating, reading=reading)
        else:
            connection = self._postgres(migrating=migrating, reading=reading)
        app = {"models": ["models.tables"], "migrations": MIGRATIONS, "default_connection": "default"}
        return {"connections": {"default": connection}, "apps": {APP: app}}

    def _sqlite(self, file: Path, *, migrating: bool, reading: bool) -> dict[str, Any]:
        if not file.name or ":memory:" in self.url or "?" in self.url:
            raise DatabaseNotReady("DATABASE_URL must name a file, as in sqlite://paylink.db, without options.")
        pragmas = dict(SQLITE_PRAGMAS)
        if migrating:
            # Tortoise rebuilds a table with DROP TABLE; with foreign keys on, that would delete every child row.
            pragmas["foreign_keys"] = "OFF"
        if reading:
            pragmas["query_only"] = "ON"
        return {"engine": "models.engines.sqlite_engine", "credentials": {"file_path": str(file), **pragmas}}

    def _postgres(self, *, migrating: bool, reading: bool) -> dict[str, Any]:
        try:
            parts = urlsplit(self.url)
            port = parts.port or 5432
            options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
            sizes = {name: int(options.pop(name, default)) for name, default in (("minsize", 1), ("maxsize", 10))}
        except ValueError:
            raise DatabaseNotReady("DATABASE_URL cannot be read: write postgres://user:password@host/name.") from None
        if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
            raise DatabaseNotReady("DATABASE_URL must be sqlite://file or postgres://user:password@host/name.")
        credentials: dict[str, Any] = {
            "host": parts.hostname,
            "port": port,
            "user": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "database": unquote(parts.path.lstrip("/")),
            "timeout": 10,  # seconds to connect
            "command_timeout": None if migrating else 10,  # seconds for an answer, where the network swallows it
            "server_settings": {
                **_POSTGRES_SETTINGS,
                **(_PATIENT if migrating else {}),
                **({"default_transaction_read_only": "on"} if reading else {}),
            },
            **sizes,
        }
        if "sslmode" in options:
            credentials["ssl"] = options.pop("sslmode")
        if options:
            known = "minsize, maxsize and sslmode"
            raise DatabaseNotReady(f"DATABASE_URL: {', '.join(options)} is not known; there are {known}.")
        return {"engine": "models.engines.asyncpg_engine", "credentials": credentials}


# For Tortoise's command line, which reads the models and opens nothing.
MAKEMIGRATIONS = DatabaseAddress("sqlite://paylink.db").config()
