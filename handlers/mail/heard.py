"""What was commanded by mail, and what came of it: kept with its letter, told to admins once a day (T16)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.queryset import QuerySet

from handlers.answers import Answer, BatchDecided, LinkMade
from handlers.firm import Firm
from handlers.mail.quoting import quoted
from handlers.mail.troubles import HELPED, NO_MORE_HELP, OBEYED, REFUSED
from models.card_numbers import holds_card_number
from models.plain_text import counted, listed, plain_line, shortened
from models.tables import InboundLetter

_MOST_WORDS = 160  # of what was asked for and answered, as the table keeps it
_PEOPLE = 10  # told one by one
_NEWEST = 10  # letters told one by one
_MOST_COUNTED = 10_000
_BECAME = {OBEYED: "done", REFUSED: "refused", HELPED: "answered with help", NO_MORE_HELP: "no longer answered"}
_UNCAPPED = (
    "Nothing limits what a letter may ask for: `settings mail links 200` and `settings mail limit 2000` in Slack would."
)


@dataclass(frozen=True, slots=True)
class Heard:
    """What somebody we know asked for, and what came of it, as admins read it a day later."""

    sender: str
    asked: str  # in the sender's words
    outcome: str  # in ours
    links: int = 0  # so many payment links were made
    limited: bool = False  # it is answered with help or an error, and of those there are ten a day


def links_made(answer: Answer) -> int:
    """How many payment links were made by what is answered with it."""
    match answer:
        case LinkMade(repeated=False, stood=False):
            return 1
        case BatchDecided(repeated=False, lines=lines):
            return len(lines)
    return 0


def kept_words(words: str) -> str:
    """What was asked for or answered, as the table keeps it."""
    return "(a card number, not kept)" if holds_card_number(words) else shortened(plain_line(words), _MOST_WORDS)


async def told_of_commands(letters: QuerySet[InboundLetter], firm: Firm) -> str:
    """What was commanded by these letters: who, how often and what became of it, the newest word for word; or blank."""
    heard = letters.exclude(asked="").order_by("-id")
    newest = await heard.limit(_NEWEST).only("id", "sender", "asked", "outcome", "received_at")
    if not newest:
        return ""
    facts: list[Any] = await heard.limit(_MOST_COUNTED + 1).values_list("sender", "reason", "links")
    people = _by_person(facts)
    more = [f"• and {counted(len(people) - _PEOPLE, 'other')}"] if len(people) > _PEOPLE else []
    many = f"More than {_MOST_COUNTED:,}" if len(facts) > _MOST_COUNTED else f"{len(facts):,}"
    letters_were = "letter with a command was" if len(facts) == 1 else "letters with commands were"
    return "\n".join(
        (
            f"{many} {letters_were} heard since the last such message.",
            "",
            *people[:_PEOPLE],
            *more,
            "",
            "The newest:" if len(facts) > len(newest) else "Which:",
            *(_line(one, firm) for one in newest),
            *([] if firm.mail_links or firm.mail_limit else ["", _UNCAPPED]),
        )
    )


def _by_person(facts: Sequence[Any]) -> list[str]:
    """A line a sender, the busiest first."""
    became: dict[str, Counter[str]] = defaultdict(Counter)
    links: Counter[str] = Counter()
    for sender, reason, made in facts:
        became[sender][_BECAME.get(reason, reason)] += 1
        links[sender] += made
    busiest = sorted(became, key=lambda sender: (-became[sender].total(), sender))
    return [_person(sender, became[sender], links[sender]) for sender in busiest]


def _person(sender: str, became: Counter[str], links: int) -> str:
    letters = counted(became.total(), "letter")
    made = f"; {counted(links, 'link')} made" if links else ""
    fared = listed(f"{number:,} {how}" for how, number in sorted(became.items(), key=lambda one: (-one[1], one[0])))
    return f"• {quoted(sender, 80)}: {letters}, {fared}{made}"


def _line(letter: InboundLetter, firm: Firm) -> str:
    asked, outcome = quoted(letter.asked, 100), quoted(letter.outcome, 120)
    return f"• {firm.spell_moment(letter.received_at)}, {quoted(letter.sender, 80)}: “{asked}” → {outcome}"
