"""What the desk answers: frozen values that any front can print. Sentences are plain text, without markup."""

from __future__ import annotations

from handlers.answers.administration import (
    AccountLine,
    AccountsForm,
    NotificationsForm,
    Overview,
    OverviewLine,
    RouteLine,
    SettingField,
    SettingsForm,
    SettingsRefused,
    UserLine,
    UsersForm,
)
from handlers.answers.batches import ROWS_A_PAGE, BatchDecided, BatchLine, BatchRefused, BatchReview, RowError
from handlers.answers.cards import (
    BalanceLinkLine,
    Delivery,
    DisputeLine,
    HistoryLine,
    LinkCard,
    RefundOffer,
    WrongAddress,
)
from handlers.answers.links import (
    AddressFixed,
    CancelReport,
    FormWanted,
    LetterPreview,
    LinkCopied,
    LinkMade,
    LinkShown,
    Outcome,
    Reminded,
    Resent,
)
from handlers.answers.lists import ExportBegun, HomePage, LinkList, LinksChosen, LinksCopied, RemindReport, ViewCount
from handlers.answers.money_back import Decided, RefundAsked, RefundProposed
from handlers.answers.people import Choice, Question, Waiting
from handlers.answers.plain import FileReady, HelpText, Refusal

Answer = (
    LinkMade
    | LetterPreview
    | LinkShown
    | LinkCopied
    | LinkList
    | HomePage
    | LinksChosen
    | LinksCopied
    | RemindReport
    | CancelReport
    | Resent
    | AddressFixed
    | Reminded
    | RefundProposed
    | RefundAsked
    | Decided
    | Waiting
    | FileReady
    | ExportBegun
    | HelpText
    | FormWanted
    | Overview
    | Refusal
    | BatchReview
    | BatchRefused
    | BatchDecided
    | SettingsForm
    | SettingsRefused
    | UsersForm
    | NotificationsForm
    | AccountsForm
)

__all__ = [
    "ROWS_A_PAGE",
    "AccountLine",
    "AccountsForm",
    "AddressFixed",
    "Answer",
    "BalanceLinkLine",
    "BatchDecided",
    "BatchLine",
    "BatchRefused",
    "BatchReview",
    "CancelReport",
    "Choice",
    "Decided",
    "Delivery",
    "DisputeLine",
    "ExportBegun",
    "FileReady",
    "FormWanted",
    "HelpText",
    "HistoryLine",
    "HomePage",
    "LetterPreview",
    "LinkCard",
    "LinkCopied",
    "LinkList",
    "LinkMade",
    "LinkShown",
    "LinksChosen",
    "LinksCopied",
    "NotificationsForm",
    "Outcome",
    "Overview",
    "OverviewLine",
    "Question",
    "RefundAsked",
    "RefundOffer",
    "RefundProposed",
    "Refusal",
    "RemindReport",
    "Reminded",
    "Resent",
    "RouteLine",
    "RowError",
    "SettingField",
    "SettingsForm",
    "SettingsRefused",
    "UserLine",
    "UsersForm",
    "ViewCount",
    "Waiting",
    "WrongAddress",
]
