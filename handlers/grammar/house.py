"""What the grammar needs to know of the firm: no table, no clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from handlers.firm import Account, Firm
from models.errors import AccountUnclear
from models.plain_text import shortened

NO_ACCOUNT = "No merchant account is open here. Ask an admin to open one."
_FEW = 8  # accounts that a sentence names


@dataclass(frozen=True, slots=True)
class House:
    """The firm as one command sees it."""

    today: date  # in the firm's time zone
    firm: Firm
    accounts: Mapping[str, Account]  # those open here, by KEY in lower case
    default_account: str | None = None  # KEY of the one that is meant where none is named
    addressed: str = ""  # what a letter's plus-address names: a new link's account, where its words name none

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
            raise AccountUnclear(NO_ACCOUNT)
        raise AccountUnclear(
            f"There is no account “{shortened(said)}” here. Write `account` and one of: {few_of(self.accounts)}."
        )


def account_like(accounts: Mapping[str, Account], said: str) -> Account:
    """The account that is looked for: by its KEY or whole name, or by any part of them that fits no other.

    Raises AccountUnclear: none fits, or several do; those are named.
    """
    wanted = said.strip().casefold()
    exact = [one for one in accounts.values() if wanted in (one.key.casefold(), one.name.casefold())]
    like = exact or [one for one in accounts.values() if wanted in one.key.casefold() or wanted in one.name.casefold()]
    if len(like) == 1:
        return like[0]
    if not accounts:
        raise AccountUnclear(NO_ACCOUNT)
    if not like:
        raise AccountUnclear(f"No account has “{shortened(said)}” in its key or name. There are: {few_of(accounts)}.")
    named = few_of([f"{one.key} ({one.name})" for one in like])
    raise AccountUnclear(f"“{shortened(said)}” fits {len(like)} accounts: {named}. Write the key of one.")


def few_of(accounts: Collection[str]) -> str:
    """Some accounts by key or name, and how many there are besides."""
    more = len(accounts) - _FEW
    return ", ".join(list(accounts)[:_FEW]) + (f" and {more} more" if more > 0 else "")
