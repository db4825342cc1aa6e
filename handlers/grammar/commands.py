"""The first word of a command, and what the short commands say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from difflib import get_close_matches

from handlers.grammar.administration import (
    read_accounts,
    read_notifications,
    read_quarantine,
    read_settings,
    read_users,
)
from handlers.grammar.as_meant import prepared
from handlers.grammar.create import read_create
from handlers.grammar.house import House
from handlers.grammar.listing import read_list
from handlers.grammar.replace import read_changes
from handlers.grammar.replies import begins_step
from handlers.requests import (
    AskHelp,
    AskRefund,
    AskTemplate,
    BalanceLink,
    CancelLinks,
    CreateLink,
    ExportLinks,
    NotYet,
    OpenForm,
    PauseReminders,
    RemindLink,
    RemindLinks,
    ReplaceLink,
    Request,
    ResendLink,
    ShowBatch,
    ShowLink,
)
from models.addresses import read_address
from models.calendar import not_past, parse_day
from models.errors import CommandUnclear
from models.plain_text import shortened
from models.reference import read_reference

LATER = "search postings".split()
# A mention of the bot, or its name, may stand before the command, as it does where the command was copied from.
_CALLED = re.compile(r"(?:<?@[\w.|-]+>?(?:\s+|$))?(?:/?paylink(?:\s+|$))?", re.IGNORECASE)
_BATCH = re.compile(r"b-([0-9]{1,18})", re.IGNORECASE)  # a file under review
_CLOSE = 0.7  # of difflib: `crate` is close to `create`, `can` is not to `cancel`
_AROUND = "`*_~.:#()[]<>\"“”'’"


def read_command(text: str, house: House) -> Request:
    """What a typed or mailed command asks for.

    The first line is the command; further lines hold `key: value` pairs. Raises a PaylinkError that says what is
    unclear, where, and the right form.
    """
    plain, removed = prepared(text)
    verb, rest = _first_word(_CALLED.sub("", plain.strip(), count=1))
    if not verb:
        return OpenForm()
    if verb in LATER:
        return NotYet(verb)
    if verb not in _READERS:
        raise _unknown(verb)
    if verb in _NAMING_PEOPLE:  # whom a mention names is told by its id alone
        _, rest = _first_word(_CALLED.sub("", prepared(text, with_mentions=True)[0].strip(), count=1))
    request = _READERS[verb](rest, house)
    return replace(request, removed=removed) if isinstance(request, CreateLink | ReplaceLink) else request


def is_command(text: str) -> bool:
    """Whether a text begins with the word of a command: a mail's subject may be anything else."""
    verb, _ = _first_word(_CALLED.sub("", text.strip(), count=1))
    return verb in _READERS or verb in LATER


def _first_word(text: str) -> tuple[str, str]:
    found = re.match(r"\S+", text)
    return (found[0].rstrip(":?!.").lower(), text[found.end() :]) if found else ("", "")


def _unknown(verb: str) -> CommandUnclear:
    if any(ch.isdigit() for ch in verb):  # an amount comes first
        return CommandUnclear(f"“{shortened(verb)}” is no command; did you mean `create {shortened(verb)} …`?")
    if begins_step(verb):
        return CommandUnclear(
            f"`{verb}` answers the review of a file: in an answer to its letter, or by the buttons under it in Slack. "
            "`show B-17` brings the review of B-17 again."
        )
    close = get_close_matches(verb, [*_READERS, *LATER], 1, _CLOSE)
    if close:
        return CommandUnclear(
            f"Unknown command “{shortened(verb)}”; did you mean `{close[0]}`? `help` shows all commands."
        )
    return CommandUnclear(f"Unknown command “{shortened(verb)}”. `help` shows all commands, with examples.")


def _read_export(text: str, house: House) -> ExportLinks:
    links = read_list(text, house)
    if links.page != 1:
        raise CommandUnclear(f"An export holds every page of the list: leave `page {links.page}` out.")
    return ExportLinks(links)


def _read_show(text: str, house: House) -> ShowLink | ShowBatch:
    batch = _BATCH.fullmatch(text.strip(f" \t\n{_AROUND}"))
    if batch:
        return ShowBatch(int(batch[1]))
    references = _references(_listed(text), "show")
    if len(references) > 1:
        raise CommandUnclear(f"`show` takes one reference, and there are {len(references)}. `list` shows many links.")
    return ShowLink(references[0])


def _read_cancel(text: str, house: House) -> CancelLinks:
    """`cancel REF [REF …] [quietly]`."""
    said = _listed(text)
    quietly = bool(said) and said[-1].lower() == "quietly"
    return CancelLinks(_references(said[:-1] if quietly else said, "cancel"), quietly)


def _read_balance(text: str, house: House) -> BalanceLink:
    references = _references(_listed(text), "balance")
    if len(references) > 1:
        raise CommandUnclear(f"`balance` takes one reference, and there are {len(references)}. Ask for each by itself.")
    return BalanceLink(references[0])


def _read_replace(text: str, house: House) -> ReplaceLink:
    """`replace REF [same words as create]`."""
    said = re.match(r"\s*(\S+)(.*)", text, re.DOTALL)
    [reference] = _references(_listed(said[1] if said else ""), "replace")
    return read_changes(reference, said[2] if said else "", house)


def _read_resend(text: str, house: House) -> ResendLink:
    """`resend REF [EMAIL …]`; `resend REF to EMAIL` is understood too."""
    said = [word for word in _listed(text) if word.lower() != "to"]
    [reference] = _references(said[:1], "resend")
    return ResendLink(reference, tuple(dict.fromkeys(read_address(word) for word in said[1:])))


def _read_remind(text: str, house: House) -> RemindLink | RemindLinks | PauseReminders:
    """`remind REF [REF …]`, `remind REF pause until DATE`, `remind REF resume`."""
    listed, said = _leading_references(text, "remind")
    reference = listed[0]
    if not said:
        return RemindLink(reference) if len(listed) == 1 else RemindLinks(listed)
    if len(listed) > 1:
        raise CommandUnclear(
            f"“{shortened(said)}” is not understood after {len(listed)} references. Pause or resume each by itself: "
            f"`remind {reference} pause until DATE`, `remind {reference} resume`."
        )
    if said.lower() in ("resume", "go on", "pause off"):
        return PauseReminders(reference, None)
    found = re.fullmatch(r"paused?\s+(?:until|till|to)\s+(.+)", said, re.IGNORECASE | re.DOTALL)
    if not found:
        raise CommandUnclear(
            f"“{shortened(said)}” is not understood. `remind {reference}` sends a reminder now, `remind {reference} "
            f"pause until DATE` sends none before that day, `remind {reference} resume` lets them go on."
        )
    until = not_past(parse_day(found[1], house.today, house.firm.dates), house.today, "day")
    return PauseReminders(reference, until)


def _leading_references(text: str, verb: str) -> tuple[tuple[str, ...], str]:
    """The references that a command begins with, the first of which must be one, and what follows them."""
    words = re.findall(r"[^\s,;]+[\s,;]*", text.lstrip(" \t\n,;"))
    found = list(_references(_listed(words[0]) if words else [], verb))
    for at, word in enumerate(words[1:], 1):
        try:
            found += [read_reference(one) for one in _listed(word)]
        except CommandUnclear:
            return tuple(dict.fromkeys(found)), "".join(words[at:]).strip()
    return tuple(dict.fromkeys(found)), ""


def _listed(text: str) -> list[str]:
    """Words parted by blanks, commas or line ends, without what people put around them."""
    return [word for part in re.split(r"[\s,;]+", text) if (word := part.strip(_AROUND))]


def _references(words: list[str], verb: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(map(read_reference, words)))
    if not found:
        raise CommandUnclear(f"Which link? Write its reference: `{verb} PL-7F3K9Q`. `list` shows the links there are.")
    return found


def _read_refund(text: str, house: House) -> AskRefund:
    """`refund REF [AMOUNT]`; what currency the amount is in depends on the payment."""
    said = re.match(r"\s*(\S+)(.*)", text, re.DOTALL)
    [reference] = _references(_listed(said[1] if said else ""), "refund")
    amount = " ".join(said[2].split()) if said else ""
    if amount and not any(ch.isdecimal() for ch in amount):
        raise CommandUnclear(
            f"“{shortened(amount)}” is no amount. Write `refund {reference}` or `refund {reference} 40.00`."
        )
    return AskRefund(reference, amount)


def _read_template(text: str, house: House) -> AskTemplate:
    if text.strip():
        raise CommandUnclear(f"“{shortened(text)}” is not understood: `template` stands by itself.")
    return AskTemplate()


def _read_help(text: str, house: House) -> AskHelp:
    return AskHelp(_first_word(text.strip(" \n\t`/"))[0])


_READERS: dict[str, Callable[[str, House], Request]] = {
    "create": read_create,
    "list": read_list,
    "export": _read_export,
    "show": _read_show,
    "cancel": _read_cancel,
    "balance": _read_balance,
    "replace": _read_replace,
    "resend": _read_resend,
    "remind": _read_remind,
    "refund": _read_refund,
    "template": _read_template,
    "settings": read_settings,
    "accounts": read_accounts,
    "users": read_users,
    "notifications": read_notifications,
    "quarantine": read_quarantine,
    "help": _read_help,
}
COMMANDS = tuple(_READERS)
_NAMING_PEOPLE = frozenset({"users", "notifications", "accounts"})
