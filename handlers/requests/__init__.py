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
from handlers.requests.batches import (
    AddRow,
    ChangeBatch,
    ChooseAccount,
    DecideBatch,
    Decision,
    DeleteRows,
    EditRow,
    IncludeRows,
    ReviewFile,
    ShowBatch,
    Step,
)
from handlers.requests.links import (
    AskHelp,
    AskTemplate,
    BalanceLink,
    CancelLinks,
    CopyLink,
    CreateLink,
    FixAddress,
    NotYet,
    OpenForm,
    PauseReminders,
    PreviewLink,
    RemindLink,
    ReplaceLink,
    ResendLink,
    ShowLink,
)
from handlers.requests.lists import (
    MOST_CHOSEN,
    ChooseLinks,
    CopyLinks,
    ExportLinks,
    ListLinks,
    ListPart,
    RemindLinks,
    View,
)
from handlers.requests.money_back import AskRefund, KeepMoney, MarkSeen, SendRefund
from handlers.requests.people import PAYER, PAYLINK, STRIPE, Actor, Asker, Door, Role

Request = (
    OpenForm
    | CreateLink
    | PreviewLink
    | ReplaceLink
    | ListLinks
    | ExportLinks
    | ChooseLinks
    | RemindLinks
    | CopyLinks
    | ShowLink
    | CopyLink
    | ResendLink
    | RemindLink
    | PauseReminders
    | CancelLinks
    | AskRefund
    | SendRefund
    | KeepMoney
    | MarkSeen
    | FixAddress
    | BalanceLink
    | AskTemplate
    | AskHelp
    | NotYet
    | ReviewFile
    | DecideBatch
    | ChooseAccount
    | AddRow
    | ChangeBatch
    | DeleteRows
    | EditRow
    | IncludeRows
    | ShowBatch
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
    "MOST_CHOSEN",
    "PAYER",
    "PAYLINK",
    "STRIPE",
    "Actor",
    "AddRow",
    "AddUser",
    "AskHelp",
    "AskRefund",
    "AskTemplate",
    "Asker",
    "BalanceLink",
    "CancelLinks",
    "ChangeBatch",
    "ChangeSetting",
    "ChooseAccount",
    "ChooseLinks",
    "CopyLink",
    "CopyLinks",
    "CreateLink",
    "DecideBatch",
    "Decision",
    "DefaultAccount",
    "DeleteRows",
    "Door",
    "EditRow",
    "ExportLinks",
    "FixAddress",
    "IncludeRows",
    "KeepMoney",
    "ListLinks",
    "ListPart",
    "MarkSeen",
    "NotYet",
    "OpenForm",
    "PartialRule",
    "PauseReminders",
    "PreviewLink",
    "RemindLink",
    "RemindLinks",
    "RemoveUser",
    "ReplaceLink",
    "Request",
    "ResendLink",
    "ReviewFile",
    "Role",
    "RouteNews",
    "SendRefund",
    "ShowAccounts",
    "ShowBatch",
    "ShowLink",
    "ShowNotifications",
    "ShowSettings",
    "ShowUsers",
    "Step",
    "View",
]
