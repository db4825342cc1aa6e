"""The local Stripe keeps to Stripe's ways, so that what works against it has a chance to work against the real one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.currencies import CURRENCIES
from models.money import Money
from paypage.stand_in.forms import Unreadable, read_form
from paypage.stand_in.things import Refused
from tests.paypage.stand_in_shell import Shell, stand_in_shell


@pytest.fixture
async def shell() -> AsyncIterator[Shell]:
    async with stand_in_shell() as shell:
        yield shell


UNIT = "line_items[0][price_data][unit_amount]"
CURRENCY = "line_items[0][price_data][currency]"


async def test_a_session_looks_as_stripes_do(shell: Shell) -> None:
    status, session = await shell.create()
    assert status == 200
    assert session["id"].startswith("cs_test_")
    assert (session["object"], session["mode"], session["status"]) == ("checkout.session", "payment", "open")
    assert (session["amount_total"], session["currency"], session["payment_status"]) == (12500, "usd", "unpaid")
    assert session["payment_intent"] is None
    assert session["livemode"] is False
    assert session["expires_at"] - session["created"] == 86400
    assert session["url"] == f"{shell.stand_in.base_url}/c/pay/{session['id']}"


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"mode": "subscription"}, "mode"),
        ({"mode": ""}, "mode"),
        ({"success_url": ""}, "success_url"),
        ({"success_url": "pay.firm.example"}, "success_url"),
        ({"cancel_url": "javascript:alert(1)"}, "cancel_url"),
        ({"customer_email": "nobody"}, "customer_email"),
        ({"client_reference_id": "x" * 201}, "client_reference_id"),
        ({"metadata[k]": "v" * 501}, "metadata[k]"),
        ({"metadata[" + "k" * 41 + "]": "v"}, f"metadata[{'k' * 40}]"),
        ({"line_items[0][price_data][product_data][name]": ""}, "line_items[0][price_data][product_data][name]"),
        ({CURRENCY: "xyz"}, CURRENCY),
        ({UNIT: "12.5"}, "line_items[0][unit_amount]"),
        ({UNIT: "-5"}, "line_items[0][unit_amount]"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"invented": "1"}, "invented"),
        ({"line_items[0][price_data][invented]": "1"}, "line_items[0][price_data][invented]"),
        ({"payment_intent_data[invented]": "1"}, "payment_intent_data[invented]"),
    ],
)
async def test_a_request_stripe_would_refuse_is_refused(shell: Shell, changes: dict[str, str], param: str) -> None:
    """(F06)"""
    status, answer = await shell.create(**changes)
    assert (status, answer["error"]["type"], answer["error"]["param"]) == (400, "invalid_request_error", param)
    assert shell.stand_in.till.sessions == {}


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [("49", "usd", "amount_too_small"), ("100000000", "usd", "amount_too_large"), ("29", "gbp", "amount_too_small")],
)
async def test_amounts_have_stripes_bounds(shell: Shell, amount: str, currency: str, code: str) -> None:
    status, answer = await shell.create(**{UNIT: amount, CURRENCY: currency})
    assert (status, answer["error"]["code"]) == (400, code)


@pytest.mark.parametrize("code", ["USD", "JPY", "KWD", "ISK", "HUF", "GBP"])
async def test_the_smallest_amount_of_a_currency_is_taken(shell: Shell, code: str) -> None:
    status, _ = await shell.create(**{UNIT: str(CURRENCIES[code].minimum), CURRENCY: code.lower()})
    assert status == 200


@pytest.mark.parametrize(("minutes", "status"), [(29, 400), (30, 200), (24 * 60, 200), (24 * 60 + 1, 400)])
async def test_a_session_lives_half_an_hour_to_a_day(shell: Shell, minutes: int, status: int) -> None:
    ends = int((shell.clock.now() + timedelta(minutes=minutes)).timestamp())
    assert (await shell.create(expires_at=str(ends)))[0] == status


async def test_the_same_key_with_other_parameters_is_an_idempotency_error(shell: Shell) -> None:
    first = (await shell.create("k1"))[1]
    assert (await shell.create("k1"))[1] == first
    status, answer = await shell.create("k1", **{UNIT: "999"})
    assert (status, answer["error"]["type"]) == (400, "idempotency_error")
    assert (await shell.create("k2"))[1]["id"] != first["id"]


async def test_a_refused_request_may_be_mended_under_the_same_key(shell: Shell) -> None:
    """Stripe stores an answer only once it began to work."""
    assert (await shell.create("k1", mode="nonsense"))[0] == 400
    assert (await shell.create("k1"))[0] == 200


async def test_a_key_is_forgotten_after_a_day(shell: Shell) -> None:
    first = (await shell.create("k1"))[1]
    shell.clock.tick(timedelta(hours=24))
    assert (await shell.create("k1"))[1]["id"] != first["id"]


@pytest.mark.parametrize("key", ["", "sk_test_wrong", "sk_test_operatin", "sk_test_operating0"])
async def test_a_wrong_key_is_401(shell: Shell, key: str) -> None:
    assert (await shell.ask("GET", "/v1/account", key=key))[0] == 401


async def test_the_money_is_shown_when_it_is_asked_for(shell: Shell) -> None:
    ident = await shell.session()
    shell.stand_in.pay(ident)
    plain = (await shell.ask("GET", f"/v1/checkout/sessions/{ident}"))[1]
    assert isinstance(plain["payment_intent"], str)
    fields = {"expand[]": "payment_intent.latest_charge"}
    whole = (await shell.ask("GET", f"/v1/checkout/sessions/{ident}", **fields))[1]
    assert whole["payment_intent"]["amount_received"] == 12500
    assert whole["payment_intent"]["latest_charge"]["payment_method_details"]["type"] == "card"
    intent = (await shell.ask("GET", f"/v1/payment_intents/{plain['payment_intent']}"))[1]
    assert intent["status"] == "succeeded"
    assert (await shell.ask("GET", "/v1/payment_intents/pi_nope"))[0] == 404
    assert whole["url"] is None  # Stripe shows a url only while it can be used


async def test_only_an_open_session_can_be_expired(shell: Shell) -> None:
    ident = await shell.session()
    assert (await shell.ask("POST", f"/v1/checkout/sessions/{ident}/expire"))[1]["status"] == "expired"
    assert (await shell.ask("POST", f"/v1/checkout/sessions/{ident}/expire"))[0] == 400


async def test_events_are_listed_newest_first_in_pages(shell: Shell) -> None:
    for _ in range(5):
        shell.clock.tick(10)
        shell.stand_in.pay(await shell.session())
    listed = (await shell.ask("GET", "/v1/events", limit="2"))[1]
    assert listed["has_more"] is True
    assert listed["data"][0]["created"] > listed["data"][1]["created"]
    rest = (await shell.ask("GET", "/v1/events", limit="100", starting_after=listed["data"][1]["id"]))[1]
    assert len(rest["data"]) == 3
    newest = {"created[gte]": str(listed["data"][1]["created"]), "type": "checkout.session.completed"}
    assert len((await shell.ask("GET", "/v1/events", **newest))[1]["data"]) == 2
    one = listed["data"][0]
    assert (await shell.ask("GET", f"/v1/events/{one['id']}"))[1] == one
    assert (await shell.ask("GET", "/v1/events", limit="1000"))[0] == 400


async def test_one_account_sees_nothing_of_another(shell: Shell) -> None:
    """(M16)"""
    ident = await shell.session()
    shell.stand_in.pay(ident)
    other = "sk_live_trust"
    assert (await shell.ask("GET", f"/v1/checkout/sessions/{ident}", key=other))[0] == 404
    assert (await shell.ask("GET", "/v1/events", key=other))[1]["data"] == []
    assert (await shell.ask("GET", "/v1/balance", key=other))[1]["livemode"] is True


async def test_the_ledger_holds_the_money_and_how_it_fares(shell: Shell) -> None:
    """(R5)"""
    paid, debit, refused = [await shell.session() for _ in range(3)]
    shell.stand_in.pay(paid)
    shell.stand_in.debit(debit)
    shell.stand_in.decline(refused)
    lines = {line.session: line for line in shell.stand_in.ledger}
    assert {ident: lines[ident].state for ident in lines} == {paid: "succeeded", debit: "processing", refused: "failed"}
    assert lines[paid].amount == Money(12500, "USD")
    assert (lines[paid].account, lines[paid].reference) == ("operating", "PL-7F3K9Q")


# ── forms ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", {}),
        ("a=1&b=", {"a": "1", "b": ""}),
        ("a[b][c]=1&a[b][d]=2", {"a": {"b": {"c": "1", "d": "2"}}}),
        ("l[0][q]=1&l[1][q]=2", {"l": [{"q": "1"}, {"q": "2"}]}),
        ("expand[]=a&expand[]=b", {"expand": ["a", "b"]}),
        ("expand[0]=a", {"expand": ["a"]}),
        ("name=Fran%C3%A7ois+%26+S%C3%B6hne", {"name": "François & Söhne"}),
    ],
)
def test_nested_forms_are_read(text: str, read: object) -> None:
    assert read_form(text) == read


@pytest.mark.parametrize("text", ["a=1&a=2", "a=1&a[b]=2", "a[b]=1&a=2", "[a]=1", "a[b=1", "a]=1", "a=%FF", "=1"])
def test_forms_that_do_not_nest_are_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_form(text)


@given(st.text(alphabet="ab[]=&%0", max_size=40))
def test_any_form_is_read_or_refused(text: str) -> None:
    try:
        read = read_form(text)
    except Unreadable:
        return
    assert isinstance(read, dict)


async def paid_intent(shell: Shell) -> tuple[str, str]:
    _, session = await shell.create()
    shell.stand_in.pay(session["id"])
    _, session = await shell.ask("GET", f"/v1/checkout/sessions/{session['id']}")
    return session["id"], session["payment_intent"]


async def test_a_refund_looks_as_stripes_do_and_the_charge_knows_of_it(shell: Shell) -> None:
    session, intent = await paid_intent(shell)
    fields = {
        "payment_intent": intent,
        "amount": "4000",
        "reason": "requested_by_customer",
        "metadata[reference]": "PL",
    }
    status, refund = await shell.ask("POST", "/v1/refunds", **fields)
    assert (status, refund["object"], refund["status"], refund["amount"]) == (200, "refund", "succeeded", 4000)
    assert (refund["payment_intent"], refund["currency"], refund["metadata"]) == (intent, "usd", {"reference": "PL"})
    charge = shell.stand_in.till.events[list(shell.stand_in.till.events)[-1]].body["data"]
    assert isinstance(charge, dict)
    assert (charge["object"]["amount_refunded"], charge["object"]["refunded"]) == (4000, False)
    await shell.ask("POST", "/v1/refunds", payment_intent=intent)  # the rest
    [line] = shell.stand_in.ledger
    assert (line.session, line.refunded) == (session, Money(12_500, "USD"))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"amount": "12501"}, "greater than unrefunded"),
        ({"amount": "0"}, "greater than unrefunded"),
        ({"amount": "1.5"}, "Invalid integer"),
        ({"amount": "-1"}, "Invalid integer"),
        ({"reason": "because"}, "Invalid reason"),
        ({"colour": "red"}, "unknown parameter"),
        ({"payment_intent": "pi_other"}, "No such payment_intent"),
        ({"metadata[" + "k" * 41 + "]": "v"}, "Metadata"),
    ],
)
async def test_a_refund_stripe_would_refuse_is_refused(shell: Shell, changes: dict[str, str], word: str) -> None:
    _, intent = await paid_intent(shell)
    status, body = await shell.ask("POST", "/v1/refunds", **{"payment_intent": intent, "amount": "100", **changes})
    assert 400 <= status < 500
    assert word in body["error"]["message"]
    assert shell.stand_in.ledger[0].refunded.minor == 0


async def test_refunds_and_disputes_tell_their_events(shell: Shell) -> None:
    session, intent = await paid_intent(shell)
    shell.stand_in.refund_at_stripe(session, 500)
    shell.stand_in.end_refund(session, arrived=False)
    shell.stand_in.dispute(session)
    shell.stand_in.close_dispute(session, won=False)
    events = [event for event in shell.stand_in.till.events.values() if not event.kind.startswith("checkout.")]
    assert [event.kind for event in events] == [
        "refund.created",
        "refund.updated",
        "charge.refunded",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.closed",
    ]
    for event in events:
        data = event.body["data"]
        assert isinstance(data, dict)
        assert data["object"]["payment_intent"] == intent


async def test_nobody_decides_what_nobody_began(shell: Shell) -> None:
    _, opened = await shell.create()
    session, _ = await paid_intent(shell)
    for ask in (
        lambda: shell.stand_in.refund_at_stripe(opened["id"]),
        lambda: shell.stand_in.dispute(opened["id"]),
        lambda: shell.stand_in.end_refund(session, arrived=True),
        lambda: shell.stand_in.close_dispute(session, won=True),
    ):
        with pytest.raises(Refused):
            ask()
