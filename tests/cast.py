"""The people of the tests and the firm they work for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from handlers.firm import Account, Firm, FirmBook
from handlers.ports import CardProcessor, Clock, Ports
from handlers.requests import Asker, Door, Role
from tests.fake_cards import CardsNotExpected
from tests.fakes import FakeClock, FakeLetters, FakePoster

BILLING = "C0BILLING"  # the Slack channel they talk in

OPERATING = Account("operating", "Harbor & Finch Operating", "operating", "USD")
TRUST = Account("trust", "Harbor & Finch Client Trust", "trust", "USD")

FIRM = Firm(
    name="Harbor & Finch LLP",
    public_url="https://pay.harborfinch.example",
    timezone="America/New_York",
    locale="en_US",
    currency="USD",
    accounts={account.key: account for account in (OPERATING, TRUST)},
    admins=frozenset({"U0NOOR", "noor@harborfinch.example"}),
    intake_address="pay@harborfinch.example",
)
ONE_ACCOUNT_FIRM = replace(FIRM, accounts={OPERATING.key: OPERATING})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a keyboard: the same person in Slack and by mail."""

    name: str
    slack_id: str
    email: str
    role: Role

    def in_slack(self, channel: str = BILLING, delivery: str = "") -> Asker:
        """As the Slack front names them. `delivery` is the trigger id."""
        return Asker(self.slack_id, self.name, self.role, Door.SLACK, channel, self.email, delivery)

    def by_mail(self, delivery: str = "") -> Asker:
        """As the mail front names them. `delivery` is the Message-ID."""
        return Asker(self.email, self.name, self.role, Door.MAIL, "", self.email, delivery)


NOOR = Person("Noor Haddad", "U0NOOR", "noor@harborfinch.example", Role.ADMIN)
SAM = Person("Sam Okafor", "U0SAM", "sam@harborfinch.example", Role.STAFF)
VERA = Person("Vera Lindqvist", "U0VERA", "vera@harborfinch.example", Role.VIEWER)
STRANGER = Person("Max Fremd", "U0STRANGER", "max@elsewhere.example", Role.NOBODY)


@dataclass(slots=True)
class Surroundings:
    """Everything outside the operations, faked, with the ports made of it."""

    clock: FakeClock = field(default_factory=FakeClock)
    poster: FakePoster = field(default_factory=FakePoster)
    letters: FakeLetters = field(default_factory=FakeLetters)
    cards: CardProcessor = field(default_factory=CardsNotExpected)
    firm: Firm = FIRM  # as the operator has set it
    woken: int = 0  # how often the worker was woken
    _book: FirmBook = field(default_factory=lambda: FirmBook(FIRM), init=False)

    @property
    def ports(self) -> Ports:
        if self._book.by_operator is not self.firm:
            self._book = FirmBook(self.firm)
        made = ports_of(self.clock, cards=self.cards, poster=self.poster, letters=self.letters, wake=self._wake)
        return replace(made, book=self._book)

    def _wake(self) -> None:
        self.woken += 1


def ports_of(
    clock: Clock,
    *,
    firm: Firm = FIRM,
    cards: CardProcessor | None = None,
    poster: FakePoster | None = None,
    letters: FakeLetters | None = None,
    wake: Callable[[], None] = lambda: None,
) -> Ports:
    """Ports made of fakes. Without `cards` asking Stripe fails the test; without the others that front is off."""
    return Ports(clock, FirmBook(firm), cards or CardsNotExpected(), poster, letters, wake)
