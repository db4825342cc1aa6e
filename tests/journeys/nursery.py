"""Processes that are born fast: forked from one that has imported the product, so that many can be started and killed.

Importing is most of a start, two seconds of a processor; a fork of what is imported takes a twentieth of that.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

IMPORTED = [
    "bot.__main__",
    "bot.serving",
    "models.migrations",
    "tests.journeys.money_life",
    # What Stripe's library imports when it is used first
    "stripe._stripe_client",
    "stripe._charge",
    "stripe._dispute_service",
    "stripe._event_service",
    "stripe._payment_intent",
    "stripe._refund_service",
    "stripe.checkout._session_service",
    "stripe.v2.core._event",
]


@dataclass(frozen=True, slots=True)
class Life:
    """A running `paylink run`, with the words of subprocess.Popen."""

    process: ForkServerProcess

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def poll(self) -> int | None:
        """Its exit code, None while it lives."""
        return self.process.exitcode

    def kill(self) -> None:
        self.process.kill()

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended. Raises AssertionError: it has not within `timeout` seconds."""
        self.process.join(timeout)
        assert self.process.exitcode is not None, f"it lives on after {timeout} s"
        return self.process.exitcode


def nursery() -> ForkServerContext:
    """A place to fork processes from, one for all tests of this process."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    return context


def born(environment: Mapping[str, str], log: Path, *arguments: str) -> Life:
    """`paylink run` with these arguments."""
    process = nursery().Process(target=_live, args=(dict(environment), str(log), arguments), daemon=True)
    process.start()
    return Life(process)


def _live(environment: dict[str, str], log: str, arguments: tuple[str, ...]) -> None:
    from bot.__main__ import main

    os.environ.clear()
    os.environ.update(environment)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.argv = ["paylink", "run", *arguments]
    main()
