"""Five hundred invoices in one file, by mail: reviewed, sent, each to its own person with its own working link."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.journeys.house import NOOR_EMAIL, House, furnished
from tests.journeys.letters import csv_of, invoices, letter, link_in, text_of
from tests.servers import Dovecot, SmtpSink
from tests.waiting import eventually

ROWS = 500


@pytest.fixture
async def house(tmp_path: Path, database_url: str, smtp_sink: SmtpSink, dovecot: Dovecot) -> AsyncIterator[House]:
    async with furnished(tmp_path, database_url, smtp_sink, dovecot) as house:
        await house.start()
        yield house


async def test_a_file_of_500_invoices_is_reviewed_and_sent_to_500_people(house: House) -> None:
    """(F24, F29, F31, F34)"""
    house.deliver(letter("Invoices for November", file=csv_of(invoices(ROWS))))
    review = (await house.letter_to(NOOR_EMAIL)).message
    assert "500" in text_of(review)
    assert "$175,500.00" in text_of(review)  # 500 times 100.50, and 1 to 500
    assert [sent for sent in house.sink.letters if NOOR_EMAIL not in sent.recipients] == []

    house.deliver(letter(f"Re: {review['Subject']}", "send\n", to=review))
    await house.letter_to(NOOR_EMAIL, count=2)

    async def all_sent() -> bool:
        return len(house.sink.letters) >= ROWS + 2

    await eventually(all_sent, "500 letters", 90)
    links = {}
    for number in range(1, ROWS + 1):
        [sent] = house.sink.to(f"client{number}@acme.example")
        text = text_of(sent.message)
        assert f"Client {number}" in text
        assert f"${100 + number}.50" in text
        assert f"INV-{number}" in text
        links[number] = link_in(text)
    assert len(set(links.values())) == ROWS
    async with aiohttp.ClientSession() as session:
        for number in (1, 77, 250, ROWS):
            async with session.get(links[number]) as page:
                assert page.status == 200
                words = await page.text()
                assert f"${100 + number}.50" in words
                assert f"INV-{number}" in words


async def test_one_bad_row_makes_no_link_and_names_row_column_value_and_remedy(house: House) -> None:
    """(F30, M12)"""
    rows = invoices(ROWS)
    rows[498][4] = "12,5O"
    house.deliver(letter("Invoices", file=csv_of(rows)))
    answer = text_of((await house.letter_to(NOOR_EMAIL)).message)
    assert "500" in answer  # the spreadsheet's row
    assert "amount" in answer
    assert "12,5O" in answer
    assert "There are no links yet." in await house.type("list")
    assert len(house.sink.letters) == 1
