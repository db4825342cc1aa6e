"""Money is exact: what is written is what is read, and what is unclear is refused with the right form."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.currencies import CURRENCIES, currency
from models.errors import AmountUnclear, CurrencyUnknown, PaylinkError
from models.money import Money, NumberStyle, currency_meant, parse_amount, parse_figure, spell, spell_all, within_limits

TWELVE = "USD EUR GBP CHF CAD INR JPY KRW CLP KWD BHD ISK".split()  # 0, 2 and 3 decimals, and ISK's two that must be 00
LOCALES = ["en_US", "de_DE", "fr_FR", "de_CH", "en_IN", "es_ES", "sv_SE", "pt_BR"]
STYLES = {locale: NumberStyle.of(locale) for locale in LOCALES}


def read(text: str, code: str = "USD", locale: str = "en_US") -> Money:
    return parse_amount(text, code, STYLES[locale])


@st.composite
def amounts(draw: st.DrawFn) -> Money:
    """Any amount that Stripe would charge."""
    cur = currency(draw(st.sampled_from(TWELVE)))
    steps = draw(st.integers(-(-cur.minimum // cur.step), cur.maximum // cur.step))
    return Money(steps * cur.step, cur.code)


@pytest.mark.parametrize(
    ("text", "code", "locale", "minor"),
    [
        ("1250", "USD", "en_US", 125_000),
        ("1250.00", "USD", "en_US", 125_000),
        ("1250.5", "USD", "en_US", 125_050),
        ("1,250.00", "USD", "en_US", 125_000),
        ("$1,250.00", "USD", "en_US", 125_000),
        ("1,250.00 USD", "USD", "en_US", 125_000),
        ("usd 1250", "USD", "en_US", 125_000),
        ("US$1250", "USD", "en_US", 125_000),
        ("CA$1250", "CAD", "en_US", 125_000),
        ("$1250", "CAD", "en_US", 125_000),
        ("€1.250,00", "EUR", "de_DE", 125_000),
        ("1.250", "EUR", "de_DE", 125_000),
        ("1250.00", "EUR", "de_DE", 125_000),
        ("1 250,00 €", "EUR", "fr_FR", 125_000),
        ("1\u202f250,00\u00a0€", "EUR", "fr_FR", 125_000),
        ("1’250.50", "CHF", "de_CH", 125_050),
        ("1'250.50", "CHF", "de_CH", 125_050),
        ("₹1,25,000.00", "INR", "en_IN", 12_500_000),
        ("500", "JPY", "en_US", 500),
        ("¥500", "JPY", "en_US", 500),
        ("1.25", "KWD", "en_US", 1250),
        ("1.250", "KWD", "en_US", 1250),
        ("1250", "ISK", "en_US", 125_000),
        ("1250.00", "ISK", "en_US", 125_000),
        ("1250", "UGX", "en_US", 125_000),
        ("175.50", "HUF", "en_US", 17_550),
        ("99.95", "TWD", "en_US", 9_995),
        ("1.01", "TND", "en_US", 1_010),
    ],
)
def test_an_amount_is_read_exactly(text: str, code: str, locale: str, minor: int) -> None:
    """(M06, B08)"""
    assert read(text, code, locale) == Money(minor, code)


@pytest.mark.parametrize("text", ["abc", "NaN", "Infinity", "1e5", "0x10", "1_000", "1$250", "$", "(5)", "-", "zwölf"])
def test_what_is_no_number_is_named(text: str) -> None:
    """(B03, B05)"""
    with pytest.raises(AmountUnclear, match=r"missing or not a number: .+\. Write it as 1250\.00"):
        read(text)


def test_nothing_at_all_is_a_missing_amount() -> None:
    """(B03)"""
    with pytest.raises(AmountUnclear, match=r"^The amount is missing\. Write it as 1250\.00\.$"):
        read(" ")


@pytest.mark.parametrize("text", ["-5", "+5", "5-", "$-5", "−5", "-$5"])
def test_a_sign_is_refused(text: str) -> None:
    """(B04, B06)"""
    with pytest.raises(AmountUnclear, match="must be more than 0, in digits 0-9 only"):
        read(text)


@pytest.mark.parametrize("text", ["0", "0.00", "$0"])
def test_nothing_is_no_amount(text: str) -> None:
    """(B04)"""
    with pytest.raises(AmountUnclear, match="must be more than 0"):
        read(text)


@pytest.mark.parametrize("text", ["１２", "٣", "½", "12\u200b50", "५००"])
def test_only_plain_digits_are_digits(text: str) -> None:
    """(B06)"""
    with pytest.raises(AmountUnclear, match="use digits 0-9"):
        read(text)


@pytest.mark.parametrize(
    ("text", "code", "why"),
    [
        ("1.999", "USD", "USD has 2 decimals"),
        ("1.250", "USD", "USD has 2 decimals"),
        ("100.5", "JPY", "JPY has no decimals"),
        ("10.00", "JPY", "JPY has no decimals"),
        ("1.001", "KWD", "KWD has 2 decimals"),
        ("1.50", "ISK", "ISK has no decimals"),
        ("1250.01", "UGX", "UGX has no decimals"),
        ("1.001", "TND", "TND has 2 decimals"),
        ("1.005", "BHD", "BHD has 2 decimals"),
        ("175.001", "HUF", "HUF has 2 decimals"),
        ("1.5", "KRW", "KRW has no decimals"),
    ],
)
def test_digits_that_the_currency_does_not_take_are_refused(text: str, code: str, why: str) -> None:
    """(B07)"""
    with pytest.raises(AmountUnclear, match=f"{re.escape(text)} is too precise: {why}"):
        read(text, code)


@pytest.mark.parametrize(
    ("text", "code", "locale", "meant"),
    [
        ("1.000,00", "USD", "en_US", "1000.00"),
        ("1,00", "USD", "en_US", "1.00"),
        ("12,5", "USD", "en_US", "12.50"),
        ("1 250", "USD", "en_US", "1250.00"),
        ("1,0000", "USD", "en_US", "10000.00"),
        ("12,34,567", "USD", "en_US", "1234567.00"),
        ("1,00", "JPY", "en_US", "1"),
        ("1,25,000", "JPY", "en_US", "125000"),
        ("1,000.00", "EUR", "de_DE", "1000.00"),
        ("125,000", "INR", "en_IN", "125000.00"),
    ],
)
def test_an_amount_with_two_readings_is_refused_and_the_likely_one_is_shown(
    text: str, code: str, locale: str, meant: str
) -> None:
    """(B08)"""
    with pytest.raises(AmountUnclear, match=f"is ambiguous: write {re.escape(meant)} if that is what you mean"):
        read(text, code, locale)


@pytest.mark.parametrize(
    ("text", "code", "why"),
    [
        ("9" * 40, "USD", "above the limit of $999,999.99"),
        ("9" * 4000, "USD", "above the limit of $999,999.99"),
        ("1000000", "USD", "above the limit of $999,999.99"),
        ("100000000", "JPY", "above the limit of ¥99,999,999"),
        ("100000", "KWD", "above the limit of KWD\u00a099,999.99"),
        ("1000000", "TWD", "above the limit of NT$999,999.99"),
        ("1000000", "UGX", "above the limit of UGX\u00a0999,999"),
        ("0.49", "USD", "The minimum is $0.50"),
        ("174.99", "HUF", "The minimum is HUF\u00a0175.00"),
        ("0.29", "GBP", "The minimum is £0.30"),
        ("14.99", "CZK", "The minimum is CZK\u00a015.00"),
        ("49", "JPY", "The minimum is ¥50"),
    ],
)
def test_an_amount_that_stripe_would_not_charge_is_refused_with_the_limit(text: str, code: str, why: str) -> None:
    """(B09)"""
    with pytest.raises(AmountUnclear, match=re.escape(why)):
        read(text, code)


def test_an_unknown_currency_is_named() -> None:
    """(B10)"""
    with pytest.raises(CurrencyUnknown, match="Unknown currency XYZ: write a three-letter code"):
        read("100", "XYZ")


@pytest.mark.parametrize(("text", "code"), [("€100", "USD"), ("$100", "EUR"), ("£5", "JPY")])
def test_a_symbol_of_another_currency_is_refused(text: str, code: str) -> None:
    with pytest.raises(AmountUnclear, match=f"has a .* but the currency is {code}"):
        read(text, code)


def test_a_symbol_of_one_currency_names_it() -> None:
    assert currency_meant("€100", "USD") == "EUR"
    assert currency_meant("£100", "USD") == "GBP"
    assert currency_meant("$100", "EUR") == "EUR"
    assert currency_meant("¥100", "CNY") == "CNY"
    assert currency_meant("100", "USD") == "USD"


def test_a_filters_amount_may_be_smaller_than_any_charge_but_not_larger() -> None:
    assert parse_figure("0", "USD", STYLES["en_US"]) == Money(0, "USD")
    assert parse_figure("0.01", "USD", STYLES["en_US"]) == Money(1, "USD")
    with pytest.raises(AmountUnclear, match="above the limit"):
        parse_figure("1000000", "USD", STYLES["en_US"])


@pytest.mark.parametrize("minor", [-5, 0, 49, 100_000_000])
def test_amounts_from_elsewhere_are_held_to_the_same_limits(minor: int) -> None:
    with pytest.raises(AmountUnclear):
        within_limits(Money(minor, "USD"))
    with pytest.raises(AmountUnclear, match="KWD has 2 decimals"):
        within_limits(Money(1001, "KWD"))


def test_amounts_add_up_in_one_currency_only() -> None:
    assert Money(5, "USD") + Money(7, "USD") == Money(12, "USD")
    assert Money(5, "USD") - Money(7, "USD") == Money(-2, "USD")
    with pytest.raises(ValueError, match="USD and EUR do not add up"):
        Money(5, "USD") + Money(7, "EUR")


@pytest.mark.parametrize(
    ("amount", "locale", "spelled"),
    [
        (Money(125_000, "USD"), "en_US", "$1,250.00"),
        (Money(125_000, "EUR"), "de_DE", "1.250,00\u00a0€"),
        (Money(500, "JPY"), "en_US", "¥500"),
        (Money(1250, "KWD"), "en_US", "KWD\u00a01.25"),
        (Money(125_000, "ISK"), "en_US", "ISK\u00a01,250"),
    ],
)
def test_an_amount_is_spelled_as_the_locale_does(amount: Money, locale: str, spelled: str) -> None:
    assert spell(amount, locale) == spelled


def test_several_amounts_are_spelled_as_a_list() -> None:
    assert spell_all([Money(125_000, "USD"), Money(9_000, "EUR")]) == "$1,250.00 and €90.00"


def test_every_currency_counts_as_stripe_does() -> None:
    """docs.stripe.com/currencies, where it differs from ISO 4217 or Babel."""
    assert {code for code, cur in CURRENCIES.items() if cur.exponent == 0} == set(
        "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()
    )
    assert {code for code, cur in CURRENCIES.items() if cur.exponent == 3} == set("BHD JOD KWD OMR TND".split())
    assert {code for code, cur in CURRENCIES.items() if cur.exponent == 2 and cur.decimals == 0} == {"ISK", "UGX"}
    assert all(cur.minimum % cur.step == 0 and 0 < cur.minimum < cur.maximum for cur in CURRENCIES.values())


# LIMITS: the least charge in the currency an account is paid out in.
_LEAST = {
    **dict.fromkeys("USD EUR AUD CAD CHF NZD SGD BRL INR".split(), "0.50"),
    **dict.fromkeys("AED PLN RON MYR".split(), "2.00"),
    **dict.fromkeys("NOK SEK".split(), "3.00"),
    **dict.fromkeys("MXN THB".split(), "10.00"),
    "GBP": "0.30",
    "JPY": "50",
    "DKK": "2.50",
    "HKD": "4.00",
    "CZK": "15.00",
    "HUF": "175.00",
    "BGN": "1.00",
}


@pytest.mark.parametrize(("code", "least"), sorted(_LEAST.items()))
def test_the_least_charge_of_a_currency_is_taken_and_nothing_below_it(code: str, least: str) -> None:
    """(B09)"""
    amount = read(least, code)
    with pytest.raises(AmountUnclear, match=f"The minimum is {re.escape(spell(amount))}"):
        within_limits(Money(amount.minor - 1, code))


@pytest.mark.parametrize("code", sorted(CURRENCIES))
def test_an_amount_between_two_steps_of_a_currency_is_never_sent_to_stripe(code: str) -> None:
    """(B07) Whatever way it came: three-decimal currencies end in 0, those without decimals in Stripe's 00."""
    cur = currency(code)
    between = Money(cur.minimum * 3 + 1, code)
    if cur.step == 1:
        assert within_limits(between) == between
    else:
        with pytest.raises(AmountUnclear, match="too precise"):
            within_limits(between)


@given(amounts(), st.sampled_from(LOCALES))
def test_an_amount_that_was_spelled_is_read_back(amount: Money, locale: str) -> None:
    """(M06)"""
    for written in (amount.plain, f"{amount.currency} {amount.plain}", spell(amount, locale)):
        assert parse_amount(written, amount.currency, STYLES[locale]) == amount
    assert amount.decimal == Decimal(amount.plain)


_PIECES = "1 12 250 000 00 0 . , ' ’ $ € £ ¥ USD usd - + − e x _ ½ １ \u00a0 \u202f".split(" ")


@given(
    st.text()
    | st.text(alphabet="0123456789., '", max_size=15)
    | st.lists(st.sampled_from(_PIECES), max_size=8).map("".join),
    st.sampled_from([*TWELVE, "XYZ", ""]),
    st.sampled_from(LOCALES),
)
def test_any_text_is_an_exact_amount_or_a_plain_refusal(text: str, code: str, locale: str) -> None:
    try:
        amount = parse_amount(text, code, STYLES[locale])
    except PaylinkError as error:
        refused = error.for_staff()
    else:
        assert within_limits(amount) == amount
        return
    meant = re.search(r"write (\S+) if that is what you mean", refused)
    if meant and Decimal(meant[1]) < 90_000:  # the form that a refusal shows is itself read, and as what it says
        assert parse_figure(meant[1], code, STYLES[locale]).decimal == Decimal(meant[1])
