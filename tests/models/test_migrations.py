"""Migrations are whole or not there, run once, and make the very tables that the code describes (F38)."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext

from models import database_address
from models.database import migrate, opened
from models.database_address import DatabaseAddress
from models.errors import DatabaseNotReady
from models.tables import MerchantAccount
from tests.conftest import ON_POSTGRES

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(file.stem for file in (ROOT / "models" / "migrations").glob("0*.py"))
BY_SQL = {
    "one_live_attempt",
    "one_balance_link",
    "needs_a_look",
    "tortoise_migrations",
}  # made by RunSQL and by Tortoise's own record, in no model


# ── the schema ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def ask(query: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in await get_connection("default").execute_query_dict(query)]


async def schema() -> set[tuple[Any, ...]]:
    """Every column, index, uniqueness and reference of the open database, without the names Tortoise makes up."""
    return await (_postgres_schema() if ON_POSTGRES else _sqlite_schema())


async def _sqlite_schema() -> set[tuple[Any, ...]]:
    found: set[tuple[Any, ...]] = set()
    for (table,) in await ask("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"):
        found |= {("column", table, *column[1:]) for column in await ask(f"PRAGMA table_info({table})")}
        found |= {("reference", table, *reference[2:]) for reference in await ask(f"PRAGMA foreign_key_list({table})")}
        for _, index, unique, _, partial in await ask(f"PRAGMA index_list({table})"):
            columns = tuple(name for _, _, name in await ask(f"PRAGMA index_info({index})"))
            name = index if index in BY_SQL else ""
            found.add(("index", table, name, unique, partial, columns))
    return found


async def _postgres_schema() -> set[tuple[Any, ...]]:
    columns = await ask(
        "SELECT 'column', table_name, column_name, data_type, character_maximum_length, is_nullable, column_default"
        " FROM information_schema.columns WHERE table_schema = 'public'"
    )
    indexes = await ask(
        "SELECT 'index', t.relname,"
        " CASE WHEN c.relname IN ('one_live_attempt', 'one_balance_link', 'needs_a_look')"
        " THEN c.relname::text ELSE '' END,"
        " i.indisunique, i.indisprimary, pg_get_expr(i.indpred, i.indrelid),"
        " array_to_string(array(SELECT pg_get_indexdef(i.indexrelid, n, true)"
        " FROM generate_series(1, i.indnkeyatts) n), ',')"
        " FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE t.relnamespace = 'public'::regnamespace"
    )
    references = await ask(
        "SELECT 'reference', conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype IN ('f', 'c') AND connamespace = 'public'::regnamespace"
    )
    return {*columns, *indexes, *references}


async def test_migrating_makes_the_tables_that_the_code_describes(empty_database_url: str, database_url: str) -> None:
    """Drift: Tortoise's rebuild of a SQLite table silently drops its indexes and composite uniques (LIBRARIES 0.2)."""
    async with TortoiseContext() as context:
        await context.init(config=DatabaseAddress(empty_database_url).config())
        await context.generate_schemas(safe=False)
        described = await schema()
    async with opened(database_url):
        migrated = await schema()
    assert len(described) > 100
    only_migrated = {entry for entry in migrated - described if not BY_SQL & {entry[1], entry[2]}}
    assert only_migrated == set()
    assert described - migrated == set()


async def test_a_lost_index_would_be_noticed(database: str) -> None:
    """The control of the test above."""
    before = await schema()
    await get_connection("default").execute_query("DROP INDEX one_live_attempt")
    await get_connection("default").execute_query("ALTER TABLE merchant_account ADD COLUMN extra INT")
    lost, gained = before - await schema(), await schema() - before
    assert [entry[0] for entry in (*lost, *gained)] == ["index", "column"]


# ── a later version ───────────────────────────────────────────────────────────────────────────────────────────────────

SECOND = """
import os, signal
from tortoise import fields, migrations
from tortoise.migrations import operations as ops

def trip(apps, editor):
    if os.environ.get("TRIP") == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if os.environ.get("TRIP") == "raise":
        raise OSError("no room left for this")

class Migration(migrations.Migration):
    dependencies = [("models", "NEWEST")]
    operations = [
        ops.AddField("MerchantAccount", "colour", fields.CharField(max_length=20, db_default="blue")),
        ops.RunSQL("UPDATE merchant_account SET colour = 'green'"),
        ops.AlterField("MerchantAccount", "name", fields.CharField(max_length=99)),
        ops.RunPython(trip),
    ]
"""

MIGRATE = """
import asyncio, sys
from models import database_address
from models.database import migrate
from models.errors import DatabaseNotReady

sys.path.insert(0, sys.argv[2])
database_address.MIGRATIONS = sys.argv[3]
try:
    asyncio.run(migrate(sys.argv[1]))
except DatabaseNotReady as error:
    sys.exit(error.for_staff())
"""


@dataclass(frozen=True, slots=True)
class Later:
    """A version of Paylink with one migration more."""

    folder: Path
    package: str

    def start(self, url: str, trip: str = "") -> subprocess.Popen[str]:
        """Migrate to it in a process of its own, which may be killed or fail near the end."""
        command = [sys.executable, "-c", MIGRATE, url, str(self.folder), self.package]
        return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "TRIP": trip}, stderr=subprocess.PIPE, text=True)

    def migrate(self, url: str, trip: str = "") -> tuple[int, str]:
        """Its exit code and what it complained of."""
        with self.start(url, trip) as process:
            _, complaint = process.communicate(timeout=60)
            return process.returncode, complaint.strip()


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Later]:
    package = tmp_path / "later" / "later_migrations"
    shutil.copytree(ROOT / "models" / "migrations", package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "9999_later.py").write_text(SECOND.replace("NEWEST", NAMES[-1]))
    monkeypatch.syspath_prepend(package.parent)
    yield Later(package.parent, package.name)
    for name in [name for name in sys.modules if name.partition(".")[0] == package.name]:
        del sys.modules[name]


@pytest.fixture
async def seeded(database_url: str) -> str:
    """A database of this version with three accounts in it."""
    async with opened(database_url):
        await MerchantAccount.bulk_create(
            [MerchantAccount(key=key, name="Harbor & Finch", currency="USD") for key in ("one", "two", "three")]
        )
    return database_url


async def state_of(url: str, monkeypatch: pytest.MonkeyPatch, package: str) -> tuple[list[tuple[Any, ...]], set[str]]:
    """The accounts, and the columns they have."""
    monkeypatch.setattr(database_address, "MIGRATIONS", package)
    async with opened(url, reading=True):
        row, *_ = await get_connection("default").execute_query_dict("SELECT * FROM merchant_account")
        return await ask("SELECT key, name FROM merchant_account ORDER BY key"), set(row)


ACCOUNTS = [("one", "Harbor & Finch"), ("three", "Harbor & Finch"), ("two", "Harbor & Finch")]


@pytest.mark.parametrize(("trip", "code"), [("kill", -signal.SIGKILL), ("raise", 1)])
async def test_a_migration_that_is_broken_off_changes_nothing_and_the_next_start_completes_it(
    seeded: str, later: Later, trip: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(F38)"""
    ended, complaint = later.migrate(seeded, trip)
    assert ended == code
    assert ("no room left for this" in complaint) == (trip == "raise")
    accounts, columns = await state_of(seeded, monkeypatch, "models.migrations")
    assert accounts == ACCOUNTS
    assert "colour" not in columns

    assert later.migrate(seeded) == (0, "")
    accounts, columns = await state_of(seeded, monkeypatch, later.package)
    assert accounts == ACCOUNTS
    assert "colour" in columns
    assert later.migrate(seeded) == (0, "")  # and again: nothing to do


@pytest.mark.only_sqlite
async def test_the_database_is_copied_before_it_is_migrated(seeded: str, later: Later) -> None:
    """(F38) With what still stood in the write-ahead log, and for nobody else to read."""
    file = DatabaseAddress(seeded).sqlite_file
    assert file is not None
    hold = subprocess.Popen(
        [sys.executable, "-c", KILLED_WHILE_OPEN, seeded], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert hold.stdout is not None
    assert hold.stdout.readline() == "written\n"
    hold.kill()
    hold.communicate()
    assert file.with_name(file.name + "-wal").stat().st_size > 0
    assert later.migrate(seeded) == (0, "")
    copy = file.with_name("paylink.db.before-migration")
    assert copy.stat().st_mode & 0o077 == 0
    with sqlite3.connect(copy) as before:
        assert before.execute("SELECT count(*) FROM merchant_account").fetchone() == (4,)
        assert before.execute("SELECT name FROM tortoise_migrations").fetchall() == [(name,) for name in NAMES]
    before.close()


KILLED_WHILE_OPEN = """
import asyncio, sys
from models.database import opened
from models.tables import MerchantAccount

async def hold():
    async with opened(sys.argv[1]):
        await MerchantAccount.create(key="four", name="Harbor & Finch", currency="USD")
        print("written", flush=True)
        await asyncio.sleep(60)

asyncio.run(hold())
"""


@pytest.mark.only_sqlite
async def test_a_new_database_needs_no_copy(empty_database_url: str, quick_folder: Path) -> None:
    await migrate(empty_database_url)
    assert sorted(file.name for file in quick_folder.iterdir()) == ["empty.db", "empty.db.lock"]


async def test_an_older_version_refuses_what_a_later_one_migrated(seeded: str, later: Later) -> None:
    """(F38)"""
    assert later.migrate(seeded) == (0, "")
    with pytest.raises(DatabaseNotReady, match="newer version of Paylink \\(it has 9999_later\\)"):
        await migrate(seeded)


@pytest.mark.only_postgres
async def test_three_replicas_that_migrate_at_once_all_succeed(empty_database_url: str, later: Later) -> None:
    """(LIBRARIES 1.3: without a lock two of three crash, or a step runs twice)"""
    replicas = [later.start(empty_database_url) for _ in range(3)]
    ends = await asyncio.gather(*(asyncio.to_thread(replica.communicate, timeout=60) for replica in replicas))
    assert [(replica.returncode, complaint) for replica, (_, complaint) in zip(replicas, ends, strict=True)] == [
        (0, "")
    ] * 3
    async with TortoiseContext() as context:
        await context.init(config=DatabaseAddress(empty_database_url).config())
        names = await ask("SELECT name FROM tortoise_migrations ORDER BY id")
        assert names == [(name,) for name in (*NAMES, "9999_later")]


# ── rows of an earlier version ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def before_the_slack_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The migrations up to 0004."""
    package = tmp_path / "earlier" / "earlier_migrations"
    shutil.copytree(ROOT / "models" / "migrations", package, ignore=shutil.ignore_patterns("__pycache__", "0005*"))
    for later in [file for file in package.glob("0*.py") if file.stem > "0005"]:
        later.unlink()
    monkeypatch.syspath_prepend(package.parent)
    yield package.name
    for name in [name for name in sys.modules if name.partition(".")[0] == package.name]:
        del sys.modules[name]


async def test_the_channel_of_all_news_and_the_rules_of_accounts_come_along(
    empty_database_url: str, before_the_slack_desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(F10, F38) `off` is the firm's usual rule from then on, unless an admin has said it of that very account."""
    with monkeypatch.context() as earlier:
        earlier.setattr(database_address, "MIGRATIONS", before_the_slack_desk)
        await migrate(empty_database_url)
        async with opened(empty_database_url):
            for key, partial in (("one", "off"), ("on", "off"), ("two", "allowed")):
                await ask(
                    "INSERT INTO merchant_account (key, name, kind, currency, partial)"  # noqa: S608  of this test
                    f" VALUES ('{key}', 'Harbor', 'trust', 'USD', '{partial}')"
                )
            await ask("INSERT INTO firm_setting (name, value) VALUES ('notifications.channel', 'C0MONEY1')")
            detail = '{"what":"payment in parts of the account one","after":"no part payments"}'
            await ask(
                "INSERT INTO firm_event (number, kind, who, door, at, detail, hash, request_id)"  # noqa: S608  of this test
                f" VALUES (1, 'account', 'U0NOOR', 'slack', '2026-11-23 10:00:00+00:00', '{detail}', '', '')"
            )
    await migrate(empty_database_url)
    async with opened(empty_database_url):
        routes = await ask("SELECT event, account, target FROM news_route")
        rules = await ask("SELECT key, partial, partial_minimum FROM merchant_account ORDER BY key")
    assert routes == [("all", "", "C0MONEY1")]
    assert rules == [("on", "off", None), ("one", "off", 0), ("two", "allowed", None)]
