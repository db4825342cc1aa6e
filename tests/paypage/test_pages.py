"""What a payer sees and what comes of pressing Pay, in every state of a link."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from aiohttp import hdrs

from handlers.firm import DEFAULT_MESSAGE
from handlers.payments.payer_page import PayerPage
from handlers.payments.start_checkout import CheckoutNotAllowed, LinkUnknown, LinkUsedUp
from handlers.ports import (
    ProcessorBusy,
    ProcessorDenied,
    ProcessorRejected,
    ProcessorTrouble,
    ProcessorUnreachable,
)
from models.errors import AmountUnclear, DatabaseNotReady
from models.link_states import LinkState
from models.money import Money
from models.tables import CheckoutAttempt, Job, LinkEvent, PaymentLink
from tests.cast import FIRM, ports_of
from tests.fakes import FakeClock
from tests.paypage.payer_house import (
    CANCELLED,
    CHECKOUT,
    CLOSING,
    CONFIRMING,
    EVERY_PAGE,
    EXPIRED,
    OPEN,
    OVERDUE,
    PAID,
    PART_PAID,
    PARTIAL,
    PROCESSING,
    House,
    payer_house,
    token,
    usd,
)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with payer_house(firm=replace(FIRM, disclaimer="Held under the rules of professional conduct.")) as running:
        yield running


async def shown(house: House, page: PayerPage) -> str:
    """How the page of a link reads."""
    house.operations.links[page.token] = page
    return (await house.look(page)).words


# ── looking ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_open_link_shows_firm_payer_amount_invoice_due_day_message_and_one_button(house: House) -> None:
    """(F1, F15, F16, F19, F6)"""
    answer = await house.look(OPEN)
    assert answer.status == 200
    for words in (
        "Harbor & Finch LLP",
        "$1,250.00",
        "Jane Doe",
        "1042",
        "Tuesday, December 15, 2026",
        "Our invoice for October, with thanks.",
        "Pay $1,250.00",
        "You will pay on Stripe’s secure page. No account is needed.",
        "PL-7F3K9Q",
        "You can use this link until Saturday, February 20, 2027",
        "Held under the rules of professional conduct.",
    ):
        assert words in answer.words
    assert answer.text.count("<button") == 1
    assert "<script" not in answer.text
    assert "style=" not in answer.text


async def test_what_nobody_filled_in_is_left_out(house: House) -> None:
    bare = replace(OPEN, payer_name="", invoice_number="", due_on=None, message="", expires_at=None)
    words = await shown(house, bare)
    assert DEFAULT_MESSAGE in words
    for absent in ("For ", "Invoice", "Due ", "until"):
        assert absent not in words.replace(DEFAULT_MESSAGE, "")


async def test_an_overdue_day_is_said_kindly_and_only_when_it_has_passed_at_the_firm(house: House) -> None:
    assert "This day has passed. You can still pay here." in (await house.look(OVERDUE)).words
    today = replace(OPEN, due_on=date(2026, 11, 23))
    assert "passed" not in await shown(house, today)
    house.clock.set(datetime(2026, 11, 24, 3, 0, tzinfo=UTC))  # still the 23rd in New York
    assert "passed" not in await shown(house, today)
    house.clock.set(datetime(2026, 11, 24, 5, 0, tzinfo=UTC))
    assert "passed" in await shown(house, today)


async def test_amounts_and_days_are_written_as_the_firm_writes_them() -> None:
    """(F16) A day in another language than the page says which."""
    async with payer_house(firm=replace(FIRM, locale="de_DE")) as house:
        words = await shown(house, replace(PARTIAL, amount=Money(125_050, "EUR"), partial_minimum=None))
        text = (await house.look(PARTIAL)).text
    assert "1.250,50\xa0€" in text
    assert "1.250,50 €" in words.replace("\xa0", " ")
    assert 'lang="de-DE">Dienstag, 15. Dezember 2026<' in text
    assert 'value="1250,50"' in text


@pytest.mark.parametrize(
    ("page", "status", "heading"),
    [
        (OPEN, 200, "Amount due"),
        (PARTIAL, 200, "Amount due"),
        (PAID, 200, "Payment received"),
        (PART_PAID, 200, "Part payment received"),
        (PROCESSING, 200, "Your payment is on its way"),
        (CONFIRMING, 200, "Confirming your payment"),
        (CLOSING, 200, "This payment request is being closed"),
        (CANCELLED, 410, "This payment request was cancelled"),
        (EXPIRED, 410, "This payment link has expired"),
    ],
)
async def test_each_state_has_its_own_page(house: House, page: PayerPage, status: int, heading: str) -> None:
    """(SPEC 8, B49)"""
    answer = await house.look(page)
    assert answer.status == status
    assert answer.text.count("<h1") == 1
    assert heading in answer.words
    assert "Please contact Harbor & Finch LLP and mention the reference PL-7F3K9Q" in answer.words


@pytest.mark.parametrize("page", [PAID, PART_PAID, PROCESSING, CONFIRMING, CLOSING, CANCELLED, EXPIRED])
async def test_a_link_that_cannot_be_paid_has_no_button_and_names_nobody(house: House, page: PayerPage) -> None:
    """(B49)"""
    answer = await house.look(page)
    assert "<form" not in answer.text
    assert "<button" not in answer.text
    assert "Jane Doe" not in answer.text
    assert OPEN.message not in answer.text


@pytest.mark.parametrize("page", [CONFIRMING, CLOSING, CANCELLED, EXPIRED])
async def test_a_link_without_money_shows_no_amount(house: House, page: PayerPage) -> None:
    """(B49)"""
    assert "$" not in (await house.look(page)).words


async def test_a_part_payment_shows_what_was_paid_and_what_is_left(house: House) -> None:
    """(F4)"""
    words = (await house.look(PART_PAID)).words
    assert "Paid $400.00" in words
    assert "Requested $1,250.00" in words
    assert "Still to pay $850.00" in words
    assert "ask Harbor & Finch LLP for a new link" in words


async def test_every_page_carries_the_sandbox_mark_in_the_sandbox_and_nowhere_else(house: House) -> None:
    async with payer_house(sandbox=True) as sandbox:
        for path in [*(f"/p/{page.token}" for page in EVERY_PAGE), "/p/nothing", "/nowhere"]:
            assert "Sandbox" in (await sandbox.get(path)).words
            assert "Sandbox" not in (await house.get(path)).words
        assert "Sandbox" in (await sandbox.post(OPEN, {})).words


# ── unknown links ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "path",
    [
        "/p/unknown-0123456789abcdefghijklmn",
        "/p/short",
        "/p/" + "x" * 65,
        "/p/" + "x" * 4000,
        "/p/",
        "/p",
        "/p/..",
        "/p/%2e%2e/healthz",
        "/p/%00",
        "/p/%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00",
        "/p/" + "%C3%BC" * 24,
        "/p/%FF%FE" + "a" * 20,
        f"/p/{OPEN.token}/",
        "/p/unknown-0123456789abcdefghijklmn/receipt",
        f"/p/{PAID.token}/receipt/",
        f"/p/{PAID.token}/receipts",
        f"/p/{OPEN.token}%20",
        f"/p//{OPEN.token}",
        "/p/unknown-0123456789abcdefghijklmn?session_id=cs_test_1",
        "/static/../pages.py",
        "/nowhere",
    ],
)
async def test_whatever_is_not_there_is_one_and_the_same_page(house: House, path: str) -> None:
    """(T01, B48) Unknown, malformed and deleted tokens cannot be told apart."""
    gone = replace(OPEN, token=token("deleted"))
    expected = await house.look(gone)
    answer = await house.raw(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\nConnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404 ")
    assert body == expected.body
    names = {line.partition(b":")[0].decode() for line in head.split(b"\r\n")[1:]}
    assert names - {"Connection"} == expected.headers.keys() - {"Connection"}


async def test_a_link_deleted_while_the_payer_reads_is_the_same_page_after_the_button(house: House) -> None:
    """(T01)"""
    nonce = (await house.look(OPEN)).nonce
    del house.operations.links[OPEN.token]
    expected = await house.get("/p/unknown-0123456789abcdefghijklmn")
    answer = await house.post(OPEN, {"nonce": nonce})
    assert (answer.status, answer.body) == (404, expected.body)


async def test_a_link_deleted_at_the_last_moment_is_the_same_page(house: House) -> None:
    """(T01)"""
    house.operations.answer = LinkUnknown()
    answer = await house.press_pay(OPEN)
    assert (answer.status, answer.body) == (404, (await house.get("/p/none")).body)


# ── only looking ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.own_rows
async def test_a_hundred_looks_change_nothing_and_ask_stripe_nothing(database: str) -> None:
    """(T02) Mail scanners and previews open links; the ports fail the test when Stripe is asked."""
    clock = FakeClock()
    link = await PaymentLink.create(
        reference="PL-7F3K9Q",
        token=OPEN.token,
        account="operating",
        amount_minor=125_000,
        currency="USD",
        payer_name="Jane Doe",
        created_at=clock.now(),
        created_by="U0SAM",
        creator_name="Sam Okafor",
        door="slack",
        likeness="x",
    )

    async def everything() -> list[object]:
        return [await table.all().values() for table in (PaymentLink, LinkEvent, CheckoutAttempt, Job)]

    before = await everything()
    async with payer_house(real=ports_of(clock)) as house:
        for n in range(100):
            answer = await house.get(f"/p/{link.token}", method="HEAD" if n % 2 else "GET")
            assert answer.status == 200
        assert "Jane Doe" in (await house.look(OPEN)).words
    assert await everything() == before


async def test_a_head_is_a_get_without_its_body_and_without_its_question(house: House) -> None:
    """(T02)"""
    path = f"/p/{OPEN.token}"
    answer = await house.get(f"{path}?session_id=cs_test_1", method="HEAD")
    assert answer.status == 200
    assert answer.body == b""
    assert answer.headers["Content-Length"] == str(len((await house.get(path)).body))
    assert house.operations.looked == [(OPEN.token, ""), (OPEN.token, "")]


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
