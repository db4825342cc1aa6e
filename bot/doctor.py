"""`paylink doctor`: one line for each thing that must work, with what is wrong and never a secret."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import click

from bot.clock import SystemClock
from bot.settings import Settings
from bot.slack.heard import not_heard
from bot.slack.line import slack_line
from bot.slack.look import can_connect, look
from bot.slack.manifest import NEEDED_FOR
from bot.ways_out import imap_mailbox, siteverify, slack_keys, smtp_sender, stripe_cards
from handlers.firm import FirmBook
from handlers.jobs.backlog import job_backlog
from handlers.jobs.reconcile import last_rounds
from handlers.kept_facts import heard_so_far, mail_down_since
from handlers.ports import DeliveryTrouble, ProcessorTrouble
from mailroom.mail_server import MailServer
from mailroom.mailbox import MailboxTrouble
from models import database
from models.errors import DatabaseNotReady
from paypage.captcha import CaptchaDown
from paypage.siteverify import SERVICES

CLOCK_OFF = 240.0  # seconds beyond which signatures would soon be refused (F35)
_SAFE_PYTHON = {(3, 11): 15, (3, 12): 13, (3, 13): 12, (3, 14): 3}  # the first patch release without known mail faults
_SAFE_SQLITE = (3, 51, 3)  # before it, a rare corruption when several connections write


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    words: str
    state: str = "ok"  # ok, note, fail


async def examine(settings: Settings) -> int:
    """Print the findings; 1 where one fails."""
    worst = 0
    async for finding in _findings(settings):
        mark = {"ok": "ok  ", "note": "note", "fail": "FAIL"}[finding.state]
        click.echo(f"{mark}  {finding.what:<20} {finding.words}")
        worst = max(worst, finding.state == "fail")
    return worst


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    yield Finding("settings", f"complete; links begin with {settings.public_url.rstrip('/')}/p/")
    yield _python()
    if settings.database_url.get_secret_value().startswith("sqlite"):
        yield _sqlite()
    yield await _database(settings)
    if settings.slack.on:
        yield await _tried("Slack", lambda: _slack(settings))
        if settings.slack.app_token.get_secret_value():
            yield await _tried("Slack socket", lambda: _socket(settings))
        heard = await _heard(settings)
        if heard is not None:
            yield _set_up(heard)
    for key in settings.firm_facts().accounts:
        yield await _tried(f"Stripe {key}", partial(_stripe, settings, key))
    if settings.captcha.provider in SERVICES:
        yield await _tried("captcha", lambda: _captcha(settings))
    if settings.mail.on:
        yield await _tried("mail in (IMAP)", lambda: _imap(settings))
        since = await _mail_down(settings)
        if since is not None:
            words = f"the running Paylink says that its mail intake is down since {since:%Y-%m-%d %H:%M} UTC"
            yield Finding("mail intake", words, "fail")
        yield await _tried("mail out (SMTP)", lambda: _smtp(settings))


async def _tried(what: str, look: Callable[[], Awaitable[Finding]]) -> Finding:
    try:
        return await look()
    except (CaptchaDown, DeliveryTrouble, ProcessorTrouble, MailboxTrouble, OSError, TimeoutError) as trouble:
        return Finding(what, str(trouble) or type(trouble).__name__, "fail")


def _python() -> Finding:
    version = sys.version_info
    safe = _SAFE_PYTHON.get((version[0], version[1]), 0)
    if version[2] < safe:
        wanted = f"{version[0]}.{version[1]}.{safe}"
        return Finding("Python", f"{_python_version()}: update to {wanted} or later, its mail code has faults", "note")
    return Finding("Python", _python_version())


def _python_version() -> str:
    return ".".join(map(str, sys.version_info[:3]))


def _sqlite() -> Finding:
    if sqlite3.sqlite_version_info < _SAFE_SQLITE:
        return Finding("SQLite", f"{sqlite3.sqlite_version}: 3.51.3 or later is wanted; keep to one process", "note")
    return Finding("SQLite", sqlite3.sqlite_version)


async def _database(settings: Settings) -> Finding:
    try:
        async with database.opened(settings.database_url.get_secret_value()):
            backlog = await job_backlog(SystemClock())
            rounds = await last_rounds()
    except DatabaseNotReady as error:
        running = "Another process" in error.for_staff()
        return Finding("database", error.for_staff(), "note" if running else "fail")
    words = f"{backlog['due']} jobs due, {backlog['waiting']} waiting, {backlog['dead']} dead"
    words += "".join(f"; {account} compared with Stripe {at:%Y-%m-%d %H:%M} UTC" for account, at in rounds.items())
    return Finding("database", words, "note" if backlog["dead"] else "ok")


async def _heard(settings: Settings) -> frozenset[str] | None:
    """What Slack has ever sent; None where the database does not say, which is a finding of its own."""
    try:
        async with database.opened(settings.database_url.get_secret_value()):
            return await heard_so_far()
    except DatabaseNotReady:
        return None


async def _mail_down(settings: Settings) -> datetime | None:
    """Since when; None also where the database does not say, which is a finding of its own."""
    try:
        async with database.opened(settings.database_url.get_secret_value()):
            return await mail_down_since()
    except DatabaseNotReady:
        return None


async def _slack(settings: Settings) -> Finding:
    async with slack_line(slack_keys(settings), FirmBook(settings.firm_facts()), SystemClock()) as line:
        seen = await look(line.client)
    if seen.team_id != settings.slack.team_id:
        return Finding("Slack", f"the token is of workspace {seen.team_id}, not of {settings.slack.team_id}", "fail")
    lacking = "".join(f"; missing scope {scope}: no {NEEDED_FOR[scope]}" for scope in seen.lacking)
    if lacking:
        lacking += "; install the app again with the manifest of `paylink slack-manifest`"
    off = _clock_off(seen.at)
    return Finding("Slack", f"workspace {seen.team}{lacking}{off}", "fail" if lacking or off else "ok")


async def _socket(settings: Settings) -> Finding:
    async with slack_line(slack_keys(settings), FirmBook(settings.firm_facts()), SystemClock()) as line:
        await can_connect(line.client, settings.slack.app_token.get_secret_value())
    return Finding("Slack socket", "Slack lets us connect")


def _set_up(heard: frozenset[str]) -> Finding:
    """No token of ours may read the app's own settings, so this is what came, or did not, since the installation."""
    missing = not_heard(heard)
    if not missing:
        return Finding("Slack set-up", "every event and shortcut has come at least once")
    hint = "try them once; where nothing happens, set the app up again with the manifest of `paylink slack-manifest`"
    return Finding("Slack set-up", f"never came so far: {missing}: {hint}", "note")


async def _stripe(settings: Settings, key: str) -> Finding:
    cards = stripe_cards(settings, SystemClock())
    try:
        seen = await cards.see_account(key)
    finally:
        await cards.close()
    off = _clock_off(seen.at)
    return Finding(f"Stripe {key}", f"{seen.name or seen.id}{off}", "fail" if off else "ok")


def _clock_off(at: datetime | None) -> str:
    if at is None:
        return ""
    seconds = (SystemClock().now() - at).total_seconds()
    return f"; this machine's clock is off by {seconds:.0f} seconds" if abs(seconds) > CLOCK_OFF else ""


async def _captcha(settings: Settings) -> Finding:
    service = siteverify(settings)
    try:
        await service.examine()
    finally:
        await service.close()
    return Finding("captcha", f"{settings.captcha.provider} knows our key")


async def _imap(settings: Settings) -> Finding:
    mailbox = imap_mailbox(settings)
    try:
        await mailbox.open()
    finally:
        await mailbox.close()
    return Finding("mail in (IMAP)", mailbox.name)


async def _smtp(settings: Settings) -> Finding:
    sender = smtp_sender(settings, FirmBook(settings.firm_facts()), SystemClock())
    assert sender is not None  # noqa: S101  only asked where the mail front is on
    try:
        await sender.check()
    finally:
        await sender.close()
    return Finding("mail out (SMTP)", MailServer.of(settings.mail.smtp_url.get_secret_value()).host)
