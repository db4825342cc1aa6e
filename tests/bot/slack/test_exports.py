"""`export` typed in Slack, with the real desk behind it."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import openpyxl
import pytest

from bot.slack.stand_in import PAYMENTS, SAM
from handlers.desk import Desk
from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Worker
from handlers.links import export_links
from handlers.links.create_link import create_link
from handlers.people.add_staff import add_staff
from handlers.requests import CreateLink
from models.money import Money
from tests.bot.slack.rig import Json, Rig, rigged, words
from tests.cast import SAM as STAFF
from tests.cast import Surroundings

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def around() -> Surroundings:
    around = Surroundings()
    for name in ("Jane <!channel> Doe", "=1+1"):
        asked = CreateLink(Money(125_000, "USD"), "operating", payer_name=name)
        await create_link(asked, replace(STAFF.in_slack(PAYMENTS)), around.ports)
    return around


@pytest.fixture
async def rig(around: Surroundings) -> AsyncIterator[Rig]:
    async with rigged(Desk(around.ports)) as built:
        yield built


def files_for(rig: Rig, person: str) -> list[Json]:
    return [file for message in rig.slack.messages(person) for file in message.get("files", [])]


def clients(rig: Rig, file: Json) -> list[Any]:
    book = openpyxl.load_workbook(io.BytesIO(rig.slack.workspace.files[file["id"]].content))
    return [row[2] for row in book["Links"].iter_rows(min_row=2, values_only=True)]


async def test_f58_an_export_typed_in_slack_is_a_file_in_ones_direct_messages(rig: Rig) -> None:
    """(F58) By a signed command, uploaded in Slack's three steps."""
    shown = await rig.slack.type_command(SAM, PAYMENTS, "export sort created asc")
    assert "2 links." in words(shown)
    assert "`paylink-links-2026-11-23.xlsx` is in your direct messages" in words(shown)
    (file,) = files_for(rig, SAM)
    assert clients(rig, file) == ["Jane <!channel> Doe", "=1+1"]


async def test_f58_a_large_one_is_promised_and_follows(
    rig: Rig, around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(F58)"""
    monkeypatch.setattr(export_links, "AT_ONCE", 1)
    await add_staff(STAFF.name, STAFF.role, SAM)
    shown = await rig.slack.type_command(SAM, PAYMENTS, "export")
    assert "An export of 2 links is being made" in words(shown)
    assert files_for(rig, SAM) == []
    worker = Worker(STEPS, replace(around.ports, channels=rig.line.poster))
    while await worker.run_due():
        pass
    (file,) = files_for(rig, SAM)
    assert len(clients(rig, file)) == 2
    note = rig.slack.messages(SAM)[0]
    assert words(note) == "Export of 2 links: it is here, paylink-links-2026-11-23.xlsx."
