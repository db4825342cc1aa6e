"""What Stripe checks before it opens a Checkout Session.

Sources: docs.stripe.com/api/checkout/sessions/create, docs.stripe.com/metadata, and stripe's own parameter types.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from stripe import RequestOptions
from stripe.params import checkout as known

from models.currencies import CURRENCIES
from models.money import Money, spell
from paypage.stand_in.forms import Param, Params, group, text, texts
from paypage.stand_in.things import Refused, Session
from paypage.stand_in.till import new_tail

SHORTEST, LONGEST = 30 * 60, 24 * 60 * 60  # seconds a session may live
_DIGITS = re.compile(r"[0-9]{1,12}")


def new_session(params: Params, account: str, *, livemode: bool, pages: str, now: int) -> Session:
    """The session that a create call asks for; `pages` is where the hosted pages are.

    Raises Refused, in Stripe's words as far as they are known.
    """
    _check_names(params)
    if text(params, "mode") != "payment":
        raise Refused("This stand-in opens sessions of mode=payment only.", param="mode")
    lines = _lines(params)
    currency = _one_currency(lines)
    amount = sum(_number(_price(line), "unit_amount") * _number(line, "quantity") for line in lines)
    _check_amount(amount, currency)
    check_metadata(params, "metadata")
    intent_data = group(params, "payment_intent_data")
    check_metadata(intent_data, "metadata")
    session_id = f"cs_{'live' if livemode else 'test'}_{new_tail(58)}"
    return Session(
        id=session_id,
        account=account,
        livemode=livemode,
        product=" + ".join(text(group(_price(line), "product_data"), "name") for line in lines),
        amount=amount,
        currency=currency.lower(),
        reference=_short(params, "client_reference_id", 200),
        metadata=texts(params, "metadata"),
        intent_metadata=texts(intent_data, "metadata"),
        email=_email(params),
        success_url=_url(params, "success_url", required=True),
        cancel_url=_url(params, "cancel_url"),
        url=f"{pages}/c/pay/{session_id}",
        created=now,
        expires_at=_ends_at(params, now),
    )


def _lines(params: Params) -> list[Params]:
    listed = params.get("line_items")
    if not isinstance(listed, list) or not listed:
        raise _missing("line_items")
    lines = [line for line in listed if isinstance(line, dict)]
    if len(lines) != len(listed) or len(lines) > 100:
        raise Refused("Invalid array", param="line_items")
    for line in lines:
        price = _price(line)
        if not text(group(price, "product_data"), "name"):
            raise _missing("line_items[0][price_data][product_data][name]")
    return lines


def _price(line: Params) -> Params:
    price = group(line, "price_data")
    if not price:
        raise Refused("You must specify either `price` or `price_data` when creating a session.", param="line_items")
    return price


def _one_currency(lines: list[Params]) -> str:
    codes = {text(_price(line), "currency") for line in lines}
    code = codes.pop()
    if codes:
        raise Refused("All line items must have the same currency.", param="line_items")
    if code.upper() not in CURRENCIES:
        raise Refused(f"Invalid currency: {code.lower()}.", param="line_items[0][price_data][currency]")
    return code.upper()


def _number(params: Params, name: str) -> int:
    said = text(params, name)
    if not said:
        raise _missing(f"line_items[0][{name}]")
    if not _DIGITS.fullmatch(said):
        raise Refused(f"Invalid integer: {said}", code="parameter_invalid_integer", param=f"line_items[0][{name}]")
    return int(said)


def _check_amount(amount: int, code: str) -> None:
    currency = CURRENCIES[code]
    if amount < currency.minimum:
        least = spell(Money(currency.minimum, code))
        words = f"The Checkout Session's total amount due must add up to at least {least} {code.lower()}"
        raise Refused(words, code="amount_too_small")
    if amount > currency.maximum:
        most = spell(Money(currency.maximum - currency.maximum % currency.step, code))
        words = f"The Checkout Session's total amount due must be no more than {most} {code.lower()}"
        raise Refused(words, code="amount_too_large")
    if amount % currency.step:
        raise Refused(
            f"Invalid amount for {code.lower()}: it must be a multiple of {currency.step}.", param="line_items"
        )


def _ends_at(params: Params, now: int) -> int:
    said = text(params, "expires_at")
    if not said:
        return now + LONGEST
    if not _DIGITS.fullmatch(said):
        raise Refused(f"Invalid timestamp: {said}", param="expires_at")
    if int(said) - now < SHORTEST:
        raise Refused(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", param="expires_at"
        )
    if int(said) - now > LONGEST:
        raise Refused(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", param="expires_at"
        )
    return int(said)


def _url(params: Params, name: str, *, required: bool = False) -> str:
    url = text(params, name)
    if not url and not required:
        return ""
    if not url:
        raise _missing(name)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or len(url) > 5000:
        raise Refused("Not a valid URL", code="url_invalid", param=name)
    return url


def _email(params: Params) -> str:
    email = text(params, "customer_email")
    if "customer_email" in params and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        raise Refused(f"Invalid email address: {email}", code="email_invalid", param="customer_email")
    return email


def _short(params: Params, name: str, most: int) -> str:
    said = text(params, name)
    if len(said) > most:
        raise Refused(f"Invalid string: must be at most {most} characters", param=name)
    return said


def check_metadata(params: Params, name: str) -> None:
    """Raises Refused: too much of it."""
    pairs = group(params, name)
    if len(pairs) > 50:
        raise Refused("Metadata can have up to 50 keys.", param=name)
    for key, value in pairs.items():
        if len(key) > 40 or not isinstance(value, str) or len(value) > 500:
            raise Refused(
                "Metadata keys can be 40 characters and values 500 characters long.", param=f"{name}[{key[:40]}]"
            )


def _check_names(params: Params) -> None:
    known_only(params, known.SessionCreateParams, "")
    lines = params.get("line_items")
    for line in lines if isinstance(lines, list) else []:
        known_only(line, known.SessionCreateParamsLineItem, "line_items[0]")
        price = group(line, "price_data") if isinstance(line, dict) else {}
        known_only(price, known.SessionCreateParamsLineItemPriceData, "line_items[0][price_data]")
        product = group(price, "product_data")
        known_only(
            product, known.SessionCreateParamsLineItemPriceDataProductData, "line_items[0][price_data][product_data]"
        )
    intent = group(params, "payment_intent_data")
    known_only(intent, known.SessionCreateParamsPaymentIntentData, "payment_intent_data")


def known_only(params: Param, shape: type, where: str) -> None:
    """Raises Refused: a parameter that Stripe does not know."""
    allowed = shape.__annotations__.keys() - RequestOptions.__annotations__.keys()
    for name in params if isinstance(params, dict) else ():
        if name not in allowed:
            spelled = f"{where}[{name}]" if where else name
            raise Refused(f"Received unknown parameter: {spelled}", code="parameter_unknown", param=spelled)


def _missing(name: str) -> Refused:
    return Refused(f"Missing required param: {name}.", code="parameter_missing", param=name)
