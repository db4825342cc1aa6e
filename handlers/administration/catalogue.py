"""The settings that admins change by command: their names, what they are, which values they take. Pure."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from babel import Locale, UnknownLocaleError

from handlers.batches.encodings import read_encoding
from handlers.firm import MOST_LINK_DAYS, Firm
from handlers.reminders.plan import reads_as_hour, reads_as_plan, reads_as_weekdays
from models.addresses import read_address
from models.calendar import DateStyle
from models.colours import read_colour
from models.currencies import CURRENCIES
from models.errors import CommandUnclear
from models.money import Money, NumberStyle, currency_meant, parse_amount, spell
from models.plain_text import MESSAGE_MAX, clean, one_line, shortened

FIRM_NAME_MAX = 120
DISCLAIMER_MAX = 1000
CONTACT_MAX = 200
MOST_MAIL_LINKS = 1_000_000  # a day

Value = str | int | bytes | Money | None
Reader = Callable[[str, Firm], Value]
_NOTHING = ("off", "none")
_PNG = "png:"  # before a picture as the table keeps it


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `read` takes what was typed, or kept, and raises CommandUnclear, AddressUnclear or AmountUnclear."""

    name: str  # as it is typed and stored; a dash or an underscore may stand for the blank
    field: str  # of Firm
    about: str
    read: Reader
    example: str
    optional: bool = False  # `off` and `none` take it back

    def of(self, firm: Firm) -> Value:
        """Its value with a firm."""
        value: Value = getattr(firm, self.field)
        return value

    def taken_back(self, typed: str) -> bool:
        """Whether what was typed says that there be none."""
        return self.optional and typed.strip().lower() in _NOTHING


def kept(value: Value) -> str:
    """A value as the table keeps it; read anew it is the same, whatever the locale is by then."""
    if isinstance(value, bytes):
        return f"{_PNG}{base64.b64encode(value).decode()}" if value else ""
    return f"{value.currency}:{value.minor}" if isinstance(value, Money) else "" if value is None else str(value)


def spelled(value: Value, firm: Firm) -> str:
    """A value as people read it."""
    if isinstance(value, bytes):
        return f"a picture of {max(1, len(value) // 1024)} KiB ({as_typed(value)})" if value else ""
    return spell(value, firm.locale) if isinstance(value, Money) else kept(value)


def as_typed(value: Value) -> str:
    """A value as it is typed into a form, to be changed there; of a picture, what tells it from others."""
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()[:10] if value else ""
    return str(value) if isinstance(value, Money) else kept(value)


def _of_itself(read: Callable[[str], Value]) -> Reader:
    return lambda typed, _: read(typed)


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
            f"“{shortened(typed)}” is no number of days: write a whole number from 1 to {MOST_LINK_DAYS}, such as 60."
        )
    return int(days)


def _mail_links(typed: str) -> int:
    number = typed.strip().lower().removesuffix("links").removesuffix("link").strip().replace(",", "")
    if not (number.isascii() and number.isdecimal() and 1 <= int(number[:9]) <= MOST_MAIL_LINKS):
        raise CommandUnclear(
            f"“{shortened(typed)}” is no number of links: write a whole number from 1 to {MOST_MAIL_LINKS:,}, such as "
            "200, or `settings mail links off`."
        )
    return int(number)


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


def _one_of(name: str, **words: str) -> Callable[[str], str]:
    """`words`: what may be typed, each with the value that it stands for."""

    def read(typed: str) -> str:
        value = words.get(typed.strip().lower())
        if value is None:
            values = " or ".join(f"`settings {name} {one}`" for one in dict.fromkeys(words.values()))
            raise CommandUnclear(f"“{shortened(typed)}” is not understood: write {values}.")
        return value

    return read


_on_or_off = _one_of("captcha", on="on", yes="on", off="off", no="off")


def _captcha(typed: str, firm: Firm) -> str:
    value = _on_or_off(typed)
    if value == "on" and firm.captcha_provider == "none":
        raise CommandUnclear(
            "There is no captcha to switch on: the operator sets one up first (PAYLINK_CAPTCHA__PROVIDER)."
        )
    return value


def _logo(typed: str) -> bytes:
    with suppress(ValueError):
        if typed.startswith(_PNG):  # as `kept` wrote it; nobody can type one that a page would take for a picture
            picture = base64.b64decode(typed.removeprefix(_PNG), validate=True)
            if picture.startswith(b"\x89PNG\r\n"):
                return picture
    raise CommandUnclear(
        "A logo is uploaded as a file, in the form that `settings` alone opens: no address is ever looked up. "
        "`settings logo off` takes it away."
    )


def _limit(typed: str, firm: Firm) -> Money:
    stored = re.fullmatch(r"([A-Z]{3}):([0-9]{1,12})", typed)  # as `kept` wrote it
    if stored:
        return Money(int(stored[2]), stored[1])
    codes = [word.upper() for word in typed.split() if word.upper() in CURRENCIES]
    figures = " ".join(word for word in typed.split() if word.upper() not in CURRENCIES)
    return parse_amount(figures, codes[0] if codes else currency_meant(figures, firm.currency), firm.numbers)


_ALL = (
    Setting("firm name", "name", "on pages, letters and receipts", _of_itself(_firm_name), "Harbor & Finch LLP"),
    Setting(
        "message",
        "message",
        "what letters say where the link says nothing",
        _of_itself(_text("message", MESSAGE_MAX)),
        "Thank you.",
    ),
    Setting(
        "disclaimer",
        "disclaimer",
        "at the foot of pages, letters and receipts",
        _of_itself(_text("disclaimer", DISCLAIMER_MAX)),
        "Payments are held in trust.",
    ),
    Setting(
        "contact",
        "contact",
        "whom clients can ask, on their pages",
        _of_itself(_text("contact", CONTACT_MAX)),
        "+1 212 555 0100",
    ),
    Setting(
        "colour",
        "colour",
        "of buttons and links, on pages and in letters",
        _of_itself(read_colour),
        "#0f5b4f",
        optional=True,
    ),
    Setting("logo", "logo", "above the firm's name on pages", _of_itself(_logo), "off", optional=True),
    Setting("captcha", "captcha", "whether the pay page checks that a person pays", _captcha, "off"),
    Setting(
        "reply to",
        "reply_to",
        "where clients' answers to letters go",
        _of_itself(read_address),
        "billing@example.com",
        optional=True,
    ),
    Setting(
        "receipt copy",
        "receipt_copy",
        "gets a copy of every receipt",
        _of_itself(read_address),
        "books@example.com",
        optional=True,
    ),
    Setting(
        "cancel letter",
        "cancel_letter",
        "whether clients are told by letter that a request is cancelled",
        _of_itself(_one_of("cancel letter", on="on", yes="on", off="off", no="off")),
        "off",
    ),
    Setting(
        "link days",
        "link_days",
        "how long a link can be paid where nobody says otherwise",
        _of_itself(_link_days),
        "60",
    ),
    Setting(
        "partial",
        "partial",
        "whether links may be paid in parts, where neither the account nor the command says so",
        _of_itself(_one_of("partial", allowed="allowed", on="allowed", yes="allowed", off="off", no="off")),
        "allowed",
    ),
    Setting(
        "approval limit",
        "approval_limit",
        "links of more than this need a second person's word",
        _limit,
        "5000",
        optional=True,
    ),
    Setting(
        "mail limit",
        "mail_limit",
        "links of more than this, asked for by mail, need a button in Slack",
        _limit,
        "2000",
        optional=True,
    ),
    Setting(
        "mail links",
        "mail_links",
        "so many links one person may have made by mail a day; more need a button in Slack",
        _of_itself(_mail_links),
        "200",
        optional=True,
    ),
    Setting(
        "reminders",
        "reminders",
        "days from the due date on which clients are reminded",
        _of_itself(reads_as_plan),
        "-3, 0, 7, 14",
    ),
    Setting("reminder hour", "reminder_hour", "from this hour on, on the firm's clock", _of_itself(reads_as_hour), "9"),
    Setting(
        "reminder weekdays", "reminder_weekdays", "other days are put off", _of_itself(reads_as_weekdays), "mon-fri"
    ),
    Setting("locale", "locale", "how numbers and days are written", _of_itself(_locale), "en_US"),
    Setting(
        "file encoding",
        "sheet_encoding",
        "of files of invoices in text that are neither UTF-8 nor UTF-16",
        _of_itself(read_encoding),
        "Windows-1250",
    ),
)
SETTINGS: Mapping[str, Setting] = {one.name: one for one in _ALL}
ALIASES = {
    "name": "firm name",
    "default message": "message",
    "lifetime": "link days",
    "reply": "reply to",
    "color": "colour",
    "partial payments": "partial",
    "encoding": "file encoding",
}
