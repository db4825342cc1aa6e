"""Every answer of the desk printed as a letter, in the thread of the letter it answers. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from typing import Any

from handlers.answers import (
    AddressFixed,
    Answer,
    BatchDecided,
    BatchRefused,
    BatchReview,
    CancelReport,
    Decided,
    ExportBegun,
    FileReady,
    FormWanted,
    HelpText,
    LetterPreview,
    LinkCopied,
    LinkList,
    LinkMade,
    LinkShown,
    Overview,
    RefundAsked,
    RefundProposed,
    Refusal,
    Reminded,
    RemindReport,
    Resent,
    Waiting,
)
from handlers.firm import Firm
from handlers.ports import StaffLetter
from mailroom.batch_pages import decided_page, refused_page, review_page, rows_file
from mailroom.blocks import Page, Words, as_html, as_text
from mailroom.heads import Head
from mailroom.link_pages import (
    cancelled_page,
    copied_page,
    made_page,
    preview_page,
    refund_proposed_page,
    reminded_of_each_page,
    reminded_page,
    resent_page,
    shown_page,
)
from mailroom.list_page import list_page
from mailroom.mime import is_message_id
from mailroom.word_pages import (
    export_begun_page,
    file_page,
    form_page,
    help_page,
    overview_page,
    refusal_page,
    sentence_page,
    waiting_page,
)
from models.card_numbers import holds_card_number
from models.plain_text import shortened

_ANSWERED = re.compile(
    r"\s*(?:re|aw|antw|sv|vs|odp|rv|res|ref)\s*(?:\[[0-9]+\])?\s*:", re.IGNORECASE
)  # in any language


def reply(answer: Answer, head: Head, to: str, message_id: str, firm: Firm, notes: Iterable[str] = ()) -> StaffLetter:
    """The answer as a letter to `to`, in the thread of the letter with this head."""
    title, blocks = page_of(answer, firm)
    blocks += [Words(note, "fine") for note in notes]
    asked = "" if holds_card_number(head.subject) else head.subject
    subject = asked if _ANSWERED.match(asked) else f"Re: {asked or title}"
    answered = head.message_id if is_message_id(head.message_id) else ""  # some programs write others
    thread = [*reversed(head.answered_ids[:20]), answered]
    return StaffLetter(
        to=to,
        message_id=message_id,
        subject=shortened(subject, 200),
        text=as_text(title, blocks).replace("\0", ""),  # PostgreSQL keeps no NUL
        html=as_html(title, blocks, firm.name).replace("\0", ""),
        in_reply_to=answered,
        references=" ".join(filter(is_message_id, thread)),
        attachments=tuple(
            (file.filename, file.content_type.partition(";")[0], base64.b64encode(file.content).decode("ascii"))
            for file in _files(answer, firm)
        ),
    )


def page_of(answer: Answer, firm: Firm) -> Page:
    """The answer as a title and blocks."""
    printers: dict[type, Callable[[Any, Firm], Page]] = {
        LinkMade: made_page,
        LetterPreview: preview_page,
        LinkShown: shown_page,
        LinkCopied: copied_page,
        LinkList: list_page,
        CancelReport: cancelled_page,
        Resent: resent_page,
        Reminded: reminded_page,
        RemindReport: reminded_of_each_page,
        AddressFixed: reminded_page,
        RefundProposed: refund_proposed_page,
        RefundAsked: sentence_page,
        Decided: sentence_page,
        Waiting: waiting_page,
        FileReady: file_page,
        ExportBegun: export_begun_page,
        HelpText: help_page,
        FormWanted: form_page,
        Overview: overview_page,
        Refusal: refusal_page,
        BatchReview: review_page,
        BatchRefused: refused_page,
        BatchDecided: decided_page,
    }
    return printers[type(answer)](answer, firm)


def _files(answer: Answer, firm: Firm) -> Iterable[FileReady]:
    match answer:
        case FileReady():
            return [answer]
        case LinkList(file=FileReady() as whole):
            return [whole]
        case BatchRefused():
            return answer.files
        case BatchReview():
            return rows_file(answer, firm)
        case BatchDecided():
            return [*answer.files, *rows_file(answer, firm)]
    return []
