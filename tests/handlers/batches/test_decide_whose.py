"""Who decides a list, and which account its money is for."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from handlers.answers import BatchDecided, BatchReview
from handlers.batches.change_batch import change_batch
from handlers.batches.find_batch import ReviewChanged
from handlers.requests import ChooseAccount, Decision
from models.errors import AccountUnclear, NotFound
from models.money import Money
from models.tables import Batch, PaymentLink
from tests.cast import NOOR, SAM, TRUST, VERA, Surroundings
from tests.handlers.batches.asking import decide, reviewed
from tests.handlers.batches.samples import JANE, TWO_CURRENCIES, lines

pytestmark = pytest.mark.usefixtures("database")

SEND, LINKS, DISCARD = Decision.SEND, Decision.LINKS, Decision.DISCARD
KIM = ("1044", "", "", "Kim Novak", "10.00", "", "")  # no address
NARROW = "recipient name,amount,email address,currency,account"


# ── who ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_only_its_sender_or_an_admin_decides_and_for_others_it_does_not_exist(around: Surroundings) -> None:
    await reviewed(around, JANE)
    for number, by in ((1, VERA.by_mail()), (2, SAM.by_mail()), (0, NOOR.by_mail()), (10**30, NOOR.by_mail())):
        with pytest.raises(NotFound, match=f"B-{number} was not found here"):
            await decide(around, SEND, number, by)
        with pytest.raises(NotFound):
            await change_batch(ChooseAccount(number, "operating"), by, around.ports)
    assert (await decide(around, SEND, by=NOOR.in_slack())).letters == 1
    assert (await Batch.get()).decided_by == "Noor Haddad"


async def test_the_sender_decides_through_either_door(around: Surroundings) -> None:
    await reviewed(around, JANE, by=SAM.by_mail())
    assert (await decide(around, SEND, by=SAM.in_slack())).letters == 1


# ── the account ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_nothing_is_made_before_the_account_is_chosen() -> None:
    """(F12, F14)"""
    around = Surroundings()
    assert (await reviewed(around, JANE)).account == ""
    for decision in (SEND, LINKS):
        with pytest.raises(AccountUnclear, match="`account operating` or `account trust`"):
            await decide(around, decision)
    chosen = await change_batch(ChooseAccount(1, "trust"), SAM.by_mail(), around.ports)
    assert chosen.account == "Harbor & Finch Client Trust"
    assert (await decide(around, SEND)).account == "Harbor & Finch Client Trust"
    assert (await PaymentLink.get()).account == "trust"


async def test_money_for_an_account_that_was_removed_meanwhile_waits_for_another(around: Surroundings) -> None:
    await reviewed(around, JANE)
    around.firm = replace(around.firm, accounts={"trust": TRUST})
    with pytest.raises(AccountUnclear, match=r"operating is not set up any more.*`account trust`"):
        await decide(around, SEND)
    await change_batch(ChooseAccount(1, "trust"), SAM.by_mail(), around.ports)
    assert (await decide(around, SEND)).account == "Harbor & Finch Client Trust"


async def test_a_row_s_own_account_wins() -> None:
    around = Surroundings()
    await reviewed(around, content=lines(NARROW, "Jane,10.00,j@x.example,,trust", "Omar,20.00,o@x.example,,"))
    await change_batch(ChooseAccount(1, "operating"), SAM.by_mail(), around.ports)
    await decide(around, SEND)
    assert {link.payer_name: link.account for link in await PaymentLink.all()} == {"Jane": "trust", "Omar": "operating"}


async def test_rows_without_a_currency_take_that_of_the_account_that_is_chosen() -> None:
    around = Surroundings(firm=TWO_CURRENCIES)
    first = await reviewed(around, content=lines(NARROW, "Jane,10.00,j@x.example,,", "Omar,20.00,o@x.example,EUR,"))
    assert first.totals == (Money(1000, "USD"), Money(2000, "EUR"))
    with pytest.raises(AccountUnclear, match=r"does not fit the account operating: row 3\..*USD, not EUR"):
        await change_batch(ChooseAccount(1, "operating"), SAM.by_mail(), around.ports)
    chosen = await change_batch(ChooseAccount(1, "berlin"), SAM.by_mail(), around.ports)
    assert chosen.totals == (Money(3000, "EUR"),)
    await decide(around, SEND)
    assert [link.amount for link in await PaymentLink.all().order_by("id")] == [Money(1000, "EUR"), Money(2000, "EUR")]


async def test_an_unknown_account_and_a_decided_batch_are_refused() -> None:
    around = Surroundings()
    await reviewed(around, JANE)
    with pytest.raises(AccountUnclear):
        await change_batch(ChooseAccount(1, "nowhere"), SAM.by_mail(), around.ports)
    await decide(around, DISCARD)
    with pytest.raises(ReviewChanged, match="already discarded by Sam Okafor"):
        await change_batch(ChooseAccount(1, "trust"), SAM.by_mail(), around.ports)


async def test_an_account_chosen_while_the_decision_is_on_its_way_is_not_mixed_with_it() -> None:
    """Whoever sends has seen another review, so one of the two is refused or comes after the other whole."""
    around = Surroundings()
    for batch in range(1, 7):
        await reviewed(around, [f"n{batch}", *JANE[1:]])
        await change_batch(ChooseAccount(batch, "trust"), SAM.by_mail(), around.ports)
        choice = change_batch(ChooseAccount(batch, "operating"), SAM.by_mail(), around.ports)
        chosen, sent = await asyncio.gather(choice, decide(around, SEND, batch), return_exceptions=True)
        links = await PaymentLink.filter(batch_id=batch)
        if isinstance(sent, ReviewChanged):
            assert isinstance(chosen, BatchReview)
            assert links == []
        else:
            assert isinstance(sent, BatchDecided)
            assert [link.account for link in links] == [(await Batch.get(id=batch)).account]


async def test_what_was_reviewed_is_what_is_billed_even_if_the_firm_s_number_format_changes(
    around: Surroundings,
) -> None:
    await reviewed(around, [*JANE[:4], "1,250", *JANE[5:]])
    around.firm = replace(around.firm, locale="de_DE", currency="EUR")
    await decide(around, SEND)
    assert (await PaymentLink.get()).amount == Money(125000, "USD")
