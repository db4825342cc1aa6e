"""The command line: each verb thin, the work done elsewhere. Exit codes: 0 fine, 1 failed, 2 wrong use or settings."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import NoReturn

import click

from bot import settings
from bot.parts import PARTS
from models.errors import DatabaseNotReady


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="paylink", prog_name="paylink")
def main() -> None:
    """Ask clients for money from Slack and mail: single-use payment links for firms."""


@main.command()
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(1, 65530),
    help="The page; stand-ins take the next four.",
)
@click.option(
    "--data",
    default=".paylink-sandbox",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Where its database is.",
)
def sandbox(port: int, data: Path) -> None:
    """Everything with no account and no network: local stand-ins for Slack, Stripe and mail."""
    from bot.sandbox.run import run_sandbox  # its stand-ins need the extra `sandbox`

    _finish(asyncio.run(_spoken(run_sandbox(port, data))))


@main.command()
@click.option(
    "--only", default=",".join(PARTS), metavar="PARTS", help="The parts this process runs, of web,slack,mail,work."
)
@click.option("--migrate", "migrates", is_flag=True, help="Bring a PostgreSQL database to this version first.")
def run(only: str, migrates: bool) -> None:
    """The real thing, from settings (PAYLINK_… or the file PAYLINK_CONFIG names)."""
    from bot.serving import run_product

    parts = frozenset(part.strip() for part in only.split(",") if part.strip())
    if not parts or parts - set(PARTS):
        _wrong([f"--only takes parts of {','.join(PARTS)}, comma-separated."])
    _finish(asyncio.run(_spoken(run_product(_settings(), parts, migrates=migrates))))


@main.command()
def migrate() -> None:
    """Bring the database to this version."""
    from models.database import migrate as bring_up_to_date

    async def work() -> int:
        await bring_up_to_date(_settings().database_url.get_secret_value())
        click.echo("The database is at this version.")
        return 0

    _finish(asyncio.run(_spoken(work())))


@main.command()
def doctor() -> None:
    """Check settings, database, Slack, Stripe, mail and the clock."""
    from bot.doctor import examine

    _finish(asyncio.run(_spoken(examine(_settings()))))


@main.command("slack-manifest")
def slack_manifest() -> None:
    """Print the Slack app's manifest for the configured public URL, or for Socket Mode."""
    from bot.slack.manifest import slack_manifest as manifest

    loaded = _settings(complete=False)
    click.echo(manifest(loaded.public_url.rstrip("/"), socket_mode=loaded.slack.socket_mode))


@main.command("verify-audit")
def verify_audit() -> None:
    """Re-read the audit trail and say whether it is whole."""
    from bot.audit import verify

    _finish(asyncio.run(_spoken(verify(_settings().database_url.get_secret_value()))))


def _settings(*, complete: bool = True) -> settings.Settings:
    try:
        return settings.load(complete=complete)
    except settings.SettingsRefused as refused:
        _wrong(refused.problems)


async def _spoken(work: Coroutine[None, None, int]) -> int:
    """The exit code of some work, an unusable database said in one line."""
    try:
        return await work
    except DatabaseNotReady as error:
        click.echo(error.for_staff(), err=True)
        return 1


def _wrong(problems: list[str]) -> NoReturn:
    for problem in problems:
        click.echo(problem, err=True)
    sys.exit(2)


def _finish(code: int) -> NoReturn:
    sys.exit(code)


if __name__ == "__main__":
    main()
