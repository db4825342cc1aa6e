"""The settings that admins change by command: their names, what they are, which values they take. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from babel import Locale, UnknownLocaleError

from handlers.firm import MOST_LINK_DAYS, Firm
from handlers.reminders.plan import reads_as_hour, reads_as_plan, reads_as_weekdays
from models.addresses import read_address
from models.calendar import DateStyle
from models.errors import CommandUnclear
from models.money import NumberStyle
from models.plain_text import MESSAGE_MAX, clean, one_line, shortened

FIRM_NAME_MAX = 120
DISCLAIMER_MAX = 1000
CONTACT_MAX = 200

Value = str | int


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `read` takes what was typed and raises CommandUnclear or AddressUnclear."""

    name: str  # as it is typed and stored; a dash or an underscore may stand for the blank
    field: str  # of Firm
    about: str
    read: Callable[[str], Value]
    example: str

    def of(self, firm: Firm) -> Value:
        """Its value with a firm."""
        value: Value = getattr(firm, self.field)
        return value


def _firm_name(typed: str) -> str:
    name = _text("firm name", FIRM_NAME_MAX)(one_line(typed))
    if not name.isprintable():
        raise CommandUnclear("`firm name` must be one line of plain text: it stands in the head of every letter.")
    return name


def _text(name: str, most: int) -> Callable[[str], str]:
    def read(typed: str) -> str:
        text = clean(typed)[0].strip()
        if not text:
            raise CommandUnclear(f"`{name}` is blank. To take it back write `settings {name} default`.")
        if len(text) > most:
            raise CommandUnclear(f"`{name}` is too long (max {most}): it has {len(text)} characters.")
        return text

    return read


def _link_days(typed: str) -> int:
    days = typed.strip().lower().removesuffix("days").removesuffix("day").strip()
    if not (days.isascii() and days.isdecimal() and 1 <= int(days[:9]) <= MOST_LINK_DAYS):
        raise CommandUnclear(
            f"“{shortened(typed)}” is no number of days: write a whole number from 1 to {MOST_LINK_DAYS}, "
            "such as `settings link days 60`."
        )
    return int(days)


def _locale(typed: str) -> str:
    try:
        locale = str(Locale.parse(typed.strip().replace("-", "_")))
        style, _ = NumberStyle.of(locale), DateStyle.of(locale)  # some have no way with days that we could read
        if style.decimal not in (".", ","):
            raise ValueError("no amount could be typed as it is shown")
    except (UnknownLocaleError, ValueError, KeyError, AttributeError):
        raise CommandUnclear(
            f"“{shortened(typed)}” is no locale: write a language and a country, such as en_US or de_DE."
        ) from None
    return locale


_ALL = (
    Setting("firm name", "name", "on pages, letters and receipts", _firm_name, "Harbor & Finch LLP"),
    Setting(
        "message",
        "message",
        "what letters say where the link says nothing",
        _text("message", MESSAGE_MAX),
        "Thank you.",
    ),
    Setting(
        "disclaimer",
        "disclaimer",
        "at the foot of pages, letters and receipts",
        _text("disclaimer", DISCLAIMER_MAX),
        "Payments are held in trust.",
    ),
    Setting("link days", "link_days", "how long a link can be paid where nobody says otherwise", _link_days, "60"),
    Setting("reply to", "reply_to", "where clients' answers to letters go", read_address, "billing@example.com"),
    Setting("receipt copy", "receipt_copy", "gets a copy of every receipt", read_address, "books@example.com"),
    Setting(
        "contact", "contact", "whom clients can ask, on their pages", _text("contact", CONTACT_MAX), "+1 212 555 0100"
    ),
    Setting(
        "reminders", "reminders", "days from the due date on which clients are reminded", reads_as_plan, "-3, 0, 7, 14"
    ),
    Setting("reminder hour", "reminder_hour", "from this hour on, on the firm's clock", reads_as_hour, "9"),
    Setting("reminder weekdays", "reminder_weekdays", "other days are put off", reads_as_weekdays, "mon-fri"),
    Setting("locale", "locale", "how numbers and days are written", _locale, "en_US"),
)
SETTINGS: Mapping[str, Setting] = {one.name: one for one in _ALL}
ALIASES = {"name": "firm name", "default message": "message", "lifetime": "link days", "reply": "reply to"}
