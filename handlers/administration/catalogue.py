"""The settings that admins change by command: their names, what they are, which values they take. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.administration.setting_values import (
    CONTACT_MAX,
    DISCLAIMER_MAX,
    Reader,
    Value,
    of_itself,
    one_of,
    read_account,
    read_captcha,
    read_firm_name,
    read_limit,
    read_link_days,
    read_locale,
    read_logo,
    read_mail_links,
    read_text,
)
from handlers.batches.encodings import read_encoding
from handlers.firm import Firm
from handlers.reminders.plan import reads_as_hour, reads_as_plan, reads_as_weekdays
from models.addresses import read_address
from models.colours import read_colour
from models.plain_text import MESSAGE_MAX

_NOTHING = ("off", "none")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `read` takes what was typed, or kept, and raises a PaylinkError: what is unclear about it."""

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


_ALL = (
    Setting("firm name", "name", "on pages, letters and receipts", of_itself(read_firm_name), "Harbor & Finch LLP"),
    Setting(
        "message",
        "message",
        "what letters say where the link says nothing",
        of_itself(read_text("message", MESSAGE_MAX)),
        "Thank you.",
    ),
    Setting(
        "disclaimer",
        "disclaimer",
        "at the foot of pages, letters and receipts",
        of_itself(read_text("disclaimer", DISCLAIMER_MAX)),
        "Payments are held in trust.",
    ),
    Setting(
        "contact",
        "contact",
        "whom clients can ask, on their pages",
        of_itself(read_text("contact", CONTACT_MAX)),
        "+1 212 555 0100",
    ),
    Setting(
        "colour",
        "colour",
        "of buttons and links, on pages and in letters",
        of_itself(read_colour),
        "#0f5b4f",
        optional=True,
    ),
    Setting("logo", "logo", "above the firm's name on pages", of_itself(read_logo), "off", optional=True),
    Setting("captcha", "captcha", "whether the pay page checks that a person pays", read_captcha, "off"),
    Setting(
        "reply to",
        "reply_to",
        "where clients' answers to letters go",
        of_itself(read_address),
        "billing@example.com",
        optional=True,
    ),
    Setting(
        "receipt copy",
        "receipt_copy",
        "gets a copy of every receipt",
        of_itself(read_address),
        "books@example.com",
        optional=True,
    ),
    Setting(
        "cancel letter",
        "cancel_letter",
        "whether clients are told by letter that a request is cancelled",
        of_itself(one_of("cancel letter", on="on", yes="on", off="off", no="off")),
        "off",
    ),
    Setting(
        "usual account",
        "usual_account",
        "where neither the command nor the channel names one, as in mail; off: it is asked for",
        read_account,
        "operating",
        optional=True,
    ),
    Setting(
        "link days",
        "link_days",
        "how long a link can be paid where nobody says otherwise",
        of_itself(read_link_days),
        "60",
    ),
    Setting(
        "partial",
        "partial",
        "whether links may be paid in parts, where neither the account nor the command says so",
        of_itself(one_of("partial", allowed="allowed", on="allowed", yes="allowed", off="off", no="off")),
        "allowed",
    ),
    Setting(
        "approval limit",
        "approval_limit",
        "links of more than this need a second person's word",
        read_limit,
        "5000",
        optional=True,
    ),
    Setting(
        "mail limit",
        "mail_limit",
        "links of more than this, asked for by mail, need a button in Slack",
        read_limit,
        "2000",
        optional=True,
    ),
    Setting(
        "mail links",
        "mail_links",
        "the most links that one person may have made by mail a day; more need a button in Slack",
        of_itself(read_mail_links),
        "200",
        optional=True,
    ),
    Setting(
        "reminders",
        "reminders",
        "days from the due date on which clients are reminded; an account's own after a semicolon",
        of_itself(reads_as_plan),
        "-3, 0, 7, 14",
    ),
    Setting("reminder hour", "reminder_hour", "from this hour on, on the firm's clock", of_itself(reads_as_hour), "9"),
    Setting(
        "reminder weekdays", "reminder_weekdays", "other days are put off", of_itself(reads_as_weekdays), "mon-fri"
    ),
    Setting("locale", "locale", "how numbers and days are written", of_itself(read_locale), "en_US"),
    Setting(
        "file encoding",
        "sheet_encoding",
        "of files of invoices in text that are neither UTF-8 nor UTF-16",
        of_itself(read_encoding),
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
    "default account": "usual account",
}
