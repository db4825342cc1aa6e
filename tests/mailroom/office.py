"""The intake with everything around it faked but the database."""

from __future__ import annotations

from dataclasses import dataclass, field

from handlers.desk import Desk
from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Worker
from handlers.ports import StaffLetter
from mailroom.intake import Intake
from mailroom.mailbox import Folder
from models.tables import InboundLetter, StaffMember
from tests.cast import SAM, VERA, Surroundings
from tests.fake_mailbox import FakeMailbox
from tests.mailroom.writing import AUTHSERV


@dataclass(slots=True)
class Office:
    """A mailbox, the intake that reads it and the letters that leave."""

    around: Surroundings = field(default_factory=Surroundings)
    mailbox: FakeMailbox = field(default_factory=FakeMailbox)

    def intake(self) -> Intake:
        """A process of its own that reads the mailbox."""
        ports = self.around.ports
        return Intake(self.mailbox, Desk(ports), ports, AUTHSERV, poll=0.05)

    async def read(self, *letters: bytes) -> list[StaffLetter]:
        """The letters arrive and are read; the answers that left because of that."""
        for letter in letters:
            self.mailbox.deliver(letter)
        await self.intake().round()
        return await self.post()

    async def post(self) -> list[StaffLetter]:
        """Everything that is owed leaves; the answers."""
        before = len(self.around.letters.answers)
        working = Worker(STEPS, self.around.ports)
        while await working.run_due():
            pass
        return self.around.letters.answers[before:]

    def folder(self, folder: Folder) -> list[bytes]:
        return self.mailbox.folders[folder]


async def opened() -> Office:
    """The office on a fresh database, its staff known."""
    for person in (SAM, VERA):
        await StaffMember.create(email=person.email, name=person.name, role=person.role.value)
    return Office()


async def fates() -> list[tuple[str, str]]:
    """What became of every letter, in the order they were stored."""
    return [(row.fate, row.reason) for row in await InboundLetter.all().order_by("id")]
