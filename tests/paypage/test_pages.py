"""What a payer sees and what comes of pressing Pay, in every state of a link."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from handlers.firm import DEFAULT_MESSAGE
from handlers.payments.payer_page import PayerPage
from handlers.payments.start_checkout import LinkUnknown
from models.money import Money
from models.tables import CheckoutAttempt, Job, LinkEvent, PaymentLink
from tests.cast import FIRM, ports_of
from tests.fakes import FakeClock
from tests.paypage.payer_house import (
    CANCELLED,
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
