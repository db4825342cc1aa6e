"""Starting and stopping the product: ready when everything listens, and on the way out nothing under way is cut off."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

import structlog
from aiohttp import web

from bot import logs
from bot.known_secrets import known_secrets
from bot.settings import Settings
from bot.slack.socket_mode import SlackUnusable
from bot.wiring import Product, assembled
from handlers.people.messages import owe_admins
from models import database

log = structlog.get_logger()
NOT_READY_FIRST = 0.3  # seconds in which balancers may see the 503 before the port closes
IN_FLIGHT = 5.5  # seconds for requests, jobs and letters under way
LAST_ANSWERS = 2.0  # seconds for answers to Slack that were promised; with the goodbyes the whole stop stays under ten


async def run_product(settings: Settings, parts: frozenset[str], *, migrates: bool = False) -> int:
    """`paylink run`, until SIGTERM or Ctrl-C. The exit code.

    Raises DatabaseNotReady.
    """
    logs.set_up(known_secrets(settings))
    if migrates:
        await database.migrate(settings.database_url.get_secret_value())
    async with assembled(settings, parts) as product:
        return await serve(product, told_to_stop())


async def serve(product: Product, stop: asyncio.Event, ready: Callable[[], None] = lambda: None) -> int:
    """Start everything, call `ready`, and run until `stop` or until a part dies. The exit code."""
    settings = product.settings
    runner = product.listening = web.AppRunner(
        product.app, access_log=None, auto_decompress=False, handle_signals=False, shutdown_timeout=IN_FLIGHT / 2
    )  # half, as aiohttp waits so long twice: until a request's body is cut off, and after that
    try:
        await runner.setup()
        await web.TCPSite(runner, settings.host, settings.port, reuse_address=True).start()
        _start_tasks(product)
        await _start_slack(product, stop)  # last: it may take its time, and no client's page waits for it
        ready()
        log.info("paylink.ready", url=settings.public_url, host=settings.host, port=settings.port)
        died = await _until(stop, product)
    except OSError as error:
        log.error("paylink.cannot_start", why=str(error))
        died = True
    finally:
        await _wind_down(product)
    return 1 if died else 0


async def _start_slack(product: Product, stop: asyncio.Event) -> None:
    """A token that Slack refuses must not take the clients' pages down with it: admins are told, the rest goes on.

    Given up where the process is told to stop meanwhile.
    """
    if product.front is None:
        return
    starting, stopping = asyncio.create_task(product.front.start()), asyncio.create_task(stop.wait())
    await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not starting.done():
        starting.cancel()
        await asyncio.wait([starting])
        return
    try:
        starting.result()
    except SlackUnusable as refusal:
        log.error("slack.refused", why=str(refusal))
        words = f"Paylink runs without Slack: {refusal}. Mend the setting and start Paylink again."
        await owe_admins(words, product.ports.clock.now(), product.ports, about="slack-refused")


def _start_tasks(product: Product) -> None:
    for name, part in (("worker", product.worker), ("intake", product.intake), ("firm", product.firm_watch)):
        if part is not None:
            product.tasks.append(asyncio.create_task(part.run(), name=name))


async def _until(stop: asyncio.Event, product: Product) -> bool:
    """Wait; True when a part that should run for ever ended by itself."""
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([stopping, *product.tasks], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    died = [task for task in product.tasks if task in done]
    for task in died:
        log.error("paylink.part_died", part=task.get_name(), exc_info=task.exception())
    return bool(died)


async def _wind_down(product: Product) -> None:
    """Not ready first; then no new requests, those under way finished, leases given back (F31)."""
    product.health.stopping = True
    log.info("paylink.stopping")
    if product.listening is not None and product.listening.sites:
        await asyncio.sleep(NOT_READY_FIRST)
    for part in (product.worker, product.intake, product.firm_watch):
        if part is not None:
            part.stop()
    await asyncio.gather(_stop_listening(product), _end_tasks(product))
    log.info("paylink.stopped")


async def _stop_listening(product: Product) -> None:
    """The server first: a request under way may promise somebody in Slack an answer."""
    if product.listening is not None:
        await product.listening.cleanup()
    if product.front is not None:
        await product.front.drain(LAST_ANSWERS)
        await product.front.close()


async def _end_tasks(product: Product) -> None:
    if product.tasks:
        _, late = await asyncio.wait(product.tasks, timeout=IN_FLIGHT)
        for task in late:
            task.cancel()
        await asyncio.gather(*product.tasks, return_exceptions=True)


def told_to_stop() -> asyncio.Event:
    """Set by SIGTERM or Ctrl-C."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
