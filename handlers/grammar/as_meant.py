"""A command's text as its writer meant it: Slack's wrappings taken off, and what may not be kept refused."""

from __future__ import annotations

import re

from models.card_numbers import holds_card_number
from models.errors import CardNumberSeen, CommandUnclear
from models.plain_text import COMMAND_MAX, MESSAGE_MAX, clean

_WRAPPED = re.compile(
    r'<(?:(?P<scheme>mailto:|tel:|https?://)(?P<target>[^<>|\s"]*)(?:\|(?P<label>[^<>|"\n]*))?'
    r'|(?P<sign>[@#])[A-Z0-9]+\|(?P<name>[^<>|"\n]+)'
    r'|(?P<address>[^<>|\s"@:]+@[^<>|\s"@]+))>'
)


def prepared(text: str, *, with_mentions: bool = False) -> tuple[str, str]:
    """The text as its writer meant it, and a sentence on what was taken out of it (blank: nothing was).

    `with_mentions` leaves people and channels of Slack's as they came, by their ids.

    Raises CommandUnclear: it is too long. Raises CardNumberSeen: nothing of it may be kept or quoted.
    """
    if len(text) > COMMAND_MAX:
        raise CommandUnclear(
            f"Message too long (max {MESSAGE_MAX}): the whole command has {len(text)} characters "
            f"and may have {COMMAND_MAX}."
        )
    cleaned, removed = clean(text)
    plain = unwrapped(cleaned, with_mentions=with_mentions)
    if holds_card_number(cleaned) or holds_card_number(plain):
        raise CardNumberSeen()
    return plain, removed


def unwrapped(text: str, *, with_mentions: bool = False) -> str:
    """The text without Slack's wrappings: <mailto:a@b|a@b>, <http://x|x>, <@U1|noor>, <#C1|general>, &amp; &lt; &gt;.

    A wrapping whose label says something else than its target stays as it is, so that it is shown literally (B16).
    """
    bare = _WRAPPED.sub(lambda found: found[0] if with_mentions and found["sign"] else _label(found), text)
    return bare.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _label(found: re.Match[str]) -> str:
    if found["sign"]:
        return f"{found['sign']}{found['name']}"
    if found["address"]:
        return found["address"]
    scheme, target, label = found["scheme"], found["target"], found["label"]
    web = scheme.startswith("http")
    if label is None:
        return f"{scheme}{target}" if web else target
    same = (
        re.sub(r"\D", "", label) == re.sub(r"\D", "", target)
        if scheme == "tel:"
        else label.casefold().rstrip("/") in (target.casefold().rstrip("/"), f"{scheme}{target}".casefold().rstrip("/"))
    )
    return label if same else found[0]
