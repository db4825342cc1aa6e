"""The list as each person last set it: kept, opened with, told, left for one call, forgotten (F54)."""

from __future__ import annotations

import io
from datetime import timedelta

import openpyxl
import pytest

from handlers.answers import FileReady, LinkList
from handlers.desk import Desk
from handlers.links.create_link import create_link
from handlers.links.own_view import kept_view
from handlers.requests import CreateLink
from models import database
from models.money import Money
from models.tables import ListView
from tests.cast import NOOR, ONE_ACCOUNT_FIRM, SAM, VERA, Person, Surroundings

CLIENTS = ("Doe", "Haddad", "Lima")
OWN = "This is your own view, as you last set it. `list all` shows every link, `list default` forgets it."
LOOK = "In your own columns and order, as you last set them: `list default` forgets them."
KEPT = "Kept as your own view: `list` alone opens it, `list default` forgets it."


async def fill(around: Surroundings) -> None:
    for number, name in enumerate(CLIENTS, 1):
        asked = CreateLink(Money(number * 1000, "USD"), "trust" if name == "Lima" else "operating", payer_name=name)
        await create_link(asked, SAM.in_slack(), around.ports)
        around.clock.tick(timedelta(hours=1))


@pytest.fixture
async def around(database: str) -> Surroundings:
    around = Surroundings()
    await fill(around)
    return around


async def says(around: Surroundings, text: str, by: Person = SAM) -> LinkList:
    answer = await Desk(around.ports).hear(by.in_slack(), text)
    assert isinstance(answer, LinkList), answer
    return answer


def clients(listed: LinkList) -> list[str]:
    return [row.payer_name for row in listed.rows]


async def test_f54_columns_sort_and_filters_are_kept_and_open_the_list(around: Surroundings) -> None:
    """(F54) The answer says that they were kept, and the next time that it is one's own view."""
    first = await says(around, "list over 15 sort amount asc columns client, amount")
    assert (clients(first), first.columns, first.note) == (["Haddad", "Lima"], ("client", "amount"), KEPT)
    again = await says(around, "list")
    assert (clients(again), again.columns, again.note) == (["Haddad", "Lima"], ("client", "amount"), OWN)
    assert again.command == "list all over 15.00 USD sort amount asc columns client, amount"


async def test_f54_what_is_said_wins_and_the_rest_is_as_it_was_kept(around: Surroundings) -> None:
    """(F54)"""
    await says(around, "list over 15 sort amount asc columns client, amount")
    other = await says(around, "list for Doe")
    assert (clients(other), other.columns) == (["Doe"], ("client", "amount"))
    falling = await says(around, "list sort client desc")
    assert (clients(falling), falling.columns) == (["Doe"], ("client", "amount")), "and the filter is the last one"
    assert (await says(around, "list columns due")).command == 'list all for "Doe" sort client desc columns due'


async def test_f54_a_view_is_looked_at_once_and_not_kept(around: Surroundings) -> None:
    """(F54) Whoever looks at what is cancelled does not want to see only that from then on."""
    await says(around, "list over 15 sort amount asc")
    cancelled = await says(around, "list cancelled")
    assert (cancelled.count, cancelled.note) == (0, LOOK)
    everything = await says(around, "list all")
    assert clients(everything) == ["Doe", "Haddad", "Lima"], "without the filter, in one's own order"
    assert everything.note == LOOK, "who asked for every link is not told that this is something else"
    assert clients(await says(around, "list")) == ["Haddad", "Lima"]


async def test_f54_list_default_forgets_it(around: Surroundings) -> None:
    """(F54)"""
    await says(around, "list for Doe columns due")
    usual = await says(around, "list default")
    assert (clients(usual), usual.columns, usual.note) == (
        ["Lima", "Haddad", "Doe"],
        (),
        "This is the usual list again.",
    )
    plain = await says(around, "list")
    assert (clients(plain), plain.note) == (["Lima", "Haddad", "Doe"], "")
    assert (await says(around, "list default")).note == ""


async def test_f54_everybody_has_a_view_of_their_own(around: Surroundings) -> None:
    """(F54) Viewers too; the same person has the same one by mail."""
    await says(around, "list for Doe")
    await says(around, "list for Lima", VERA)
    assert clients(await says(around, "list")) == ["Doe"]
    assert clients(await says(around, "list", VERA)) == ["Lima"]
    assert clients(await says(around, "list", NOOR)) == ["Lima", "Haddad", "Doe"]


async def test_f54_it_is_there_after_a_restart(database_url: str) -> None:
    """(F54)"""
    around = Surroundings()
    async with database.opened(database_url):
        await fill(around)
        await says(around, "list for Doe columns client")
    async with database.opened(database_url):
        assert (await says(around, "list")).columns == ("client",)


async def test_f54_an_export_has_the_columns_and_filters_of_ones_own_view(around: Surroundings) -> None:
    """(F54, F58)"""
    await says(around, "list over 15 sort amount desc columns amount, client", NOOR)
    own = await Desk(around.ports).hear(NOOR.in_slack(), "export")
    assert isinstance(own, FileReady)
    sheet = openpyxl.load_workbook(io.BytesIO(own.content))["Links"]
    shown = [row[1:] for row in sheet.iter_rows(values_only=True)]
    assert shown == [("Amount", "Currency", "Client"), (30, "USD", "Lima"), (20, "USD", "Haddad")]
    assert own.words == "2 links. It is your own view, as `list` opens it: `export all` takes every link."
    everything = await Desk(around.ports).hear(NOOR.in_slack(), "export all")
    assert isinstance(everything, FileReady)
    assert everything.words.startswith("3 links.")
    assert (await says(around, "list", NOOR)).count == 2, "an export is no list: nothing new is kept"


async def test_f54_the_other_pages_of_a_list_are_those_of_that_list(around: Surroundings) -> None:
    """(F54) A button or a letter says the whole command with its page; one's own view has no say in it."""
    await says(around, "list")
    first = await says(around, "list all")
    await says(around, "list for Doe columns due sort client asc")
    second = await says(around, f"{first.command} page 2")
    assert (clients(second), second.columns, second.note) == (["Lima", "Haddad", "Doe"], (), "")
    own = await says(around, "list page 2")
    assert (clients(own), own.note) == (["Doe"], OWN)


async def test_a_view_of_an_account_that_is_gone_is_the_usual_list(around: Surroundings) -> None:
    await says(around, "list account trust columns due")
    around.firm = ONE_ACCOUNT_FIRM
    assert await kept_view(SAM.in_slack(), around.ports) is None
    assert (await says(around, "list")).columns == ()
    assert (await says(around, "list for Doe columns client")).note == KEPT


async def test_a_view_is_told_to_be_kept_once(around: Surroundings) -> None:
    assert (await says(around, "list for Doe")).note == KEPT
    assert (await says(around, "list for Doe")).note == ""
    assert (await says(around, "list for Lima")).note == KEPT
    assert await ListView.all().count() == 1
