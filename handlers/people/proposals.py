"""Links above the approval limit, and those that are more than a letter may have made: they wait to be confirmed.

A link above the limit is confirmed by a second person. What was asked for by mail is confirmed by whoever asked, too,
once they press its button in Slack, where a mailbox in the wrong hands does not reach (T16).

What waits is the request itself, whatever it was: one link, a balance link, a replacement, the sending of a file. It is
done by a job as the one who asked it, so that a press on two replicas, or a crash after it, makes it once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tortoise.transactions import in_transaction

from handlers.answers import Choice, Decided, Question, Waiting
from handlers.firm_trail import hold_trail, keep_event
from handlers.once import not_alike, remember
from handlers.owed import owe
from handlers.people.admins import admins_of
from handlers.people.kept_request import KeptOtherwise, kept, request_of
from handlers.people.messages import owe_person
from handlers.people.questions import APPROVE_LINK, DENY_LINK, Standing, owe_outcome, owe_questions
from handlers.people.waiting import WAITING, not_too_many
from handlers.ports import Ports
from handlers.requests import Asker, CreateLink, DecideProposal, Door, Request, Role
from models.errors import Hidden, NeedsPress, NeedsSecond, NotAllowed, NotFound
from models.money import spell
from models.slack_ids import is_person
from models.tables import LinkProposal

APPROVED, DENIED, EXPIRED = "approved", "denied", "expired"
ABOUT = "proposal"
LIFE = timedelta(days=7)
_WAITS = "{number} waits for {days} days; nothing was made or sent yet."
_NOBODY = (
    "and you are the only admin: ask for it in a channel where a colleague who may make links can confirm it, or make "
    "somebody else an admin, too."
)
_NOBODY_IN_SLACK = "and nobody who may confirm it is known in Slack: ask for it there, with `/paylink`."
_WHOSE = (
    "{number} was asked for by mail, and Slack tells no address of yours, so it may be your own. "
    "An admin whose address Slack tells confirms it, or whoever asked asks for it in Slack."
)


async def propose(by: Asker, request: Request, needs: NeedsSecond, ports: Ports) -> Waiting:
    """Keep what was asked for and ask a second person: in the channel where the link's card would stand, which may be
    another than it is asked in, and every admin.

    Raises AlreadyDone, LooksTheSame: see handlers.once. Raises NotAllowed: nobody can be asked, or so much waits.
    """
    now, own = ports.clock.now(), isinstance(needs, NeedsPress)
    people = await _whom_to_ask(by, needs, ports)
    await not_too_many(by)
    async with in_transaction():
        proposal = await LinkProposal.create(
            terms={"request": kept(request), "what": needs.what, "email": by.email, "why": needs.why, "own": own},
            asked_by=by.key,
            asker_name=by.name,
            door=by.door.value,
            channel=needs.channel,
            asked_at=now,
        )
        number, about = _number(proposal), f"{ABOUT}:{proposal.id}"
        await remember(by, f"{number} waits to be confirmed in Slack.", now)
        wording = repr(replace(request, again=False) if isinstance(request, CreateLink) else request)
        await not_alike(by, wording, number, now, again=isinstance(request, CreateLink) and request.again)
        await owe_questions(about, [*filter(None, [needs.channel]), *sorted(people)], now)
        await owe("expire_proposal", {"proposal": proposal.id}, now + LIFE, f"expire:{about}")
        await hold_trail()
        await keep_event("proposal", by.actor, {"name": by.name, "what": number, "about": needs.what}, ports)
    ports.wake()
    waits = _WAITS.format(number=number, days=LIFE.days)
    return Waiting(number, f"{_begun(needs.what)} {needs.why}, so {_who_confirms(by, needs)}. {waits}")


async def _whom_to_ask(by: Asker, needs: NeedsSecond, ports: Ports) -> set[str]:
    """The people who are asked one by one. Raises NotAllowed: there is nobody."""
    admins = await admins_of(ports)
    if isinstance(needs, NeedsPress):
        people = admins - {by.email} | ({by.key} if is_person(by.key) else set())
        if any(map(is_person, people)):
            return people
        raise NotAllowed(f"{_begun(needs.what)} {needs.why}, {_NOBODY_IN_SLACK}")
    people = admins - {by.key, by.email}
    if not people and not needs.channel:
        raise NotAllowed(f"{_begun(needs.what)} {needs.why}, {_NOBODY}")
    return people


def _who_confirms(by: Asker, needs: NeedsSecond) -> str:
    if isinstance(needs, NeedsPress):
        return f"a button in Slack confirms it first: {'yours or ' if is_person(by.key) else ''}an admin's"
    where = "this channel" if needs.channel == by.channel else "the channel of the link before it"
    who = f"anybody in {where} who may make links, or an admin" if needs.channel else "an admin"
    return f"a second person confirms it first: {who}"


async def decide_proposal(asked: DecideProposal, by: Asker, ports: Ports) -> Decided:
    """Confirm or deny, once; the one who asked may only take it back, unless a press of their own in Slack is enough.

    Raises NotFound, Hidden: there is none for this person here. Raises NotAllowed: it is their own, or may be.
    """
    proposal = await LinkProposal.get_or_none(id=asked.number)
    if proposal is None:
        raise NotFound(f"P-{asked.number}")
    _may_decide(proposal, asked, by)
    if asked.approve and proposal.state == WAITING and (unread := _unread(proposal)):
        return await _given_up(proposal, by, unread, ports)
    now = ports.clock.now()
    state = APPROVED if asked.approve else DENIED
    async with in_transaction():
        waiting = LinkProposal.filter(id=proposal.id, state=WAITING, asked_at__gt=now - LIFE)
        moved = await waiting.update(state=state, decided_by=by.name, decided_at=now)
        await proposal.refresh_from_db()
        if moved:
            await _follow(proposal, by, ports)
    ports.wake()
    if proposal.state == WAITING:  # its week is over, and the job that says so comes in a moment
        return Decided(_number(proposal), f"{_number(proposal)} waited for too long: ask for it anew.", repeated=True)
    return Decided(_number(proposal), _outcome(proposal, ports), repeated=not moved)


def _unread(proposal: LinkProposal) -> str:
    """Why what was asked for cannot be read; blank: it can."""
    try:
        request_of(proposal.terms["request"])
    except KeptOtherwise as error:
        return error.for_staff()
    return ""


async def _given_up(proposal: LinkProposal, by: Asker, why: str, ports: Ports) -> Decided:
    """It ends here, for everybody who was asked and for the one who asked."""
    number, now = _number(proposal), ports.clock.now()
    words = f"{number}: {_asks(proposal)}, but {why}"
    async with in_transaction():
        ended: dict[str, object] = {"state": EXPIRED, "decided_by": by.name, "decided_at": now}
        if await LinkProposal.filter(id=proposal.id, state=WAITING).update(**ended):
            await proposal.refresh_from_db()
            await tell_asker(proposal, words, ports)
            await owe_outcome(f"{ABOUT}:{proposal.id}", now)
            await hold_trail()
            await keep_event("proposal", by.actor, {"name": by.name, "what": number, "after": EXPIRED}, ports)
    ports.wake()
    return Decided(number, words)


async def expire(proposal_id: int, ports: Ports) -> None:
    """Nobody answered for a week."""
    now = ports.clock.now()
    async with in_transaction():
        if await LinkProposal.filter(id=proposal_id, state=WAITING).update(state=EXPIRED, decided_at=now):
            proposal = await LinkProposal.get(id=proposal_id)
            await tell_asker(proposal, f"{_outcome(proposal, ports)} Nothing was made; ask for it anew.", ports)
            await owe_outcome(f"{ABOUT}:{proposal.id}", now)
    ports.wake()


async def tell_asker(proposal: LinkProposal, words: str, ports: Ports) -> None:
    """Owe word to the one who asked, through the door they came by; part of the caller's transaction."""
    by_mail = proposal.door == Door.MAIL.value and proposal.terms["email"]
    to = str(proposal.terms["email"]) if by_mail else proposal.asked_by
    number = _number(proposal)
    await owe_person(to, words, ports.clock.now(), about=f"{number}-{proposal.state}", subject=f"About {number}")


async def standing(number: int, ports: Ports) -> Standing:
    """The question a second person is asked, or how it was answered."""
    proposal = await LinkProposal.get(id=number)
    if proposal.state != WAITING:
        return Standing(None, _outcome(proposal, ports))
    above = f"{_asks(proposal)}, which {_why(proposal, ports)}."
    if proposal.door == Door.MAIL.value:
        above = f"{above} It was asked for by mail, from {proposal.terms['email']}."
    words = f"{above}{_where_to(proposal)} May it be made?"
    value = _number(proposal)
    if proposal.terms.get("own"):
        words += f" {proposal.asker_name} may approve it as well, if that letter is theirs."
    choices = (Choice("Approve", APPROVE_LINK, value, "primary"), Choice("Deny", DENY_LINK, value, "danger"))
    return Standing(Question(words, choices), "")


async def _follow(proposal: LinkProposal, by: Asker, ports: Ports) -> None:
    """What a decision brings with it; part of the caller's transaction."""
    now, number = ports.clock.now(), _number(proposal)
    if proposal.state == APPROVED:
        making: dict[str, object] = {"proposal": proposal.id, "second": by.key, "own": _own(proposal, by)}
        await owe("make_proposed", making, now, f"make:{number}")
    elif not _own(proposal, by):
        await tell_asker(proposal, f"{_outcome(proposal, ports)} Nothing was made.", ports)
    await owe_outcome(f"{ABOUT}:{proposal.id}", now)
    await hold_trail()
    await keep_event("proposal", by.actor, {"name": by.name, "what": number, "after": proposal.state}, ports)


def _may_decide(proposal: LinkProposal, asked: DecideProposal, by: Asker) -> None:
    """Raises Hidden, NotAllowed."""
    own_word = bool(proposal.terms.get("own"))
    if _own(proposal, by):
        if asked.approve and not own_word:
            raise NotAllowed(f"You asked for {_number(proposal)} yourself: a second person has to confirm it.")
        return
    if asked.approve and not own_word and not by.email and "@" in proposal.asked_by:
        raise NotAllowed(_WHOSE.format(number=_number(proposal)))
    here = proposal.channel != "" and proposal.channel in {by.channel, *by.channels}
    if by.role is not Role.ADMIN and not here:
        raise Hidden(_number(proposal))


def _own(proposal: LinkProposal, by: Asker) -> bool:
    return proposal.asked_by in (by.key, by.email) or (by.email != "" and proposal.terms["email"] == by.email)


def _asks(proposal: LinkProposal) -> str:
    return f"{proposal.asker_name} asks for {proposal.terms['what']}"


def _where_to(proposal: LinkProposal) -> str:
    """Who would get its letter: a second person has to see that the address is the client's."""
    stored: Any = proposal.terms["request"]
    emails = stored.get("emails") or []
    if emails and not stored.get("link_only"):
        return f" Its letter would go to {', '.join(map(str, emails))}."
    return " No letter would be sent." if stored.get("is") == CreateLink.__name__ else ""


def _outcome(proposal: LinkProposal, ports: Ports) -> str:
    on = f" on {ports.firm.spell_moment(proposal.decided_at)}" if proposal.decided_at else ""
    by = f" by {proposal.decided_by}" if proposal.decided_by else ""
    return f"{_number(proposal)}: {_asks(proposal)}. {proposal.state.capitalize()}{by}{on}."


def _begun(what: str) -> str:
    """As a sentence begins."""
    return f"{what[:1].upper()}{what[1:]}"


def _why(proposal: LinkProposal, ports: Ports) -> str:
    """Why it waits; those kept by earlier versions are all above the approval limit."""
    limit = ports.firm.approval_limit
    above = f"is above the approval limit of {spell(limit, ports.firm.locale) if limit else 'the firm'}"
    return str(proposal.terms.get("why") or above)


def _number(proposal: LinkProposal) -> str:
    return f"P-{proposal.id}"
