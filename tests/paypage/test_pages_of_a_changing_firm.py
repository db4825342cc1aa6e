"""What admins change while the product runs is on the next page that a payer opens."""

from __future__ import annotations

from dataclasses import replace

from tests.cast import FIRM
from tests.paypage.payer_house import OPEN, PAID, payer_house

OLD = replace(FIRM, disclaimer="Held under the old rules.", disclaimer_version=1)


async def test_a_new_disclaimer_and_a_new_name_are_on_the_very_next_page() -> None:
    """(F9) Also on one that was printed a moment before, and on the constant one for what is not there."""
    async with payer_house(firm=OLD) as house:
        house.operations.links |= {OPEN.token: OPEN, PAID.token: PAID}
        before = [(await house.look(OPEN)).words, (await house.look(PAID)).words, (await house.get("/p/none")).words]
        house.book.becomes(
            replace(house.book.firm, name="Finch & Daughters", disclaimer="Under the new rules.", disclaimer_version=2)
        )
        after = [(await house.look(OPEN)).words, (await house.look(PAID)).words, (await house.get("/p/none")).words]
    assert all("Harbor & Finch" in words for words in before[:2])
    assert "Held under the old rules." in before[0]
    assert all("Finch & Daughters" in words and "Harbor" not in words for words in after[:2])
    assert "Under the new rules." in after[0]
    assert "Harbor" not in after[2]


async def test_a_payer_who_read_another_disclaimer_is_shown_the_one_that_holds_before_paying() -> None:
    """(F6) So the version kept with the attempt is the one that its payer saw."""
    async with payer_house(firm=OLD) as house:
        house.operations.links[OPEN.token] = OPEN
        nonce = (await house.look(OPEN)).nonce
        house.book.becomes(replace(house.book.firm, disclaimer="Under the new rules.", disclaimer_version=2))
        refused = await house.post(OPEN, {"nonce": nonce})
        assert refused.status == 403
        assert "has changed since you opened the page. Nothing was charged." in refused.words
        assert house.operations.paid == []
        assert (await house.press_pay(OPEN)).status == 303
