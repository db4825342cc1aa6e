"""The database opens for one, or says in one line why not (F33, F38, section 0 C)."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tortoise.connection import get_connection
from tortoise.exceptions import IntegrityError

from models.database import answers, migrate, opened
from models.database_address import DatabaseAddress
from models.errors import DatabaseNotReady
from models.tables import CheckoutAttempt, MerchantAccount
from tests.fakes import FakeClock
from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[2]

HOLD = """
import asyncio, sys
from models.database import opened

async def hold():
    async with opened(sys.argv[1]):
        print("open", flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(hold())
"""

OPEN = """
import asyncio, sys
from models.database import opened
from models.errors import DatabaseNotReady

async def look():
    async with opened(sys.argv[1]):
        print("open")

try:
    asyncio.run(look())
except DatabaseNotReady as error:
    print(error.for_staff())
"""


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """aiosqlite's thread is no daemon: one that is left keeps the process from ending."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in set(threading.enumerate()) - before if not thread.daemon]
    for thread in left:
        thread.join(2)
    assert not [thread for thread in left if thread.is_alive()]


def run(program: str, url: str, *prefix: str) -> str:
    """What a process of its own prints. Raises CalledProcessError, TimeoutExpired."""
    command = [*prefix, sys.executable, "-c", program, url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    return done.stdout.strip()


async def why_not(url: str, *, reading: bool = False) -> str:
    """The one line that says why a database does not open."""
    async with asyncio.timeout(30):
        with pytest.raises(DatabaseNotReady) as refused:
            async with opened(url, reading=reading):
                pass
    words = refused.value.for_staff()
    assert "\n" not in words
    return words


def file_of(url: str) -> Path:
    file = DatabaseAddress(url).sqlite_file
    assert file is not None
    return file


# ── one process ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.only_sqlite
async def test_a_second_process_is_refused_and_told_the_firsts_pid(database_url: str) -> None:
    """(F33)"""
    command = [sys.executable, "-c", HOLD, database_url]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "open\n"
        refusal = run(OPEN, database_url)
        assert f"(pid {first.pid})" in refusal
        assert "SQLite takes one" in refusal
        assert f"(pid {first.pid})" in await why_not(database_url)
        with pytest.raises(DatabaseNotReady, match=f"pid {first.pid}"):
            await migrate(database_url)
        link = file_of(database_url).with_name("link.db")
        link.symlink_to(file_of(database_url))
        assert f"(pid {first.pid})" in await why_not(f"sqlite://{link}")
        first.send_signal(signal.SIGKILL)
    assert run(OPEN, database_url) == "open"  # a killed process holds nothing


@pytest.mark.only_sqlite
async def test_a_reader_may_look_beside_the_process_that_writes_but_not_write(database: str) -> None:
    await MerchantAccount.create(key="trust", name="Trust", currency="USD")
    look = OPEN.replace("opened(sys.argv[1])", "opened(sys.argv[1], reading=True)").replace(
        'print("open")',
        "from models.tables import MerchantAccount; print((await MerchantAccount.get(key='trust')).name)\n"
        "        try: await MerchantAccount.all().delete()\n"
        "        except Exception as error: print(error)",
    )
    assert run(look, database).splitlines() == ["Trust", "attempt to write a readonly database"]
    assert await MerchantAccount.all().count() == 1


@pytest.mark.only_postgres
async def test_a_reader_cannot_write(database_url: str) -> None:
    async with opened(database_url, reading=True):
        assert await MerchantAccount.all().count() == 0
        with pytest.raises(Exception, match="read-only transaction"):
            await MerchantAccount.create(key="trust", name="Trust", currency="USD")


# ── what SQLite is told ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.only_sqlite
async def test_sqlite_writes_through_to_the_disk_and_checks_references(database: str) -> None:
    """(section 0 C: tortoise itself sets neither synchronous nor busy_timeout)"""
    found = {}
    for pragma in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"):
        (row,) = await get_connection("default").execute_query_dict(f"PRAGMA {pragma}")
        (found[pragma],) = row.values()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


@pytest.mark.only_sqlite
async def test_the_file_and_its_folder_are_made_and_are_nobody_elses(tmp_path: Path) -> None:
    """It holds names, amounts and the links' secrets."""
    file = tmp_path / "new" / "paylink.db"
    async with opened(f"sqlite://{file}"):
        for part in (file, file.with_name("paylink.db-wal")):
            assert part.stat().st_mode & 0o077 == 0, part


# ── why not ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.only_sqlite
async def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    """(F33)"""
    file = tmp_path / "paylink.db"
    file.write_bytes(b"Dear Sir or Madam, " * 500)
    assert "file is not a database" in await why_not(f"sqlite://{file}")
    assert file.read_bytes() == b"Dear Sir or Madam, " * 500


@pytest.mark.only_sqlite
async def test_a_damaged_file_is_refused(database_url: str) -> None:
    """(F33)"""
    file = file_of(database_url)
    with file.open("r+b") as damaged:
        damaged.seek(4096 * 3)
        damaged.write(os.urandom(4096 * 4))
    words = await why_not(database_url)
    assert "damaged" in words or "malformed" in words
    assert str(file) in words


@pytest.mark.only_sqlite
def test_a_file_that_cannot_be_written_is_refused(database_url: str) -> None:
    """(F33)"""
    file_of(database_url).chmod(0o400)
    # root may write everything, unless that ability is taken away
    prefix = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
    words = run(OPEN, database_url, *prefix)
    assert words == f"The database {file_of(database_url)} cannot be written: Permission denied."


@pytest.mark.only_sqlite
def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """(B64)"""
    (tmp_path / "closed").mkdir(mode=0o500)
    prefix = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
    words = run(OPEN, f"sqlite://{tmp_path}/closed/paylink.db", *prefix)
    assert words == f"The database folder {tmp_path}/closed cannot be written: Permission denied."


@pytest.mark.only_sqlite
async def test_a_folder_in_the_files_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "paylink.db").mkdir()
    assert "cannot be written: Is a directory" in await why_not(f"sqlite://{tmp_path}/paylink.db")


@pytest.mark.only_sqlite
async def test_a_reader_makes_no_database(tmp_path: Path) -> None:
    assert "There is no database" in await why_not(f"sqlite://{tmp_path}/paylink.db", reading=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.only_postgres
async def test_a_server_out_of_reach_is_said_so_without_the_password() -> None:
    words = await why_not(f"postgres://app:topsecret@127.0.0.1:{free_port()}/app")
    assert "server cannot be used" in words
    assert "topsecret" not in words
    with pytest.raises(DatabaseNotReady, match="server cannot be used"):
        await migrate(f"postgres://app:topsecret@127.0.0.1:{free_port()}/app")


@pytest.mark.only_postgres
async def test_a_database_or_user_that_does_not_exist_is_said_so(database_url: str) -> None:
    server, _, _ = database_url.rpartition("/")
    assert "nowhere" in await why_not(f"{server}/nowhere")
    assert "nobody" in await why_not(database_url.replace("app@", "nobody@"))


@pytest.mark.only_postgres
async def test_an_empty_database_is_sent_to_migrate_first(empty_database_url: str) -> None:
    """(SPEC 1: run migrates PostgreSQL only with --migrate)"""
    words = await why_not(empty_database_url)
    assert "lacks these migrations: 0001_first" in words
    assert "paylink migrate" in words


async def test_a_database_of_a_newer_version_is_refused_by_all(database_url: str) -> None:
    """(F38: old code on a new schema)"""
    async with opened(database_url):
        await get_connection("default").execute_query(
            "INSERT INTO tortoise_migrations (app, name, applied_at)"
            " VALUES ('models', '9999_from_the_future', '2030-01-01 00:00:00+00:00')"
        )
    assert "newer version of Paylink (it has 9999_from_the_future)" in await why_not(database_url)
    assert "9999_from_the_future" in await why_not(database_url, reading=True)
    with pytest.raises(DatabaseNotReady, match="9999_from_the_future"):
        await migrate(database_url)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://localhost/app", "sqlite://file or postgres://"),
        ("paylink.db", "sqlite://file or postgres://"),
        ("sqlite://", "must name a file"),
        ("sqlite://:memory:", "must name a file"),
        ("sqlite://paylink.db?synchronous=OFF", "without options"),
        ("postgres://localhost", "postgres://user:password@host/name"),
        ("postgres://localhost:port/app", "cannot be read"),
        ("postgres://localhost/app?maxsize=many", "cannot be read"),
        ("postgres://localhost/app?pool=3&colour=red", "pool, colour is not known"),
    ],
)
async def test_an_address_that_cannot_be_meant_is_refused(
    url: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(B64) A mistyped option must not be ignored in silence."""
    monkeypatch.chdir(tmp_path)
    assert words in await why_not(url)
    assert list(tmp_path.iterdir()) == []


def test_an_address_may_hold_any_characters_percent_encoded() -> None:
    config = DatabaseAddress("postgres://pay%40firm:p%2Fw%3A@db.example:6432/pay%20link?maxsize=4&sslmode=verify-full")
    said = config.config()["connections"]["default"]["credentials"]
    assert (said["user"], said["password"], said["host"], said["port"]) == ("pay@firm", "p/w:", "db.example", 6432)
    assert (said["database"], said["maxsize"], said["ssl"]) == ("pay link", 4, "verify-full")
    assert DatabaseAddress("sqlite:///srv/pay%20link.db").sqlite_file == Path("/srv/pay link.db")
    assert DatabaseAddress("sqlite:////srv/paylink.db").sqlite_file == Path("/srv/paylink.db")
    assert DatabaseAddress("sqlite://paylink.db").sqlite_file == Path("paylink.db")


# ── open ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_it_opens_again_after_it_was_refused_and_after_an_error_inside(database_url: str) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            async with opened(database_url):
                assert await answers()
                raise ZeroDivisionError
    await why_not("mysql://localhost/app")
    async with opened(database_url):
        assert await answers()


async def test_every_task_and_thread_finds_the_open_database(database_url: str) -> None:
    """(LIBRARIES 1.3: a task made before, and a thread of the executor)"""
    begun = asyncio.Event()

    async def ask() -> int:
        await begun.wait()
        return await MerchantAccount.all().count()

    before = asyncio.create_task(ask())
    async with opened(database_url):
        begun.set()
        assert await before == 0
        loop = asyncio.get_running_loop()
        from_thread = await asyncio.to_thread(lambda: asyncio.run_coroutine_threadsafe(ask(), loop).result(10))
        assert from_thread == 0


async def test_a_link_has_one_living_attempt_on_either_engine(database: str) -> None:
    """(M01) The partial unique index is in the database itself."""

    async def attempt(number: int, stage: str) -> CheckoutAttempt:
        return await CheckoutAttempt.create(
            link_id=1,
            number=number,
            account="operating",
            idempotency_key=f"cs-1-{number}",
            request={},
            amount_minor=100,
            currency="USD",
            stage=stage,
            expires_at=FakeClock().now(),
            created_at=FakeClock().now(),
        )

    await attempt(1, "dead")
    second = await attempt(2, "opening")
    with pytest.raises(IntegrityError):
        await attempt(3, "live")
    await CheckoutAttempt.filter(id=second.id).update(stage="dead")
    await attempt(4, "live")


def test_the_wheel_holds_every_migration(tmp_path: Path) -> None:
    """What is installed can migrate: a package without them would find nothing to do."""
    source = tmp_path / "source"
    wanted = shutil.ignore_patterns(".*", "__pycache__", "node_modules", "tests", "docs")
    shutil.copytree(ROOT, source, ignore=wanted)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=source, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    here = {str(file.relative_to(ROOT)) for file in (ROOT / "models" / "migrations").glob("*.py")}
    assert here <= packed
    assert len(here) > 1


@pytest.mark.only_sqlite
def test_the_lock_asks_nothing_of_sqlite_itself(database_url: str) -> None:
    """Another tool may read the file meanwhile; only Paylink's processes keep each other out."""
    with sqlite3.connect(file_of(database_url)) as other:
        assert other.execute("SELECT count(*) FROM payment_link").fetchone() == (0,)
    other.close()
