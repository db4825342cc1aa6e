"""Errors that are facts with a name. Each knows its own sentence; the fronts choose the clothes."""

from __future__ import annotations


class PaylinkError(Exception):
    """Something a person did or asked that cannot be done, said so that they can mend it.

    `code` is stable (logs, metrics, tests); `for_staff` says what, where and how to mend it, in one or two sentences.
    """

    code = "error"

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def for_staff(self) -> str:
        """The sentence a staff member reads; plain text, no markup, no internals."""
        return self.sentence


class AmountUnclear(PaylinkError):
    """An amount that is no plain number, not above zero, too precise, too small or too large."""

    code = "amount_unclear"


class CurrencyUnknown(PaylinkError):
    """A currency code that Stripe cannot charge."""

    code = "currency_unknown"


class DateUnclear(PaylinkError):
    """A date that does not exist, is ambiguous, or lies where it makes no sense."""

    code = "date_unclear"


class AddressUnclear(PaylinkError):
    """Something that stands where an e-mail address should and is none."""

    code = "address_unclear"


class CommandUnclear(PaylinkError):
    """A command that cannot be read: unknown words, a value missing or given twice, a quote left open."""

    code = "command_unclear"


class CardNumberSeen(PaylinkError):
    """A payment card's number stands in the text; nothing of it is kept (RELIABILITY T21, B20)."""

    code = "card_number"

    def __init__(self) -> None:
        super().__init__(
            "That text holds what looks like a payment card number, so nothing was done and nothing was kept. "
            "Never send card numbers here: the client types the card on the payment page."
        )


class NotAllowed(PaylinkError):
    """The person may not do this."""

    code = "not_allowed"


class NotFound(PaylinkError):
    """No such link or batch for this person. Unknown and hidden read the same (B17)."""

    code = "not_found"

    def __init__(self, reference: str) -> None:
        super().__init__(f"{reference} was not found here. `list` shows the links there are.")
        self.reference = reference


class Hidden(NotFound):
    """There is one, but not for this person here. It is refused and kept as such; what they read is the same (B17)."""


class AccountUnclear(PaylinkError):
    """The merchant account is unknown, not open to this channel, or has to be chosen."""

    code = "account_unclear"


class LooksTheSame(PaylinkError):
    """A command like one of the last ten minutes (B19)."""

    code = "looks_the_same"

    def __init__(self, reference: str) -> None:
        super().__init__(
            f"This looks the same as {reference}, made a moment ago, so nothing new was made. "
            "If the client really owes it twice, send the command again with the word `again`."
        )
        self.reference = reference


class AlreadyDone(PaylinkError):
    """The very same delivery of a command arrived before (M13, M14); `outcome` is what came of it then."""

    code = "already_done"

    def __init__(self, outcome: str) -> None:
        super().__init__(f"That command arrived twice; it was already done: {outcome}" if outcome else "Already done.")
        self.outcome = outcome


class NeedsSecond(PaylinkError):
    """What would be made is above the approval limit, and nobody but the asker has said so yet; nothing was made."""

    code = "needs_second"

    def __init__(self, what: str, channel: str, why: str) -> None:
        super().__init__(f"{what} needs a second person's word.")
        self.what = what  # "a link of $6,000.00 for Jane Doe"
        self.channel = channel  # where its card would stand; blank: in none
        self.why = why  # "is above the approval limit of $5,000.00"
        self.request: object = None  # what exactly is to be confirmed, where it is narrower than what was asked


class NeedsPress(NeedsSecond):
    """It is more than a letter alone may have made; its writer may confirm it, too, by a button in Slack (T16)."""

    code = "needs_press"


class SheetUnreadable(PaylinkError):
    """A file that cannot be read as a list of invoices at all (F30); errors of single rows are not this."""

    code = "sheet_unreadable"


class DatabaseNotReady(PaylinkError):
    """The database cannot be used: another process has it, or its schema is of another version."""

    code = "database_not_ready"


class DatabaseTrouble(PaylinkError):
    """The database did not do what it was asked, through no fault of the request: full, locked, restarting, gone.

    `again`: the very same transaction may be run once more at once (a deadlock, a lost connection).
    """

    code = "database_trouble"

    def __init__(self, *, again: bool = False, cause: str = "") -> None:
        super().__init__("The database did not answer just now, so nothing was saved. Try again in a minute.")
        self.again = again
        self.cause = cause  # the driver's words, for logs only

    def __str__(self) -> str:
        return self.cause or self.sentence
