"""A firm with more merchant accounts than a menu of Slack's takes: in every form one is looked for by its words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.slack.blocks.administration_notifications import notifications_form
from bot.slack.blocks.bulk_upload import bulk_form
from bot.slack.blocks.fields import FieldsRefused
from bot.slack.blocks.filter_form import filter_form
from bot.slack.blocks.form import new_link_form
from bot.slack.listeners.administration_news import _route_of
from bot.slack.listeners.list_filters import read_filters
from bot.slack.stand_in.block_rules import faults_of_view
from bot.slack.stand_in.people import GENERAL, PAYMENTS, SAM
from handlers.answers import NotificationsForm
from handlers.firm import Account
from handlers.grammar import House
from handlers.requests import ListLinks
from models.tables import Batch, PaymentLink
from tests.bot.slack.batch_rig import desk_in_slack, newest, press, reviewed
from tests.bot.slack.rig import form_of, words
from tests.cast import FIRM
from tests.handlers.batches.samples import JANE
from tests.waiting import eventually

pytestmark = pytest.mark.usefixtures("database")
ACCOUNTS = {f"c{n:03}": Account(f"c{n:03}", f"Client {n:03} Ltd", "trust", "USD") for n in range(150)}
CROWD = replace(FIRM, accounts=ACCOUNTS)
HOUSE = House(date(2026, 11, 23), CROWD, ACCOUNTS)


def test_each_form_has_a_field_to_look_for_the_account_by() -> None:
    """(F12) Up to a hundred there is a menu."""
    for view in (new_link_form(HOUSE, "{}"), bulk_form("{}", HOUSE), filter_form(ListLinks(), HOUSE, "{}")):
        [account] = [one for one in view["blocks"] if (one.get("label") or {}).get("text") == "Account"]
        assert account["element"]["type"] == "plain_text_input"
        assert "One of 150: its key, its name, or a part that no other has." in account["hint"]["text"]
        assert faults_of_view(view) == []
    hundred = dict(list(ACCOUNTS.items())[:100])
    view = new_link_form(House(HOUSE.today, replace(FIRM, accounts=hundred), hundred), "{}")
    assert len(view["blocks"][0]["element"]["options"]) == 100


async def test_a_link_goes_to_the_account_that_is_looked_for_and_two_that_fit_are_named() -> None:
    """(F12, F14, B12)"""
    async with desk_in_slack(CROWD) as (rig, _):
        await rig.slack.type_command(SAM, PAYMENTS, "")
        await form_of(rig)
        answer = await rig.slack.submit(SAM, {"account": "client 14", "amount": "100", "client": "Jane Doe"})
        assert answer["errors"]["account"].startswith("“client 14” fits 10 accounts: c140 (Client 140 Ltd), c141")
        answer = await rig.slack.submit(SAM, {"account": "Acme", "amount": "100", "client": "Jane Doe"})
        assert "No account has “Acme” in its key or name" in answer["errors"]["account"]
        assert "and 142 more" in answer["errors"]["account"]
        assert await rig.slack.submit(SAM, {"account": "client 142", "amount": "100", "client": "Jane Doe"}) == {}
        assert (await PaymentLink.get()).account == "c142"
        answer = await rig.slack.type_command(SAM, PAYMENTS, "create 100 for Jane Doe")
        assert "Which account is the money for? Add `account` and one of: c000, c001" in words(answer)


async def test_a_file_goes_to_the_account_that_is_looked_for_under_its_review() -> None:
    """(B12)"""
    async with desk_in_slack(CROWD) as (rig, _):
        await reviewed(rig, JANE)
        await rig.slack.click(SAM, SAM, newest(rig)["ts"], "batch_name_account")
        assert (await rig.slack.submit(SAM, {"account": "Client 1"}))["errors"]["account"].startswith("“Client 1” fits")
        assert await rig.slack.submit(SAM, {"account": "149 ltd"}) == {}
        await eventually(lambda: "Paid into: Client 149 Ltd" in words(newest(rig)), "the review with its account")
        await press(rig, "batch_send")
        assert (await PaymentLink.get()).account == "c149"
        assert (await Batch.get()).account == "c149"


def test_news_and_lists_are_narrowed_down_to_the_account_that_is_looked_for() -> None:
    """(N1, F53) Left blank it is every account."""
    view = notifications_form(NotificationsForm((), {key: one.name for key, one in ACCOUNTS.items()}), CROWD, 0)
    assert faults_of_view(view) == []
    assert "Left blank: every account." in str(view)
    held = {"event": "paid", "channel": GENERAL}
    assert _route_of(held | {"account": "149 ltd"}, CROWD).account == "c149"
    assert _route_of(held | {"account": ""}, CROWD).account == ""
    with pytest.raises(FieldsRefused, match="fits 12 accounts"):
        _route_of(held | {"account": "14"}, CROWD)
    assert read_filters({"account": "Client 149"}, ListLinks(), HOUSE).account == "c149"
    with pytest.raises(FieldsRefused, match="fits 150 accounts"):
        read_filters({"account": "ltd", "over": "100"}, ListLinks(), HOUSE)
