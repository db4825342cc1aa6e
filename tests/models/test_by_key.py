"""One row by a unique key: always what is committed, and without waiting for whoever is writing."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import pytest
from tortoise.transactions import in_transaction

from models.by_key import by_key
from models.link_states import LinkState
from models.tables import PaymentLink, StaffMember

pytestmark = pytest.mark.own_rows

TOKEN = "tOkEn-Of-24-Random-Bytes-Xy"
MADE = datetime(2026, 11, 23, 15, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
async def link(database: str) -> PaymentLink:
    return await PaymentLink.create(
        reference="PL-7F3K9Q",
        token=TOKEN,
        account="operating",
        amount_minor=125_000,
        currency="USD",
        payer_name="Jane Doe",
        due_on=date(2026, 12, 15),
        created_at=MADE,
        created_by="U0NOOR",
        creator_name="Noor Haddad",
        door="slack",
    )


async def test_the_row_is_the_same_as_any_other_way_to_it(link: PaymentLink) -> None:
    found, usual = await by_key(PaymentLink, "token", TOKEN), await PaymentLink.get(token=TOKEN)
    assert found is not None
    fields = PaymentLink._meta.fields
    assert {name: getattr(found, name) for name in fields} == {name: getattr(usual, name) for name in fields}
    assert (found.created_at, found.due_on, found.state) == (MADE, date(2026, 12, 15), LinkState.OPEN)


async def test_what_was_found_can_be_changed_and_saved(link: PaymentLink) -> None:
    found = await by_key(PaymentLink, "token", TOKEN)
    assert found is not None
    found.payer_name = "Jane Roe"
    await found.save(update_fields=["payer_name"])
    assert (await PaymentLink.get(id=link.id)).payer_name == "Jane Roe"


@pytest.mark.parametrize("token", ["", "nobody's", TOKEN.lower(), f"{TOKEN} ", "' OR 1=1 --"])
async def test_a_key_that_nobody_has_finds_nothing(link: PaymentLink, token: str) -> None:
    assert await by_key(PaymentLink, "token", token) is None


async def test_a_change_is_seen_as_soon_as_it_is_committed(link: PaymentLink) -> None:
    for n in range(20):
        await PaymentLink.filter(id=link.id).update(paid_minor=n)
        found = await by_key(PaymentLink, "token", TOKEN)
        assert found is not None
        assert found.paid_minor == n


async def test_a_transaction_sees_its_own_changes_and_nobody_else_does(link: PaymentLink) -> None:
    async def of_others() -> int:
        found = await by_key(PaymentLink, "token", TOKEN)
        assert found is not None
        return int(found.paid_minor)

    begun, looked = asyncio.Event(), asyncio.Event()

    async def change() -> None:
        async with in_transaction():
            await PaymentLink.filter(id=link.id).update(paid_minor=7)
            found = await by_key(PaymentLink, "token", TOKEN)
            assert found is not None
            assert found.paid_minor == 7
            begun.set()
            await looked.wait()

    changing = asyncio.create_task(change())
    await begun.wait()
    # and it does not wait for the transaction: it would wait for ever, as that goes on when this is done
    assert await asyncio.wait_for(of_others(), 30) == 0
    looked.set()
    await changing
    assert await of_others() == 7


async def test_what_is_rolled_back_was_never_there(link: PaymentLink) -> None:
    with pytest.raises(ZeroDivisionError):
        async with in_transaction():
            await StaffMember.create(slack_id="U0SAM", email="sam@firm.example", role="staff")
            assert await by_key(StaffMember, "slack_id", "U0SAM") is not None
            raise ZeroDivisionError
    assert await by_key(StaffMember, "slack_id", "U0SAM") is None
