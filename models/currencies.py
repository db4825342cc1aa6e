"""The currencies Stripe charges, as data: how many minor units one has, and which amounts it takes.

Sources: docs.stripe.com/currencies (zero-decimal, three-decimal and special cases, minimum and maximum amounts).
Babel's digits are those of ISO 4217 and CLDR and differ from Stripe's for a dozen currencies, so this table is ours.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.errors import CurrencyUnknown


@dataclass(frozen=True, slots=True)
class Currency:
    """One ISO 4217 currency as Stripe counts it."""

    code: str
    exponent: int  # digits of Stripe's minor unit: 2 for USD, 0 for JPY, 3 for KWD
    step: int  # an amount in minor units must be a multiple of this: 10 for KWD, 100 for ISK
    minimum: int  # smallest charge in minor units
    maximum: int = 99_999_999  # eight digits, whatever the currency

    @property
    def decimals(self) -> int:
        """How many decimals a person may write: those of the minor unit that `step` leaves free."""
        return self.exponent - (len(str(self.step)) - 1)


_ZERO = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()
_THREE = "BHD JOD KWD OMR TND".split()  # the last digit must be 0
_WHOLE_OF_TWO = "ISK UGX".split()  # sent with two decimals that must be 00
_TWO = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CNY COP CRC "
    "CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR JMD KES KGS KHR KYD "
    "KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP "
    "PKR PLN QAR RON RSD SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TOP TRY TTD TWD TZS UAH USD UYU UZS WST "
    "YER ZAR ZMW"
).split()
_MINIMUM = {
    **dict.fromkeys("USD EUR AUD CAD CHF NZD SGD BRL INR".split(), 50),
    **dict.fromkeys("AED PLN RON MYR".split(), 200),
    **dict.fromkeys("NOK SEK".split(), 300),
    **dict.fromkeys("MXN THB".split(), 1000),
    "GBP": 30,
    "JPY": 50,
    "DKK": 250,
    "HKD": 400,
    "CZK": 1500,
    "HUF": 17500,
    "BGN": 100,
}


def _table() -> dict[str, Currency]:
    shapes = [(_ZERO, 0, 1), (_THREE, 3, 10), (_WHOLE_OF_TWO, 2, 100), (_TWO, 2, 1)]
    return {
        code: Currency(code, exponent, step, _MINIMUM.get(code, step))
        for codes, exponent, step in shapes
        for code in codes
    }


CURRENCIES = _table()


def currency(code: str) -> Currency:
    """The currency of an ISO code, any case.

    Raises CurrencyUnknown: Stripe does not charge it.
    """
    try:
        return CURRENCIES[code.upper()]
    except KeyError:
        raise CurrencyUnknown(f"Unknown currency {code}: write a three-letter code such as USD, EUR or GBP.") from None
