"""Who works at the sandbox's firm and where they talk. The ids are fixed: settings and tests name them."""

from __future__ import annotations

from dataclasses import dataclass, field

TEAM_DOMAIN = "harbor-finch"
APP = "A0PAYLINK01"
BOT = "B0PAYLINK01"
BOT_USER = "U0PAYLINK01"
BOT_NAME = "Paylink"
NOOR = "U0NOOR00001"
SAM = "U0SAM000001"
VERA = "U0VERA00001"
PAYMENTS = "C0PAYMENTS1"
GENERAL = "C0GENERAL01"


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the workspace, with the marks by which Slack tells guests, bots and the departed apart."""

    id: str
    handle: str
    name: str
    email: str = ""
    title: str = ""
    is_admin: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False  # of another workspace, in a channel shared by Slack Connect
    deleted: bool = False


@dataclass(slots=True)
class Channel:
    """A channel, or the direct messages between the app and one person."""

    id: str
    name: str
    topic: str = ""
    members: set[str] = field(default_factory=set)
    archived: bool = False
    shared: bool = False  # by Slack Connect, with another workspace
    with_user: str = ""  # direct messages only

    @property
    def is_im(self) -> bool:
        return bool(self.with_user)


def first_people() -> list[Person]:
    """The firm's three people and the app itself."""
    return [
        Person(NOOR, "noor", "Noor Haddad", "noor@firm.example", "admin", is_admin=True),
        Person(SAM, "sam", "Sam Ortiz", "sam@firm.example", "staff"),
        Person(VERA, "vera", "Vera Lind", "vera@firm.example", "viewer"),
        Person(BOT_USER, "paylink", BOT_NAME, is_bot=True),
    ]


def first_channels() -> list[Channel]:
    everyone = {NOOR, SAM, VERA, BOT_USER}
    return [
        Channel(PAYMENTS, "payments", "Money asked for and money in", set(everyone)),
        Channel(GENERAL, "general", "Everything else", set(everyone)),
    ]


def marks_of(author: str, team_id: str) -> dict[str, object]:
    """What Slack adds to a message of the app's, to tell it from a person's."""
    if author != BOT_USER:
        return {}
    profile = {"id": BOT, "app_id": APP, "name": BOT_NAME, "team_id": team_id, "deleted": False}
    return {"bot_id": BOT, "app_id": APP, "bot_profile": profile}
