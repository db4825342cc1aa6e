"""Asking to be let in: a member without a role presses a button, an admin's button answers, once."""

from __future__ import annotations

from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from handlers.answers import Choice, Decided, Question
from handlers.firm_trail import hold_trail, keep_change, keep_event
from handlers.people.admins import admins_of
from handlers.people.merge import learn_email
from handlers.people.messages import owe_person
from handlers.people.questions import APPROVE_ACCESS, APPROVE_VIEWER, DENY_ACCESS, Standing, owe_outcome, owe_questions
from handlers.ports import Ports
from handlers.requests import AnswerAccess, AskAccess, Asker, Role
from models.errors import NotFound
from models.statements import insert_once
from models.tables import AccessRequest, StaffMember

WAITING, DENIED = "waiting", "denied"  # or the role they were let in with
ASK_AGAIN = timedelta(days=1)
DENIED_FOR = timedelta(days=7)
ABOUT = "access"


async def ask_access(asked: AskAccess, by: Asker, ports: Ports) -> Decided:
    """Tell the admins that somebody wants in: once, again after a day without an answer, after a week when denied."""
    if by.role is not Role.NOBODY:
        return Decided("", f"You are set up already: your role here is {by.role.value}.", repeated=True)
    now = ports.clock.now()
    before = await AccessRequest.get_or_none(slack_id=by.key)
    if before is not None and now < _again_from(before):
        return _asked_before(before, ports)
    async with in_transaction():
        request = await _write(before, by, now)
        if request is not None:
            admins = sorted(await admins_of(ports))
            await owe_questions(f"{ABOUT}:{request.id}", admins, now)
    if request is None:  # the same button, a moment ago
        return _asked_before(await AccessRequest.get(slack_id=by.key), ports)
    ports.wake()
    return Decided(
        _number(request), f"The admins of {ports.firm.name} are asked to let you in; you are told what they say."
    )


async def answer_access(asked: AnswerAccess, by: Asker, ports: Ports) -> Decided:
    """Let somebody in, or not. Whoever presses first has decided, on whichever replica.

    Raises NotFound.
    """
    now = ports.clock.now()
    state = asked.role.value if asked.role else DENIED
    async with in_transaction():
        await hold_trail()
        waiting = AccessRequest.filter(id=asked.number, state=WAITING)
        moved = await waiting.update(state=state, decided_by=by.name, decided_at=now)
        request = await AccessRequest.get_or_none(id=asked.number)
        if request is None:
            raise NotFound(f"A-{asked.number}")
        if moved:
            role = await _let_in(request, asked.role, by, ports) if asked.role else Role.NOBODY
            if asked.role and role is not asked.role:  # another admin had given them one
                request.state = role.value
                await request.save(update_fields=["state"])
            await owe_person(request.slack_id, _told(request, role, ports), now, about=f"access-{_number(request)}")
            await owe_outcome(f"{ABOUT}:{request.id}", now)
        if moved and not asked.role:
            denied: dict[str, object] = {
                "name": by.name,
                "what": f"the wish of {_who(request)} to be let in",
                "after": DENIED,
            }
            await keep_event("access", by.actor, denied, ports)
    ports.wake()
    return Decided(_number(request), _outcome(request, ports), repeated=not moved)


async def asked_already(key: str, ports: Ports) -> str:
    """What somebody is told who cannot ask again yet; blank for whoever may ask."""
    request = await AccessRequest.get_or_none(slack_id=key, state__in=[WAITING, DENIED])
    if request is None or ports.clock.now() >= _again_from(request):
        return ""
    if request.state == DENIED:
        return _asked_before(request, ports).sentence
    return f"You asked on {ports.firm.spell_moment(request.asked_at)}; an admin answers. You are told what they say."


async def standing(number: int, ports: Ports) -> Standing:
    """The question an admin is asked, or how it was answered."""
    request = await AccessRequest.get(id=number)
    if request.state != WAITING:
        return Standing(None, _outcome(request, ports))
    value = _number(request)
    words = (
        f"{_who(request)} asks for access to Paylink. Approve makes them staff: they make links and look after them. "
        "A viewer only looks."
    )
    choices = (
        Choice("Approve", APPROVE_ACCESS, value, "primary"),
        Choice("Approve as viewer", APPROVE_VIEWER, value),
        Choice("Deny", DENY_ACCESS, value, "danger"),
    )
    return Standing(Question(words, choices), "")


async def _write(before: AccessRequest | None, by: Asker, now: datetime) -> AccessRequest | None:
    """The wish, written down or renewed; None: somebody was at it just now."""
    facts = {"name": by.name[:120], "email": by.email, "asked_at": now, "state": WAITING}
    if before is None:
        done = await insert_once(AccessRequest, {"slack_id": by.key, **facts}, unique="slack_id")
    else:
        same = AccessRequest.filter(id=before.id, state=before.state, asked_at=before.asked_at)
        done = bool(await same.update(**facts, decided_by="", decided_at=None))
    return await AccessRequest.get(slack_id=by.key) if done else None


def _again_from(request: AccessRequest) -> datetime:
    """When somebody may ask once more. Whoever was let in and lost their role since may ask after a day, too."""
    if request.state == DENIED and request.decided_at is not None:
        return request.decided_at + DENIED_FOR
    return request.asked_at + ASK_AGAIN


def _asked_before(request: AccessRequest, ports: Ports) -> Decided:
    firm = ports.firm
    again = f"You can ask again from {firm.spell_moment(_again_from(request))} on."
    if request.state == DENIED and request.decided_at is not None:
        words = f"{request.decided_by} denied it on {firm.spell_moment(request.decided_at)}. {again}"
    else:
        words = f"You asked on {firm.spell_moment(request.asked_at)}, and the admins were told. {again}"
    return Decided(_number(request), words, repeated=True)


async def _let_in(request: AccessRequest, role: Role, by: Asker, ports: Ports) -> Role:
    """The role they have from now on: one that another admin gave them meanwhile stays."""
    row = await StaffMember.get_or_none(slack_id=request.slack_id)
    if row is not None and row.active and row.role != Role.NOBODY.value:
        return Role(row.role)
    row = row or StaffMember(slack_id=request.slack_id)
    row.name, row.role, row.active = row.name or request.name, role.value, True
    await row.save()
    await learn_email(row, request.email)
    await keep_change("user", by, f"the role of {_who(request)}", Role.NOBODY.value, role.value, ports)
    return role


def _told(request: AccessRequest, role: Role, ports: Ports) -> str:
    if role is Role.NOBODY:
        return f"{request.decided_by} denied your wish to use Paylink for {ports.firm.name}."
    return (
        f"You can use Paylink for {ports.firm.name} from now on: {request.decided_by} let you in, as {role.value}. "
        "`/paylink help` shows what can be typed."
    )


def _outcome(request: AccessRequest, ports: Ports) -> str:
    if request.state == WAITING:
        return f"{_who(request)} waits for an answer."
    on = f" on {ports.firm.spell_moment(request.decided_at)}" if request.decided_at else ""
    # "approved" alone was written before the role was kept with it
    how = request.state if request.state in (DENIED, "approved") else f"approved as {request.state}"
    return f"{_who(request)} asked for access to Paylink: {how} by {request.decided_by}{on}."


def _who(request: AccessRequest) -> str:
    name = request.name or request.slack_id
    return f"{name} ({request.email})" if request.email else name


def _number(request: AccessRequest) -> str:
    return f"A-{request.id}"
