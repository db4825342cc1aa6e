"""Taking from somebody's App Home what their role let them see there: it stays on their screen until it is replaced."""

from __future__ import annotations

from handlers.answers import Refusal
from handlers.jobs.steps import TryLater
from handlers.people.admins import ask_an_admin
from handlers.people.identify import role_now
from handlers.people.roles import stranger
from handlers.ports import DeliveryRefused, DeliveryTrouble, Ports
from handlers.requests import Role
from models.job_queue import Claimed


async def close_home(job: Claimed, ports: Ports) -> None:
    """Opened again, it shows what the role of then does."""
    if ports.channels is None:
        return
    person = str(job.payload["person"])
    role = await role_now(person, "", ports)
    words = f"Your role here is {role.value} now. Open this tab again to see what it shows you."
    if role is Role.NOBODY:
        words = stranger(ports.firm, await ask_an_admin(ports))
    try:
        await ports.channels.close_home(person, Refusal("not_allowed", words, may_ask=role is Role.NOBODY))
    except DeliveryRefused:
        return
    except DeliveryTrouble as trouble:
        raise TryLater(str(trouble), trouble.retry_after) from trouble
