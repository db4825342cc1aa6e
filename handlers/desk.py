"""The desk: who asks, and what they ask, to the one operation that serves it. Roles are checked here and only here."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from handlers.answers import Answer, LinkMade, Refusal
from handlers.firm_trail import keep_refusal
from handlers.grammar import House, read_batch_reply, read_command
from handlers.links.cards import card_for
from handlers.links.find import find_for
from handlers.operations import serve
from handlers.people.access import asked_already
from handlers.people.admins import ask_an_admin
from handlers.people.proposals import propose
from handlers.people.roles import Place, may, place_of, refused, why_not
from handlers.ports import Ports
from handlers.requests import (
    Asker,
    AskHelp,
    ChooseAccount,
    CreateLink,
    Door,
    OpenHome,
    ReplaceLink,
    Request,
    ReviewFile,
    Role,
)
from models.database import retried
from models.errors import AccountUnclear, AlreadyDone, Hidden, NeedsSecond, NotAllowed, PaylinkError
from models.reference import read_reference


class Desk:
    """One desk for every front: a sentence or a request in, an answer out. It never raises a PaylinkError."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def hear(self, by: Asker, text: str, addressed: str = "") -> Answer:
        """Read a typed or mailed command and do it; `addressed` is the account that a letter's plus-address names."""
        if by.role is Role.NOBODY:
            return await self._turn_away(by, AskHelp, "a command")
        try:
            request = read_command(text, replace(self.house(by.spoken_in or by.channel), addressed=addressed))
        except AccountUnclear as error:
            if place_of(by, self._ports.firm) is Place.UNMAPPED:  # that there is none to name is not a slip of theirs
                return await self._turn_away(by, CreateLink, "a command")
            return _refusal(error)
        except PaylinkError as error:
            return _refusal(error)
        return await self.ask(by, request)

    async def hear_about_batch(self, by: Asker, text: str, batch: int, seen: int | None = None) -> Answer:
        """Read a reply to a review and do it; `seen` is the revision of the review that is answered."""
        try:
            request = read_batch_reply(text, batch, self.house(by.spoken_in or by.channel), seen)
        except PaylinkError as error:
            return _refusal(error)
        return await self.ask(by, request)

    async def ask(self, by: Asker, request: Request) -> Answer:
        """Do what is asked, if this person may ask it."""
        if not may(by, type(request), self._ports.firm):
            return await self._turn_away(by, type(request), type(request).__name__)
        try:
            self._account_open(by, request)
            return await retried(lambda: serve(by, request, self._ports))
        except AlreadyDone as error:
            return await self._again(by, error)
        except NeedsSecond as needs:
            return await self._proposed(by, request, needs)
        except (NotAllowed, Hidden) as error:
            await keep_refusal(by, type(request).__name__, self._ports, why=error.for_staff())
            return _refusal(error)
        except PaylinkError as error:
            return _refusal(error)

    async def refuse(self, by: Asker, why: str) -> Refusal:
        """Keep that a front turned somebody away before the desk saw what they asked."""
        await keep_refusal(by, "a command", self._ports, why)
        return Refusal("not_allowed", why)

    def house(self, channel: str = "") -> House:
        """What the grammar needs to know of the firm today, and of the Slack channel that is spoken in."""
        firm = self._ports.firm
        return House(
            today=firm.today(self._ports.clock.now()),
            firm=firm,
            accounts=firm.served_in(channel),
            default_account=firm.meant_in(channel),
        )

    def _account_open(self, by: Asker, request: Request) -> None:
        """A button or a form names an account, too. Raises AccountUnclear: it is not open here (B12)."""
        if isinstance(request, (CreateLink, ReplaceLink, ReviewFile, ChooseAccount)) and request.account:
            self.house(by.spoken_in or by.channel).account(request.account)

    async def _proposed(self, by: Asker, request: Request, needs: NeedsSecond) -> Answer:
        try:
            exactly = cast("Request", needs.request or request)
            return await retried(lambda: propose(by, exactly, needs, self._ports))
        except PaylinkError as error:
            return _refusal(error)

    async def _turn_away(self, by: Asker, kind: type, asked: str) -> Refusal:
        firm = self._ports.firm
        await keep_refusal(by, asked, self._ports, why=why_not(by, kind, firm))
        may_ask = by.role is Role.NOBODY and by.door is Door.SLACK
        if may_ask and kind is OpenHome and (waits := await self._asked_already(by)):
            return Refusal("not_allowed", waits)
        return Refusal("not_allowed", refused(by, kind, firm, await self._whom_to_ask()), may_ask=may_ask)

    async def _asked_already(self, by: Asker) -> str:
        try:
            return await retried(lambda: asked_already(by.key, self._ports))
        except PaylinkError:  # the button says it, when it is pressed
            return ""

    async def _whom_to_ask(self) -> str:
        try:
            return await retried(lambda: ask_an_admin(self._ports))
        except PaylinkError:  # the refusal holds, whoever can be named
            return "Ask an admin."

    async def _again(self, by: Asker, error: AlreadyDone) -> Answer:
        """The same delivery twice: the answer is what it made the first time."""
        try:
            link = await find_for(by, read_reference(error.outcome), self._ports)
        except PaylinkError:
            return _refusal(error)
        return LinkMade(await card_for(link, self._ports.firm), repeated=True)


def _refusal(error: PaylinkError) -> Refusal:
    return Refusal(error.code, error.for_staff())
