"""Making what a second person has confirmed, as the one who asked for it; and the end of what nobody answered."""

from __future__ import annotations

from dataclasses import replace

from tortoise.transactions import in_transaction

from handlers.answers import Answer, BatchDecided, BatchReview, LinkMade, Refusal
from handlers.links.find import by_reference
from handlers.links.tell import owe_news
from handlers.links.trail import note
from handlers.operations import serve
from handlers.people import proposals
from handlers.people.identify import role_now
from handlers.people.kept_request import KeptOtherwise, request_of
from handlers.people.messages import owe_person
from handlers.people.roles import ALLOWED
from handlers.ports import Ports
from handlers.requests import Actor, Asker, CreateLink, Door, Request
from models.errors import AlreadyDone, DatabaseTrouble, DateUnclear, PaylinkError
from models.job_queue import Claimed
from models.plain_text import counted
from models.reference import read_reference
from models.tables import LinkProposal, PaymentLink


async def make_proposed(job: Claimed, ports: Ports) -> None:
    """Done again after a crash, it finds the link it made: its delivery is the proposal itself (M13)."""
    proposal = await LinkProposal.get(id=job.payload["proposal"])
    by = await _asker(proposal, ports, own=bool(job.payload.get("own")))
    unread = False
    try:
        done, reference = await _made(by, request_of(proposal.terms["request"]), ports)
    except DatabaseTrouble:
        raise
    except PaylinkError as error:
        done, reference = f"but it could not be made: {error.for_staff()}", ""
        unread = isinstance(error, KeptOtherwise)
    words = f"P-{proposal.id} was approved by {proposal.decided_by}, {done}"
    link = await by_reference(reference) if reference else None
    async with in_transaction():
        if link and await LinkProposal.filter(id=proposal.id, link_id=None).update(link_id=link.id):
            await _on_the_trail(link, proposal, Actor(str(job.payload["second"]), Door.SLACK), ports)
        await proposals.tell_asker(proposal, words, ports)
        if unread:  # whoever pressed it saw that it was approved
            await owe_person(str(job.payload["second"]), words, ports.clock.now(), about=f"unread-{proposal.id}")
    ports.wake()


async def expire_proposal(job: Claimed, ports: Ports) -> None:
    await proposals.expire(int(job.payload["proposal"]), ports)


async def _asker(proposal: LinkProposal, ports: Ports, *, own: bool) -> Asker:
    """The one who asked. What they confirmed themselves is asked for in Slack, and no second person has done so."""
    email = str(proposal.terms["email"])
    role = await role_now(proposal.asked_by, email, ports)
    return Asker(
        proposal.asked_by,
        proposal.asker_name,
        role,
        Door.SLACK if own else Door(proposal.door),
        proposal.channel,
        email,
        delivery=f"P-{proposal.id}",
        confirmed_by="" if own else proposal.decided_by,
    )


async def _made(by: Asker, request: Request, ports: Ports) -> tuple[str, str]:
    """What came of it in words, and the reference of the link where it is one. Raises PaylinkError."""
    if by.role not in ALLOWED[type(request)].roles:
        return f"but {by.name} may not make links any more, so nothing was made.", ""
    if isinstance(request, CreateLink):
        request = _as_of_now(request, by, ports)
    try:
        answer = await serve(by, request, ports)
    except AlreadyDone as error:
        reference = read_reference(error.outcome)
        return f"and {reference} is made.", reference
    return _words(answer)


def _as_of_now(request: CreateLink, by: Asker, ports: Ports) -> CreateLink:
    """What is like it in the last ten minutes is the proposal itself.

    Raises AccountUnclear: the channel it was asked for in serves that account no more. Raises DateUnclear.
    """
    replace(ports.firm, accounts=ports.firm.served_in(by.channel)).account(request.account)
    if request.expires_on and request.expires_on < ports.firm.today(ports.clock.now()):
        raise DateUnclear(f"The link's last day, {request.expires_on}, is over.")
    return replace(request, again=True)


def _words(answer: Answer) -> tuple[str, str]:
    match answer:
        case LinkMade():
            mailed = f" and mailed to {', '.join(answer.mailed_to)}" if answer.mailed_to else ""
            return f"and {answer.card.reference} is made{mailed}.", answer.card.reference
        case BatchDecided():
            are = "is" if len(answer.lines) == 1 else "are"
            files = " Say `links` once more in answer to its review to have them as files." if answer.files else ""
            return f"and {counted(len(answer.lines), 'link')} of {answer.number} {are} made.{files}", ""
        case BatchReview():
            return f"but nothing was done: {answer.changed}", ""
        case Refusal():
            return f"but it could not be made: {answer.sentence}", ""
    return "and it is done.", ""


async def _on_the_trail(link: PaymentLink, proposal: LinkProposal, second: Actor, ports: Ports) -> None:
    """The second person stands in the link's own trail; part of the caller's transaction."""
    now = ports.clock.now()
    await note(link, "approved", second, now, {"name": proposal.decided_by})
    await owe_news(link, now, ports)
