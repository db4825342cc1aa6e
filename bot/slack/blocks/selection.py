"""Several links of a list at once: which, what to do with them, the question before it, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    CheckboxesElement,
    Option,
    PlainTextObject,
    RadioButtonsElement,
)

from bot.slack.blocks.buttons import button
from bot.slack.blocks.fields import VALUE, field, held_in
from bot.slack.blocks.list_menu import title_of
from bot.slack.blocks.message import Message, fitting, message
from bot.slack.blocks.modal import modal
from bot.slack.blocks.wording import SECTION, filled, money, said, section, small, total, typed
from handlers.answers import LinkCard, LinkList, LinksChosen, LinksCopied, Outcome, RemindReport
from handlers.firm import Firm
from handlers.requests import MOST_CHOSEN
from models.plain_text import counted, plain_line, shortened

CALLBACK, CANCEL_CALLBACK, REMIND_CALLBACK = "list_select_form", "list_cancel_form", "list_remind_form"
TICK_ALL, TICK_PREVIOUS, TICK_NEXT = "select_all", "select_previous", "select_next"
ROWS, ACT = "rows", "act"
CANCEL, REMIND, COPY, EXPORT = "cancel", "remind", "copy", "export"
_ACTS = {
    CANCEL: ("Cancel", "You are asked once more; those that are paid are only reported."),
    REMIND: ("Remind", "You are asked once more; one letter a client and day at most."),
    COPY: ("Copy links", "The links as text, for your own letters."),
    EXPORT: ("Export", "An Excel file of them, in your direct messages."),
}
_MOST_KEPT = MOST_CHOSEN + 50  # references; what Slack keeps with a view has 3,000 characters at most
_OPTION = 75  # characters of an option's text and of its description


@dataclass(frozen=True, slots=True)
class Selecting:
    """What a selection form carries from page to page, unread by Slack."""

    command: str  # of the list, without its page
    page: int = 1
    chosen: tuple[str, ...] = ()  # references
    turn: int = 0  # each showing of the form has ticks of its own
    told: str = ""  # where the form was opened from, as the listener keeps it

    def metadata(self) -> str:
        short = " ".join(reference.removeprefix("PL-") for reference in self.chosen)
        return json.dumps([self.command, self.page, short, self.turn, self.told], ensure_ascii=False)

    @classmethod
    def of(cls, metadata: str) -> Selecting:
        command, page, short, turn, told = json.loads(metadata)
        return cls(command, page, tuple(f"PL-{each}" for each in short.split()), turn, told)

    @property
    def block(self) -> str:
        """The id of the block with the ticks."""
        return f"{ROWS}_{self.turn}"

    def ticked(self, shown: Iterable[str], ticks: Iterable[str]) -> Selecting:
        """After a page on which these of the rows were ticked. So many are too many already that no more are kept."""
        kept = [reference for reference in self.chosen if reference not in set(shown)]
        return replace(self, chosen=tuple(dict.fromkeys([*kept, *ticks]))[:_MOST_KEPT], turn=self.turn + 1)


def selection_form(listed: LinkList, now: Selecting, firm: Firm) -> dict[str, Any]:
    """One page of the list with a box a link. Ticks of other pages are kept; Slack takes ten boxes at a time."""
    options = [_row(card, firm) for card in listed.rows]
    ticked = [one for one in options if one.value in now.chosen]
    boxes = CheckboxesElement(action_id=VALUE, options=options, initial_options=ticked or None)
    elsewhere = len(now.chosen) - len(ticked)
    others = f", and {counted(elsewhere, 'link')} of other pages chosen" if elsewhere else ""
    turn = [
        button("◀ Previous", TICK_PREVIOUS, "previous") if listed.page > 1 else None,
        button("Next ▶", TICK_NEXT, "next") if listed.page < listed.pages else None,
    ]
    blocks: list[Block] = [
        section(f"*{title_of(listed.view)}*  ·  page {listed.page} of {listed.pages}{others}"),
        field(now.block, "Links", boxes),
        ActionsBlock(elements=[button("Tick all of this page", TICK_ALL, "all"), *filter(None, turn)]),
        field(ACT, "What to do with them", RadioButtonsElement(action_id=VALUE, options=_acts()), optional=False),
        small(f"Up to {MOST_CHOSEN} links at once. Ticks stay when you go to another page."),
    ]
    return modal("Select links", blocks, callback=CALLBACK, submit="Go on", close="Close", metadata=now.metadata())


def _acts() -> list[Option]:
    return [
        Option(text=PlainTextObject(text=label), value=act, description=PlainTextObject(text=about))
        for act, (label, about) in _ACTS.items()
    ]


def _row(card: LinkCard, firm: Firm) -> Option:
    """Plain text, so nothing in it is markup."""
    facts = [card.payer_name, card.invoice_number and f"invoice {card.invoice_number}", card.account]
    about = shortened(plain_line("  ·  ".join(filter(None, facts))), _OPTION)
    text = shortened(f"{card.reference}  ·  {money(card.amount, firm)}  ·  {card.state.spoken}", _OPTION)
    described = PlainTextObject(text=about) if about else None
    return Option(text=PlainTextObject(text=text), value=card.reference, description=described)


def ticks_in(view: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The rows that a selection form shows, and those of them that are ticked."""
    now = Selecting.of(str(view["private_metadata"]))
    [boxes] = [block["element"] for block in view["blocks"] if block["block_id"] == now.block]
    ticked = held_in(view).get(now.block, "").split()
    return [str(one["value"]) for one in boxes["options"]], ticked


def act_in(view: dict[str, Any]) -> str:
    return held_in(view).get(ACT, "")


# ── before and after ─────────────────────────────────────────────────────────────────────────────────────────────────


def question_form(answer: LinksChosen, firm: Firm, metadata: str) -> dict[str, Any]:
    """The question before it is done to several links: how many, what they add up to, which are left out."""
    many = f"*{counted(len(answer.able), 'link')}, {total(answer.totals, firm)}*,"
    if answer.to_remind:
        words = f"{many} will be reminded of now: a letter goes to each client who may have one today."
    else:
        words = f"{many} will be cancelled: nobody can pay with them any more."
        words += " Clients who had a letter are told by letter." if firm.cancel_letter == "on" else ""
    blocks = [section(words), *_lines(_line(card, firm) for card in answer.able)]
    left_out = [_line(card, firm) for card in answer.left_out]
    left_out += [f"{reference}: not found here" for reference in answer.missing]
    if left_out:
        blocks.append(section(f"*{counted(len(left_out), 'other')}* cannot be {_done(answer)}, only reported:"))
        blocks += _lines(left_out)
    fit = fitting([block.to_dict() for block in blocks])
    title, yes, no, callback = "Cancel links?", "Cancel the links", "Keep them", CANCEL_CALLBACK
    if answer.to_remind:
        title, yes, no, callback = "Send reminders?", "Send reminders", "Send none", REMIND_CALLBACK
    return modal(title, fit, callback=callback, submit=yes, close=no, metadata=metadata)


def _done(answer: LinksChosen) -> str:
    return "reminded of" if answer.to_remind else "cancelled"


def links_chosen(answer: LinksChosen, firm: Firm) -> Message:
    """The chosen links, where it can be done to none of them."""
    lines = [_line(card, firm) for card in answer.cards] + [f"{one}: not found here" for one in answer.missing]
    words = f"{len(answer.able)} of {len(lines)} can be {_done(answer)}."
    return message(words, [section(words), *_lines(lines)])


def _line(card: LinkCard, firm: Firm) -> str:
    payer = f" for {card.payer_name}" if card.payer_name else ""
    return f"{card.reference}, {money(card.amount, firm)}{payer}: {card.state.spoken}"


def remind_report(report: RemindReport) -> Message:
    return message(" ".join(one.sentence for one in report.outcomes), _lines(_outcomes(report.outcomes, "🔔")))


def links_copied(answer: LinksCopied) -> Message:
    """The bare URLs as preformatted text, each under its reference and client: never unfurled (F23)."""
    words = "Whoever has a link can see and pay the request: give each to its client only."
    texts = [
        f"{' '.join(filter(None, (one.reference, typed(one.payer_name, 100))))}\n{one.url}" for one in answer.links
    ]
    blocks: list[Block] = [section(words)] if texts else []
    blocks += [section(f"```{text}```") for text in filled(texts, SECTION - 6)]
    return message(f"{counted(len(texts), 'link')}, ready to copy.", [*blocks, *_lines(_outcomes(answer.outcomes, ""))])


def _outcomes(outcomes: Sequence[Outcome], mark: str) -> Iterable[str]:
    for outcome in outcomes:
        yield f"{mark if outcome.done else '▫️'} {outcome.sentence}"


def _lines(lines: Iterable[str]) -> list[Block]:
    return [section(text) for text in filled((said(line, 600) for line in lines), SECTION)]
