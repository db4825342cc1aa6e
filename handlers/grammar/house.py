"""What the grammar needs to know of the firm: no table, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from handlers.firm import Account, Firm
from models.errors import AccountUnclear
from models.plain_text import shortened


@dataclass(frozen=True, slots=True)
class House:
    """The firm as one command sees it."""

    today: date  # in the firm's time zone
    firm: Firm
    accounts: Mapping[str, Account]  # those open here, by KEY in lower case
    default_account: str | None = None  # KEY of the one that is meant where none is named

    @property
    def usual_account(self) -> Account | None:
        """The account that is meant where none is named; None where it has to be asked for."""
        if self.default_account and self.default_account in self.accounts:
            return self.accounts[self.default_account]
        return next(iter(self.accounts.values())) if len(self.accounts) == 1 else None

    def account(self, said: str) -> Account:
        """The account of a KEY or of a whole name, any case.

        Raises AccountUnclear: none open here is called so; those open here are listed, and no others (B12).
        """
        wanted = said.casefold()
        for key, account in self.accounts.items():
            if wanted in (key.casefold(), account.name.casefold()):
                return account
        if not self.accounts:
            raise AccountUnclear("No merchant account is open here. Ask an admin to open one.")
        raise AccountUnclear(
            f"There is no account “{shortened(said)}” here. Write `account` and one of: {', '.join(self.accounts)}."
        )
