"""A payer wants to pay: the one live session of the link, opened or found again."""

from __future__ import annotations

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F
from tortoise.transactions import in_transaction

from handlers.links.tell import owe_news
from handlers.links.trail import note
from handlers.payments.attempts import DEAD, LIVE, OPENING, freeze, frozen_request, give_up, live_attempt
from handlers.payments.part_amount import checked_part
from handlers.payments.settle import record_truth
from handlers.payments.tell_refusal import tell_refusal
from handlers.ports import (
    CheckoutPage,
    Ports,
    ProcessorBusy,
    ProcessorDenied,
    ProcessorRejected,
    ProcessorUnreachable,
)
from handlers.requests import PAYER
from models.database import retried
from models.errors import AmountUnclear, PaylinkError
from models.link_states import LinkState
from models.money import Money
from models.part_payment import part_bounds
from models.tables import CheckoutAttempt, PaymentLink

_ROUNDS = 4  # a session found over, another tab, a changed amount: each costs one round


class LinkUsedUp(PaylinkError):
    """The link cannot be paid now."""

    code = "link_used_up"

    def __init__(self, state: LinkState) -> None:
        super().__init__(f"The link is {state.spoken}.")
        self.state = state


class LinkUnknown(PaylinkError):
    """No link has that token."""

    code = "link_unknown"


class CheckoutNotAllowed(PaylinkError):
    """Stripe's answer would send the payer to a host that is not on the list (T08)."""

    code = "checkout_not_allowed"


async def start_checkout(token: str, amount: Money | None, ports: Ports) -> str:
    """The URL of the checkout page to send the payer to. `amount` None: all that is asked for.

    The same session is given again while it lives, so two tabs and a double click meet in one (M01).

    Raises LinkUnknown, LinkUsedUp, AmountUnclear (a part out of bounds), CheckoutNotAllowed, ProcessorTrouble.
    """
    return await retried(lambda: _start(token, amount, ports))


async def _start(token: str, amount: Money | None, ports: Ports) -> str:
    link = await PaymentLink.get_or_none(token=token)
    if link is None:
        raise LinkUnknown
    wanted = _within_bounds(link, amount, ports)
    for _ in range(_ROUNDS):
        if link.state is not LinkState.OPEN:
            raise LinkUsedUp(link.state)
        if link.review:  # money that a person must look at first: a second charge would make it worse
            raise LinkUsedUp(LinkState.PROCESSING)
        attempt = await live_attempt(link) or await _next_attempt(link, wanted, ports)
        if attempt is not None:
            url = await _url_of(attempt, link, wanted, ports)
            if url is not None:
                return url
        await link.refresh_from_db()
    raise ProcessorBusy("the sessions of this link keep changing")


def _within_bounds(link: PaymentLink, amount: Money | None, ports: Ports) -> Money:
    if amount is None or amount == link.amount:
        return link.amount
    bounds = part_bounds(link.amount, link.smallest_part) if link.partial_allowed else None
    if bounds is None or amount.currency != link.currency:
        raise AmountUnclear("This payment request is for the whole amount.")
    return checked_part(amount, link.amount, bounds, ports.firm)


async def _hold_open(link: PaymentLink) -> bool:
    """Whether the link is open, and stays so until the caller's transaction ends: the UPDATE locks its row."""
    return bool(await PaymentLink.filter(id=link.id, state=LinkState.OPEN).update(event_count=F("event_count")))


async def _next_attempt(link: PaymentLink, amount: Money, ports: Ports) -> CheckoutAttempt | None:
    """The next attempt, frozen; None when another tab was first or the link moved on."""
    now = ports.clock.now()
    try:
        async with in_transaction():
            if not await _hold_open(link):
                return None
            return await freeze(link, amount, now, ports)
    except IntegrityError:
        return None


async def _url_of(attempt: CheckoutAttempt, link: PaymentLink, amount: Money, ports: Ports) -> str | None:
    """Where the payer goes with this attempt; None when it turned out dead and the next is due."""
    if attempt.stage == OPENING:
        page = await _open(attempt, ports)
        if not ports.cards.checkout_url_allowed(page.url):
            await _refuse(attempt, page, link, ports)
            raise CheckoutNotAllowed
        if not await _keep(attempt, page, link, ports):
            return None
        attempt.session_id, attempt.url = page.session_id, page.url
    if attempt.amount == amount and attempt.expires_at > ports.clock.now():
        return attempt.url
    # Another amount than the payer wants now, or over time: only Stripe can say that nobody is paying it this moment.
    assert attempt.session_id is not None  # noqa: S101  a live attempt has its session
    await record_truth(attempt, await ports.cards.close_checkout(attempt.account, attempt.session_id), ports)
    return None


async def _open(attempt: CheckoutAttempt, ports: Ports) -> CheckoutPage:
    """Ask Stripe, or ask again with the same key and bytes.

    Raises ProcessorTrouble. After one that Stripe will repeat for ever (a stored 500, a refusal) the attempt is dead,
    unless another tab was answered meanwhile: nobody holds its URL, so the next click may begin a new one (F03).
    """
    try:
        return await ports.cards.open_checkout(frozen_request(attempt))
    except ProcessorUnreachable as trouble:
        if trouble.stored:
            await give_up(attempt)
        raise
    except (ProcessorRejected, ProcessorDenied) as trouble:
        await give_up(attempt)
        await tell_refusal(attempt, trouble, ports)
        raise


async def _keep(attempt: CheckoutAttempt, page: CheckoutPage, link: PaymentLink, ports: Ports) -> bool:
    """Store the session while link and attempt still stand; otherwise close it, for nobody was sent there."""
    now = ports.clock.now()
    async with in_transaction():
        still_open = await _hold_open(link)
        stored = await CheckoutAttempt.filter(id=attempt.id, stage=OPENING).update(
            stage=LIVE, session_id=page.session_id, url=page.url
        )
        if stored and still_open:
            amount = {"amount": attempt.amount.plain, "currency": attempt.currency}
            await note(link, "opened", PAYER, now, {**amount, "attempt": attempt.number})
            await owe_news(link, now, ports)
        # Not stored: another tab was quicker with the very same session, or the attempt was given up meanwhile.
        stands = stored or await CheckoutAttempt.filter(id=attempt.id, stage=LIVE, session_id=page.session_id).exists()
    if still_open and stands:
        return True
    await record_truth(attempt, await ports.cards.close_checkout(attempt.account, page.session_id), ports)
    return False


async def _refuse(attempt: CheckoutAttempt, page: CheckoutPage, link: PaymentLink, ports: Ports) -> None:
    now = ports.clock.now()
    async with in_transaction():
        await CheckoutAttempt.filter(id=attempt.id).update(stage=DEAD, session_id=page.session_id)
        why = "Stripe's answer pointed to a host that is not allowed; the payer was not sent there."
        await note(link, "review", PAYER, now, {"why": why})
        await owe_news(link, now, ports)
    await ports.cards.close_checkout(attempt.account, page.session_id)
