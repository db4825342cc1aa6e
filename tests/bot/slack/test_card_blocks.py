"""The card of a link in Slack: its state, its money, its buttons."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.slack.blocks.answers import spoken
from bot.slack.blocks.card import link_card
from bot.slack.blocks.form import new_link_form
from bot.slack.blocks.wording import escaped
from handlers.answers import (
    BalanceLinkLine,
    DisputeLine,
    LinkCard,
    LinkList,
    LinkMade,
    RefundOffer,
)
from handlers.grammar import House
from handlers.requests import View
from models.link_states import LinkState
from models.money import Money
from tests.bot.slack.block_words import _objects, mrkdwn_of
from tests.bot.slack.rig import CARD, TOKEN
from tests.cast import FIRM


@pytest.mark.parametrize("state", LinkState)
def test_a_card_never_holds_the_url_or_its_token(state: LinkState) -> None:
    """(T03)"""
    message = link_card(replace(CARD, state=state), FIRM)
    assert TOKEN not in str(message)
    assert "/p/" not in str(message)


STATES: list[tuple[LinkState, str, list[str]]] = [
    (LinkState.OPEN, "🔵 Outstanding", ["copy_link", "resend_link", "remind_link", "cancel_link"]),
    (LinkState.PROCESSING, "⏳ Processing", ["copy_link"]),
    (LinkState.PAID, "✅ Paid", ["resend_link", "ask_refund"]),
    (LinkState.PART_PAID, "🌓 Partly paid", ["resend_link", "ask_refund"]),
    (LinkState.CLOSING, "⏳ Being closed", ["copy_link"]),
    (LinkState.CANCELLED, "🚫 Cancelled", []),
    (LinkState.EXPIRED, "⌛ Expired", []),
]


@pytest.mark.parametrize(("state", "words", "actions"), STATES)
def test_a_card_says_its_state_in_a_word_and_offers_what_can_still_be_done(
    state: LinkState, words: str, actions: list[str]
) -> None:
    message = link_card(replace(CARD, state=state), FIRM)
    assert words in mrkdwn_of(message.blocks)[0]
    assert state.spoken in message.text
    buttons = [part for part in _objects(message.blocks) if part.get("type") == "button"]
    assert [button["action_id"] for button in buttons] == actions
    assert {button["value"] for button in buttons} <= {"PL-7F3K9Q"}


def test_a_card_tells_what_a_tired_person_needs() -> None:
    said = "\n".join(mrkdwn_of(link_card(CARD, FIRM).blocks))
    for fact in (
        "*PL-7F3K9Q*",
        "*$1,250.00*",
        "*Client*\nJane Doe",
        "*Invoice*\n1042",
        "*Due*\nDec 15, 2026",
        "*Account*\nHarbor &amp; Finch Operating",
        "jane@acme.example: sent",
        "Made by Noor Haddad on Nov 23, 2026; open until Feb 21, 2027",
    ):
        assert fact in said, fact


@pytest.mark.parametrize(
    ("state", "by", "words"),
    [
        (LinkState.CANCELLED, "Sam Ortiz", "cancelled by Sam Ortiz on Nov 24, 2026, 10:30"),
        (LinkState.EXPIRED, "", "expired on Nov 24, 2026, 10:30"),
    ],
)
def test_a_card_that_is_over_says_since_when_and_by_whom(state: LinkState, by: str, words: str) -> None:
    card = replace(CARD, state=state, ended_at=datetime(2026, 11, 24, 15, 30, tzinfo=UTC), ended_by=by)
    assert f"Made by Noor Haddad on Nov 23, 2026; {words}" in mrkdwn_of(link_card(card, FIRM).blocks)


@pytest.mark.parametrize(
    ("state", "label"),
    [(LinkState.OPEN, "Resend"), (LinkState.PAID, "Resend receipt"), (LinkState.PART_PAID, "Resend receipt")],
)
def test_the_button_to_send_again_says_what_goes(state: LinkState, label: str) -> None:
    """(F13) The request, or the receipt once something is paid."""
    parts = _objects(link_card(replace(CARD, state=state, paid=CARD.amount), FIRM).blocks)
    assert [one["text"]["text"] for one in parts if one.get("action_id") == "resend_link"] == [label]


PART_PAID = replace(
    CARD, state=LinkState.PART_PAID, paid=Money(40_000, "USD"), left_open=Money(85_000, "USD"), deliveries=()
)


def test_a_partly_paid_card_tells_the_balance() -> None:
    text = "\n".join(mrkdwn_of(link_card(PART_PAID, FIRM).blocks))
    assert "$400.00 of $1,250.00, $850.00 still owed" in text


def actions_of(card: LinkCard) -> list[str]:
    blocks = link_card(card, FIRM).blocks
    return [str(part["action_id"]) for part in _objects(blocks) if part.get("type") == "button"]


@pytest.mark.parametrize(
    ("state", "words", "offered"),
    [
        (LinkState.OPEN, "🔵 Outstanding", False),
        (LinkState.PROCESSING, "⏳ Processing", False),
        (LinkState.CLOSING, "⏳ Being closed", False),
        (LinkState.CANCELLED, "🚫 Cancelled", True),
        (LinkState.EXPIRED, "⌛ Expired", True),
        (LinkState.PART_PAID, "🌓 Partly paid", True),
    ],
)
def test_a_card_says_how_its_balance_link_fares_and_offers_another_once_that_is_over(
    state: LinkState, words: str, offered: bool
) -> None:
    """(F4, M08)"""
    card = replace(PART_PAID, balance_links=(BalanceLinkLine("PL-0M4XTR", state, Money(85_000, "USD")),))
    text = "\n".join(mrkdwn_of(link_card(card, FIRM).blocks))
    assert f"Balance link *PL-0M4XTR*  ·  $850.00  ·  {words}" in text
    assert ("balance_link" in actions_of(card)) is offered


def test_a_partly_paid_card_offers_its_balance_link_until_all_is_paid() -> None:
    """(F4)"""
    assert "balance_link" in actions_of(PART_PAID)
    settled = replace(PART_PAID, left_open=None)
    assert "balance_link" not in actions_of(settled)
    assert "still owed" not in "\n".join(mrkdwn_of(link_card(settled, FIRM).blocks))


def test_the_card_of_a_balance_link_names_the_link_it_completes() -> None:
    """(X2)"""
    text = "\n".join(mrkdwn_of(link_card(replace(CARD, balance_of="PL-0M4XTR"), FIRM).blocks))
    assert "*Balance of*\nPL-0M4XTR" in text


def test_amounts_and_days_are_written_in_the_firms_locale() -> None:
    german = replace(FIRM, locale="de_DE", timezone="Europe/Berlin")
    said = "\n".join(mrkdwn_of(link_card(replace(CARD, amount=Money(125_000, "EUR")), german).blocks))
    assert "1.250,00\xa0€" in said
    assert "15. Dez. 2026" in said
    yen = replace(CARD, amount=Money(500, "JPY"), paid=Money(0, "JPY"))
    assert "¥500" in "\n".join(mrkdwn_of(link_card(yen, FIRM).blocks))


def test_the_form_has_the_labels_of_the_specification() -> None:
    """(SPEC 8)"""
    view = new_link_form(House(date(2026, 11, 23), FIRM, FIRM.accounts), "{}")
    labels = [block["label"]["text"] for block in view["blocks"] if block["type"] == "input"]
    named = ["Amount", "Currency", "Client name", "Email", "Invoice number", "Due date", "Account", "Message"]
    assert sorted(labels) == sorted([*named, "How it goes out", "Part payment", "Least part", "Last day"])
    assert view["submit"]["text"] == "Send"


def test_nothing_is_ever_unfurled() -> None:
    """(T02) Slack would fetch the payer's page."""
    payload = spoken(LinkMade(CARD), FIRM).payload()
    assert (payload["unfurl_links"], payload["unfurl_media"]) == (False, False)


def test_escaping_is_slacks_own() -> None:
    assert escaped("<&>") == "&lt;&amp;&gt;"


def test_a_card_and_a_row_say_beside_the_state_what_went_back_and_what_is_disputed() -> None:
    paid = replace(CARD, state=LinkState.PAID, paid=CARD.amount)
    whole = "\n".join(mrkdwn_of(link_card(paid, FIRM).blocks))
    assert "*Paid*\n$1,250.00" in whole
    assert "$1,250.00 of $1,250.00" not in whole
    dispute = DisputeLine(CARD.amount, "fraudulent", CARD.created_at)
    back = replace(paid, refunded=Money(4000, "USD"), disputes=(dispute,))
    words = "✅ Paid  ·  $40.00 of $1,250.00 refunded  ·  disputed: answer by Nov 23, 2026, 10:00"
    card = link_card(back, FIRM)
    assert words in mrkdwn_of(card.blocks)[0]
    assert "paid, $40.00 of $1,250.00 refunded, disputed" in card.text
    listed = LinkList(View.ALL, (back,), 1, 1, 1, (CARD.amount,))
    assert any(words in text for text in mrkdwn_of(spoken(listed, FIRM).blocks))


def test_money_that_came_late_has_one_button_each_that_names_no_token() -> None:
    """(M04)"""
    offer = RefundOffer("PL-7F3K9Q", 12, Money(4000, "USD"), 0, CARD.amount, "Operating", CARD.created_at)
    late = replace(CARD, state=LinkState.CANCELLED, late_money=True, offers=(offer, replace(offer, payment=13)))
    buttons = [e for block in link_card(late, FIRM).blocks for e in block.get("elements", ()) if "value" in e]
    assert [(one["text"]["text"], one["value"]) for one in buttons] == [
        ("Refund $40.00", "PL-7F3K9Q 12 4000 0"),
        ("Refund $40.00", "PL-7F3K9Q 13 4000 0"),
    ]
    assert len({one["action_id"] for one in buttons}) == 2
