"""What a setting may be: read as it was typed or kept, kept, and spelled for people. Pure."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from contextlib import suppress

from babel import Locale, UnknownLocaleError

from handlers.firm import MOST_LINK_DAYS, Firm
from models.calendar import DateStyle
from models.currencies import CURRENCIES
from models.errors import CommandUnclear
from models.money import Money, NumberStyle, currency_meant, parse_amount, spell
from models.plain_text import clean, one_line, shortened

FIRM_NAME_MAX = 120
DISCLAIMER_MAX = 1000
CONTACT_MAX = 200
MOST_MAIL_LINKS = 1_000_000  # a day

Value = str | int | bytes | Money | None
Reader = Callable[[str, Firm], Value]
_PNG = "png:"  # before a picture as the table keeps it


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


def of_itself(read: Callable[[str], Value]) -> Reader:
    """A reader of what needs nothing of the firm to be understood."""
    return lambda typed, _: read(typed)


def read_firm_name(typed: str) -> str:
    """One line of plain text. Raises CommandUnclear."""
    name = read_text("firm name", FIRM_NAME_MAX)(one_line(typed))
    if not name.isprintable():
        raise CommandUnclear("`firm name` must be one line of plain text: it stands in the head of every letter.")
    return name


def read_text(name: str, most: int) -> Callable[[str], str]:
    """A reader of a text of at most `most` characters, which raises CommandUnclear; `name` is the setting's."""

    def read(typed: str) -> str:
        text = clean(typed)[0].strip()
        if not text:
            raise CommandUnclear(f"`{name}` is blank. To take it back write `settings {name} default`.")
        if len(text) > most:
            raise CommandUnclear(f"`{name}` is too long (max {most}): it has {len(text)} characters.")
        return text

    return read


def read_link_days(typed: str) -> int:
    """Whole days. Raises CommandUnclear."""
    days = typed.strip().lower().removesuffix("days").removesuffix("day").strip()
    if not (days.isascii() and days.isdecimal() and 1 <= int(days[:9]) <= MOST_LINK_DAYS):
        raise CommandUnclear(
            f"“{shortened(typed)}” is no number of days: write a whole number from 1 to {MOST_LINK_DAYS}, such as 60."
        )
    return int(days)


def read_mail_links(typed: str) -> int:
    """Links a day. Raises CommandUnclear."""
    number = typed.strip().lower().removesuffix("links").removesuffix("link").strip().replace(",", "")
    if not (number.isascii() and number.isdecimal() and 1 <= int(number[:9]) <= MOST_MAIL_LINKS):
        raise CommandUnclear(
            f"“{shortened(typed)}” is no number of links: write a whole number from 1 to {MOST_MAIL_LINKS:,}, such as "
            "200, or `settings mail links off`."
        )
    return int(number)


def read_locale(typed: str) -> str:
    """A locale in which amounts can be typed as they are shown, and days be read. Raises CommandUnclear."""
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


def one_of(name: str, **words: str) -> Callable[[str], str]:
    """`words`: what may be typed, each with the value that it stands for."""

    def read(typed: str) -> str:
        value = words.get(typed.strip().lower())
        if value is None:
            values = " or ".join(f"`settings {name} {one}`" for one in dict.fromkeys(words.values()))
            raise CommandUnclear(f"“{shortened(typed)}” is not understood: write {values}.")
        return value

    return read


_on_or_off = one_of("captcha", on="on", yes="on", off="off", no="off")


def read_captcha(typed: str, firm: Firm) -> str:
    """on or off. Raises CommandUnclear: also where there is none to switch on."""
    value = _on_or_off(typed)
    if value == "on" and firm.captcha_provider == "none":
        raise CommandUnclear(
            "There is no captcha to switch on: the operator sets one up first (PAYLINK_CAPTCHA__PROVIDER)."
        )
    return value


def read_account(typed: str, firm: Firm) -> str:
    """The KEY of one of the firm's accounts, which may be typed by its name, too. Raises AccountUnclear."""
    wanted = typed.strip().casefold()
    named = [account.key for account in firm.accounts.values() if account.name.casefold() == wanted]
    return firm.account(named[0] if named else wanted).key


def read_logo(typed: str) -> bytes:
    """A picture as `kept` wrote it. Raises CommandUnclear: it was typed."""
    with suppress(ValueError):
        if typed.startswith(_PNG):  # as `kept` wrote it; nobody can type one that a page would take for a picture
            picture = base64.b64decode(typed.removeprefix(_PNG), validate=True)
            if picture.startswith(b"\x89PNG\r\n"):
                return picture
    raise CommandUnclear(
        "A logo is uploaded as a file, in the form that `settings` alone opens: no address is ever looked up. "
        "`settings logo off` takes it away."
    )


def read_limit(typed: str, firm: Firm) -> Money:
    """An amount as it was typed, or as `kept` wrote it. Raises AmountUnclear."""
    stored = re.fullmatch(r"([A-Z]{3}):([0-9]{1,12})", typed)  # as `kept` wrote it
    if stored:
        return Money(int(stored[2]), stored[1])
    codes = [word.upper() for word in typed.split() if word.upper() in CURRENCIES]
    figures = " ".join(word for word in typed.split() if word.upper() not in CURRENCIES)
    return parse_amount(figures, codes[0] if codes else currency_meant(figures, firm.currency), firm.numbers)
