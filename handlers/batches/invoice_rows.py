"""What a row of the list asks for, or all that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from handlers.answers import RowError
from handlers.batches import columns as c
from handlers.firm import Account, Firm
from models.addresses import read_address
from models.calendar import DateStyle, parse_day, spell_short
from models.card_numbers import holds_card_number
from models.currencies import currency
from models.errors import PaylinkError
from models.money import Money, NumberStyle, currency_meant, parse_amount
from models.part_payment import checked_parts
from models.plain_text import INVOICE_MAX, MESSAGE_MAX, NAME_MAX, clean, one_line, shortened

NO_ADDRESS = "no e-mail address: the row becomes a link without a letter"
PAST = "is in the past"  # ends a row's warning
_YES = frozenset({"yes", "y", "true", "1", "x", "partial"})
_NO = frozenset({"no", "n", "false", "0"})
_EXCEL_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#SPILL!", "#CALC!"})
_Read = TypeVar("_Read")
_MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?Z?$")


@dataclass(frozen=True, slots=True)
class RawRow:
    row: int  # the spreadsheet's; the header is row 1
    cells: Mapping[str, str]  # column → text as it stands there


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """One good row: what its link will be."""

    row: int
    cells: Mapping[str, str]
    payer_name: str
    email: str  # blank: a link without a letter
    amount: Money
    invoice_number: str = ""
    due_on: date | None = None
    message: str = ""
    account: str = ""  # the row's own; blank: the batch's
    partial: bool | None = None  # None: as the account's links usually are
    partial_minimum: Money | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What cells mean here and now."""

    today: date
    numbers: NumberStyle
    dates: DateStyle
    locale: str
    currency: str  # of amounts where neither the row nor an account names one
    accounts: Mapping[str, Account]
    account: str  # KEY of the batch's account; blank until it is chosen

    @classmethod
    def of(cls, firm: Firm, today: date, account: str = "") -> Rules:
        currencies = {known.currency for known in firm.accounts.values()}
        usual = currencies.pop() if len(currencies) == 1 else firm.currency
        return cls(today, firm.numbers, firm.dates, firm.locale, usual, firm.accounts, account)


def read_row(line: RawRow, rules: Rules) -> tuple[InvoiceRow | None, list[RowError]]:
    """The row, or every fault of its cells and no row."""
    reading = _Reading(line, rules)
    row = reading.invoice_row()
    return row, reading.errors


def shown(value: str) -> str:
    """A cell as an error quotes it: at most 60 characters, no control characters, no card number."""
    quoted = clean(value)[0]
    return shortened(re.sub(r"\d", "•", quoted) if holds_card_number(value) else quoted, 60)


def without_time(text: str) -> str:
    """A day without the midnight that exports of databases write after it."""
    return _MIDNIGHT.sub("", text)


@dataclass(slots=True)
class _Reading:
    """One row while it is read: what was wrong and what is worth a warning."""

    line: RawRow
    rules: Rules
    errors: list[RowError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def invoice_row(self) -> InvoiceRow | None:
        cells = {column: self._plain(column, text) for column, text in self.line.cells.items()}
        invoiced = self._try(c.INVOICE_DATE, cells, self._past_day)
        due = self._try(c.DUE_DATE, cells, self._due_day)
        self._check_days(invoiced, due, cells)
        name = self._short(c.RECIPIENT_NAME, cells, NAME_MAX)
        if not name:
            self._fault(c.RECIPIENT_NAME, "", "The name is missing: write the client's name.")
        number = self._short(c.INVOICE_NUMBER, cells, INVOICE_MAX)
        message = self._short(c.MESSAGE, cells, MESSAGE_MAX)
        email = self._try(c.EMAIL, cells, _address) or ""
        if not cells.get(c.EMAIL):
            self.warnings.append(NO_ADDRESS)
        account = self._account(cells)
        amount = self._amount(cells, account)
        partial, least = self._partial(cells, amount)
        if self.errors or amount is None:
            return None
        return InvoiceRow(
            self.line.row, self.line.cells, name, email, amount, number, due, message,
            cells.get(c.ACCOUNT, "").casefold(), partial, least, tuple(self.warnings),
        )  # fmt: skip

    def _fault(self, column: str, value: str, remedy: str) -> None:
        """Only the first fault of a cell is told: the others follow from it."""
        if all(error.column != column for error in self.errors):
            self.errors.append(RowError(self.line.row, column, shown(value), remedy))

    def _plain(self, column: str, text: str) -> str:
        """The cell's text without control characters, on one line unless it is the message; blank if unfit to read."""
        if holds_card_number(text):
            self._fault(column, text, "This looks like a payment card number: never put one in a file. Take it out.")
            return ""
        kept, removed = (text, "") if text.isascii() and text.isprintable() else clean(text)
        if removed:
            self.warnings.append(f"{column}: {removed[0].lower()}{removed[1:].rstrip('.')}")
        if "\ufffd" in kept:
            self._fault(column, kept, "A letter was lost here when the file was saved (�): type it again.")
            return ""
        if kept.strip() in _EXCEL_ERRORS:
            self._fault(column, kept, "The spreadsheet shows an error here: mend the formula or type the value.")
            return ""
        return kept.strip() if column == c.MESSAGE else one_line(kept)

    def _try(self, column: str, cells: Mapping[str, str], reader: Callable[[str], _Read]) -> _Read | None:
        text = cells.get(column, "")
        if not text:
            return None
        try:
            return reader(text)
        except PaylinkError as error:
            self._fault(column, text, _beside(text, error.for_staff()))
            return None

    def _past_day(self, text: str) -> date:
        return parse_day(without_time(text), self.rules.today, self.rules.dates, past=True)

    def _due_day(self, text: str) -> date:
        return parse_day(without_time(text), self.rules.today, self.rules.dates)

    def _check_days(self, invoiced: date | None, due: date | None, cells: Mapping[str, str]) -> None:
        if due is not None and invoiced is not None and due < invoiced:
            late, early = self._spell(due), self._spell(invoiced)
            sentence = f"{late} is before the invoice date {early}: correct one of the two."
            self._fault(c.DUE_DATE, cells[c.DUE_DATE], sentence)
        elif due is not None and due < self.rules.today:
            self.warnings.append(f"the due date {self._spell(due)} {PAST}")

    def _spell(self, day: date) -> str:
        return spell_short(day, self.rules.locale)

    def _short(self, column: str, cells: Mapping[str, str], most: int) -> str:
        text = cells.get(column, "")
        if len(text) > most:
            self._fault(column, text, f"{len(text)} characters are too many: shorten it to {most}.")
        return text

    def _account(self, cells: Mapping[str, str]) -> Account | None:
        """The account the row's money goes to, where that is known by now."""
        key = cells.get(c.ACCOUNT, "")
        if key and key.casefold() not in self.rules.accounts:
            self._fault(
                c.ACCOUNT, key, f"No such account. The accounts are: {', '.join(self.rules.accounts) or 'none'}."
            )
        return self.rules.accounts.get(key.casefold() or self.rules.account)

    def _amount(self, cells: Mapping[str, str], account: Account | None) -> Money | None:
        text, named = cells.get(c.AMOUNT, ""), cells.get(c.CURRENCY, "")
        if not text:
            self._fault(c.AMOUNT, "", "The amount is missing: write it as 1250.00.")
            return None
        code = self._try(c.CURRENCY, cells, lambda said: currency(said).code)
        if named and code is None:
            return None
        asked = code or currency_meant(text, "")  # blank: whatever the account takes
        code = asked or (account.currency if account else self.rules.currency)
        amount = self._try(c.AMOUNT, cells, lambda said: parse_amount(said, code, self.rules.numbers))
        if asked and asked not in self._currencies(account):
            takers = f"The account {account.key} takes" if account else "The accounts take"
            others = f", or name an account that takes {asked} in the column account" * (
                asked in self._currencies(None)
            )
            self._fault(
                c.CURRENCY if named else c.AMOUNT,
                named or text,
                f"{takers} {' and '.join(self._currencies(account))}, not {asked}: correct it{others}.",
            )
        return amount

    def _currencies(self, account: Account | None) -> list[str]:
        """What the row's account takes; while it is not chosen, what any of them takes."""
        accounts = [account] if account else self.rules.accounts.values()
        return list(dict.fromkeys(known.currency for known in accounts))

    def _partial(self, cells: Mapping[str, str], amount: Money | None) -> tuple[bool | None, Money | None]:
        text = cells.get(c.PARTIAL, "")
        said = text.casefold()
        least = re.fullmatch(r"(?:partial )?min (.+)", said)
        if not said or said in _NO:
            return (False if said else None), None
        if not least and said not in _YES:
            self._fault(c.PARTIAL, text, "Write yes, no, or min and the smallest part, as in min 100.00.")
        if amount is None:
            return None, None
        return True, self._try(c.PARTIAL, cells, lambda _: self._least(least[1] if least else "", amount))

    def _least(self, text: str, amount: Money) -> Money | None:
        smallest = parse_amount(text, amount.currency, self.rules.numbers) if text else None
        checked_parts(amount, smallest, self.rules.locale)
        return smallest


def _beside(text: str, remedy: str) -> str:
    """The remedy as it is read beside the cell's value, which it need not say again."""
    for said in (f"“{shortened(text)}” is ", f"{shortened(text)} is "):
        if remedy.startswith(said):
            return f"This is {remedy.removeprefix(said)}"
    return remedy


def _address(text: str) -> str:
    if text.count("@") > 1 and re.search(r"[\s,;]", text.strip()):
        raise PaylinkError("There is more than one address: write one here, and the row again for each other one.")
    return read_address(text)
