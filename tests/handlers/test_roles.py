"""Who may ask for what, and at which door: the desk's table against the one that was agreed on."""

from __future__ import annotations

from typing import get_args

import pytest

from handlers import requests as r
from handlers.people.roles import ALLOWED, Place
from handlers.requests import Request, Role

# In the words of the agreement: who makes links looks after them; who only looks asks for nothing that leaves.
EVERYBODY_OF_THE_FIRM = {r.ListLinks, r.OpenHome, r.ShowLink, r.AskTemplate, r.AskHelp, r.NotYet}
ADMINS = {
    *(r.AskRefund, r.SendRefund, r.KeepMoney, r.MarkSeen),
    *(r.ShowSettings, r.OpenSettings, r.ChangeSetting, r.SaveSettings),
    *(r.ShowAccounts, r.OpenAccounts, r.DefaultAccount, r.PartialRule, r.MapChannels, r.SetAccount),
    *(r.ShowUsers, r.OpenUsers, r.AddUser, r.RemoveUser),
    *(r.ShowNotifications, r.OpenNotifications, r.RouteNews, r.TryNews),
    *(r.ShowQuarantine, r.AnswerAccess),
}
ONLY_WITH_A_BUTTON = {r.AskAccess, r.DecideProposal}  # a mailbox must neither let somebody in nor confirm anything


@pytest.mark.parametrize("request_type", get_args(Request), ids=lambda kind: kind.__name__)
def test_every_request_has_its_roles(request_type: type) -> None:
    """(T16) Nobody's right is assumed: a request without a row would be an error for all who ask it."""
    makers = {Role.ADMIN, Role.STAFF}
    expected = {Role.ADMIN} if request_type in ADMINS else makers
    expected = {*makers, Role.VIEWER} if request_type in EVERYBODY_OF_THE_FIRM else expected
    expected = set(Role) if request_type is r.AskAccess else expected
    assert ALLOWED[request_type].roles == expected


def test_the_table_names_nothing_that_cannot_be_asked() -> None:
    assert ALLOWED.keys() == set(get_args(Request))


def test_a_channel_that_serves_no_account_shows_and_makes_nothing() -> None:
    """(B12) Help, what is an admin's or one's own, and answers to a question asked elsewhere go on in it."""
    there = {kind for kind, rule in ALLOWED.items() if Place.UNMAPPED in rule.places}
    assert there == {r.AskHelp, r.AskTemplate, r.NotYet, r.CancelLinks} | ADMINS | ONLY_WITH_A_BUTTON


def test_what_moves_money_or_rights_is_asked_in_slack_only() -> None:
    """(T16)"""
    assert {kind for kind, rule in ALLOWED.items() if Place.MAIL not in rule.places} == ADMINS | ONLY_WITH_A_BUTTON
