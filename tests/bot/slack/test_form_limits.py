"""The form and its preview stay within Slack's limits, whatever the firm is called and people type."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.blocks.form import Filled, new_link_form, sentence_view, waiting_view
from bot.slack.blocks.form_fields import LABELS
from bot.slack.blocks.form_preview import faults_view, preview_view
from bot.slack.blocks.selection import Selecting
from bot.slack.stand_in.block_rules import all_text, faults_of_view
from handlers.answers import LetterPreview
from handlers.firm import Account
from handlers.grammar import House
from handlers.requests import MOST_CHOSEN
from tests.bot.slack.block_words import mrkdwn_of
from tests.bot.slack.hostile import PAYLOADS
from tests.cast import FIRM

TODAY = date(2026, 11, 23)
_LARGEST = 250_000  # characters of a view's JSON


def crowded(text: str, accounts: int = 100) -> House:
    """A firm whose every word is `text`."""
    named = {f"k{n}": Account(f"k{n}", text or "x", "operating", "USD" if n % 2 else "EUR") for n in range(accounts)}
    return House(TODAY, replace(FIRM, name=text or "x", message=text or "x", accounts=named), named)


def previewed(text: str) -> LetterPreview:
    return LetterPreview(
        mailed_to=(text,) * 40,
        sender=text,
        reply_to=text,
        subject=text,
        greeting=text,
        paragraphs=(text,) * 40,
        amount=text,
        facts=((text, text),) * 6,
        button=text,
        small_print=(text,) * 3,
        account=text,
        last_day=TODAY,
        notes=(text,) * 3,
    )


def assert_taken(view: dict[str, object]) -> None:
    assert faults_of_view(view) == []
    assert len(json.dumps(view)) < _LARGEST
    assert all_text(view["blocks"]) <= 12_000 or "callback_id" in view  # a menu of a hundred accounts has names
    for text in mrkdwn_of(view["blocks"]):
        assert "<" not in text, text
        assert ">" not in text, text


@pytest.mark.parametrize("text", PAYLOADS, ids=lambda text: ascii(text[:20]))
def test_no_name_message_or_draft_breaks_the_form(text: str) -> None:
    """(T14, B16) Names of 2,000 characters, 100 accounts, right-to-left text, emoji, back-ticks."""
    dates = {"due": "2026-12-01", "expires": "2026-12-01"}
    typed = {name: text for name in LABELS if name not in dates} | dates
    assert_taken(new_link_form(crowded(text), "{}", Filled(typed, (text,) * 3, alike=True)))
    assert_taken(new_link_form(crowded(text, 1), "{}"))
    assert_taken(preview_view(previewed(text), FIRM))
    assert_taken(faults_view(dict.fromkeys(LABELS, text)))
    assert_taken(sentence_view(text or "x"))


@given(st.text(max_size=2000))
def test_no_text_whatever_breaks_the_form_or_its_preview(text: str) -> None:
    """(T14)"""
    assert_taken(new_link_form(crowded(text, 3), "{}", Filled(dict.fromkeys(("client", "email", "message"), text))))
    assert_taken(preview_view(previewed(text), FIRM))


def test_ticks_of_page_after_page_never_fill_what_a_view_keeps() -> None:
    """Slack refuses a view that keeps more than 3,000 characters; what is too much is said once Go on is pressed."""
    now = Selecting(f'list for: "{"é" * 200}"', told=f'["C0BILLING", "1", "https://hooks.slack.com/{"x" * 200}"]')
    for page in range(100):
        rows = [f"PL-{page:03}{row:03}" for row in range(10)]
        now = now.ticked(rows, rows)
    assert MOST_CHOSEN < len(now.chosen) < 3 * MOST_CHOSEN
    assert len(now.metadata()) < 3000
    assert Selecting.of(now.metadata()) == now


def test_what_is_opened_before_anything_is_known_is_a_whole_view() -> None:
    assert_taken(waiting_view())
