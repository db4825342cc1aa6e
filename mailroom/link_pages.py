"""What happened to links, as letters: made, shown, sent again, cancelled."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.answers import (
    AddressFixed,
    BalanceLinkLine,
    CancelReport,
    LetterPreview,
    LinkCard,
    LinkCopied,
    LinkMade,
    LinkShown,
    Outcome,
    RefundProposed,
    Reminded,
    RemindReport,
    Resent,
)
from handlers.firm import Firm
from handlers.links.aftermath import beside_state, end_in_words
from mailroom.blocks import Address, Block, Facts, Page, Row, Rows, Words
from models.calendar import spell_day
from models.money import spell
from models.plain_text import listed, shortened


def made_page(answer: LinkMade, firm: Firm) -> Page:
    """A new link, or the one that stood there already, with what can be done next."""
    card = answer.card
    told = f"is on its way to {listed(answer.mailed_to)}" if answer.mailed_to else "is ready"
    told = f"is the balance link of {answer.balance_of} already" if answer.stood else told
    told = f"{told}, in place of {answer.in_place_of}" if answer.in_place_of else told
    repeated = (
        [Words("This letter arrived before; this is the link it made the first time.")] if answer.repeated else []
    )
    notes = [Words(note) for note in answer.notes]
    return f"{card.reference} {told}", [*repeated, _card(card, firm), Address(card.url), *notes, _next_steps(card)]


def preview_page(answer: LetterPreview, firm: Firm) -> Page:
    """Slack's form asks for it; here for the day that a letter may."""
    head = (("To", ", ".join(answer.mailed_to)), ("From", answer.sender), ("Replies go to", answer.reply_to))
    letter = [Words(line) for line in (answer.greeting, *answer.paragraphs)]
    facts = Facts((("Amount due", answer.amount), *answer.facts))
    notes = [Words(line, "fine") for line in (*answer.small_print, *answer.notes)]
    return answer.subject, [Facts(head), *letter, facts, *notes]


def shown_page(answer: LinkShown, firm: Firm) -> Page:
    """A link with its letters, its history and its reminders; what needs a look comes first."""
    card = answer.card
    history = tuple(Row("", line.words, "", firm.spell_moment(line.at)) for line in answer.history)
    letters = tuple(Row("", sent.address, "", _delivery(sent.state, sent.trouble)) for sent in card.deliveries)
    blocks: list[Block] = [*_alarms(card), _card(card, firm)]
    blocks += [Address(card.url)] if card.url else []
    blocks += [Rows("Letters", letters)] if letters else []
    blocks.append(Rows("What happened", history))
    blocks += [Rows("Reminders", tuple(Row("", line) for line in answer.reminders))] if answer.reminders else []
    return f"{card.reference} is {card.state.spoken}", [*blocks, _next_steps(card)]


def copied_page(answer: LinkCopied, firm: Firm) -> Page:
    return f"The link of {answer.reference}", [Address(answer.url)]


def resent_page(answer: Resent, firm: Firm) -> Page:
    what = f"The receipt of {answer.card.reference}" if answer.receipt else answer.card.reference
    return f"{what} is on its way again to {listed(answer.mailed_to)}", [_card(answer.card, firm)]


def reminded_page(answer: Reminded | AddressFixed, firm: Firm) -> Page:
    return answer.sentence, [_card(answer.card, firm)]


def cancelled_page(answer: CancelReport, firm: Firm) -> Page:
    """What became of each link; of a single one, the sentence alone."""
    done = sum(outcome.done for outcome in answer.outcomes)
    if len(answer.outcomes) == 1:
        return answer.outcomes[0].sentence, []
    return f"{done} of {len(answer.outcomes)} cancelled", _each(answer.outcomes)


def reminded_of_each_page(answer: RemindReport, firm: Firm) -> Page:
    done = sum(outcome.done for outcome in answer.outcomes)
    return f"{done} of {len(answer.outcomes)} reminded of", _each(answer.outcomes)


def _each(outcomes: Sequence[Outcome]) -> list[Block]:
    return [Rows("", tuple(Row("✓" if one.done else "–", one.sentence) for one in outcomes))]


def refund_proposed_page(answer: RefundProposed, firm: Firm) -> Page:
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
    elif card.state.received:
        steps.append(f"`resend {card.reference}` for the receipt")
    if card.wants_balance:
        steps.append(f"`balance {card.reference}`")
    return Words(f"In the subject of a new letter: {', '.join(steps)}.", "fine")


def _delivery(state: str, trouble: str) -> str:
    return f"{state}: {trouble}" if trouble else state
