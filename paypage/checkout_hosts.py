"""Where a payer may be sent: the entries of CHECKOUT_HOSTS (T08)."""

from __future__ import annotations

import re


def checkout_origin(host: str) -> str:
    """The start of every URL of a CHECKOUT_HOSTS entry: 'checkout.stripe.com' or, on loopback, 'http://127.0.0.1:PORT'.

    Raises ValueError: anything else.
    """
    if re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host):
        return f"https://{host}/"
    if re.fullmatch(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?", host):
        return f"{host}/"
    raise ValueError(f"{host} is not a host a payer may be sent to: https, or http on loopback")
