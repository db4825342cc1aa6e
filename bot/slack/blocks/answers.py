"""Any answer of the desk as a message in Slack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

from slack_sdk.models.blocks import ActionsBlock, Block

from bot.slack.blocks.administration import forms_offered, overview
from bot.slack.blocks.batch import batch_decided, batch_refused
from bot.slack.blocks.batch_review import batch_review
from bot.slack.blocks.bulk_upload import BULK_UPLOAD
from bot.slack.blocks.buttons import button
from bot.slack.blocks.form_preview import preview_message
from bot.slack.blocks.links import (
    address_fixed,
    cancel_report,
    link_copied,
    link_list,
    link_made,
    link_shown,
    reminded,
    resent,
)
from bot.slack.blocks.message import Message, message, plain
from bot.slack.blocks.questions import turned_away
from bot.slack.blocks.refund import decided, refund_asked, refund_proposed
from bot.slack.blocks.selection import links_chosen, links_copied, remind_report
from bot.slack.blocks.wording import escaped, said, section, small, typed
from handlers.answers import (
    AccountsForm,
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
    HomePage,
    LetterPreview,
    LinkCopied,
    LinkList,
    LinkMade,
    LinksChosen,
    LinksCopied,
    LinkShown,
    NotificationsForm,
    Overview,
    RefundAsked,
    RefundProposed,
    Refusal,
    Reminded,
    RemindReport,
    Resent,
    SettingsForm,
    SettingsRefused,
    UsersForm,
    Waiting,
)
from handlers.batches.template import FILENAME as TEMPLATE
from handlers.firm import Firm
from models.plain_text import clean

NEW_LINK = "new_link"
_INLINE = 2500  # characters of a small file that are shown in the answer itself

WORKING = plain("Working on it: the answer follows here in a moment.", "⏳")


def spoken(answer: Answer, firm: Firm) -> Message:
    """The message for an answer. It is for the asker's eyes only: it may hold amounts and a payer's URL."""
    alone = _ALONE.get(type(answer))
    return alone(answer) if alone else _WITH_THE_FIRM[type(answer)](answer, firm)


def file_ready(file: FileReady, *, sent: bool) -> Message:
    """A word about a file; a small text file is shown as well. `sent`: it went to the asker as a direct message."""
    where = f"`{typed(file.filename)}` is in your direct messages with Paylink." if sent else ""
    content = _as_text(file)
    blocks: list[Block] = [section(f"📄 {said(file.words, 2000)} {where}".strip())]
    if content:
        blocks.append(section(f"```{content}```"))
    if file.filename == TEMPLATE:
        blocks.append(ActionsBlock(elements=[button("Bulk upload", BULK_UPLOAD, "bulk")]))
    if not sent and not content:
        blocks.append(section("⚠️ Slack did not take the file just now. Ask again in a moment, or ask for it by mail."))
    return message(f"{file.words} {file.filename}", blocks)


def _as_text(file: FileReady) -> str:
    """The content of a small text file; blank for any other. A fence inside it would end ours."""
    if not file.content_type.startswith("text/"):
        return ""
    try:
        text = escaped(clean(file.content.decode("utf-8-sig"))[0].strip())
    except UnicodeDecodeError:
        return ""
    return text if len(text) <= _INLINE and "```" not in text else ""


@lru_cache(maxsize=64)  # the help says the same to everybody
def help_text(answer: HelpText) -> Message:
    """The lines are commands, or parts of one, as they are typed after /paylink or after a mention."""
    blocks: list[Block] = [section(f"*{said(answer.title, 200)}*"), small("Type it after `/paylink` or `@Paylink`.")]
    blocks += [section(f"`{typed(what, 200) or '…'}`\n{said(does, 500)}") for what, does in answer.lines]
    if answer.note:
        blocks.append(small(said(answer.note, 1500)))
    return message(answer.title, blocks)


def form_offered() -> Message:
    """A button in place of the form, where there was no chance to open it."""
    words = "Press the button to fill in a new payment link. `help` shows what else can be typed."
    open_it = ActionsBlock(elements=[button("New payment link", NEW_LINK, "new", style="primary")])
    return message(words, [section(said(words)), open_it])


def _home(answer: HomePage, firm: Firm) -> Message:
    return link_list(answer.listed, firm)


def _under_way(answer: ExportBegun) -> Message:
    return plain(answer.words, "⏳")


def _waiting(answer: Waiting) -> Message:
    return plain(answer.sentence, "⏳")


def _form_wanted(answer: FormWanted) -> Message:
    return form_offered()


def _admins_form(answer: SettingsForm | SettingsRefused | UsersForm | NotificationsForm | AccountsForm) -> Message:
    return forms_offered()


# Every kind of answer and what prints it: some by themselves, some with the firm's locale, clock and accounts.
_ALONE: Mapping[type, Callable[[Any], Message]] = {
    RemindReport: remind_report,
    LinksCopied: links_copied,
    AddressFixed: address_fixed,
    RefundAsked: refund_asked,
    Decided: decided,
    FileReady: partial(file_ready, sent=False),
    ExportBegun: _under_way,
    HelpText: help_text,
    FormWanted: _form_wanted,
    Overview: overview,
    SettingsForm: _admins_form,
    SettingsRefused: _admins_form,
    UsersForm: _admins_form,
    NotificationsForm: _admins_form,
    AccountsForm: _admins_form,
    Refusal: turned_away,
    Waiting: _waiting,
}
_WITH_THE_FIRM: Mapping[type, Callable[[Any, Firm], Message]] = {
    LinkMade: link_made,
    LetterPreview: preview_message,
    LinkShown: link_shown,
    LinkCopied: link_copied,
    LinkList: link_list,
    HomePage: _home,
    CancelReport: cancel_report,
    LinksChosen: links_chosen,
    Resent: resent,
    Reminded: reminded,
    RefundProposed: refund_proposed,
    BatchReview: batch_review,
    BatchRefused: batch_refused,
    BatchDecided: batch_decided,
}
