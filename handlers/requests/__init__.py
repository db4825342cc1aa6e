"""What can be asked: frozen values, made by the grammar or by a front's buttons, understood by the desk."""

from __future__ import annotations

from handlers.requests.administration import (
    AddUser,
    ChangeSetting,
    DefaultAccount,
    PartialRule,
    RemoveUser,
    RouteNews,
    ShowAccounts,
    ShowNotifications,
    ShowSettings,
    ShowUsers,
)
from handlers.requests.batches import ChooseAccount, DecideBatch, Decision, ReviewFile
from handlers.requests.links import (
    AskHelp,
    AskTemplate,
    BalanceLink,
    CancelLinks,
    CopyLink,
    CreateLink,
    NotYet,
    OpenForm,
    PauseReminders,
    RemindLink,
    ResendLink,
    ShowLink,
)
from handlers.requests.lists import ExportLinks, ListLinks, ListPart, View
from handlers.requests.money_back import AskRefund, SendRefund
from handlers.requests.people import PAYER, PAYLINK, STRIPE, Actor, Asker, Door, Role

Request = (
    OpenForm
    | CreateLink
    | ListLinks
    | ExportLinks
    | ShowLink
    | CopyLink
    | ResendLink
    | RemindLink
    | PauseReminders
    | CancelLinks
    | AskRefund
    | SendRefund
    | BalanceLink
    | AskTemplate
    | AskHelp
    | NotYet
    | ReviewFile
    | DecideBatch
    | ChooseAccount
    | ShowSettings
    | ChangeSetting
    | ShowAccounts
    | DefaultAccount
    | PartialRule
    | ShowUsers
    | AddUser
    | RemoveUser
    | ShowNotifications
    | RouteNews
)

__all__ = [
    "PAYER",
    "PAYLINK",
    "STRIPE",
    "Actor",
    "AddUser",
    "AskHelp",
    "AskRefund",
    "AskTemplate",
    "Asker",
    "BalanceLink",
    "CancelLinks",
    "ChangeSetting",
    "ChooseAccount",
    "CopyLink",
    "CreateLink",
    "DecideBatch",
    "Decision",
    "DefaultAccount",
    "Door",
    "ExportLinks",
    "ListLinks",
    "ListPart",
    "NotYet",
    "OpenForm",
    "PartialRule",
    "PauseReminders",
    "RemindLink",
    "RemoveUser",
    "Request",
    "ResendLink",
    "ReviewFile",
    "Role",
    "RouteNews",
    "SendRefund",
    "ShowAccounts",
    "ShowLink",
    "ShowNotifications",
    "ShowSettings",
    "ShowUsers",
    "View",
]
