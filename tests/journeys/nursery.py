"""Product processes that are born fast: forked from one that has imported everything, so that many can be killed."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path


def nursery() -> ForkServerContext:
    """A place to fork product processes from."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["bot.__main__", "bot.wiring", "tests.journeys.test_money_kills"])
    return context


def born(context: ForkServerContext, environment: Mapping[str, str], log: Path) -> ForkServerProcess:
    """`paylink run` in a process of its own."""
    process = context.Process(target=_live, args=(dict(environment), str(log)))
    process.start()
    return process


def _live(environment: dict[str, str], log: str) -> None:
    from bot.__main__ import main

    os.environ.clear()
    os.environ.update(environment)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.argv = ["paylink", "run"]
    main()
