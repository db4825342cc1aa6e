"""What the desk answers: frozen values that any front can print. Sentences are plain text, without markup."""

from __future__ import annotations

from handlers.answers.administration import Overview, OverviewLine
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
from handlers.answers.lists import ExportBegun, LinkList, LinksChosen, LinksCopied, RemindReport, ViewCount
from handlers.answers.money_back import Decided, RefundAsked, RefundProposed
from handlers.answers.plain import FileReady, HelpText, Refusal

Answer = (
    LinkMade
    | LetterPreview
    | LinkShown
    | LinkCopied
    | LinkList
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
    | FileReady
    | ExportBegun
    | HelpText
    | FormWanted
    | Overview
    | Refusal
    | BatchReview
    | BatchRefused
    | BatchDecided
)

__all__ = [
    "ROWS_A_PAGE",
    "AddressFixed",
    "Answer",
    "BalanceLinkLine",
    "BatchDecided",
    "BatchLine",
    "BatchRefused",
    "BatchReview",
    "CancelReport",
    "Decided",
    "Delivery",
    "DisputeLine",
    "ExportBegun",
    "FileReady",
    "FormWanted",
    "HelpText",
    "HistoryLine",
    "LetterPreview",
    "LinkCard",
    "LinkCopied",
    "LinkList",
    "LinkMade",
    "LinkShown",
    "LinksChosen",
    "LinksCopied",
    "Outcome",
    "Overview",
    "OverviewLine",
    "RefundAsked",
    "RefundOffer",
    "RefundProposed",
    "Refusal",
    "RemindReport",
    "Reminded",
    "Resent",
    "RowError",
    "ViewCount",
    "WrongAddress",
]
