"""A list by mail comes with all of it as an Excel file."""

from __future__ import annotations

import base64
from io import BytesIO

import openpyxl
import pytest

from handlers.links import export_links
from handlers.links.create_link import create_link
from handlers.requests import CreateLink
from models.money import Money
from models.tables import Job
from tests.cast import NOOR, SAM, VERA
from tests.mailroom.office import Office, opened
from tests.mailroom.writing import staff_letter

pytestmark = pytest.mark.usefixtures("database")


async def with_links(count: int) -> Office:
    """Sam's links; the letters about them are not looked at."""
    office = await opened()
    for number in range(count):
        asked = CreateLink(Money(1000 + number, "USD"), "operating", payer_name=f"Client {number}", again=True)
        await create_link(asked, SAM.by_mail(), office.around.ports)
    await office.post()
    return office


async def test_all_pages_of_it_are_attached() -> None:
    office = await with_links(25)
    [answer] = await office.read(staff_letter("list sort amount"))
    assert "25 links" in answer.text
    [(filename, _, content)] = answer.attachments
    assert filename.endswith(".xlsx")
    assert filename in answer.text
    sheet = openpyxl.load_workbook(BytesIO(base64.b64decode(content)))["Links"]
    assert sheet.max_row == 26


async def test_a_large_one_follows_in_a_letter_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_links, "AT_ONCE", 2)
    office = await with_links(3)
    first, second = sorted(await office.read(staff_letter("list")), key=lambda letter: len(letter.attachments))
    assert first.attachments == ()
    assert "An export of 3 links is being made; it comes in a letter of its own." in " ".join(first.text.split())
    assert second.attachments[0][0].endswith(".xlsx")
    assert not await Job.filter(kind="export_links").exists()


async def test_an_empty_list_has_no_file() -> None:
    office = await opened()
    [answer] = await office.read(staff_letter("list"))
    assert answer.attachments == ()


async def test_who_may_not_export_gets_the_list_alone() -> None:
    office = await with_links(1)
    [answer] = await office.read(staff_letter("list", sender=VERA.email))
    assert answer.attachments == ()
    [answer] = await office.read(staff_letter("list", sender=NOOR.email))
    assert len(answer.attachments) == 1


async def test_nobody_finds_links_in_the_file_that_the_list_does_not_show_them() -> None:
    office = await with_links(2)
    asked = CreateLink(Money(99900, "USD"), "operating", payer_name="Of Noor")
    await create_link(asked, NOOR.by_mail(), office.around.ports)
    [answer] = await office.read(staff_letter("list"))
    [(_, _, content)] = answer.attachments
    sheet = openpyxl.load_workbook(BytesIO(base64.b64decode(content)))["Links"]
    assert sheet.max_row == 3
