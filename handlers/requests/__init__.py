"""What can be asked: frozen values, made by the grammar or by a front's buttons, understood by the desk."""

from __future__ import annotations

from handlers.requests.access import AnswerAccess, AskAccess, DecideProposal
from handlers.requests.administration import (
    AddUser,
    ChangeSetting,
    DefaultAccount,
    MapChannels,
    OpenAccounts,
    OpenNotifications,
    OpenSettings,
    OpenUsers,
    PartialRule,
    RemoveUser,
    RouteNews,
    SaveSettings,
    SetAccount,
    ShowAccounts,
    ShowNotifications,
    ShowQuarantine,
    ShowSettings,
    ShowUsers,
    TryNews,
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
    OpenHome,
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
    | OpenHome
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
    | AskAccess
    | AnswerAccess
    | DecideProposal
    | NotYet
    | ReviewFile
    | DecideBatch
    | ChooseAccount
    | ShowBatch
    | DeleteRows
    | IncludeRows
    | EditRow
    | AddRow
    | ChangeBatch
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
    | OpenSettings
    | SaveSettings
    | OpenAccounts
    | MapChannels
    | SetAccount
    | OpenUsers
    | OpenNotifications
    | TryNews
    | ShowQuarantine
)

__all__ = [
    "MOST_CHOSEN",
    "PAYER",
    "PAYLINK",
    "STRIPE",
    "Actor",
    "AddRow",
    "AddUser",
    "AnswerAccess",
    "AskAccess",
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
    "DecideProposal",
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
    "MapChannels",
    "MarkSeen",
    "NotYet",
    "OpenAccounts",
    "OpenForm",
    "OpenHome",
    "OpenNotifications",
    "OpenSettings",
    "OpenUsers",
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
    "SaveSettings",
    "SendRefund",
    "SetAccount",
    "ShowAccounts",
    "ShowBatch",
    "ShowLink",
    "ShowNotifications",
    "ShowQuarantine",
    "ShowSettings",
    "ShowUsers",
    "Step",
    "TryNews",
    "View",
]
