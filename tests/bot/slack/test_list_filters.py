"""The filter form and the grammar say the same: what a list is narrowed down by comes back from its form as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings

from bot.slack.blocks.fields import FieldsRefused
from bot.slack.blocks.filter_form import filter_form, filters_in
from bot.slack.listeners.list_filters import read_filters
from bot.slack.stand_in.elements import state_values
from handlers.grammar import House, spell_list
from handlers.requests import ListLinks
from models.card_numbers import holds_card_number
from tests.handlers.houses import GERMAN, ONE, TWO
from tests.handlers.test_grammar_properties import LISTS, contradicts_itself


def sent_as_it_is(asked: ListLinks, house: House) -> ListLinks:
    """The form of a list, submitted without a change."""
    form = filter_form(asked, house, "{}")
    return read_filters(filters_in({"state": {"values": state_values(form["blocks"], {})}}), asked, house)


@settings(max_examples=max(10, settings().max_examples // 4))
@given(LISTS)
def test_a_form_that_is_sent_as_it_opened_changes_no_filter(asked: ListLinks) -> None:
    """(F53) Whatever stands in it: quotes, keywords of the grammar, wrappings of Slack's."""
    assume(not contradicts_itself(asked))
    assume(not holds_card_number(spell_list(asked)))
    for house in (TWO, replace(TWO, firm=GERMAN.firm)):
        assert sent_as_it_is(asked, house) == replace(asked, page=1)


def test_fields_left_blank_are_no_filters() -> None:
    asked = ListLinks(name="Doe", invoice="7", sort="client", columns=("due",))
    assert read_filters({"view": "all"}, asked, ONE) == ListLinks(sort="client", columns=("due",))


def test_an_amount_without_a_currency_is_in_that_of_the_account() -> None:
    """As in a typed `list over 100 account kanzlei`."""
    wanted = read_filters({"over": "1.000", "account": "kanzlei"}, ListLinks(), GERMAN)
    assert wanted.over is not None
    assert (wanted.over.currency, wanted.over.minor, wanted.account) == ("EUR", 100_000, "kanzlei")


def test_every_field_that_is_wrong_is_named_at_once() -> None:
    wrong = {"over": "x", "under": "1 XYZ", "colour": "red", "for": "Doe", "by": "n" * 121}
    with pytest.raises(FieldsRefused) as refused:
        read_filters(wrong, ListLinks(), TWO)
    assert set(refused.value.errors) == {"over", "under", "by"}
