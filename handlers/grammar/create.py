"""`create AMOUNT [CUR] [EMAIL …] [for NAME] [invoice NO] [due DATE] [account KEY] [message TEXT] …`"""

from __future__ import annotations

import re
from datetime import date, timedelta

from handlers.firm import MOST_LINK_DAYS, Account
from handlers.grammar.amounts import read_money
from handlers.grammar.house import NO_ACCOUNT, House, few_of
from handlers.grammar.said import Said, not_longer, sorted_out
from handlers.grammar.words import Vocabulary, Word, words_of
from handlers.requests import CreateLink
from models.addresses import read_address
from models.calendar import not_past, parse_day
from models.errors import AccountUnclear, AddressUnclear, AmountUnclear, CommandUnclear, DateUnclear
from models.money import Money
from models.part_payment import checked_parts
from models.plain_text import INVOICE_MAX, MESSAGE_MAX, NAME_MAX, shortened

EXAMPLE = "create 1250 jane@acme.com for Jane Doe invoice 1042"
VOCABULARY = Vocabulary(
    ("for", "invoice", "due", "account", "message", "partial", "partial min", "expires", "link-only", "again"),
    # The labels of the form and the column names of a file mean the same in a `key: value` line.
    {
        "amount": "amount",
        "currency": "currency",
        "e-mail": "email",
        "e-mail address": "email",
        "to": "email",
        "name": "for",
        "client": "for",
        "client name": "for",
        "recipient name": "for",
        "invoice number": "invoice",
        "due date": "due",
        "custom message": "message",
        "min": "partial min",
    },
)
_MOST_SHOWN = 4  # accounts of which each gets a whole command
_ADDRESS_LIKE = re.compile(r"[^@\s]*[^@\s<]@[^@\s]+")  # not <@U1>, a mention


def read_create(text: str, house: House) -> CreateLink:
    """What follows the word `create`.

    Raises AmountUnclear, CurrencyUnknown, AddressUnclear, DateUnclear, AccountUnclear, CommandUnclear.
    """
    said, emails, bad_emails = take_addresses(sorted_out(words_of(text, VOCABULARY), VOCABULARY))
    named = said.text("account", "KEY") if said.has("account") else house.addressed
    account = house.account(named) if named else house.usual_account
    amount = _amount(said, account, house)
    least = _least(said, amount, house)
    asked = CreateLink(
        amount=amount,
        account=account.key if account else "",
        emails=emails,
        bad_emails=bad_emails,
        payer_name=said.line("for", "Jane Doe", "Client name", NAME_MAX),
        invoice_number=said.line("invoice", "1042", "Invoice number", INVOICE_MAX),
        due_on=day_said(said, "due", "due date", house),
        message=not_longer(said.text("message", "Thank you."), "Message", MESSAGE_MAX),
        partial=_partial(said, amount, least, house),
        partial_minimum=least,
        expires_on=last_day_said(said, house),
        link_only=said.flag("link-only"),
        again=said.flag("again"),
    )
    if account is None:
        raise _which_account(text, house)
    return asked


def take_addresses(said: Said) -> tuple[Said, tuple[str, ...], tuple[str, ...]]:
    """What is said without its e-mail addresses, the good ones, and what stands where one should and is none.

    Raises AddressUnclear: there are only bad ones (B13).
    """
    kept = {key: [word for word in words if not _is_address(word, key)] for key, words in said.values.items()}
    found = [word for key, words in said.values.items() for word in words if _is_address(word, key)]
    typed = dict.fromkeys(part.strip("<>()[].,:;") for word in found for part in re.split("[,;]", word.text))
    good: dict[str, str] = {}
    bad = []
    for address in filter(None, typed):
        try:
            read = read_address(address)
        except AddressUnclear:
            bad.append(address)
        else:
            good.setdefault(read.lower(), read)
    if bad and not good:
        named = ", ".join(f"“{shortened(address)}”" for address in bad[:5])
        what = "is not an e-mail address" if len(bad) == 1 else "are not e-mail addresses"
        raise AddressUnclear(f"{named} {what}. Write it as jane@example.com, or in quotes where it belongs to a text.")
    return Said(kept), tuple(good.values()), tuple(bad)


def _is_address(word: Word, key: str) -> bool:
    if key in ("email", "message"):  # a message is the client's to read, whatever stands in it
        return key == "email"
    return "@" in word.text if key == "" else not word.quoted and bool(_ADDRESS_LIKE.fullmatch(word.text))


def _amount(said: Said, account: Account | None, house: House) -> Money:
    if said.has("amount") and said.words(""):
        raise CommandUnclear(
            f"The amount is given twice: “{shortened(said.text(''))}” and “{shortened(said.text('amount'))}”."
        )
    usual = account.currency if account else house.firm.currency
    words = [word.text.rstrip(",;") for word in said.words("") + said.words("amount") + said.words("currency")]
    words = [word for word in words if word.lower() != "to"]  # `create 100 to jane@acme.com`
    if not words:
        raise AmountUnclear(f"The amount is missing. The form is: `{EXAMPLE}`.")
    return read_money(words, usual, house.firm.numbers, _not_understood)


def _not_understood(word: str) -> CommandUnclear:
    meant = VOCABULARY.close_to(word)
    hint = f"Did you mean `{meant}`?" if meant else "A name needs the word `for`, an invoice number `invoice`."
    return CommandUnclear(f"“{shortened(word)}” is not understood. {hint} The form is: `{EXAMPLE}`.")


def _least(said: Said, amount: Money, house: House) -> Money | None:
    """`partial min AMOUNT`: the least that may be paid at once."""
    if not said.text("partial min", "100.00"):
        return None
    words = [word.text for word in said.words("partial min")]
    least = read_money(words, amount.currency, house.firm.numbers, _not_understood)
    if least.currency != amount.currency:
        raise AmountUnclear(
            f"The least part is in {least.currency} but the amount in {amount.currency}: use one of them."
        )
    checked_parts(amount, least, house.firm.locale)
    return least


def _partial(said: Said, amount: Money, least: Money | None, house: House) -> bool | None:
    """What the command says of part payment; None where it says nothing. `partial: no` says no."""
    if least is not None:
        return True
    if not said.has("partial"):
        return None
    allowed = said.flag("partial")
    if allowed:
        checked_parts(amount, None, house.firm.locale)
    return allowed


def day_said(said: Said, key: str, what: str, house: House) -> date | None:
    """The day that a keyword names; None where it is not there. Raises DateUnclear."""
    value = said.text(key, f"{house.today + timedelta(days=14):%Y-%m-%d}")
    return not_past(parse_day(value, house.today, house.firm.dates), house.today, what) if value else None


def last_day_said(said: Said, house: House) -> date | None:
    """The last day of a link that is said; None where none is. Raises DateUnclear."""
    day = day_said(said, "expires", "last day", house)
    return last_day(day, house) if day else None


def last_day(day: date, house: House) -> date:
    """The same day, where a link may be open until then. Raises DateUnclear: it is past, or too far away."""
    latest = house.today + timedelta(days=MOST_LINK_DAYS)
    if day > latest:
        raise DateUnclear(
            f"A link may be open for {MOST_LINK_DAYS} days at most: write {latest:%Y-%m-%d} or an earlier day."
        )
    return not_past(day, house.today, "last day")


def _which_account(text: str, house: House) -> AccountUnclear:
    """Several accounts, and none was meant (F12): the command is shown with each of them added."""
    if not house.accounts:
        return AccountUnclear(NO_ACCOUNT)
    if len(house.accounts) > _MOST_SHOWN:
        return AccountUnclear(f"Which account is the money for? Add `account` and one of: {few_of(house.accounts)}.")
    if "\n" in text.strip() or len(text) > 200:
        lines = " or ".join(f"`account: {key}`" for key in house.accounts)
        return AccountUnclear(f"Which account is the money for? Add a line to the command: {lines}.")
    shown = " or ".join(f"`create {text.strip()} account {key}`" for key in house.accounts)
    return AccountUnclear(f"Which account is the money for? Write {shown}.")
