"""The payer's pages as HTML: pure, compiled once. All their words stand in templates/."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from handlers.firm import Firm
from handlers.payments.part_amount import in_figures
from handlers.payments.payer_page import PayerPage
from handlers.payments.receipt_words import receipt_facts, receipt_news, receipt_terms
from handlers.reminders.unsubscribe import Subscription
from models.calendar import spell_day
from models.colours import shades_of
from models.money import spell
from models.part_payment import part_bounds
from models.receipt import Receipt
from paypage.captcha import Check

_HERE = Path(__file__).parent
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_TEMPLATES = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file of static/ under a name that changes with its content, so that browsers may keep it for ever."""

    path: str  # /static/pay.1a2b3c4d.css
    body: bytes
    content_type: str


def static_files() -> dict[str, StaticFile]:
    """The files of static/ by their plain names."""
    return {file.name: _static_file(file) for file in (_HERE / "static").iterdir() if file.suffix in _TYPES}


def _static_file(file: Path) -> StaticFile:
    body = file.read_bytes()
    digest = hashlib.sha256(body).hexdigest()[:10]
    return StaticFile(f"/static/{file.stem}.{digest}{file.suffix}", body, _TYPES[file.suffix])


def _logo(picture: bytes) -> StaticFile | None:
    digest = hashlib.sha256(picture).hexdigest()[:10]
    return StaticFile(f"/static/logo.{digest}.png", picture, "image/png") if picture else None


@lru_cache(maxsize=64)
def colour_sheet(colour: str) -> StaticFile:
    """The style sheet of a firm's colour, which `models.colours.read_colour` gave; the colour is its name."""
    body = _TEMPLATES.get_template("colour.css").render(shades=shades_of(colour)).encode()
    return StaticFile(f"/static/colour.{colour.removeprefix('#')}.css", body, _TYPES[".css"])


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a form is shown again, and what the payer had typed."""

    kind: str  # "amount": it stands beside the field; "form": nothing the payer typed; "captcha": beside the button
    typed: str | None = None  # None: unknown, so the field says what it says at first
    sentence: str = ""


class Views:
    """Every page of one firm."""

    def __init__(self, firm: Firm, static: Mapping[str, StaticFile], *, sandbox: bool) -> None:
        self.firm = firm
        self.logo = _logo(firm.logo)
        self._common: dict[str, object] = {
            "firm": firm,
            "sandbox": sandbox,
            "static": {name: file.path for name, file in static.items()},
            "logo": self.logo.path if self.logo else "",
            "colour_sheet": colour_sheet(firm.colour).path if firm.colour else "",
            "locale_tag": firm.locale.replace("_", "-"),
            "money": partial(spell, locale=firm.locale),
            "spelled": partial(spell_day, locale=firm.locale),
        }
        self._turned_away: dict[str, bytes] = {}
        self.not_found = self._print("not_found.html")

    def pay(
        self, page: PayerPage, nonce: str, today: date, mistake: Mistake | None = None, check: Check | None = None
    ) -> bytes:
        """The page of an open link, with its button. `today` is the firm's day; `check`: that a person pays."""
        return self._print(
            "pay.html",
            page=page,
            nonce=nonce,
            check=check,
            overdue=page.due_on is not None and page.due_on < today,
            last_day=self.firm.last_day(page.expires_at) if page.expires_at else None,
            bounds=part_bounds(page.amount, page.partial_minimum) if page.partial_allowed else None,
            fault=mistake.kind if mistake else "",
            sentence=mistake.sentence if mistake else "",
            typed=mistake.typed if mistake and mistake.typed is not None else in_figures(page.amount, self.firm),
        )

    def used_up(self, page: PayerPage) -> bytes:
        """The page of a link that cannot be paid now."""
        return self._print(f"{page.state.value}.html", page=page)

    def confirming(self, page: PayerPage, again: str, *, by_itself: bool) -> bytes:
        """The payer is back, Stripe's word is not. `again`: where to look again; `by_itself`: the page does so."""
        return self._print("confirming.html", page=page, again=again, by_itself=by_itself)

    def receipt(self, receipt: Receipt) -> bytes:
        """What was paid, to be printed and kept."""
        return self._print(
            "receipt.html",
            receipt=receipt,
            facts=receipt_facts(receipt, self.firm),
            news=receipt_news(receipt, self.firm),
            terms=receipt_terms(receipt),
        )

    def unsubscribe(self, subscription: Subscription) -> bytes:
        """Stopping reminders: the question, or that it is done."""
        return self._print("unsubscribe.html", subscription=subscription)

    def turned_away(self, reason: str) -> bytes:
        """A page without anything of a link in it, so it is printed once."""
        if reason not in self._turned_away:
            self._turned_away[reason] = self._print("turned_away.html", reason=reason)
        return self._turned_away[reason]

    def _print(self, template: str, **values: object) -> bytes:
        return _TEMPLATES.get_template(template).render(self._common, **values).encode()
