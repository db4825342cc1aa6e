"""Answers about links: made, shown, copied, sent again, cancelled, listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, DividerBlock, SectionBlock

from bot.slack.blocks.buttons import button
from bot.slack.blocks.card import (
    COPY,
    SHOW,
    WORTH_COPYING,
    card_blocks,
    card_buttons,
    headline,
    part_payment,
    state_words,
    summary,
)
from bot.slack.blocks.list_menu import list_menu, title_of
from bot.slack.blocks.message import Message, message, plain
from bot.slack.blocks.wording import (
    SECTION,
    day,
    day_of,
    filled,
    long_day,
    money,
    mrkdwn,
    said,
    section,
    small,
    total,
    typed,
)
from handlers.answers import (
    AddressFixed,
    CancelReport,
    HistoryLine,
    LinkCard,
    LinkCopied,
    LinkList,
    LinkMade,
    LinkShown,
    Reminded,
    Resent,
)
from handlers.firm import Firm
from handlers.requests import View
from models.link_states import LinkState
from models.plain_text import counted

_MOST_HISTORY = 15


def link_made(made: LinkMade, firm: Firm) -> Message:
    """For its maker's eyes only: it holds the URL, ready to be copied. The card in the channel has the rest."""
    card = made.card
    done = _done(made)
    mailed = _mailed(made)
    blocks: list[Block] = [
        section(f"✅ *{done}.* {said(mailed, 400)}".strip()),
        section(f"{headline(card, firm)}\n{_understood(card, firm)}"),
    ]
    if card.state is LinkState.OPEN:
        blocks.append(copyable(card.url))
    blocks += [small(said(note, 1000)) for note in made.notes]
    buttons = card_buttons(card, firm)
    if buttons:
        blocks.append(ActionsBlock(elements=buttons))
    return message(f"{done}: {summary(card, firm)} {mailed}", blocks)


def _done(made: LinkMade) -> str:
    if made.repeated:
        return "This command came twice; it was done once, and this is what it made"
    if made.balance_of:
        return (
            f"{made.balance_of} has a balance link already" if made.stood else f"Balance link of {made.balance_of} made"
        )
    if made.in_place_of:
        return f"Link made in place of {made.in_place_of}, which can no longer be paid"
    return "Link made"


def _understood(card: LinkCard, firm: Firm) -> str:
    """How the command was understood, days spelled out, so that a mistake shows at once."""
    facts = [
        f"for {typed(card.payer_name)}" if card.payer_name else "no client name",
        _COLUMNS["invoice"](card, firm),
        f"due {long_day(card.due_on, firm)}" if card.due_on else "",
        f"into {typed(card.account, 60)}",
        part_payment(card, firm),
        f"open until {day(firm.last_day(card.expires_at), firm)}" if card.expires_at else "",
    ]
    return "  ·  ".join(filter(None, facts))


def _mailed(made: LinkMade) -> str:
    if not made.mailed_to:
        return ""
    count = len(made.mailed_to)
    to = made.mailed_to[0] if count == 1 else f"{count} addresses"
    return f"The letter to {to} is on its way."


def copyable(url: str) -> SectionBlock:
    """The bare URL as preformatted text: it is copied whole and never unfurled (F23)."""
    return section(f"```{url}```")


def link_copied(copied: LinkCopied, firm: Firm) -> Message:
    words = f"The link of *{copied.reference}*. Whoever has it can see and pay the request: give it to the client only."
    return message(f"The link of {copied.reference}, ready to copy.", [section(words), copyable(copied.url)])


def link_shown(shown: LinkShown, firm: Firm) -> Message:
    newest = shown.history[-_MOST_HISTORY:]
    left_out = len(shown.history) - len(newest)
    blocks = card_blocks(shown.card, firm, buttons=shown.may_act)
    blocks += [DividerBlock(), small(f"{left_out} older events are not shown.")] if left_out else [DividerBlock()]
    blocks += [section(lines) for lines in filled(_history(newest, firm), SECTION)]
    blocks += [section(lines) for lines in filled((said(line, 400) for line in shown.reminders), SECTION)]
    return message(summary(shown.card, firm), blocks)


def _history(lines: Sequence[HistoryLine], firm: Firm) -> Iterator[str]:
    for line in lines:
        yield f"{firm.spell_moment(line.at)}   {said(line.words, 400)}"


def resent(answer: Resent, firm: Firm) -> Message:
    card = answer.card
    to = ", ".join(typed(address, 100) for address in answer.mailed_to[:10])
    what, sum_ = ("receipt", card.paid) if answer.receipt else ("letter", card.amount)
    words = f"📨 The {what} of *{card.reference}* ({money(sum_, firm)}) is on its way again to {to}."
    return message(f"The {what} of {card.reference} is on its way again.", [section(words)])


def address_fixed(answer: AddressFixed) -> Message:
    return message(answer.sentence, [section(f"📨 {said(answer.sentence, 1000)}")])


def reminded(answer: Reminded, firm: Firm) -> Message:
    return message(answer.sentence, [section(f"🔔 {said(answer.sentence, 1000)}")])


def cancel_report(report: CancelReport, firm: Firm) -> Message:
    lines = (f"{'🚫' if outcome.done else '▫️'} {said(outcome.sentence, 600)}" for outcome in report.outcomes)
    spoken = " ".join(outcome.sentence for outcome in report.outcomes)
    return message(spoken, [section(text) for text in filled(lines, SECTION)])


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _nothing(title: str, listed: LinkList, *, everything: bool) -> Message:
    if everything:
        return plain("There are no links yet. `/paylink create 1250 jane@acme.com for Jane Doe` makes the first.")
    hint = said(listed.note, 300) or "`list all` shows them all."
    blocks: list[Block] = [section(f"*{title}*: no links. {hint}"), ActionsBlock(elements=list_menu(listed))]
    blocks.append(small(f"Understood as `{typed(listed.command, 300)}`"))
    return message(f"{title}: no links.", blocks)


def link_list(listed: LinkList, firm: Firm) -> Message:
    """One page: a heading with count and totals, a row a link, the ways to the other pages."""
    everything = listed.command == "list all"
    title = "All links" if everything else title_of(listed.view) if listed.view is not View.ALL else "Links"
    if not listed.count:
        return _nothing(title, listed, everything=everything)
    found = found_words(listed, firm)
    paged = f", page {listed.page} of {listed.pages}" if listed.pages > 1 else ""
    blocks: list[Block] = [section(f"*{title}*  ·  {found}{paged}"), DividerBlock()]
    blocks += [_row(card, listed.columns, firm, may_act=listed.may_act) for card in listed.rows]
    blocks.append(ActionsBlock(elements=list_menu(listed)))
    if not everything:
        blocks.append(small(f"Understood as `{typed(listed.command, 300)}`"))
    if listed.note or listed.within:
        blocks.append(small("  ".join(filter(None, (said(listed.note, 300), said(listed.within, 300))))))
    return message(f"{title}: {found}{paged}.", blocks)


def found_words(listed: LinkList, firm: Firm) -> str:
    """How many links there are and what they add up to: what was asked for, and beside it what came in."""
    sum_ = total(listed.totals, firm)
    if sum_ and listed.view in (View.RECEIVED, View.PART_PAID):
        sum_ += " asked for" + (f", {total(listed.received, firm)} received" if listed.received else "")
    return f"{counted(listed.count, 'link')}, {sum_ or 'too many to add up'}"


def _row(card: LinkCard, columns: Sequence[str], firm: Firm, *, may_act: bool) -> SectionBlock:
    if may_act and card.state in WORTH_COPYING:
        accessory = button("Copy link", COPY, card.reference)
    else:
        accessory = button("Show", SHOW, card.reference)
    return list_row(card, columns, firm, accessory)


def list_row(card: LinkCard, columns: Sequence[str], firm: Firm, accessory: ButtonElement) -> SectionBlock:
    """One link of a list, with what can be done about it at its right."""
    return SectionBlock(text=mrkdwn(_row_text(card, columns, firm)), accessory=accessory)


def _row_text(card: LinkCard, columns: Sequence[str], firm: Firm) -> str:
    """The reference first, always; then the columns that were asked for, or those most people want."""
    if columns:
        shown = (_COLUMNS[column](card, firm) for column in columns if column in _COLUMNS)
        return "  ·  ".join([f"*{card.reference}*", *filter(None, shown)])
    head = headline(card, firm)
    asked = ["client", "invoice", "due", "email", *(["account"] if len(firm.accounts) > 1 else [])]
    facts = "  ·  ".join(filter(None, (_COLUMNS[column](card, firm) for column in asked)))
    marks = "  🚨 late money" * card.late_money + "  ⚠️ needs a look" * card.review
    return f"{head}{marks}\n{facts}".strip()


_COLUMNS: dict[str, Callable[[LinkCard, Firm], str]] = {
    "created": lambda card, firm: day_of(card.created_at, firm),
    "client": lambda card, firm: typed(card.payer_name, 80),
    "amount": lambda card, firm: money(card.amount, firm),
    "paid": lambda card, firm: f"paid {money(card.paid, firm)}",
    "state": state_words,
    "invoice": lambda card, firm: f"invoice {typed(card.invoice_number, 60)}" if card.invoice_number else "",
    "due": lambda card, firm: f"due {day(card.due_on, firm)}" if card.due_on else "",
    "account": lambda card, firm: typed(card.account, 60),
    "by": lambda card, firm: f"by {typed(card.created_by, 60)}",
    "email": lambda card, firm: _addresses(card),
}


def _addresses(card: LinkCard) -> str:
    if not card.deliveries:
        return ""
    more = f" and {len(card.deliveries) - 1} more" if len(card.deliveries) > 1 else ""
    return f"{typed(card.deliveries[0].address, 80)}{more}"
