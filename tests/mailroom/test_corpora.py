"""Letters of all sorts delivered to the intake: none crashes it, none commands it, and the next good one is heard."""

from __future__ import annotations

from pathlib import Path

import pytest

from handlers.mail.store_letter import DONE
from mailroom.heads import LetterUnreadable
from mailroom.letters import read_letter
from models.tables import PaymentLink
from tests.cast import SAM
from tests.mailroom.office import fates, opened
from tests.mailroom.writing import PASS, staff_letter

real = pytest.mark.usefixtures("database")

OURS = Path(__file__).parent.parent / "letters"
CORPORA = Path(__file__).parents[2].parent / "shared" / "corpora"  # beside the checkout, where there are any
OTHERS = CORPORA / "mail"
CREATE = "create 1250 jane@client.example for Jane Doe account operating"


def letters_of(folder: Path) -> list[Path]:
    """Every letter below a folder; none where it is not there."""
    return sorted(folder.rglob("*.eml"))


LETTERS = [pytest.param(file, id=f"{file.parent.name}/{file.stem}") for file in letters_of(OURS) + letters_of(OTHERS)]


def test_there_are_letters_of_our_own() -> None:
    assert len(letters_of(OURS)) >= 15


@pytest.mark.parametrize("file", LETTERS)
def test_any_letter_is_read_or_refused_by_name(file: Path) -> None:
    raw = file.read_bytes()
    for letter in (raw, raw.replace(b"\r\n", b"\n"), raw[: len(raw) // 2]):
        try:
            read_letter(letter)
        except LetterUnreadable as refused:
            assert refused.sentence  # noqa: PT017  either is fine, nothing else is


@real
async def test_all_letters_are_met_with_silence_and_the_next_command_works() -> None:
    """(T15, T17, B47)"""
    office = await opened()
    raws = [file.read_bytes() for file in letters_of(OURS) + letters_of(OTHERS)]
    assert await office.read(*raws) == []
    assert await PaymentLink.all().count() == 0
    assert office.mailbox.letters == {}
    [answer] = await office.read(staff_letter(CREATE))
    assert "PL-" in answer.text
    assert await PaymentLink.all().count() == 1


@real
async def test_lists_of_all_sorts_are_answered_and_none_makes_a_link_or_is_a_fault_of_ours() -> None:
    """(B21-B33) Those beside the checkout, and a few odd ones of our own."""
    office = await opened()
    odd = [
        b"",
        b"\xef\xbb\xbf",
        b"a",
        b'"',
        b'a,b\n"c',
        b"\x00" * 99,
        b"PK\x03\x04" + b"x" * 99,
        bytes(range(256)),
        b"a\r" * 999,
    ]
    lists = odd + [file.read_bytes() for file in sorted(CORPORA.glob("csv/**/*.*"))]
    answers = 0
    for number, content in enumerate(lists):
        file = (f"{number}.csv", "text/csv", content)
        answers += len(await office.read(staff_letter("November, account operating", files=[file])))
        if number % 10 == 9:  # error answers stop at ten a day
            office.around.clock.tick(86_400)
    assert answers == len(lists)
    assert {fate for fate, _ in await fates()} == {DONE}
    assert await PaymentLink.all().count() == 0


@real
async def test_even_from_a_trusted_sender_none_of_them_makes_a_link() -> None:
    """Our provider vouches for all of them: they may be answered, but nothing is made and nothing breaks."""
    office = await opened()
    stamp = f"Authentication-Results: {PASS}\r\nFrom: {SAM.email}\r\n".encode()
    raws = []
    for file in letters_of(OURS) + letters_of(OTHERS):
        raw = file.read_bytes().replace(b"\r\n", b"\n")
        if file.parent == OURS and b"create" in raw:
            continue  # with somebody to vouch for it, that is a command
        head, _, body = raw.partition(b"\n\n")
        kept = b"\n".join(line for line in head.split(b"\n") if not line.lower().startswith((b"from:", b"sender:")))
        raws.append(stamp.replace(b"\r\n", b"\n") + kept + b"\n\n" + body)
    await office.read(*raws)
    assert await PaymentLink.all().count() == 0
    office.around.clock.tick(86_400)
    [answer] = await office.read(staff_letter(CREATE))
    assert "PL-" in answer.text
