"""The right address in the place of a wrong one: the letter goes there once, and nothing more to the other (X4)."""

from __future__ import annotations

import asyncio

import pytest

from handlers.answers import AddressFixed, Answer, Refusal
from handlers.desk import Desk
from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Worker
from handlers.links.create_link import create_link
from handlers.ports import DeliveryRefused
from handlers.requests import Asker, CancelLinks, CreateLink, FixAddress, RemindLink
from models.link_states import LinkState
from models.money import Money
from models.tables import LinkEvent, PaymentLink, Recipient
from tests.cast import NOOR, SAM, VERA, Surroundings

WRONG, RIGHT = "jane@acmee.example", "jane@acme.example"


@pytest.fixture
def around(database: str) -> Surroundings:
    return Surroundings()


async def work(around: Surroundings) -> None:
    working = Worker(STEPS, around.ports)
    while await working.run_due():
        pass


async def mailed(around: Surroundings, *emails: str, refused: bool = True) -> PaymentLink:
    """A link whose letters the mail server refused."""
    if refused:
        around.letters.troubles.waiting = [DeliveryRefused("550 5.1.1 no such user")] * (len(emails) or 1)
    asked = CreateLink(Money(125000, "USD"), "operating", emails or (WRONG,))
    made = await create_link(asked, SAM.in_slack(), around.ports)
    await work(around)
    return await PaymentLink.get(reference=made.card.reference)


async def fix(around: Surroundings, request: FixAddress, by: Asker | None = None) -> Answer:
    answer = await Desk(around.ports).ask(by or SAM.in_slack(), request)
    await work(around)
    return answer


async def states(link: PaymentLink) -> dict[str, str]:
    return {one.address: one.delivery for one in await Recipient.filter(link_id=link.id)}


def sent_to(around: Surroundings) -> list[str]:
    return [letter.to for letter in around.letters.requests]


async def test_the_letter_goes_to_the_right_address_and_the_trail_keeps_both(around: Surroundings) -> None:
    link = await mailed(around)
    [card] = around.poster.cards.values()
    assert [wrong.address for wrong in card.wrong_addresses] == [WRONG]
    answer = await fix(around, FixAddress(link.reference, WRONG, RIGHT))
    assert isinstance(answer, AddressFixed)
    assert answer.sentence == f"{link.reference} goes to {RIGHT} now; nothing more is mailed to {WRONG}."
    assert await states(link) == {RIGHT: "sent"}
    assert sent_to(around) == [RIGHT]
    assert (await PaymentLink.get()).email == RIGHT  # the list sorts and searches by it
    event = await LinkEvent.get(kind="address_fixed")
    assert event.detail == {"to": RIGHT, "wrong": WRONG, "name": SAM.name}
    assert [line.words for line in around.poster.threads][-2:] == [
        f"Sam Okafor corrected the address: the letter goes to {RIGHT}, and nothing more to {WRONG}.",
        f"The letter to {RIGHT} was sent.",
    ]
    [card] = around.poster.cards.values()
    assert card.wrong_addresses == ()


async def test_the_notice_of_the_refusal_has_the_button(around: Surroundings) -> None:
    link = await mailed(around)
    line = around.poster.threads[-1]
    assert line.wrong is not None
    assert (line.wrong.reference, line.wrong.address) == (link.reference, WRONG)
    assert line.whom == SAM.slack_id  # its maker is told by name


async def test_of_several_addresses_only_the_wrong_one_is_replaced(around: Surroundings) -> None:
    link = await mailed(around, "bob@acme.example", WRONG)
    await fix(around, FixAddress(link.reference, WRONG, RIGHT))
    assert await states(link) == {"bob@acme.example": "failed", RIGHT: "sent"}
    assert sent_to(around) == [RIGHT]
    assert (await PaymentLink.get()).email == "bob@acme.example"


async def test_a_reminder_goes_to_the_right_address_only(around: Surroundings) -> None:
    link = await mailed(around)
    await fix(around, FixAddress(link.reference, WRONG, RIGHT))
    await Desk(around.ports).ask(SAM.in_slack(), RemindLink(link.reference))
    await work(around)
    assert sent_to(around) == [RIGHT, RIGHT]


async def test_letters_still_owed_to_the_wrong_address_do_not_leave(around: Surroundings) -> None:
    """The reminder was asked for, and the address corrected before it left."""
    link = await mailed(around, refused=False)
    await Desk(around.ports).ask(SAM.in_slack(), RemindLink(link.reference))
    await Desk(around.ports).hear(SAM.in_slack(), f"resend {link.reference}")
    await fix(around, FixAddress(link.reference, WRONG, RIGHT))
    assert sent_to(around) == [WRONG, RIGHT]  # the first of them had left before
    shown = await Desk(around.ports).hear(SAM.in_slack(), f"show {link.reference}")
    assert f"another address took the place of {WRONG}" in " ".join(shown.reminders)  # type: ignore[union-attr]


async def test_two_people_at_once_change_it_once(around: Surroundings) -> None:
    """On both databases; the second is told what it was corrected to, and how theirs gets a letter, too."""
    link = await mailed(around)
    desk, other = Desk(around.ports), "j.doe@acme.example"
    answers = await asyncio.gather(
        desk.ask(SAM.in_slack(), FixAddress(link.reference, WRONG, RIGHT)),
        desk.ask(NOOR.in_slack(), FixAddress(link.reference, WRONG, other)),
    )
    await work(around)
    assert await LinkEvent.filter(kind="address_fixed").count() == 1
    [left] = await states(link)
    assert sent_to(around) == [left]
    [again] = [one.sentence for one in answers if one.sentence.startswith("Nothing more was done")]  # type: ignore[union-attr]
    assert f"corrected that address to {left} on Nov 23, 2026, 10:00." in again
    assert f"`resend {link.reference} {(other if left == RIGHT else RIGHT)}`" in again


async def test_the_same_form_sent_twice_changes_it_once(around: Surroundings) -> None:
    """(M14)"""
    link = await mailed(around)
    request = FixAddress(link.reference, WRONG, RIGHT)
    for _ in range(2):
        await fix(around, request, SAM.in_slack(delivery="view:V1"))
    assert sent_to(around) == [RIGHT]


async def test_an_address_that_has_its_letter_already_gets_no_second_one(around: Surroundings) -> None:
    """Somebody typed `resend REF right@address` before: the wrong one just goes."""
    link = await mailed(around)
    await Desk(around.ports).hear(SAM.in_slack(), f"resend {link.reference} {RIGHT}")
    await work(around)
    assert await states(link) == {WRONG: "failed", RIGHT: "sent"}
    await fix(around, FixAddress(link.reference, WRONG, RIGHT))
    assert await states(link) == {RIGHT: "sent"}
    assert sent_to(around) == [RIGHT]


async def test_the_same_address_again_is_refused(around: Surroundings) -> None:
    link = await mailed(around)
    answer = await fix(around, FixAddress(link.reference, WRONG, WRONG.upper()))
    assert isinstance(answer, Refusal)
    assert answer.code == "address_unclear"
    assert await states(link) == {WRONG: "failed"}


async def test_a_link_that_is_no_longer_open_keeps_its_addresses(around: Surroundings) -> None:
    link = await mailed(around)
    await Desk(around.ports).ask(SAM.in_slack(), CancelLinks((link.reference,)))
    answer = await fix(around, FixAddress(link.reference, WRONG, RIGHT))
    assert isinstance(answer, Refusal)
    assert answer.sentence == f"{link.reference} is already cancelled; nothing was changed."
    assert await states(link) == {WRONG: "failed"}
    assert (await PaymentLink.get()).state is LinkState.CANCELLED
    assert [line.wrong for line in around.poster.threads][-1] is None


async def test_an_address_that_the_link_never_had_is_refused(around: Surroundings) -> None:
    link = await mailed(around)
    answer = await fix(around, FixAddress(link.reference, "someone@else.example", RIGHT))
    assert isinstance(answer, Refusal)
    assert "is not mailed to someone@else.example" in answer.sentence


async def test_a_viewer_may_not(around: Surroundings) -> None:
    link = await mailed(around)
    assert isinstance(await fix(around, FixAddress(link.reference, WRONG, RIGHT), VERA.in_slack()), Refusal)
    assert await states(link) == {WRONG: "failed"}
