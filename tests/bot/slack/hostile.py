"""Anything that a view or message can be made of, filled to the brim with what a hostile person would type.

A value is made from its type alone, so that a new answer or a new field is filled without a word here. What is never
typed by people, a reference, an id of Slack's, a command of ours, has a line in `OURS`.
"""

from __future__ import annotations

import json
import random
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from bot.slack.blocks.batch_rows import Spot
from bot.slack.blocks.message import Message, plain
from handlers.administration.catalogue import SETTINGS
from handlers.answers import Choice, LinkCard, LinkList, ViewCount
from handlers.firm import Account, Firm
from handlers.grammar import COLUMNS, House
from handlers.news_kinds import EVENTS
from handlers.requests import View
from models.money import Money
from tests.bot.slack.rig import TOKEN
from tests.cast import FIRM, ONE_ACCOUNT_FIRM

PEOPLE = ("U0NOOR", "U0SAM")
CHANNELS = ("C0BILLING", "G0PARTNERS")
# Nothing of the product's own looks like these: where one stands unescaped, it was typed.
PAYLOADS = (
    "<!channel>",
    "<!here|here> <!everyone>",
    "<@U1> <@U0EVIL01>",
    "<#C1|x>",
    "<!subteam^S1>",
    "<!date^1392734382^{date}|x>",
    "<http://evil.example|pay here>",
    "https://evil.example <mailto:a@b.example|a>",
    "```",
    "``` <!channel> ```",
    "`code` and ``more``",
    "a```b`c",
    "*bold* _it_ ~gone~ > quote",
    "> quote\n> more",
    "&lt;!channel&gt; &amp;lt;!channel&amp;gt;",
    "&" * 2000,
    "<" * 2000,
    "`" * 2000,
    "<!channel>" * 200,
    "x" * 2000,
    "ł" * 2000,
    "👩‍👩‍👧‍👦" * 300,
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿" * 300,
    "مرحبا بالعالم " * 150,
    "\u202etxt.exe\u202c \u2066<!channel>\u2069",
    "a\u0000b\u001b[31mc\u007f",
    "\ud800 lone",
    "line\nbreak\r\nand\ttab\u2028more",
    "_" * 50,
    "jane_doe@example.com",
    "O'Brien & Sons <Ltd>",
    " ",
    "",
)


class NoWay(TypeError):
    """A type that nobody here knows how to make: give it a line in `OURS`, or make its builder's argument a value."""


class Hostile:
    """Makes values. `rows` is how long every list is; `seed` decides what is chosen where there is a choice."""

    def __init__(self, text: str, rows: int = 3, seed: int = 0) -> None:
        self.text = text
        self.rows = rows
        self._dice = random.Random(seed)
        self._count = 0
        self._depth = 0  # of lists in lists

    def arguments(self, builder: Callable[..., object]) -> dict[str, Any]:
        """What a builder may be called with; those arguments that have defaults only sometimes."""
        hints = get_type_hints(builder)
        hints.pop("return", None)
        return {name: self.make(kind, name, builder.__name__) for name, kind in hints.items()}

    def make(self, kind: Any, name: str = "", owner: str = "") -> Any:
        """A value of a type. `name` is the field or argument it is for, `owner` the class or builder that has it."""
        for key in (f"{owner}.{name}", name):
            if key in OURS:
                return OURS[key](self)
        if kind in _SIMPLE:
            return _SIMPLE[kind](self)
        if isinstance(kind, type) and issubclass(kind, Enum):
            return self.one_of([*kind])
        if isinstance(kind, type) and is_dataclass(kind):
            hints = get_type_hints(kind)
            return kind(**{each.name: self.make(hints[each.name], each.name, kind.__name__) for each in fields(kind)})
        return self._compound(kind, name, owner)

    def _compound(self, kind: Any, name: str, owner: str) -> Any:
        origin, inner = get_origin(kind), get_args(kind)
        if origin in (Union, types.UnionType):
            return self.make(self.one_of(inner), name, owner)
        if origin is tuple and inner[-1:] != (Ellipsis,):
            return tuple(self.make(one) for one in inner)
        if origin in (tuple, list, frozenset, Sequence, Iterable):
            return (frozenset if origin is frozenset else tuple)(self._several(inner[0], f"{owner}.{name}"))
        if origin is Mapping:
            return {f"key{number}": self.make(inner[1]) for number in range(min(self.rows, 20))}
        raise NoWay(f"{owner}.{name}: {kind}")

    def _several(self, kind: Any, what: str) -> list[Any]:
        """As many as the test asks for; in lists of lists fewer, or they would be thousands."""
        most = min(self.rows, LONGEST.get(what, self.rows), 3 if self._depth else self.rows)
        self._depth += 1
        made = [self.make(kind) for _ in range(most)]
        self._depth -= 1
        return made

    def one_of(self, choices: Sequence[Any]) -> Any:
        return self._dice.choice(choices)

    def next(self) -> int:
        """A number that no other has."""
        self._count += 1
        return self._count

    def cut(self, most: int) -> str:
        """The text within the bounds that a command or a form puts to it."""
        return self.text[:most]

    def firm(self) -> Firm:
        many = {f"acc{n}": Account(f"acc{n}", self.text, "trust", "EUR", "allowed", 100) for n in range(self.rows)}
        firm: Firm = self.one_of([FIRM, ONE_ACCOUNT_FIRM, replace(FIRM, accounts=many)])
        return replace(firm, name=self.text)

    def house(self) -> House:
        firm = self.firm()
        return House(date(2026, 11, 23), firm, firm.accounts)


_SIMPLE: dict[Any, Callable[[Hostile], Any]] = {
    str: lambda h: h.text,
    bytes: lambda h: h.text.encode("utf-8", "replace"),
    int: lambda h: h.one_of([1, 2, 7, 10**6]),
    bool: lambda h: h.one_of([False, True]),
    type(None): lambda h: None,
    date: lambda h: date(2026, 12, 15),
    datetime: lambda h: datetime(2026, 11, 23, 15, 0, tzinfo=UTC),
    Money: lambda h: h.one_of([Money(1, "USD"), Money(99_999_999, "EUR"), Money(1_250, "JPY")]),
    Firm: lambda h: h.firm(),
    House: lambda h: h.house(),
    Message: lambda h: plain(h.text or "x"),
    Spot: lambda h: Spot(17, 3, 2, 5),
}


def _reference(h: Hostile) -> str:
    return f"PL-{h.next():06}"


def _command(h: Hostile) -> str:
    return str(h.one_of(["list", f"list for {json.dumps(h.cut(200), ensure_ascii=False)} columns amount"]))


def _choices(h: Hostile) -> tuple[Choice, ...]:
    return tuple(h.make(Choice) for _ in range(3))


def _page_with_links(h: Hostile) -> LinkList:
    listed: LinkList = h.make(LinkList)
    return replace(listed, rows=listed.rows or (h.make(LinkCard),))


def _target(h: Hostile) -> str:
    return str(h.one_of([*PEOPLE, *CHANNELS]))


# What people never type, by the field that holds it, wherever it is or in one class only.
OURS: dict[str, Callable[[Hostile], Any]] = {
    "metadata": lambda h: '{"channel": "C0BILLING"}',
    "reference": _reference,
    **dict.fromkeys(("balance_paid_by", "balance_of", "in_place_of"), lambda h: h.one_of(["", "PL-7F3K9Q"])),
    "url": lambda h: f"{FIRM.public_url}/p/{TOKEN}",
    "command": _command,
    "previous": lambda h: h.one_of(["", "quarantine page 2"]),
    "next": lambda h: h.one_of(["", "quarantine page 4"]),
    "columns": lambda h: h.one_of([(), COLUMNS]),
    "counts": lambda h: h.one_of([(), tuple(ViewCount(view, 12_345, more=True) for view in View)]),
    "whom": lambda h: h.one_of(["", *PEOPLE]),
    "channel": lambda h: h.one_of(["", *CHANNELS]),
    "target": _target,
    "slack_id": _target,
    "person": lambda h: h.one_of([False, True]),  # of an argument; the fields of that name are below
    "OverviewLine.person": lambda h: h.one_of(["", *PEOPLE, "noor@harborfinch.example"]),
    "OverviewLine.channel": lambda h: h.one_of(["", *CHANNELS]),
    "UserLine.person": lambda h: h.one_of([f"U0PERSON{h.next()}", f"person{h.next()}@harborfinch.example"]),
    "UserLine.role": lambda h: h.one_of(["admin", "staff", "viewer"]),
    "OverviewLine.named": lambda h: h.one_of([(), CHANNELS]),
    "named": lambda h: h.one_of([(), PEOPLE]),
    "ids": lambda h: CHANNELS,
    "RouteLine.event": lambda h: h.one_of([*EVENTS]),
    "RouteLine.account": lambda h: h.one_of(["", "operating"]),
    "AccountLine.key": lambda h: f"account{h.next()}",
    "AccountLine.currency": lambda h: "USD",
    "AccountLine.partial": lambda h: h.one_of(["usual", "off", "allowed"]),
    "AccountLine.minimum": lambda h: h.one_of(["", "50.00"]),
    "AccountLine.defaults": lambda h: h.one_of([(), CHANNELS]),
    "AccountLine.channels": lambda h: h.one_of([(), CHANNELS]),
    "mark": lambda h: "3f2a9c",
    "SettingField.name": lambda h: f"setting{h.next()}",
    "SettingField.example": lambda h: "-3, 0, 7, 14",
    "Delivery.state": lambda h: h.one_of(["queued", "sent", "failed", "bounced"]),
    "BatchReview.number": lambda h: "B-17",
    "BatchDecided.number": lambda h: "B-17",
    "BatchDecided.decision": lambda h: h.one_of(["send", "links", "discard"]),
    "BatchLine.left_out": lambda h: h.one_of(["", "deleted", "example", "billed"]),
    "FileReady.content_type": lambda h: h.one_of(["text/csv", "application/zip"]),
    "Waiting.number": lambda h: "P-5",
    "Choice.label": lambda h: "Approve",
    "Choice.action": lambda h: f"approve_{h.next()}",
    "Choice.value": lambda h: "A-12",
    "Choice.style": lambda h: h.one_of(["", "primary", "danger"]),
    "ListLinks.name": lambda h: h.cut(200),
    "ListLinks.invoice": lambda h: h.cut(60),
    "ListLinks.email": lambda h: h.cut(254),
    "ListLinks.made_by": lambda h: h.cut(120),
    "ListLinks.reference": lambda h: "PL-7F3",
    "ListLinks.account": lambda h: h.one_of(["", "operating"]),
    "ListLinks.sort": lambda h: h.one_of(COLUMNS),
    "ListLinks.said": lambda h: None,
    "Filled.values": lambda h: {},
    "Selecting.told": lambda h: "{}",
    "Selecting.chosen": lambda h: tuple(f"PL-{n:06}" for n in range(h.rows)),
    "title": lambda h: "A title of ours",
    "HelpText.title": lambda h: h.text,
    "Overview.title": lambda h: h.text,
    "faults_view.errors": lambda h: {"amount": h.text, "email": h.text},
    "selection_form.listed": _page_with_links,
    "Question.choices": _choices,
    "WrongAddress.address": lambda h: h.cut(254),
    "BatchLine.row": lambda h: h.next(),
    "RowError.row": lambda h: h.next(),
    "SettingField.about": lambda h: "what it is for",
    "NotificationsForm.accounts": lambda h: {"operating": h.text.strip() or "Operating", "trust": "Trust"},
    "BatchReview.accounts": lambda h: tuple(f"account{n}" for n in range(h.rows)) or ("operating",),
    **dict.fromkeys(
        "LinkList.page UsersForm.page BatchReview.page Selecting.page ListLinks.page batch_decided.page".split(),
        lambda h: h.one_of([1, 2, 3]),
    ),
    "pages": lambda h: 3,
    "AccountLine.facts": lambda h: ("operating, USD", h.cut(150)),
    "AccountsForm.notes": lambda h: (h.cut(300),),
}
# As many as there ever are at once, where that is fewer than a test would like.
LONGEST = {
    "LinkList.rows": 10,
    "LinkCard.disputes": 2,
    "Filled.hints": 3,
    "LetterPreview.notes": 3,
    "UsersForm.lines": 25,
    "SettingsForm.moved": 3,
    "LinkCard.offers": 7,
    "LinksChosen.cards": 50,
    "SettingsForm.fields": len(SETTINGS),
    "AccountsForm.accounts": 10,
}
