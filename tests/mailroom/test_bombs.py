"""A letter made to hurt is read or refused within two seconds of a processor and 100 MiB."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from tests.mailroom.bombs import BOMBS, as_staff, as_stranger


async def test_every_bomb_keeps_to_its_seconds_and_bytes() -> None:
    """(T19, B44) The kernel ends what does not; each in a process of its own."""
    command = [sys.executable, "-m", "tests.mailroom.bombs"]
    ran = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr[-3000:]
    assert ran.stdout == f"{2 * len(BOMBS)} within limits\n"


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_that_is_refused_is_refused_by_the_name_of_its_limit(name: str) -> None:
    """(B42, B44)"""
    for refusal in (as_staff(BOMBS[name]), as_stranger(BOMBS[name])):
        assert not refusal or any(word in refusal for word in ("too large", "too complex", "lines", "header"))


def test_the_bombs_of_old_are_refused() -> None:
    """(B44) Not because nothing was read of them."""
    for name in (
        "200 parts deep",
        "10,000 parts",
        "letters in letters",
        "50 MB",
        "ten million lines",
        "10,000 headers",
    ):
        assert as_staff(BOMBS[name])
