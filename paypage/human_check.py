"""Before a link is tried: that a person pays, where a captcha is set up; else that it was not tried too often (T07)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog

from handlers.payments.human_check import tell_check_is_down
from handlers.payments.tries import TriedTooOften, may_be_tried
from handlers.ports import Ports
from paypage.captcha import Captcha, CaptchaDown, Check, NotPassed
from paypage.guard import TurnedAway

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CheckOperations:
    """What the check asks of the handlers."""

    may_try: Callable[[str, Ports], Awaitable[None]] = may_be_tried
    tell_down: Callable[[str, Ports], Awaitable[None]] = tell_check_is_down


class HumanCheck:
    """What stands between the form of a pay page and the checkout."""

    def __init__(self, captcha: Captcha | None, policy: str, ports: Ports, operations: CheckOperations) -> None:
        """`policy`: the pay page's Content-Security-Policy, opened for this captcha alone."""
        self._captcha = captcha
        self._policy = policy
        self._ports = ports
        self._operations = operations

    @property
    def fields(self) -> frozenset[str]:
        """What a form may bring for it: also one that was opened before an admin switched it off."""
        return self._captcha.fields if self._captcha else frozenset()

    @property
    def headers(self) -> dict[str, str]:
        """Of a page with the form, instead of the usual ones."""
        return {"Content-Security-Policy": self._policy} if self._now() else {}

    def on_page(self, token: str) -> Check | None:
        """What the page of a link shows for it."""
        captcha = self._now()
        return captcha.check(token) if captcha else None

    def _now(self) -> Captcha | None:
        """The one that is set up, unless admins have switched it off."""
        return None if self._ports.firm.captcha == "off" else self._captcha

    async def passed(self, fields: Mapping[str, str], token: str, reference: str) -> None:
        """Raises NotPassed or CaptchaDown: the form is to be shown again. TurnedAway: the link is out of tries."""
        captcha = self._now()
        if captcha is None:
            await self._not_too_often(token, reference)
            return
        try:
            await captcha.judge(fields, token)
        except NotPassed as no:
            log.warning("page.not_a_person", reference=reference, why=str(no))
            raise
        except CaptchaDown as down:
            log.error("page.captcha_down", reference=reference, why=str(down))
            await self._operations.tell_down(str(down), self._ports)
            raise

    async def _not_too_often(self, token: str, reference: str) -> None:
        try:
            await self._operations.may_try(token, self._ports)
        except TriedTooOften as often:
            log.warning("page.tried_too_often", reference=reference)
            raise TurnedAway(429, "tried_often", often.again_in.total_seconds()) from None
