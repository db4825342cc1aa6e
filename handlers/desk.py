"""The desk: who asks, and what they ask, to the one operation that serves it. Roles are checked here and only here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import structlog

from handlers.answers import Answer, FileReady, FormWanted, HelpText, LinkMade, LinkShown, Refusal
from handlers.batches.decide_batch import choose_account, decide_batch
from handlers.batches.review_batch import review_file
from handlers.batches.template import template
from handlers.grammar import House, read_batch_reply, read_command
from handlers.help import help_text
from handlers.links.cancel_link import cancel_links
from handlers.links.cards import card_for
from handlers.links.create_link import create_link
from handlers.links.find import by_reference
from handlers.links.list_links import list_links
from handlers.links.resend_link import resend_link
from handlers.links.show_link import copy_link, show_link
from handlers.ports import Ports
from handlers.requests import (
    Asker,
    AskHelp,
    AskTemplate,
    CancelLinks,
    ChooseAccount,
    CopyLink,
    CreateLink,
    DecideBatch,
    Door,
    ListLinks,
    NotYet,
    OpenForm,
    Request,
    ResendLink,
    ReviewFile,
    Role,
    ShowLink,
)
from models.database import retried
from models.errors import AlreadyDone, PaylinkError
from models.reference import read_reference

log = structlog.get_logger()

READERS = frozenset({Role.ADMIN, Role.STAFF, Role.VIEWER})
MAKERS = frozenset({Role.ADMIN, Role.STAFF})
ALLOWED: dict[type, frozenset[Role]] = {
    OpenForm: MAKERS,
    CreateLink: MAKERS,
    ResendLink: MAKERS,
    CancelLinks: MAKERS,
    ReviewFile: MAKERS,
    DecideBatch: MAKERS,
    ChooseAccount: MAKERS,
    CopyLink: MAKERS,
    ListLinks: READERS,
    ShowLink: READERS,
    AskTemplate: READERS,
    AskHelp: READERS,
    NotYet: READERS,
}


class Desk:
    """One desk for every front: a sentence or a request in, an answer out. It never raises a PaylinkError."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def hear(self, by: Asker, text: str) -> Answer:
        """Read a typed or mailed command and do it."""
        if by.role is Role.NOBODY:
            return self._stranger()
        try:
            request = read_command(text, self.house())
        except PaylinkError as error:
            return _refusal(error)
        return await self.ask(by, request)

    async def hear_about_batch(self, by: Asker, text: str, batch: int) -> Answer:
        """Read the first line of a reply to a review and do it."""
        try:
            request = read_batch_reply(text, batch, self.house())
        except PaylinkError as error:
            return _refusal(error)
        return await self.ask(by, request)

    async def ask(self, by: Asker, request: Request) -> Answer:
        """Do what is asked, if this person may ask it."""
        if by.role not in ALLOWED[type(request)]:
            log.warning("desk.refused", who=by.key, role=by.role.value, asked=type(request).__name__)
            return self._stranger() if by.role is Role.NOBODY else _not_your_role(by)
        try:
            return await retried(lambda: self._serve(by, request))
        except AlreadyDone as error:
            return await self._again(error)
        except PaylinkError as error:
            return _refusal(error)

    def house(self) -> House:
        """What the grammar needs to know of the firm today."""
        firm = self._ports.firm
        return House(today=firm.today(self._ports.clock.now()), firm=firm, accounts=firm.accounts)

    async def _serve(self, by: Asker, request: Request) -> Answer:
        ports = self._ports
        serve: dict[type, Callable[[Any], Awaitable[Answer]]] = {
            CreateLink: lambda r: create_link(r, by, ports),
            ListLinks: lambda r: list_links(r, ports),
            ShowLink: lambda r: self._shown(r, by),
            CopyLink: lambda r: copy_link(r, ports),
            ResendLink: lambda r: resend_link(r, by, ports),
            CancelLinks: lambda r: cancel_links(r, by, ports),
            ReviewFile: lambda r: review_file(r, by, ports),
            DecideBatch: lambda r: decide_batch(r, by, ports),
            ChooseAccount: lambda r: choose_account(r, by, ports),
        }
        if type(request) in serve:
            return await serve[type(request)](request)
        return self._say(by, request)

    async def _shown(self, request: ShowLink, by: Asker) -> LinkShown:
        """A link and its history; the address of its page for those only who may copy it."""
        shown = await show_link(request, self._ports)
        return shown if by.role in ALLOWED[CopyLink] else replace(shown, card=replace(shown.card, url=""))

    def _say(self, by: Asker, request: Request) -> FileReady | FormWanted | HelpText | Refusal:
        """The answers that need no database."""
        firm = self._ports.firm
        match request:
            case OpenForm():
                return FormWanted() if by.door is Door.SLACK else help_text("", firm.intake_address)
            case AskTemplate():
                return template(firm, firm.today(self._ports.clock.now()))
            case NotYet(word):
                return Refusal("not_yet", f"`{word}` is not built yet; nothing was done. `help` lists what works now.")
            case AskHelp(topic):
                return help_text(topic, firm.intake_address)
            case _:
                raise TypeError(f"no operation serves {request!r}")

    async def _again(self, error: AlreadyDone) -> Answer:
        """The same delivery twice: the answer is what it made the first time."""
        try:
            link = await by_reference(read_reference(error.outcome))
        except PaylinkError:
            return _refusal(error)
        return LinkMade(await card_for(link, self._ports.firm), repeated=True)

    def _stranger(self) -> Refusal:
        firm = self._ports.firm
        return Refusal(
            "not_allowed", f"You are not set up to use Paylink for {firm.name}. Ask an admin of the firm to add you."
        )


def _not_your_role(by: Asker) -> Refusal:
    who = "a staff member or an admin" if by.role is Role.VIEWER else "an admin"
    return Refusal("not_allowed", f"Your role here is {by.role.value}, which may not do that. Ask {who} to do it.")


def _refusal(error: PaylinkError) -> Refusal:
    return Refusal(error.code, error.for_staff())
