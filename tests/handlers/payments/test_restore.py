"""A backup of two days ago is put back: every payment reappears, and no client is written again (M17)."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest

from handlers.jobs.reconcile import begin_reconciling
from handlers.links.verify_trail import verify_trails
from models import database as models_database
from models.link_states import LinkState
from models.tables import LinkEvent, Payment, PaymentLink
from tests.handlers.payments.conftest import Till
from tests.handlers.payments.test_reconcile import told


@pytest.mark.only_sqlite
async def test_a_restored_file_learns_from_stripe_what_was_paid_since(database_url: str) -> None:
    file = database_url.removeprefix("sqlite://")
    till = Till()
    async with models_database.opened(database_url):
        await begin_reconciling(till.around.ports)
        links = [await till.link(emails=(f"client{n}@acme.example",)) for n in range(12)]
        held = {link.reference: await till.press_pay(link) for link in links[:4]}  # these attempts are in the backup
        await till.work()
    shutil.copyfile(file, f"{file}.backup")
    till.around.clock.tick(timedelta(hours=1))
    async with models_database.opened(database_url):
        for link in links[:9]:
            session = held.get(link.reference) or await till.press_pay(link)
            till.cards.pay(session)
            event = told(session)
            await till.hears("completed", session, event_id=event.event_id)
            till.cards.arrived.append(("operating", till.around.clock.now(), event))
        assert await PaymentLink.filter(state=LinkState.PAID).count() == 9
    letters = till.around.letters
    written = (len(letters.requests), len(letters.receipts))
    assert written == (12, 9)
    shutil.copyfile(f"{file}.backup", file)
    till.around.clock.tick(timedelta(days=2))
    async with models_database.opened(database_url):
        assert await Payment.all().count() == 0
        await begin_reconciling(till.around.ports)
        await till.work()
        assert await PaymentLink.filter(state=LinkState.PAID, late_money=False, review=False).count() == 9
        assert {payment.payment_intent for payment in await Payment.all()} == {
            truth.payment_intent for truth in till.cards.taken
        }
        assert (len(letters.requests), len(letters.receipts)) == written
        assert await LinkEvent.filter(kind="letter_held").count() == 9
        _, faults = await verify_trails()
        assert faults == ()
