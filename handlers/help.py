"""What `help` says: three examples first, then a page for each command that works."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches

from handlers.answers import HelpText
from handlers.grammar import LATER
from handlers.grammar.create import EXAMPLE
from handlers.help_pages import ACCOUNT, FOR_ADMINS, PAGES, SUMMARIES, Lines
from models.plain_text import shortened

_EXAMPLES: Lines = (
    (EXAMPLE, "asks Jane for 1250 by mail and gives you the link"),
    ("list outstanding", "shows what is not paid yet"),
    ("cancel PL-7F3K9Q", "takes a link back before it is paid"),
)
_NOT_YET = f"Not available yet: {', '.join(LATER)}."


def help_text(topic: str, intake_address: str = "", *, one_account: bool = False, for_admins: bool = False) -> HelpText:
    """The page of a command; the general help for a blank or unknown topic. A blank `intake_address`: mail is off.

    `one_account`: where the firm has no other, there is none to be named. `for_admins`: with the words that are theirs.
    """
    page = PAGES.get(topic)
    if page and one_account:
        return replace(page, lines=tuple(line for line in page.lines if line[0] != ACCOUNT))
    if page:
        return page
    lines = _EXAMPLES + tuple(
        (f"help {word}" if word != "help" else "help COMMAND", what)
        for word, what in SUMMARIES.items()
        if for_admins or not what.endswith(FOR_ADMINS)
    )
    by_mail = f"The same words work in the subject of a letter to {intake_address}. " if intake_address else ""
    return HelpText(f"{_about(topic)}What you can say", lines, f"{by_mail}{_NOT_YET}")


def _about(topic: str) -> str:
    if topic in LATER:
        return f"“{topic}” is not available yet. "
    if not topic:
        return ""
    close = get_close_matches(topic, PAGES, 1)
    hint = f" Did you mean “help {close[0]}”?" if close else ""
    return f"There is no command “{shortened(topic)}”.{hint} "
