"""The receipt sent again, and whom its readers are told to ask."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.answers import Refusal, Resent
from handlers.desk import Desk
from handlers.links.verify_trail import verify_trails
from handlers.payments.payer_page import payer_page
from models.link_states import LinkState
from models.tables import (
    PaymentLink,
    Recipient,
    StaffMember,
)
from tests.cast import FIRM, SAM
from tests.handlers.payments.conftest import Till
from tests.handlers.payments.receipts import JANE, JOE, debit, paid, receipts


async def test_resend_on_a_paid_link_sends_the_receipt_again_to_payers_only(till: Till) -> None:
    till.around.firm = replace(FIRM, receipt_copy="books@harborfinch.example")
    link = await paid(till, JANE)
    requests = len(till.around.letters.requests)
    answer = await Desk(till.around.ports).hear(SAM.in_slack(), f"resend {link.reference}")
    assert isinstance(answer, Resent)
    assert (answer.receipt, answer.mailed_to) == (True, (JANE,))
    await till.work()
    assert receipts(till) == [JANE, "books@harborfinch.example", JANE]
    assert len(till.around.letters.requests) == requests
    assert f"Sam Okafor sent the receipt again to {JANE}." in till.said()


async def test_resend_sends_a_receipt_to_another_address_when_one_is_named(till: Till) -> None:
    link = await paid(till)
    answer = await Desk(till.around.ports).hear(SAM.in_slack(), f"resend {link.reference}")
    assert isinstance(answer, Refusal)
    assert f"resend {link.reference} EMAIL" in answer.sentence
    await Desk(till.around.ports).hear(SAM.in_slack(), f"resend {link.reference} {JOE}")
    await till.work()
    assert receipts(till) == [JOE]
    recipient = await Recipient.get()
    assert (recipient.address, recipient.delivery) == (JOE, "sent")


async def test_resend_sends_a_receipt_to_an_address_whose_letter_came_back(till: Till) -> None:
    """Somebody has mended the mailbox: asking again is asking."""
    link = await paid(till, JANE)
    await Recipient.all().update(delivery="bounced", trouble="no such mailbox")
    answer = await Desk(till.around.ports).hear(SAM.in_slack(), f"resend {link.reference}")
    assert isinstance(answer, Resent)
    await till.work()
    assert receipts(till) == [JANE, JANE]
    recipient = await Recipient.get()
    assert (recipient.delivery, recipient.trouble) == ("sent", "")


@pytest.mark.own_rows
async def test_resend_on_an_open_link_sends_the_request_as_ever_and_on_a_closed_one_nothing(till: Till) -> None:
    link = await till.link(emails=(JANE,))
    answer = await Desk(till.around.ports).hear(SAM.in_slack(), f"resend {link.reference}")
    assert isinstance(answer, Resent)
    assert not answer.receipt
    await till.work()
    assert [letter.to for letter in till.around.letters.requests] == [JANE, JANE]
    await PaymentLink.all().update(state=LinkState.EXPIRED)
    assert isinstance(await Desk(till.around.ports).hear(SAM.in_slack(), f"resend {link.reference}"), Refusal)
    assert receipts(till) == []


async def test_payers_are_told_whom_to_ask_the_firms_contact_first_then_its_address_then_the_maker(till: Till) -> None:
    link = await till.link()

    async def contact() -> str:
        page = await payer_page(link.token, till.around.ports)
        assert page is not None
        return page.contact

    assert await contact() == ""
    await StaffMember.create(slack_id=SAM.slack_id, name=SAM.name, email=SAM.email, role="staff")
    assert await contact() == SAM.email
    till.around.firm = replace(FIRM, reply_to="office@harborfinch.example")
    assert await contact() == "office@harborfinch.example"
    till.around.firm = replace(till.around.firm, contact="+1 617 555 0100")
    assert await contact() == "+1 617 555 0100"


async def test_the_trail_is_whole_after_letters_of_every_kind(till: Till) -> None:
    """(M10)"""
    await paid(till, JANE, JOE)
    _, session = await debit(till, JANE)
    till.cards.settle_debit(session, cleared=False)
    await till.hears("async_payment_failed", session)
    _, faults = await verify_trails()
    assert faults == ()
