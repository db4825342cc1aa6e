"""Who has App Home before them, and what stands there: Slack tells when it is opened, not whether it is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from handlers.answers import HomePage
from handlers.ports import Clock
from handlers.requests import ListLinks

LOOKS_FOR = timedelta(minutes=15)  # after Home was opened or used last
MOST = 50  # people, those who used it last; the others see what is new by a press


@dataclass(slots=True)
class Onlooker:
    """One person, and the page that Slack shows them."""

    user: str
    asked: ListLinks
    note: str  # what it says of their own view: it stays as long as the page does
    view: dict[str, Any]
    hash: str  # Slack's, of that view: it takes no other in its place once somebody has published a newer one
    as_of: object  # a change of links that the page has already, and none that came after
    used_at: datetime
    not_before: datetime  # when it may be drawn next

    def sees(self, page: HomePage, view: dict[str, Any], view_hash: str, as_of: object) -> None:
        """Note what is shown to them now."""
        self.asked = _just_that(page)
        self.view, self.hash, self.as_of = view, view_hash, as_of


@dataclass(slots=True)
class Onlookers:
    """Those of this process. Who goes on at another replica is there, too; the hash of the view tells who is late."""

    clock: Clock
    newest: object = None  # the newest change of links that is known of
    quiet_until: datetime | None = None  # Slack asked for it, or something is away
    _people: dict[str, Onlooker] = field(default_factory=dict)  # who used it last is last

    def opened(self, user: str, page: HomePage, view: dict[str, Any], view_hash: str, as_of: object) -> None:
        """Somebody asked for this page and got it."""
        now = self.clock.now()
        self._people.pop(user, None)
        if len(self._people) >= MOST:
            del self._people[next(iter(self._people))]
        asked, note = _just_that(page), page.listed.note
        self._people[user] = Onlooker(user, asked, note, view, view_hash, as_of, used_at=now, not_before=now)

    def used(self, user: str) -> None:
        """Somebody has pressed something that leaves the page as it is."""
        one = self._people.pop(user, None)
        if one is not None:
            one.used_at = self.clock.now()
            self._people[user] = one

    def leaves(self, user: str) -> None:
        """What they see is not followed any longer, or not until they got what they asked for."""
        self._people.pop(user, None)

    def has(self, one: Onlooker) -> bool:
        """Whether this still is what they look at."""
        return self._people.get(one.user) is one

    def present(self) -> list[Onlooker]:
        """Those who may still be looking."""
        since = self.clock.now() - LOOKS_FOR
        self._people = {user: one for user, one in self._people.items() if one.used_at > since}
        return list(self._people.values())

    def rest(self, seconds: float) -> None:
        """Draw nothing for a while, for anybody."""
        until = self.clock.now() + timedelta(seconds=min(seconds, LOOKS_FOR.total_seconds()))
        self.quiet_until = max(until, self.quiet_until or until)

    def resting(self) -> bool:
        """Whether that while is not over."""
        return self.quiet_until is not None and self.clock.now() < self.quiet_until


def _just_that(page: HomePage) -> ListLinks:
    """The page just as it stands: drawing it anew neither sets nor forgets the person's own view."""
    return replace(page.listed.asked, default=False, said=None)
