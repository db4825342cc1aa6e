"""Houses that the tests of the grammar speak in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from handlers.firm import Account
from handlers.grammar import House
from tests.cast import FIRM, ONE_ACCOUNT_FIRM

TODAY = date(2026, 11, 23)  # a Monday

ONE = House(TODAY, ONE_ACCOUNT_FIRM, ONE_ACCOUNT_FIRM.accounts)  # one account open: nobody need name it
TWO = House(TODAY, FIRM, FIRM.accounts)
TRUST_FIRST = replace(TWO, default_account="trust")
NONE_OPEN = House(TODAY, FIRM, {})

_EUR = Account("kanzlei", "Kanzleikonto", "operating", "EUR")
GERMAN_FIRM = replace(FIRM, locale="de_DE", currency="EUR", accounts={_EUR.key: _EUR})
GERMAN = House(TODAY, GERMAN_FIRM, GERMAN_FIRM.accounts)
