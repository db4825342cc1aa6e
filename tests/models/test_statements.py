"""Ready-made statements write exactly what Tortoise would have written."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError, ValidationError
from tortoise.transactions import in_transaction

from models.link_states import LinkState
from models.statements import change, change_each, insert_all, insert_once
from models.tables import InboundEvent, Job, PaymentLink

pytestmark = pytest.mark.own_rows

MADE = datetime(2026, 11, 23, 15, 0, 0, 123456, tzinfo=UTC)
LINK: dict[str, Any] = {
    "reference": "PL-7F3K9Q",
    "token": "tOkEn-Of-24-Random-Bytes-Xy",
    "account": "operating",
    "amount_minor": 125_000,
    "currency": "USD",
    "payer_name": "Søren ‘Ø’ 李; DROP TABLE payment_link",
    "due_on": date(2026, 12, 15),
    "created_at": MADE,
    "expires_at": None,
    "created_by": "U0NOOR",
    "creator_name": "Noor Haddad",
    "door": "slack",
}
JOB: dict[str, Any] = {
    "kind": "send_letter",
    "lane": "mail",
    "payload": {"to": "jane@acme.example", "parts": [1, None, "é"]},
    "run_at": 1,
}


def _values(row: PaymentLink | Job, *but: str) -> dict[str, object]:
    return {name: getattr(row, name) for name in row._meta.fields if name not in but}


async def test_a_row_is_written_as_tortoise_writes_it(database: str) -> None:
    await insert_all(PaymentLink, [LINK])
    other = {"reference": "PL-000000", "token": "another"}
    usual = await PaymentLink.create(**(LINK | other))
    ours = await PaymentLink.get(reference=LINK["reference"])
    assert _values(ours, "id", *other) == _values(await PaymentLink.get(id=usual.id), "id", *other)
    assert (ours.state, ours.created_at, ours.due_on) == (LinkState.OPEN, MADE, date(2026, 12, 15))


async def test_json_and_lists_come_back_as_they_went_in(database: str) -> None:
    await insert_all(Job, [JOB, JOB | {"payload": {}}])
    first, second = await Job.all().order_by("id")
    assert (first.payload, second.payload, first.state, first.dedup) == (JOB["payload"], {}, "due", None)


async def test_thousands_of_rows_keep_their_order_and_no_rows_do_nothing(database: str) -> None:
    await insert_all(Job, [])
    await insert_all(Job, [JOB | {"run_at": number} for number in range(1_234)])
    assert [job.run_at for job in await Job.all().order_by("id")] == list(range(1_234))


async def test_what_is_too_long_for_a_column_is_refused_on_both_databases(database: str) -> None:
    with pytest.raises(ValidationError):
        await insert_all(PaymentLink, [LINK | {"payer_name": "x" * 201}])
    assert await PaymentLink.all().count() == 0


async def test_a_second_row_with_the_same_key_is_an_error_of_tortoises_own(database: str) -> None:
    await insert_all(PaymentLink, [LINK])
    with pytest.raises(IntegrityError):
        await insert_all(PaymentLink, [LINK])


async def test_once_means_once_and_the_transaction_goes_on(database: str) -> None:
    event = {"source": "slack", "external_id": "1.2", "received_at": MADE, "outcome": "PL-7F3K9Q"}
    assert await insert_once(InboundEvent, event, unique="source, external_id")
    async with in_transaction():
        again = event | {"outcome": "something else"}
        assert not await insert_once(InboundEvent, again, unique="source, external_id")
        assert (await InboundEvent.get(external_id="1.2")).outcome == "PL-7F3K9Q"


async def test_many_rows_are_each_changed_by_their_own_id(database: str) -> None:
    await change_each(Job, [])
    await insert_all(Job, [JOB | {"run_at": number} for number in range(700)])
    jobs = await Job.all().order_by("id")
    changes = [{"id": job.id, "payload": {"n": job.run_at}, "last_error": "x"} for job in jobs if job.run_at != 7]
    await change_each(Job, changes)
    changed = {job.run_at: job for job in await Job.all()}
    assert {n: job.payload["n"] for n, job in changed.items() if n != 7} == {n: n for n in range(700) if n != 7}
    assert (changed[7].payload, changed[7].last_error, changed[8].last_error) == (JOB["payload"], "", "x")


async def test_a_change_tells_the_row_as_it_is_now_or_nothing(database: str) -> None:
    await insert_all(PaymentLink, [LINK])
    link = await PaymentLink.get(reference=LINK["reference"])
    to = {"state": LinkState.PAID, "paid_minor": 7}
    open_ = {"id": link.id, "state": LinkState.OPEN}
    told = "state, paid_minor, event_count"
    found = await change(PaymentLink, open_, to, also="event_count = event_count + 1", returning=told)
    assert found == [{"state": "paid", "paid_minor": 7, "event_count": 2}]
    assert await change(PaymentLink, open_, to, also="event_count = event_count + 1", returning=told) == []
    assert (await PaymentLink.get(id=link.id)).event_count == 2
