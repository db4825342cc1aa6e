"""What every listener shares: finding out who is there, asking the desk, and turning its answer into a message."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.answering import Answering, Place
from bot.slack.blocks.answers import file_ready, spoken
from bot.slack.blocks.message import Message, plain
from bot.slack.blocks.wording import said
from bot.slack.directory import Directory, Member, Room
from bot.slack.files import upload
from bot.slack.trouble import UNREACHABLE, trouble_of
from handlers.answers import Answer, BatchDecided, BatchRefused, FileReady, LinkMade, Refusal
from handlers.firm import FirmBook
from handlers.grammar import House
from handlers.ports import DeliveryTrouble
from handlers.request_id import request_id
from handlers.requests import Asker, Door, Request, Role

log = structlog.get_logger()

_BROKEN = (
    "Something went wrong on our side, so this was probably not done. Look with `list` before you try again. "
    "If it happens again, tell an admin this code: {code}"
)
_UNWRITTEN = (
    "That was done, but its answer cannot be shown: a fault on our side. `list` and `show` tell how things stand. "
    "If it happens again, tell an admin this code: {code}"
)
_UNSURE = "Slack does not say who you are just now, so nothing was done. Try again in a moment."
_SHARED = "This channel is shared with another company, so nothing was done. Use a channel of your own company."
_NOT_TAKEN = "Slack did not take the files just now. Press the button for them in a moment."
_NOT_IN = (
    "Paylink is not in this channel, so news of this link comes to you in person. `/invite @Paylink` changes that."
)


class Desk(Protocol):
    """handlers.desk.Desk, as far as this front needs it."""

    async def hear(self, by: Asker, text: str) -> Answer: ...

    async def ask(self, by: Asker, request: Request) -> Answer: ...

    async def refuse(self, by: Asker, why: str) -> Refusal: ...

    def house(self, channel: str = "") -> House: ...


class Identify(Protocol):
    """handlers.people.identify.slack_asker with its ports given."""

    def __call__(self, user_id: str, name: str, email: str, channel: str, delivery: str) -> Awaitable[Asker]: ...


@dataclass(frozen=True, slots=True)
class Visit:
    """One thing a person did in Slack."""

    place: Place
    delivery: str  # unique to it: a repeat of the very same thing carries the same
    unasked: bool = False  # they did nothing: rather than half of what they may see, they are shown nothing new


Errand = Callable[[Asker], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Reception:
    """The way from Slack to the desk and back. Nothing it does raises: what goes wrong is an answer, too."""

    desk: Desk
    identify: Identify
    directory: Directory
    client: AsyncWebClient
    book: FirmBook

    async def hear(self, visit: Visit, text: str) -> Answer:
        """What the desk says to a typed command."""
        return await self.serve(visit, lambda by: self.desk.hear(by, text))

    async def ask(self, visit: Visit, request: Request) -> Answer:
        """What the desk says to a request from a button or form."""
        return await self.serve(visit, lambda by: self.desk.ask(by, request))

    async def serve(self, visit: Visit, errand: Errand) -> Answer:
        """What comes of an errand of somebody whom Slack knows."""
        user = visit.place.user
        with structlog.contextvars.bound_contextvars(who=user):
            try:
                return await self._admit(visit, errand)
            except DeliveryTrouble as trouble:
                log.warning("slack.directory_away", why=str(trouble))
                return Refusal("slack_away", _UNSURE)
            except Exception:  # an answer is owed whatever happens; the log has the traceback
                log.exception("slack.listener_failed")
                return Refusal("broken", _BROKEN.format(code=request_id()))

    async def _admit(self, visit: Visit, errand: Errand) -> Answer:
        place = visit.place
        member = await self.directory.member(place.user)
        if member.bar:
            return await self.desk.refuse(_nobody(visit, member), member.bar)
        room = await self.directory.room(place.channel) if place.channel else Room("", postable=False)
        if room.shared:
            return await self.desk.refuse(_nobody(visit, member), _SHARED)
        # where Paylink cannot post, news of a link goes to its maker: a blank channel says so
        channel = room.id if room.postable else ""
        by = await self.identify(place.user, member.name, member.email, channel, visit.delivery)
        answer = await errand(await self._standing(by, visit))
        if isinstance(answer, LinkMade) and place.channel[:1] in ("C", "G") and not channel:
            return replace(answer, notes=(*answer.notes, _NOT_IN))
        return answer

    async def _standing(self, by: Asker, visit: Visit) -> Asker:
        """The same person with the channel they speak in; in direct messages and App Home with those they are in."""
        place = visit.place
        if place.channel[:1] in ("C", "G"):
            return replace(by, spoken_in=place.channel)
        if by.role in (Role.STAFF, Role.VIEWER):  # admins see every channel's links, strangers none
            ask = self.directory.channels_told if visit.unasked else self.directory.channels_of
            return replace(by, channels=await ask(place.user))
        return by

    async def message(self, answer: Answer, user: str) -> Message:
        """The answer as a message; files it holds go to the person directly."""
        try:
            return await self._worded(answer, user)
        except Exception:  # the work is done by now: its answer must not get lost over how it is written
            log.exception("slack.answer_unwritten", answer=type(answer).__name__)
            return plain(_UNWRITTEN.format(code=request_id()), "⚠️")

    async def deliver(self, answer: Answer, place: Place, answering: Answering, *, replace: bool = False) -> None:
        """The answer as a message where it was asked for; `replace`: in the place of the one that was pressed."""
        await answering.deliver(await self.message(answer, place.user), place, replace=replace)

    async def _worded(self, answer: Answer, user: str) -> Message:
        match answer:
            case FileReady():
                return file_ready(answer, sent=await self._hand_over(answer, user))
            case BatchDecided(files=files):
                if not all([await self._hand_over(file, user) for file in files]):
                    return spoken(replace(answer, notes=(*answer.notes, _NOT_TAKEN)), self.book.firm)
            case BatchRefused(files=files):
                sent = [file for file in files if await self._hand_over(file, user)]
                return spoken(replace(answer, files=tuple(sent)), self.book.firm)
        return spoken(answer, self.book.firm)

    async def _hand_over(self, file: FileReady, user: str) -> bool:
        """Send a file as a direct message; False where Slack does not take it now.

        Only a message posted to a person tells the id of their direct messages, which the upload needs.
        """
        try:
            told = await self.client.api_call("chat.postMessage", json={"channel": user, "text": said(file.words)})
            await upload(self.client, str(told["channel"]), file)
        except UNREACHABLE as error:
            log.warning("slack.file_failed", why=str(trouble_of(error)))
            return False
        return True


def _nobody(visit: Visit, member: Member) -> Asker:
    """Somebody who is turned away whoever they may be elsewhere."""
    return Asker(member.id, member.name, Role.NOBODY, Door.SLACK, visit.place.channel, "", visit.delivery)
