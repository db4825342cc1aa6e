"""What every test can ask for: a fresh database, real servers, a browser.

PAYLINK_TEST_DATABASE=postgres runs the suite on PostgreSQL; the default is SQLite. HYPOTHESIS_PROFILE is ci or nightly.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import structlog
from axe_playwright_python.async_playwright import Axe
from hypothesis import HealthCheck, settings
from playwright.async_api import Browser, Page, async_playwright, expect

from handlers.firm_trail import verify_firm_trail
from handlers.links.verify_trail import verify_trails
from models import database as models_database
from tests.servers import Dovecot, SmtpSink, dovecot_server, missing, postgres_server, roomy_memory, smtp_server

settings.register_profile(
    "ci",
    max_examples=200,
    deadline=None,
    print_blob=True,
    # A fixture that lives for all examples of a test is meant that way here.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("nightly", settings.get_profile("ci"), max_examples=10_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

# As plain as the product's own logs. Structlog's usual picture of an error, with all its values, takes seconds to draw.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)

expect.set_options(timeout=30_000)  # ms; 5,000 unless said, too little for two replicas and a browser on a busy machine
# What a browser says when something did not come to the screen in time; decision 031.
BROWSER_WAITED = [r"Timeout \d+ms exceeded", "(Locator|Page) expected"]

ON_POSTGRES = os.environ.get("PAYLINK_TEST_DATABASE", "sqlite") == "postgres"
_SERVER = "PAYLINK_TEST_POSTGRES_SERVER"  # set by the first pytest process, read by the workers it starts
_running = contextlib.ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Start PostgreSQL once, before any worker."""
    if ON_POSTGRES and _SERVER not in os.environ and not config.option.collectonly:
        os.environ[_SERVER] = _running.enter_context(postgres_server())


def pytest_unconfigure(config: pytest.Config) -> None:
    _running.close()


# Tests that try the branches of pyproject's coverage list. Tracing them all would cost two thirds more time.
GATED = ("tests/models/", "tests/handlers/", "tests/mailroom/")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what needs a database, and leave out what only concerns the other engine; it runs in the other pass."""
    for item in items:
        if {"database_url", "empty_database_url"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("database")
        if not item.nodeid.startswith(GATED):
            item.add_marker("no_cover")
        if os.environ.get("CI") and "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=BROWSER_WAITED))
    other = "only_sqlite" if ON_POSTGRES else "only_postgres"
    elsewhere = [item for item in items if item.get_closest_marker(other)]
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [item for item in items if item not in elsewhere]
    # What takes minutes begins first, so that no worker waits for it at the end.
    items.sort(key=_patience, reverse=True)


def _patience(item: pytest.Item) -> float:
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0]) if marker and marker.args else 0.0


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {'PostgreSQL' if ON_POSTGRES else 'SQLite'}"


# ── databases ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _on_server(statement: str) -> None:
    connection = await asyncpg.connect(f"{os.environ[_SERVER]}/postgres")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database of this version that nobody opens and others are copied from: a file, or a template's name."""
    if not ON_POSTGRES:
        file = tmp_path_factory.mktemp("migrated") / "template.db"
        asyncio.run(models_database.migrate(f"sqlite://{file}"))
        return str(file)
    name = f"template_{uuid.uuid4().hex}"
    asyncio.run(_on_server(f"CREATE DATABASE {name}"))
    asyncio.run(models_database.migrate(f"{os.environ[_SERVER]}/{name}"))
    return name


@pytest.fixture
def quick_folder(tmp_path: Path) -> Iterator[Path]:
    """For SQLite's files: in memory where there is room, since every commit would wait for the disk."""
    memory = roomy_memory()
    if memory is None:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="paylink-", dir=memory) as folder:
        yield Path(folder)


@pytest.fixture
async def empty_database_url(quick_folder: Path) -> AsyncIterator[str]:
    """The URL of a database with nothing in it, not even tables."""
    if not ON_POSTGRES:
        yield f"sqlite://{quick_folder / 'empty.db'}"
        return
    name = f"test_{uuid.uuid4().hex}"
    await _on_server(f"CREATE DATABASE {name}")
    yield f"{os.environ[_SERVER]}/{name}"
    await _on_server(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database_url(migrated: str, quick_folder: Path) -> AsyncIterator[str]:
    """The URL of a fresh database of this version that nobody has open: for tests that start the product themselves."""
    if not ON_POSTGRES:
        shutil.copyfile(migrated, quick_folder / "paylink.db")
        yield f"sqlite://{quick_folder / 'paylink.db'}"
        return
    name = f"test_{uuid.uuid4().hex}"
    await _on_server(f"CREATE DATABASE {name} TEMPLATE {migrated} STRATEGY file_copy")
    yield f"{os.environ[_SERVER]}/{name}"
    await _on_server(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(database_url: str, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A fresh database, open: the tables can be used. Its value is the URL.

    Afterwards the audit trails give the state of every link, whatever the test did (M10); the mark `own_rows` is for
    tests that write links by hand or play somebody who edits the trail.
    """
    async with models_database.opened(database_url):
        yield database_url
        if request.node.get_closest_marker("own_rows") is None:
            _, of_links = await verify_trails()
            _, of_firm = await verify_firm_trail()
            assert (of_links, of_firm) == ((), ())


# ── servers ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def dovecots() -> Iterator[Callable[..., Dovecot]]:
    """Running Dovecots, one for every set of options: tests share a server, never a mailbox."""
    with contextlib.ExitStack() as started:
        running: dict[str, Dovecot] = {}

        def serving(**options: Any) -> Dovecot:
            key = repr(sorted(options.items()))
            if key not in running:
                running[key] = started.enter_context(dovecot_server(**options))
            return running[key]

        yield serving


@pytest.fixture
def start_dovecot(dovecots: Callable[..., Dovecot]) -> Callable[..., Dovecot]:
    """A new mailbox on a Dovecot with these options: `start_dovecot(capability="IMAP4rev1 LITERAL+")`."""
    return lambda **options: replace(dovecots(**options), user=f"intake-{uuid.uuid4().hex[:12]}@example.test")


@pytest.fixture
def dovecot(start_dovecot: Callable[..., Dovecot]) -> Dovecot:
    """A real IMAP server with an empty mailbox."""
    return start_dovecot()


@pytest.fixture
async def smtp_sink() -> AsyncIterator[SmtpSink]:
    """A mail server that keeps what it is sent."""
    async with smtp_server() as sink:
        yield sink


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, started for this test (0.3 s), so that it lives in the test's own event loop."""
    chromium = shutil.which("chromium")
    if chromium is None:
        missing("Chromium", "chromium")
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium, args=flags)
        yield running
        await running.close()


@pytest.fixture
def axe() -> Callable[[Page], Awaitable[list[str]]]:
    """Finds what on a page keeps people out (WCAG 2.2 AA and best practice): `assert await axe(page) == []`."""

    async def findings(page: Page) -> list[str]:
        await page.wait_for_load_state()  # what is read of a page may be there before its colours are
        found: dict[str, Any] = (await Axe().run(page)).response
        return [
            f"{fault['id']}: {fault['help']}: {', '.join(str(node['target']) for node in fault['nodes'])}"
            for fault in found["violations"]
        ]

    return findings
