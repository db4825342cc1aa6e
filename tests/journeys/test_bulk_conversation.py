"""A list of invoices by mail, from a file with faults to the letter that says how its letters ended."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.journeys.house import NOOR_EMAIL, House, furnished
from tests.journeys.letters import csv_of, invoices, letter, text_of
from tests.servers import Dovecot, SmtpSink


@pytest.fixture
async def house(tmp_path: Path, database_url: str, smtp_sink: SmtpSink, dovecot: Dovecot) -> AsyncIterator[House]:
    async with furnished(tmp_path, database_url, smtp_sink, dovecot) as house:
        await house.start()
        yield house


class Conversation:
    """Noor's letters to the intake and what comes back, in one thread."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._came = 0
        self.last: EmailMessage | None = None

    async def say(self, text: str, file: bytes | None = None) -> str:
        """The words of the answer."""
        subject = f"Re: {self.last['Subject']}" if self.last else "Invoices for November"
        self._house.deliver(letter(subject, text, file, to=self.last))
        return await self.hear()

    async def hear(self) -> str:
        """The words of the next letter to her."""
        self._came += 1
        self.last = (await self._house.letter_to(NOOR_EMAIL, self._came)).message
        return " ".join(text_of(self.last).split())

    def attached(self) -> tuple[str, str]:
        assert self.last is not None
        [part] = self.last.iter_attachments()
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        return str(part.get_filename()), content.decode("utf-8-sig")


@pytest.mark.only_sqlite  # the database does not matter to it
async def test_a_list_is_mended_changed_and_sent_in_one_conversation(house: House) -> None:
    """(F30-F34, X3)"""
    house.sink.refuse["client3@acme.example"] = "550 5.1.1 no such user"
    talk = Conversation(house)
    rows = invoices(4)
    rows[1][4] = "102;50"
    rows[2][5] = "client3@"
    assert "invoices.csv has 2 faults" in await talk.say("", csv_of(rows))
    name, copy = talk.attached()
    assert name == "invoices-marked.csv"
    [header, *marked] = csv.reader(io.StringIO(copy, newline=""))
    assert header[0] == "error"
    assert [bool(row[0]) for row in marked] == [False, True, True, False]

    mended = copy.replace("102;50", "102.50").replace("client3@", "client3@acme.example").encode()
    review = await talk.say("Here it is, mended.", mended)
    for fact in ("B-1", "Rows: 4", "Total: $412.00", "2 Client 1 $101.50", "5 Client 4 $104.50"):
        assert fact in review, fact
    changed = await talk.say(
        "delete 5\nedit 2 amount 99.00 email client9@acme.example\nadd INV-7,,,Zoe,7.00,,\n\nThanks"
    )
    for fact in ("Deleted: row 5.", "Row 2 is changed", "Row 6 is added: Zoe, $7.00.", "Rows: 4, and 1 left out"):
        assert fact in changed, fact
    assert "does not decide B-1" in await talk.say("ok go")
    assert len(house.sink.letters) == 4  # to Noor; nothing has left yet
    assert "B-1: 4 letters on the way" in await talk.say("include 5\nsend")

    ending = await talk.hear()
    assert "3 of 4 letters of B-1 (invoices.csv) were sent." in ending
    assert "row 4" in ending
    assert "client3@acme.example" in ending
    assert "no such user" in ending
    assert [len(house.sink.to(f"client{n}@acme.example")) for n in (1, 2, 3, 4, 9)] == [0, 1, 0, 1, 1]
    assert "$99.00" in text_of(house.sink.to("client9@acme.example")[0].message)
    assert talk.attached()[0] == "B-1-failures.csv"
