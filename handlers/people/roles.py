"""Who may ask for what, through which door and where: the one table, and the sentence for whoever may not.

What a person may see of what they ask for is in handlers.people.sight; whose batch it is, whose link is cancelled and
how much needs a second person are the operations' to check, for only they have it before them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from handlers import requests as r
from handlers.firm import Firm
from handlers.requests import Asker, Door, Role
from models.slack_ids import is_channel


class Place(StrEnum):
    """Where somebody stands who asks."""

    CHANNEL = "channel"  # one that serves accounts; all do until an admin maps channels to accounts
    UNMAPPED = "unmapped"  # one that serves none, as only others were mapped
    PRIVATE = "private"  # direct messages, App Home
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may ask, and where."""

    roles: frozenset[Role]
    places: frozenset[Place]


_ANYWHERE = frozenset(Place)
_SERVED = _ANYWHERE - {Place.UNMAPPED}
_IN_SLACK = _ANYWHERE - {Place.MAIL}
_FIRM = frozenset({Role.ADMIN, Role.STAFF, Role.VIEWER})
_MAKING = frozenset({Role.ADMIN, Role.STAFF})

ANYBODY = Rule(_FIRM, _ANYWHERE)  # of the firm: help and what is the same for all
READERS = Rule(_FIRM, _SERVED)
MAKERS = Rule(_MAKING, _SERVED)
OWNERS = Rule(_MAKING, _ANYWHERE)  # one's own is one's own wherever one stands
# What is an admin's is done in Slack: a mailbox in the wrong hands must not do it, whoever's it is (T16).
ADMINS = Rule(frozenset({Role.ADMIN}), _IN_SLACK)

CONFIRMERS = Rule(_MAKING, _IN_SLACK)
STRANGERS = Rule(frozenset(Role), _IN_SLACK)  # whoever has a role is told so

ALLOWED: dict[type, Rule] = {
    r.AskHelp: ANYBODY,
    r.AskTemplate: ANYBODY,
    r.NotYet: ANYBODY,
    r.ListLinks: READERS,
    r.OpenHome: READERS,
    r.ShowLink: READERS,
    r.OpenForm: MAKERS,
    r.CreateLink: MAKERS,
    r.PreviewLink: MAKERS,
    r.ReplaceLink: MAKERS,
    r.BalanceLink: MAKERS,
    r.CopyLink: MAKERS,
    r.ResendLink: MAKERS,
    r.FixAddress: MAKERS,
    r.RemindLink: MAKERS,
    r.PauseReminders: MAKERS,
    r.ExportLinks: MAKERS,
    r.ChooseLinks: MAKERS,
    r.RemindLinks: MAKERS,
    r.CopyLinks: MAKERS,
    r.ReviewFile: MAKERS,
    r.DecideBatch: MAKERS,
    r.ChooseAccount: MAKERS,
    r.ShowBatch: MAKERS,
    r.DeleteRows: MAKERS,
    r.IncludeRows: MAKERS,
    r.EditRow: MAKERS,
    r.AddRow: MAKERS,
    r.ChangeBatch: MAKERS,
    r.CancelLinks: OWNERS,
    r.AskAccess: STRANGERS,
    r.DecideProposal: CONFIRMERS,
    r.AnswerAccess: ADMINS,
    r.AskRefund: ADMINS,
    r.SendRefund: ADMINS,
    r.KeepMoney: ADMINS,
    r.MarkSeen: ADMINS,
    r.ShowSettings: ADMINS,
    r.ChangeSetting: ADMINS,
    r.ShowAccounts: ADMINS,
    r.DefaultAccount: ADMINS,
    r.PartialRule: ADMINS,
    r.ShowUsers: ADMINS,
    r.AddUser: ADMINS,
    r.RemoveUser: ADMINS,
    r.ShowNotifications: ADMINS,
    r.RouteNews: ADMINS,
    r.OpenSettings: ADMINS,
    r.SaveSettings: ADMINS,
    r.OpenAccounts: ADMINS,
    r.MapChannels: ADMINS,
    r.SetAccount: ADMINS,
    r.OpenUsers: ADMINS,
    r.OpenNotifications: ADMINS,
    r.TryNews: ADMINS,
    r.ShowQuarantine: ADMINS,
}


def may(by: Asker, kind: type, firm: Firm) -> bool:
    """Whether this person may ask for such a thing where they stand."""
    rule = ALLOWED[kind]
    return by.role in rule.roles and place_of(by, firm) in rule.places


def place_of(by: Asker, firm: Firm) -> Place:
    """Where they stand, as the table has it."""
    if by.door is not Door.SLACK:
        return Place.MAIL
    channel = by.spoken_in or by.channel
    if not is_channel(channel):
        return Place.PRIVATE
    return Place.CHANNEL if not firm.channel_map or channel in firm.channel_map else Place.UNMAPPED


def why_not(by: Asker, kind: type, firm: Firm) -> str:
    """What else than their role, which the trail keeps anyway, stands against it, in a few words for the trail."""
    rule, place = ALLOWED[kind], place_of(by, firm)
    if by.role not in rule.roles or place in rule.places:
        return ""
    return "not in Slack" if place is Place.MAIL else "the channel serves no account"


def refused(by: Asker, kind: type, firm: Firm, ask: str) -> str:
    """The sentence for somebody who may not; `ask` says who to ask."""
    rule = ALLOWED[kind]
    if by.role is Role.NOBODY:
        return stranger(firm, ask)
    if by.role not in rule.roles:
        who = ": a staff member or an admin does it" if Role.STAFF in rule.roles else ""
        return f"Your role here is {by.role.value}, which may not do that{who}. {ask}"
    if place_of(by, firm) is Place.MAIL:
        return _SLACK_ONLY if by.role is Role.ADMIN else f"{_SLACK_ONLY} {ask}"
    return f"This channel serves no merchant account, so nothing was done and nothing is shown here. {ask}"


def stranger(firm: Firm, ask: str) -> str:
    """The sentence for somebody without a role."""
    return f"You are not set up to use Paylink for {firm.name}. {ask}"


_SLACK_ONLY = (
    "That is done in Slack only, and nothing was done: whoever gets into a mailbox must not change who may do what, "
    "or where money and news go. Type it there after `/paylink`."
)
