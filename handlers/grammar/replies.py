"""What the first line of a reply to a batch's review decides."""

from __future__ import annotations

from difflib import get_close_matches

from handlers.grammar.house import House
from handlers.grammar.words import prepared
from handlers.requests import ChooseAccount, DecideBatch, Decision
from models.errors import CommandUnclear
from models.plain_text import shortened

_DECISIONS = {
    "send": Decision.SEND,
    "send all": Decision.SEND,
    "links": Decision.LINKS,
    "links only": Decision.LINKS,
    "discard": Decision.DISCARD,
}
_LATER = frozenset("delete edit add include".split())
_FORMS = "`send` (mail each client), `links` (a file of links, no mail) or `discard`"
_FORMS_AND_ACCOUNT = "`send` (mail each client), `links` (a file of links, no mail), `discard`, or `account KEY`"


def read_batch_reply(text: str, batch: int, house: House) -> DecideBatch | ChooseAccount:
    """The decision on a batch under review; only the first line that is not blank is read.

    Raises CommandUnclear: it decides nothing; what may be said is listed. Raises AccountUnclear: no such account here.
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    line, _ = prepared(first)
    words = line.replace(":", " ").strip(' .!,;"“”`').split()
    said = " ".join(words).lower()
    forms = _FORMS_AND_ACCOUNT if len(house.accounts) > 1 else _FORMS
    if said in _DECISIONS:
        return DecideBatch(batch, _DECISIONS[said])
    if words and words[0].lower() == "account":
        return ChooseAccount(batch, house.account(" ".join(words[1:])).key)
    if words and words[0].lower() in _LATER:
        raise CommandUnclear(
            f"`{words[0].lower()}` is not built yet, so nothing was changed in B-{batch}. Correct the file and send it "
            f"again, or answer {forms}."
        )
    close = get_close_matches(said, _DECISIONS, 1)
    hint = f" Did you mean `{close[0]}`?" if close else ""
    raise CommandUnclear(f"“{shortened(line)}” does not decide B-{batch}.{hint} Answer with one word: {forms}.")
