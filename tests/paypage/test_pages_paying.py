"""Paying on the pages: coming back from Stripe, the button, parts, too late, troubles."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import hdrs

from handlers.payments.payer_page import PayerPage
from handlers.payments.start_checkout import CheckoutNotAllowed, LinkUsedUp
from handlers.ports import (
    ProcessorBusy,
    ProcessorDenied,
    ProcessorRejected,
    ProcessorTrouble,
    ProcessorUnreachable,
)
from models.errors import AmountUnclear, DatabaseNotReady
from models.link_states import LinkState
from tests.cast import FIRM
from tests.paypage.payer_house import (
    CANCELLED,
    CHECKOUT,
    CLOSING,
    CONFIRMING,
    EVERY_PAGE,
    EXPIRED,
    OPEN,
    PAID,
    PART_PAID,
    PARTIAL,
    PROCESSING,
    House,
    payer_house,
    usd,
)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with payer_house(firm=replace(FIRM, disclaimer="Held under the rules of professional conduct.")) as running:
        yield running


# ── coming back from Stripe ───────────────────────────────────────────────────────────────────────────────────────────


async def test_coming_back_asks_how_that_session_went(house: House) -> None:
    await house.get(f"/p/{PAID.token}?session_id=cs_test_a1")
    assert house.operations.looked == [(PAID.token, "cs_test_a1")]


@pytest.mark.parametrize(
    "session_id", ["cs_%00", "..%2f", "{CHECKOUT_SESSION_ID}", "x" * 256, "%C3%BC", "cs_1&session_id=cs_2"]
)
async def test_a_session_id_typed_by_hand_never_makes_a_page_say_paid(house: House, session_id: str) -> None:
    """(B54)"""
    answer = await house.get(f"/p/{OPEN.token}?session_id={session_id}")
    assert answer.status == 200
    assert "Pay $1,250.00" in answer.words
    assert house.operations.looked[0][1] in ("", "cs_1")


async def test_a_confirming_page_looks_again_by_itself_often_then_rarely_then_no_more(house: House) -> None:
    path = f"/p/{CONFIRMING.token}"
    refreshed = []
    answer = await house.get(f"{path}?session_id=cs_1")
    while "Refresh" in answer.headers:
        assert "This page looks again by itself." in answer.words
        found = re.fullmatch(r"([0-9]+); url=(/.*)", answer.headers["Refresh"])
        assert found
        refreshed.append(int(found[1]))
        answer = await house.get(found[2])
    assert refreshed == [3] * 12 + [15] * 48
    assert {session for _, session in house.operations.looked} == {"cs_1"}
    assert "by itself" not in answer.words
    assert "Look again now" in answer.words


async def test_other_pages_stand_still(house: House) -> None:
    for page in EVERY_PAGE:
        assert ("Refresh" in (await house.look(page)).headers) is (page is CONFIRMING)


# ── paying ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_pressing_pay_sends_the_payer_to_the_checkout_page(house: House) -> None:
    answer = await house.press_pay(OPEN)
    assert answer.status == 303
    assert answer.headers["Location"] == CHECKOUT
    assert house.operations.paid == [(OPEN.token, None)]


async def test_two_tabs_and_a_double_click_reach_the_same_checkout(house: House) -> None:
    """(B55) The form stays good while it asks for the same."""
    nonce = (await house.look(OPEN)).nonce
    answers = [await house.post(OPEN, {"nonce": nonce}) for _ in range(2)]
    assert {(answer.status, answer.headers["Location"]) for answer in answers} == {(303, CHECKOUT)}


@pytest.mark.parametrize(
    ("typed", "minor"), [("1250.00", 125_000), ("$400", 40_000), ("1,000.50", 100_050), (" 100 ", 10_000)]
)
async def test_a_part_may_be_paid_where_the_link_allows_it(house: House, typed: str, minor: int) -> None:
    """(F4)"""
    answer = await house.press_pay(PARTIAL, amount=typed)
    assert answer.status == 303
    assert house.operations.paid == [(PARTIAL.token, usd(minor))]


@pytest.mark.parametrize(
    "typed",
    ["", " ", "0", "-5", "1e2", "0x10", "NaN", "１２", "1.999", "1,00", "12,50.00", "9" * 40, "9" * 60_000, "€5"],
)
async def test_an_amount_that_cannot_be_read_is_said_beside_the_field_and_kept_in_it(house: House, typed: str) -> None:
    """(B50, T05)"""
    answer = await house.press_pay(PARTIAL, amount=typed)
    assert answer.status == 400
    assert house.operations.paid == []
    assert 'role="alert"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert 'aria-describedby="fault bounds"' in answer.text
    assert f'value="{typed[:40]}"' in answer.text
    assert len(answer.body) < 10_000


PLEASE = "Please enter an amount such as 625.00, from $100.00 to $1,249.50, or $1,250.00 to pay all of it."


async def test_a_form_without_the_amount_is_asked_for_it(house: House) -> None:
    answer = await house.press_pay(PARTIAL)
    assert answer.status == 400
    assert PLEASE in answer.words


@pytest.mark.parametrize("typed", ["5000", "99.99", "1250.01", "0.01", "half", "-5"])
async def test_a_part_out_of_bounds_is_refused_with_the_bounds_in_a_payers_words(house: House, typed: str) -> None:
    """(B50, T05)"""
    answer = await house.press_pay(PARTIAL, amount=typed)
    assert answer.status == 400
    assert PLEASE in answer.words
    assert f'value="{typed}"' in answer.text
    assert house.operations.paid == []


async def test_a_part_that_leaves_too_little_to_be_paid_is_refused_and_says_so(house: House) -> None:
    """(B50, M08)"""
    answer = await house.press_pay(PARTIAL, amount="1249.80")
    assert answer.status == 400
    assert f"That would leave $0.20, and nothing below $0.50 can be paid online. {PLEASE}" in answer.words


async def test_bounds_that_the_operation_alone_knows_are_said_in_its_words(house: House) -> None:
    """The link changed between looking and paying."""
    house.operations.answer = AmountUnclear("Please enter another amount.")
    answer = await house.press_pay(PARTIAL, amount="400")
    assert answer.status == 400
    assert "Please enter another amount." in answer.words


async def test_the_bounds_are_said_before_a_mistake_is_made(house: House) -> None:
    """(F4, B50)"""
    answer = await house.look(PARTIAL)
    assert "You may pay all of it, or a part from $100.00 to $1,249.50." in answer.words
    assert 'aria-describedby="bounds"' in answer.text


async def test_the_page_of_a_balance_link_says_what_was_paid_before(house: House) -> None:
    """(F4)"""
    house.operations.links[OPEN.token] = replace(OPEN, whole=usd(200_000))
    assert "Paid before $750.00 of $2,000.00" in (await house.look(OPEN)).words


async def test_an_amount_too_small_for_parts_has_no_field(house: House) -> None:
    """(M08)"""
    small = replace(PARTIAL, amount=usd(90), partial_minimum=None)
    house.operations.links[small.token] = small
    answer = await house.look(small)
    assert 'name="amount"' not in answer.text
    assert "Pay $0.90" in answer.words


@pytest.mark.parametrize(
    ("left", "asked", "said"),
    [
        (85_000, False, "Still to pay $850.00"),
        (85_000, False, "To pay the rest, please ask Harbor & Finch LLP for a new link."),
        (85_000, True, "has made a new link for the rest"),
        (25_000, False, "Paid since, with another link $600.00 Still to pay $250.00"),
        (0, False, "All of it has been paid by now."),
    ],
)
async def test_a_partly_paid_page_says_what_is_still_open(house: House, left: int, asked: bool, said: str) -> None:
    """(F4, LIMITS: nobody is stranded)"""
    house.operations.links[PART_PAID.token] = replace(PART_PAID, left_open=usd(left), balance_asked=asked)
    answer = await house.look(PART_PAID)
    assert answer.status == 200
    assert "Paid $400.00" in answer.words
    assert said in answer.words.replace(" .", ".")


async def test_an_extra_field_is_refused_and_the_amount_kept(house: House) -> None:
    """(B51)"""
    answer = await house.press_pay(PARTIAL, amount="400", currency="JPY")
    assert answer.status == 400
    assert 'value="400"' in answer.text
    assert house.operations.paid == []
    assert house.operations.refusals == [(PARTIAL.token, "it has fields that the page does not have")]


# ── too late ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("page", "status"),
    [
        (PAID, 409),
        (PART_PAID, 409),
        (PROCESSING, 409),
        (CONFIRMING, 409),
        (CLOSING, 409),
        (CANCELLED, 410),
        (EXPIRED, 410),
    ],
)
@pytest.mark.parametrize("with_nonce", [True, False])
async def test_paying_a_used_up_link_says_how_it_stands(
    house: House, page: PayerPage, status: int, with_nonce: bool
) -> None:
    """(SPEC 8, B49) A tab that was opened while the link was open."""
    house.operations.links[page.token] = replace(OPEN, token=page.token)
    nonce = (await house.look(page)).nonce
    house.operations.links[page.token] = page
    answer = await house.post(page, {"nonce": nonce} if with_nonce else {})
    assert answer.status == status
    assert "<form" not in answer.text
    assert house.operations.paid == []
    heading = re.search(r"<h1>(.+)</h1>", (await house.look(page)).text)
    assert heading
    assert heading[1] in answer.text


@pytest.mark.parametrize(
    ("state", "becomes", "status", "words"),
    [
        (LinkState.PAID, PAID, 409, "Payment received"),
        (LinkState.CANCELLED, CANCELLED, 410, "was cancelled"),
        (LinkState.PROCESSING, CONFIRMING, 409, "Confirming your payment"),  # under review
        (LinkState.CLOSING, None, 409, "is being closed"),  # and already open again by the second look
    ],
)
async def test_a_link_used_up_between_looking_and_paying_says_so(
    house: House, state: LinkState, becomes: PayerPage | None, status: int, words: str
) -> None:
    house.operations.answer = LinkUsedUp(state)
    house.operations.on_pay = becomes
    answer = await house.press_pay(OPEN)
    assert answer.status == status
    assert words in answer.words


# ── Stripe's troubles ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("trouble", "retry_after", "words"),
    [
        (ProcessorUnreachable("refused"), "30", "The payment service is not reachable just now. Nothing was charged."),
        (ProcessorBusy("429"), "5", "There is a short wait. Nothing was charged."),
        (ProcessorBusy("429", retry_after=11.2), "12", "There is a short wait. Nothing was charged."),
        (ProcessorDenied("401"), None, "Please contact Harbor & Finch LLP"),
        (ProcessorRejected("400"), None, "Please contact Harbor & Finch LLP"),
        (ProcessorTrouble("?"), None, "Please contact Harbor & Finch LLP"),
    ],
)
async def test_without_a_checkout_the_page_says_that_nothing_was_charged(
    house: House, trouble: Exception, retry_after: str | None, words: str
) -> None:
    """(F01, F04, F05, F07)"""
    house.operations.answer = trouble
    answer = await house.press_pay(OPEN)
    assert answer.status == 503
    assert answer.headers.get(hdrs.RETRY_AFTER) == retry_after
    assert words in answer.words
    assert "Nothing was charged" in answer.words
    assert "Back to the payment page" in answer.words
    assert str(trouble.args[0]) not in answer.words.replace("Nothing was charged. There", "")
    house.operations.answer = CHECKOUT
    assert (await house.press_pay(OPEN)).status == 303


async def test_a_checkout_on_a_strange_host_is_not_followed(house: House) -> None:
    """(T08)"""
    house.operations.answer = CheckoutNotAllowed()
    answer = await house.press_pay(OPEN)
    assert answer.status == 502
    assert hdrs.LOCATION not in answer.headers
    assert "Nothing was charged" in answer.words


async def test_a_database_that_does_not_answer_is_a_page_to_try_again(house: House) -> None:
    """(F32)"""
    house.operations.trouble = DatabaseNotReady("locked by /srv/paylink.db")
    answer = await house.look(OPEN)
    assert answer.status == 503
    assert answer.headers[hdrs.RETRY_AFTER] == "30"
    assert "Nothing was charged" in answer.words
    assert "paylink.db" not in answer.text


async def test_a_fault_of_ours_shows_nothing_of_itself(house: House) -> None:
    house.operations.trouble = RuntimeError("secret internals")
    answer = await house.look(OPEN)
    assert answer.status == 500
    assert "The fault is on our side. Nothing was charged." in answer.words
    assert "secret" not in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_error_pages_hold_nothing_of_the_link(house: House) -> None:
    house.operations.answer = ProcessorUnreachable("refused")
    answer = await house.press_pay(OPEN)
    for secret in (OPEN.token, OPEN.reference, "Jane Doe", "1,250"):
        assert secret not in answer.text
