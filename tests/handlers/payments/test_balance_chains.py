"""Chains of part payments in any amounts: paid to the last cent, never above."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.links.aftermath import beside_state
from handlers.links.cards import card_for
from handlers.payments.read_receipt import receipt_of
from handlers.payments.receipt_words import receipt_facts
from models.link_states import LinkState
from models.part_payment import part_bounds
from models.tables import Recipient
from tests.cast import FIRM
from tests.handlers.payments.balances import made_by, paid_in_part, pays, usd
from tests.handlers.payments.conftest import Till


@given(data=st.data(), due=st.integers(100, 5000), minimum=st.none() | st.integers(50, 3000))
@settings(max_examples=25)
async def test_any_chain_is_paid_to_the_last_cent_and_never_above(
    till: Till, data: st.DataObject, due: int, minimum: int | None
) -> None:
    """(M08) Property over (due, min, paid)."""
    least = usd(minimum) if minimum and part_bounds(usd(due), usd(minimum)) else None
    link = await till.link(due, partial=True, partial_minimum=least)
    links = [link]
    while link.state is not LinkState.PAID:
        bounds = part_bounds(link.amount, link.smallest_part) if link.partial_allowed else None
        part = None
        if bounds is not None and len(links) < 4:
            part = data.draw(st.none() | st.integers(bounds.least.minor, bounds.most.minor))
        await pays(till, link, part)
        total = sum(one.paid_minor for one in links)
        assert total <= due
        if link.state is LinkState.PART_PAID:
            left = due - total
            link = await made_by(till, link)
            assert link.amount_minor == left >= 50
            links.append(link)
    assert sum(one.paid_minor for one in links) == due
    assert await Recipient.all().count() == 0


async def test_once_the_balance_is_paid_the_first_link_says_by_which_and_owes_nothing(till: Till) -> None:
    """(F4) On its card, in the list, in the mail's words, and on its receipt."""
    first = await paid_in_part(till)
    second = await made_by(till, first)
    assert (await card_for(first, FIRM)).balance_paid_by == ""
    await pays(till, second)
    card = await card_for(first, FIRM)
    assert (card.balance_paid_by, card.left_open, card.wants_balance) == (second.reference, None, False)
    assert list(beside_state(card, FIRM)) == [f"the balance paid by {second.reference}"]
    assert list(beside_state(await card_for(second, FIRM), FIRM)) == []
    receipt = await receipt_of(first, till.around.ports)
    assert receipt is not None
    assert ("The rest was paid with", second.reference) in receipt_facts(receipt, FIRM)
    own = await receipt_of(second, till.around.ports)
    assert own is not None
    assert own.paid_since == ""


async def test_a_balance_paid_in_two_goes_is_paid_by_the_last_link(till: Till) -> None:
    first = await paid_in_part(till)
    second = await made_by(till, first)
    await pays(till, second, 1000)
    third = await made_by(till, second)
    await pays(till, third)
    cards = [await card_for(link, FIRM) for link in (first, second, third)]
    assert [card.balance_paid_by for card in cards] == [third.reference, third.reference, ""]
