"""The checkers of test_kill: with a guard of the product off, or a letter wrong, they do find it (R4)."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Sequence
from email.message import EmailMessage

import pytest

from handlers.batches import bill_batch, change_batch
from handlers.links.create_link import make_links
from handlers.links.link_draft import LinkDraft
from handlers.ports import Ports
from handlers.requests import Actor, Decision
from models.tables import Batch, PaymentLink
from tests.cast import ONE_ACCOUNT_FIRM, Surroundings
from tests.handlers.batches.asking import decide, reviewed
from tests.handlers.batches.samples import JANE, OMAR
from tests.journeys import nursery
from tests.journeys.batch_books import letters_faults, read_books
from tests.servers import Arrived


class _Killed(BaseException):
    """The process dies here."""


@pytest.fixture
def around() -> Surroundings:
    return Surroundings(firm=ONE_ACCOUNT_FIRM)


@pytest.mark.parametrize("guarded", [True, False])
async def test_links_of_a_file_that_are_not_made_in_one_transaction_are_found_out(
    around: Surroundings, database: str, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """(M12)"""
    await reviewed(around, JANE, OMAR)

    async def made_then_killed(drafts: Sequence[LinkDraft], by: Actor, ports: Ports) -> list[PaymentLink]:
        await make_links(drafts, by, ports)
        raise _Killed

    monkeypatch.setattr(bill_batch, "make_links", made_then_killed)
    if not guarded:
        monkeypatch.setattr(change_batch, "in_transaction", contextlib.nullcontext)
    with pytest.raises(_Killed):
        await decide(around, Decision.SEND)
    assert bool((await read_books(database)).faults(2)) is not guarded


@pytest.mark.parametrize("guarded", [True, False])
async def test_a_file_that_is_confirmed_twice_is_found_out(
    around: Surroundings, database: str, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """(M13) Three guards hold: the one decision, the delivery that is remembered, and what was billed before."""
    await reviewed(around, JANE, OMAR)

    async def nothing(*_: object) -> dict[int, object]:
        return {}

    async def take_it_anyway(*_: object) -> None:
        await Batch.all().update(state="sent")

    if not guarded:
        monkeypatch.setattr(change_batch, "_take_it", take_it_anyway)
        monkeypatch.setattr(change_batch, "remember", nothing)
        monkeypatch.setattr(bill_batch, "billed_before", nothing)
    for _ in range(2):
        await decide(around, Decision.SEND)
    assert bool((await read_books(database)).faults(2)) is not guarded


def test_a_letter_that_is_missing_or_another_is_found_out() -> None:
    """(M11)"""
    ada, bob = "ada@client.example", "bob@client.example"
    right = [_letter(ada, "a", "1"), _letter(bob, "b", "2"), _letter(bob, "b", "2")]
    assert letters_faults(right, [ada, bob]) == []
    assert letters_faults(right[:1], [ada, bob]) == [f"{bob} has no letter"]
    assert letters_faults(right, [ada]) == [f"{bob} is no client"]
    assert letters_faults([*right, _letter(ada, "c", "1")], [ada, bob]) == [f"{ada} was mailed 2 links"]
    assert letters_faults([*right, _letter(ada, "a", "3")], [ada, bob]) == [f"{ada} was mailed 2 letters"]
    assert letters_faults([right[0], _letter(bob, "a", "2")], [ada, bob]) == ["clients share a link"]


def _letter(to: str, token: str, message_id: str) -> Arrived:
    written = EmailMessage()
    written["Message-ID"] = f"<{message_id}@firm.example>"
    written.set_content(f"Pay at http://127.0.0.1:8080/p/{token}\n")
    return Arrived("pay@firm.example", (to,), written.as_bytes())


@pytest.mark.parametrize("name", nursery.IMPORTED)
def test_what_is_imported_before_a_birth_is_there(name: str) -> None:
    """The fork server passes over what it cannot import, and every birth would then do it slowly."""
    assert importlib.util.find_spec(name) is not None
