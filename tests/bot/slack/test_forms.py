"""The New payment link form: what it makes, and how it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.slack.blocks.fields import FieldsRefused
from bot.slack.blocks.form import CALLBACK, new_link_form
from bot.slack.listeners.form_reading import _amount, read_form
from bot.slack.stand_in import BOT_USER, PAYMENTS, SAM
from bot.slack.stand_in.faults import Fault
from handlers.answers import FormWanted, LinkMade, Refusal
from handlers.desk import Desk
from handlers.grammar import House
from handlers.requests import CreateLink, OpenForm
from models.errors import AmountUnclear, LooksTheSame
from models.money import Money
from models.tables import PaymentLink
from tests.bot.slack.rig import CARD, HOUSE, FakeDesk, Rig, form_of, rigged, words
from tests.cast import FIRM, ONE_ACCOUNT_FIRM, Surroundings
from tests.waiting import eventually

TWO_ACCOUNTS = House(date(2026, 11, 23), FIRM, FIRM.accounts)
FILLED = {
    "amount": "1,250.00",
    "currency": "USD",
    "client": "Jane Doe",
    "email": "jane@acme.example, accounts@acme.example",
    "invoice": "1042",
    "due": "2026-12-15",
    "message": "Thank you.\nSee you soon.",
}


def front(rig: Rig) -> dict[str, Any]:
    """The form in front of Sam."""
    view = rig.slack.view_of(SAM)
    assert view is not None
    return view


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as built:
        built.desk.answers = [FormWanted()]
        await built.slack.type_command(SAM, PAYMENTS, "")
        await form_of(built)
        yield built


def test_a_filled_in_form_asks_for_the_same_link_as_the_command() -> None:
    """(F11)"""
    assert read_form(FILLED, HOUSE) == CreateLink(
        amount=Money(125_000, "USD"),
        account="operating",
        emails=("jane@acme.example", "accounts@acme.example"),
        payer_name="Jane Doe",
        invoice_number="1042",
        due_on=date(2026, 12, 15),
        message="Thank you.\nSee you soon.",
    )


def test_only_the_amount_is_needed() -> None:
    """(F13, F14)"""
    assert read_form({"amount": "100"}, HOUSE) == CreateLink(Money(10_000, "USD"), "operating")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("amount", "", "Fill in the amount"),
        ("amount", "abc", "not a number"),
        ("amount", "0", "more than 0"),
        ("amount", "1.999", "2 decimals"),
        ("amount", "0.01", "minimum"),
        ("amount", "1.000,00", "ambiguous"),
        ("amount", "100 EUR", "given twice"),
        ("amount", "100 for Jane", "no part of an amount"),
        ("currency", "XYZ", "Unknown currency XYZ"),
        ("email", "jane@acme.example, nonsense", "“nonsense” is not an e-mail address"),
        ("due", "2026-11-22", "in the past"),
        ("client", "x" * 201, "too long"),
        ("invoice", "4242 4242 4242 4242", "card number"),
        ("message", "my card is 4242424242424242", "card number"),
    ],
)
def test_a_bad_field_is_refused_on_the_field(field: str, value: str, words: str) -> None:
    """(B03, B20)"""
    with pytest.raises(FieldsRefused) as refused:
        read_form(FILLED | {field: value}, HOUSE)
    assert set(refused.value.errors) == {field}
    assert words in refused.value.errors[field]
    assert "4242" not in refused.value.errors[field]


def test_all_bad_fields_are_told_at_once() -> None:
    with pytest.raises(FieldsRefused) as refused:
        read_form({"amount": "x", "email": "y", "due": "2020-01-01", "client": "", "account": ""}, TWO_ACCOUNTS)
    assert set(refused.value.errors) == {"amount", "email", "due", "account"}


IN_PARTS = replace(FIRM.accounts["operating"], partial="allowed", partial_minimum=10_000)
PARTS_HOUSE = replace(HOUSE, accounts={"operating": IN_PARTS})


@pytest.mark.parametrize(
    ("house", "parts", "least", "asked"),
    [
        (HOUSE, "", "", (None, None)),
        (HOUSE, "yes", "", (True, None)),
        (HOUSE, "yes", "50", (True, Money(5_000, "USD"))),
        (HOUSE, "", "$50.00", (True, Money(5_000, "USD"))),
        (PARTS_HOUSE, "yes", "100.00", (None, None)),  # as the form began: the account's rule holds
        (PARTS_HOUSE, "yes", "", (True, None)),
        (PARTS_HOUSE, "", "", (False, None)),
    ],
)
def test_part_payment_is_what_was_changed_in_the_form_or_else_the_accounts_rule(
    house: House, parts: str, least: str, asked: tuple[bool | None, Money | None]
) -> None:
    """(F4)"""
    link = read_form(FILLED | {"parts": parts, "least": least}, house)
    assert (link.partial, link.partial_minimum) == asked


@pytest.mark.parametrize(
    ("amount", "parts", "least", "field", "why"),
    [
        ("0.80", "yes", "", "parts", "cannot be paid in parts"),
        ("100", "yes", "100", "least", "must be from $0.50 to $99.50"),
        ("100", "yes", "20 EUR", "least", "in EUR, but the amount in USD"),
        ("100", "yes", "some", "least", "not a number"),
    ],
)
def test_parts_that_could_not_be_paid_are_refused_on_their_field(
    amount: str, parts: str, least: str, field: str, why: str
) -> None:
    """(F4, B03)"""
    with pytest.raises(FieldsRefused) as refused:
        read_form({"amount": amount, "parts": parts, "least": least}, HOUSE)
    assert set(refused.value.errors) == {field}
    assert why in refused.value.errors[field]


async def test_the_form_begins_with_the_accounts_rule_and_its_tick_reaches_the_link(rig: Rig) -> None:
    """(F4)"""
    rig.desk.answers = [LinkMade(CARD)]
    filled = {"Amount": "1250", "Part payment": ["yes"], "Least part": "100"}
    assert await rig.slack.submit(SAM, filled) == {}
    (_, request) = rig.desk.asked[-1]
    assert isinstance(request, CreateLink)
    assert (request.partial, request.partial_minimum) == (True, Money(10_000, "USD"))
    form = new_link_form(PARTS_HOUSE, "{}")
    blocks = {block["block_id"]: block["element"] for block in form["blocks"] if "element" in block}
    assert blocks["parts"]["initial_options"][0]["value"] == "yes"
    assert blocks["least"]["initial_value"] == "100.00"


@pytest.mark.parametrize(
    ("values", "asked"),
    [
        ({"delivery": "link"}, {"link_only": True}),
        ({"delivery": "mail"}, {}),
        ({"expires": "2026-12-31"}, {"expires_on": date(2026, 12, 31)}),
        ({"again": "yes"}, {"again": True}),
    ],
)
def test_the_last_day_and_how_it_goes_out_are_fields_of_the_form(values: dict[str, str], asked: dict[str, Any]) -> None:
    """(F17, F22)"""
    assert read_form({"amount": "100"} | values, HOUSE) == CreateLink(Money(10_000, "USD"), "operating", **asked)


@pytest.mark.parametrize(("day", "why"), [("2026-11-22", "in the past"), ("2029-01-01", "366 days at most")])
def test_a_last_day_that_cannot_be_is_refused_on_its_field(day: str, why: str) -> None:
    with pytest.raises(FieldsRefused) as refused:
        read_form({"amount": "100", "expires": day}, HOUSE)
    assert why in refused.value.errors["expires"]


def test_with_several_accounts_one_has_to_be_chosen_and_its_currency_counts() -> None:
    """(F12, F28)"""
    euros = replace(FIRM.accounts["trust"], currency="EUR")
    house = replace(TWO_ACCOUNTS, accounts={**FIRM.accounts, "trust": euros})
    assert read_form({"amount": "100", "currency": "", "account": "trust"}, house).amount == Money(10_000, "EUR")


def test_what_was_taken_out_of_a_field_is_told() -> None:
    """(B15)"""
    asked = read_form({"amount": "100", "client": "Jane\u202e"}, HOUSE)
    assert (asked.payer_name, "U+202E" in asked.removed) == ("Jane", True)


async def test_a_submitted_form_makes_the_link_and_its_answer_comes_where_it_was_opened(rig: Rig) -> None:
    rig.desk.answers = [LinkMade(CARD)]
    view = rig.slack.view_of(SAM)
    assert view is not None
    assert await rig.slack.submit(SAM, {"Amount": "1250", "Client name": "Jane Doe"}) == {}
    (shown,) = await eventually(lambda: rig.slack.ephemerals(SAM, PAYMENTS), "the answer")
    assert CARD.url in words(shown)
    (by, request) = rig.desk.asked[-1]
    assert isinstance(request, CreateLink)
    assert (by.channel, by.delivery) == (PAYMENTS, f"view:{view['id']}")
    assert rig.slack.view_of(SAM) is None


async def test_a_refused_form_stays_open_with_its_errors_and_asks_the_desk_for_nothing(rig: Rig) -> None:
    """(F14)"""
    outcome = await rig.slack.submit(SAM, {"Amount": "abc", "Email": "nonsense"})
    assert set(outcome["errors"]) == {"amount", "email"}
    assert [request for _, request in rig.desk.asked] == [OpenForm()]
    assert rig.slack.view_of(SAM) is not None


@pytest.mark.parametrize(
    ("code", "field"), [("currency_unknown", "currency"), ("account_unclear", "amount"), ("not_allowed", "amount")]
)
async def test_a_refusal_of_the_desk_stands_in_the_form(rig: Rig, code: str, field: str) -> None:
    """With one account the form has no field for it, and still says why."""
    rig.desk.answers = [Refusal(code, "This cannot be done.")]
    assert await rig.slack.submit(SAM, {"Amount": "100"}) == {"errors": {field: "This cannot be done."}}


async def test_the_same_link_again_is_asked_about_in_the_form_and_made_where_it_is_meant(rig: Rig) -> None:
    """(B19) A form has no word `again`: it gets a box to tick, and keeps all that was typed."""
    rig.desk.answers = [Refusal("looks_the_same", LooksTheSame("PL-000001").for_staff())]
    assert await rig.slack.submit(SAM, {"Amount": "100", "Client name": "Jane Doe", "Due date": "2026-12-15"}) == {}
    view = rig.slack.view_of(SAM)
    assert view is not None
    assert "PL-000001" in words(view)
    assert "the word `again`" not in words(view)
    rig.desk.answers = [LinkMade(CARD)]
    assert await rig.slack.submit(SAM, {"The same again": ["yes"]}) == {}
    (_, request) = rig.desk.asked[-1]
    assert request == CreateLink(
        Money(10_000, "USD"), "operating", payer_name="Jane Doe", due_on=date(2026, 12, 15), again=True
    )


async def test_a_slow_desk_is_not_waited_for_and_a_late_refusal_brings_the_form_back_as_it_was_filled_in() -> None:
    """(F17)"""
    async with rigged(patience=0.2) as rig:
        rig.desk.answers = [FormWanted()]
        await rig.slack.type_command(SAM, PAYMENTS, "")
        await form_of(rig)
        rig.desk.hold = asyncio.Event()
        rig.desk.answers = [Refusal("x", "This could not be done.")]
        assert await rig.slack.submit(SAM, {"Amount": "100", "Message": "Thank you."}) == {}
        assert "Working on it" in words(front(rig))
        rig.desk.hold.set()
        await eventually(lambda: "This could not be done." in words(front(rig)), "the refusal")
        fields = {block["block_id"]: block["element"] for block in front(rig)["blocks"] if "element" in block}
        assert (fields["amount"]["initial_value"], fields["message"]["initial_value"]) == ("100", "Thank you.")
        assert rig.slack.ephemerals(SAM, PAYMENTS) == []


async def test_a_late_answer_comes_to_where_the_form_was_opened() -> None:
    """(F17)"""
    async with rigged(patience=0.2) as rig:
        rig.desk.answers = [FormWanted()]
        await rig.slack.type_command(SAM, PAYMENTS, "")
        await form_of(rig)
        rig.desk.hold = asyncio.Event()
        rig.desk.answers = [LinkMade(CARD)]
        await rig.slack.submit(SAM, {"Amount": "100"})
        rig.desk.hold.set()
        (shown,) = await eventually(lambda: rig.slack.ephemerals(SAM, PAYMENTS), "the answer")
        assert CARD.url in words(shown)
        await eventually(lambda: "✅" in words(front(rig)), "the form to say that it is done")


async def test_a_late_refusal_of_a_form_that_was_closed_comes_as_a_message() -> None:
    """(F17)"""
    async with rigged(patience=0.2) as rig:
        rig.desk.answers = [FormWanted()]
        await rig.slack.type_command(SAM, PAYMENTS, "")
        await form_of(rig)
        rig.desk.hold = asyncio.Event()
        rig.desk.answers = [Refusal("x", "This could not be done.")]
        await rig.slack.submit(SAM, {"Amount": "100"})
        await rig.slack.close_view(SAM)
        rig.desk.hold.set()
        (shown,) = await eventually(lambda: rig.slack.ephemerals(SAM, PAYMENTS), "the answer")
        assert "This could not be done." in words(shown)


# ── opening ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_form_opens_bare_before_the_database_answers_and_is_filled_after() -> None:
    """(B01, F17) A trigger lives for three seconds, a database may take longer."""
    async with rigged(patience=0.2) as rig:
        rig.desk.hold = asyncio.Event()
        rig.desk.answers = [FormWanted()]
        await rig.slack.type_command(SAM, PAYMENTS, "")
        assert "One moment" in words(front(rig))
        assert not front(rig)["submit"]
        rig.desk.hold.set()
        await eventually(lambda: front(rig).get("callback_id") == CALLBACK, "the fields")
        assert rig.slack.ephemerals(SAM, PAYMENTS) == []


async def test_whoever_may_not_make_links_reads_why_in_the_place_of_the_form() -> None:
    """(T16)"""
    async with rigged() as rig:
        rig.desk.answers = [Refusal("not_allowed", "You are not set up to use Paylink.")]
        await rig.slack.type_command(SAM, PAYMENTS, "")
        assert "You are not set up" in words(await form_of(rig))
        assert not (await form_of(rig))["submit"]


async def test_a_form_that_cannot_be_filled_says_so() -> None:
    class NoHouse(FakeDesk):
        def house(self, channel: str = "") -> House:
            raise OSError("no such house")

    async with rigged(NoHouse([FormWanted()])) as rig:
        await rig.slack.type_command(SAM, PAYMENTS, "")
        assert "could not be filled in" in words(await form_of(rig))


async def test_where_no_account_is_open_there_is_no_form_to_fill_in() -> None:
    """(F12)"""
    async with rigged(FakeDesk([FormWanted()], at_home=replace(HOUSE, accounts={}))) as rig:
        await rig.slack.type_command(SAM, PAYMENTS, "")
        assert "No merchant account is open here" in words(await form_of(rig))


async def test_where_slack_opens_no_form_a_button_offers_it() -> None:
    """(F17)"""
    async with rigged() as rig:
        rig.desk.answers = [FormWanted(), FormWanted()]
        rig.slack.faults.plan("views.open", Fault(error="expired_trigger_id"))
        await rig.slack.type_command(SAM, PAYMENTS, "")
        (shown,) = await eventually(lambda: rig.slack.ephemerals(SAM, PAYMENTS), "the offer")
        await rig.slack.click(SAM, PAYMENTS, shown["ts"], "new_link")
        assert (await form_of(rig))["callback_id"] == CALLBACK


async def test_a_form_that_was_closed_before_it_was_filled_is_offered_by_a_button() -> None:
    async with rigged(patience=0.2) as rig:
        rig.desk.hold = asyncio.Event()
        rig.desk.answers = [FormWanted()]
        await rig.slack.type_command(SAM, PAYMENTS, "")
        await rig.slack.close_view(SAM)
        rig.desk.hold.set()
        (shown,) = await eventually(lambda: rig.slack.ephemerals(SAM, PAYMENTS), "the offer")
        assert [one["action_id"] for one in shown["blocks"][-1]["elements"]] == ["new_link"]


# ── sending ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_answer_reaches_its_asker_where_the_channel_cannot(rig: Rig) -> None:
    """(F18)"""
    rig.desk.answers = [LinkMade(CARD)]
    rig.slack.workspace.channels[PAYMENTS].members.discard(BOT_USER)
    rig.clock.tick(31 * 60)
    rig.slack.faults.plan("chat.postEphemeral", Fault(error="not_in_channel"))
    await rig.slack.submit(SAM, {"Amount": "100"})
    (shown,) = await eventually(lambda: rig.slack.messages(SAM), "the answer")
    assert CARD.reference in words(shown)


async def test_a_form_sent_twice_makes_one_link(database: Any) -> None:
    """(M14) With the real desk."""
    around = Surroundings(firm=ONE_ACCOUNT_FIRM)
    async with rigged(Desk(around.ports)) as rig:
        await rig.slack.type_command(SAM, PAYMENTS, "")
        await form_of(rig)
        await rig.slack.submit(SAM, FILLED)
        for _ in range(5):
            await rig.slack.redeliver(rig.slack.sent[-1])
        await eventually(lambda: rig.slack.ephemerals(SAM, PAYMENTS), "the answer")
    link = await PaymentLink.get()
    assert (link.payer_name, link.amount_minor, link.channel) == ("Jane Doe", 125_000, PAYMENTS)


def test_an_amount_without_a_figure_is_quoted_back_as_it_was_typed() -> None:
    """The Currency field's code was not typed into the amount."""
    with pytest.raises(AmountUnclear, match=r"not a number: abc\. Write"):
        _amount("abc", "USD", "USD", TWO_ACCOUNTS)
