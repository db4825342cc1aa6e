"""Messages owed to people of the firm: to every admin what only they can mend, to one person what they asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from handlers.owed import Debt, owe_all
from handlers.people.admins import admins_of
from handlers.ports import Ports
from models.plain_text import clean


async def owe_admins(
    words: str, at: datetime, ports: Ports, about: str, payment: int = 0, named: Iterable[str] = ()
) -> None:
    """Owe every admin a message; `about` keeps one matter from being told twice while it waits.

    `payment`: Payment.id of money that can be sent back with a button beside the words. `named`: Slack ids that we put
    into the words, of people and channels, which are shown by name.
    """
    ids = tuple(named)
    await owe_all([message_debt(admin, words, at, about, payment, ids) for admin in sorted(await admins_of(ports))])


async def owe_person(
    who: str,
    words: str,
    at: datetime,
    about: str,
    subject: str = "",
    *,
    or_admins: bool = False,
    named: Iterable[str] = (),
) -> None:
    """Owe one person a message, for what they asked themselves; `subject` is a letter's, `named` as for admins.

    `or_admins`: the admins get it where that person cannot be reached.
    """
    debt = message_debt(who, words, at, about, named=tuple(named))
    await owe_all([replace(debt, payload={**debt.payload, "subject": subject, "or_admins": or_admins})])


def message_debt(to: str, words: str, at: datetime, about: str, payment: int = 0, named: tuple[str, ...] = ()) -> Debt:
    """One message to a Slack id or an address, due at `at`; the rest as for owe_admins.

    The job's kind is older than its use for people who are no admins, and jobs of it may be waiting in a database.
    """
    kept = clean(words)[0]  # they may quote another program's, and no database keeps a NUL
    what: dict[str, object] = {"to": to, "words": kept, "payment": payment, "named": list(named)}
    return Debt("tell_admins", what, at, dedup=f"admins:{about}:{to}"[:120])
