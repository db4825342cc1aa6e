"""Every answer of the desk printed as a letter, in the thread of the letter it answers. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from handlers.answers import (
    AddressFixed,
    Answer,
    BalanceLinkLine,
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
    LinkCard,
    LinkCopied,
    LinkList,
    LinkMade,
    LinkShown,
    Outcome,
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
from handlers.links.aftermath import beside_state, end_in_words
from handlers.ports import StaffLetter
from mailroom.batch_pages import decided_page, refused_page, review_page, rows_file
from mailroom.blocks import Address, Block, Facts, Page, Row, Rows, Words, as_html, as_text
from mailroom.heads import Head
from mailroom.list_page import list
from mailroom.mime import is_message_id
from mailroom.word_pages import decided, export_begun, file, form, help, overview, refusal, waiting
from models.calendar import spell_day
from models.card_numbers import holds_card_number
from models.link_states import LinkState
from models.money import spell
from models.plain_text import listed, shortened

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
        LinkMade: _made,
        LetterPreview: _preview,
        LinkShown: _shown,
        LinkCopied: _copied,
        LinkList: list,
        CancelReport: _cancelled,
        Resent: _resent,
        Reminded: _reminded,
        RemindReport: _reminded_of_each,
        AddressFixed: _reminded,
        RefundProposed: _refund_proposed,
        RefundAsked: decided,
        Decided: decided,
        Waiting: waiting,
        FileReady: file,
        ExportBegun: export_begun,
        HelpText: help,
        FormWanted: form,
        Overview: overview,
        Refusal: refusal,
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


# ── links ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _made(answer: LinkMade, firm: Firm) -> Page:
    card = answer.card
    told = f"is on its way to {listed(answer.mailed_to)}" if answer.mailed_to else "is ready"
    told = f"is the balance link of {answer.balance_of} already" if answer.stood else told
    told = f"{told}, in place of {answer.in_place_of}" if answer.in_place_of else told
    repeated = (
        [Words("This letter arrived before; this is the link it made the first time.")] if answer.repeated else []
    )
    notes = [Words(note) for note in answer.notes]
    return f"{card.reference} {told}", [*repeated, _card(card, firm), Address(card.url), *notes, _next_steps(card)]


def _preview(answer: LetterPreview, firm: Firm) -> Page:
    """Slack's form asks for it; here for the day that a letter may."""
    head = (("To", ", ".join(answer.mailed_to)), ("From", answer.sender), ("Replies go to", answer.reply_to))
    letter = [Words(line) for line in (answer.greeting, *answer.paragraphs)]
    facts = Facts((("Amount due", answer.amount), *answer.facts))
    notes = [Words(line, "fine") for line in (*answer.small_print, *answer.notes)]
    return answer.subject, [Facts(head), *letter, facts, *notes]


def _shown(answer: LinkShown, firm: Firm) -> Page:
    card = answer.card
    history = tuple(Row("", line.words, "", firm.spell_moment(line.at)) for line in answer.history)
    letters = tuple(Row("", sent.address, "", _delivery(sent.state, sent.trouble)) for sent in card.deliveries)
    blocks: list[Block] = [*_alarms(card), _card(card, firm)]
    blocks += [Address(card.url)] if card.url else []
    blocks += [Rows("Letters", letters)] if letters else []
    blocks.append(Rows("What happened", history))
    blocks += [Rows("Reminders", tuple(Row("", line) for line in answer.reminders))] if answer.reminders else []
    return f"{card.reference} is {card.state.spoken}", [*blocks, _next_steps(card)]


def _copied(answer: LinkCopied, firm: Firm) -> Page:
    return f"The link of {answer.reference}", [Address(answer.url)]


def _resent(answer: Resent, firm: Firm) -> Page:
    what = f"The receipt of {answer.card.reference}" if answer.receipt else answer.card.reference
    return f"{what} is on its way again to {listed(answer.mailed_to)}", [_card(answer.card, firm)]


def _reminded(answer: Reminded | AddressFixed, firm: Firm) -> Page:
    return answer.sentence, [_card(answer.card, firm)]


def _cancelled(answer: CancelReport, firm: Firm) -> Page:
    done = sum(outcome.done for outcome in answer.outcomes)
    if len(answer.outcomes) == 1:
        return answer.outcomes[0].sentence, []
    return f"{done} of {len(answer.outcomes)} cancelled", _each(answer.outcomes)


def _reminded_of_each(answer: RemindReport, firm: Firm) -> Page:
    done = sum(outcome.done for outcome in answer.outcomes)
    return f"{done} of {len(answer.outcomes)} reminded of", _each(answer.outcomes)


def _each(outcomes: Sequence[Outcome]) -> list[Block]:
    return [Rows("", tuple(Row("✓" if one.done else "–", one.sentence) for one in outcomes))]


def _refund_proposed(answer: RefundProposed, firm: Firm) -> Page:
    """Refunds are asked for in Slack only (T16); here for the day that one may be looked at by mail."""
    rows = tuple(
        Row("", offer.account, spell(offer.amount, firm.locale), f"paid {firm.spell_moment(offer.at)}")
        for offer in answer.offers
    )
    return f"What can go back of {answer.reference}", [Rows("", rows), *(Words(note, "fine") for note in answer.notes)]


def _card(card: LinkCard, firm: Firm) -> Facts:
    money = spell(card.amount, firm.locale)
    if card.paid.minor:
        money += f", of which {spell(card.paid, firm.locale)} is paid"
    left = f", {spell(card.left_open, firm.locale)} still owed" if card.left_open and card.paid.minor else ""
    partial = ""
    if card.partial_allowed:
        least = f", at least {spell(card.partial_minimum, firm.locale)}" if card.partial_minimum else ""
        partial = f"allowed{least}"
    return Facts(
        (
            ("Amount", f"{money}{left}"),
            ("State", ", ".join([end_in_words(card, firm) or card.state.spoken, *beside_state(card, firm)])),
            ("Balance of", card.balance_of),
            ("Balance links", "; ".join(_balance_link(one, firm) for one in card.balance_links)),
            ("Client", card.payer_name),
            ("Invoice", card.invoice_number),
            ("Due", spell_day(card.due_on, firm.locale) if card.due_on else ""),
            ("Account", card.account),
            ("Part payment", partial),
            ("Message", shortened(card.message, 300)),
            ("Link works until", _last_day(card, firm)),
            ("Made by", card.created_by),
        )
    )


def _balance_link(line: BalanceLinkLine, firm: Firm) -> str:
    return f"{line.reference}, {spell(line.amount, firm.locale)}, {line.state.spoken}"


def _last_day(card: LinkCard, firm: Firm) -> str:
    """Blank for a link that cannot be paid any more."""
    return spell_day(firm.last_day(card.expires_at), firm.locale) if card.expires_at and card.cancellable else ""


def _alarms(card: LinkCard) -> list[Block]:
    alarms: list[Block] = []
    if card.late_money:
        words = f"Money arrived after this link was closed: keep it, or `refund {card.reference}` in Slack."
        alarms.append(Words(words, "warning"))
    if card.review:
        alarms.append(Words("Something about this link needs a look: see below.", "warning"))
    return alarms


def _next_steps(card: LinkCard) -> Words:
    steps = [f"`show {card.reference}`"]
    if card.cancellable:
        steps += [f"`resend {card.reference}`", f"`cancel {card.reference}`"]
    elif card.state in (LinkState.PAID, LinkState.PART_PAID):
        steps.append(f"`resend {card.reference}` for the receipt")
    if card.wants_balance:
        steps.append(f"`balance {card.reference}`")
    return Words(f"In the subject of a new letter: {', '.join(steps)}.", "fine")


def _delivery(state: str, trouble: str) -> str:
    return f"{state}: {trouble}" if trouble else state


# ── words ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
