"""Text for Slack's mrkdwn: what people typed is shown as they typed it, never a mention, a link or a mark (T14)."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from html import escape
from itertools import accumulate

from slack_sdk.models.blocks import ContextBlock, MarkdownTextObject, SectionBlock

from handlers.firm import Firm
from models.calendar import spell_day, spell_short
from models.money import Money, spell, spell_all
from models.plain_text import clean, plain_line

SECTION = 2900  # characters; Slack takes 3,000 in a section
_LOOKALIKES = str.maketrans({"`": "ˋ", "*": "∗", "~": "∼"})  # Slack has no way to escape its own marks
_EDGE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")  # inside a word it is no mark: jane_doe@example.com
_ESCAPED_LENGTH = {"&": 5, "<": 4, ">": 4}
_PERSON = re.compile(r"[UW][A-Z0-9]{2,30}")
_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,30}")
_ID = re.compile(r"\b[UWCG][A-Z0-9]{2,30}\b")
_CODE = re.compile(r"(`[^`\n]{1,200}`)")


def escaped(text: str) -> str:
    """The three characters that mean something to Slack, as entities (docs.slack.dev, formatting message text)."""
    return escape(text, quote=False)


def typed(text: str, most: int = 120) -> str:
    """What somebody typed, on one line; `most` counts what it is escaped to, as Slack's limits do."""
    return _literal(_cut(plain_line(text), most))


def said(sentence: str, most: int = SECTION) -> str:
    """A sentence of ours that may quote what somebody typed. Only `short code` in it is markup."""
    parts = _CODE.split(_cut(clean(sentence)[0].strip(), most))
    parts[::2] = [_literal(part) for part in parts[::2]]
    parts[1::2] = [escaped(part) for part in parts[1::2]]
    return "".join(parts)


def _literal(text: str) -> str:
    return _EDGE_UNDERSCORE.sub("ˍ", escaped(text).translate(_LOOKALIKES))


def _cut(text: str, most: int) -> str:
    """The beginning of a text that has at most `most` characters when it is escaped."""
    lengths = list(accumulate(_ESCAPED_LENGTH.get(ch, 1) for ch in text))
    if not lengths or lengths[-1] <= most:
        return text
    return f"{text[: bisect_right(lengths, most - 1)]}…"


def person(slack_id: str) -> str:
    """A mention, which tells that person; of an id that we hold, never of what somebody typed."""
    return f"<@{slack_id}>" if _PERSON.fullmatch(slack_id) else ""


def channel(slack_id: str) -> str:
    """A channel by the name that Slack shows for it; of an id that we hold, never of what somebody typed."""
    return f"<#{slack_id}>" if _CHANNEL.fullmatch(slack_id) else ""


def shown(slack_id: str) -> str:
    """A person or channel as Slack shows them, by an id that we hold."""
    return person(slack_id) or channel(slack_id) or typed(slack_id, 40)


def with_names(words: str, ids: Iterable[str]) -> str:
    """Escaped words with people and channels as Slack shows them, in the place of their ids that we hold."""
    held = {one: shown(one) for one in ids}
    return _ID.sub(lambda found: held.get(found[0], found[0]), words)


def mrkdwn(text: str) -> MarkdownTextObject:
    """A text object in which Slack makes links of nothing by itself."""
    return MarkdownTextObject(text=text, verbatim=True)


def section(text: str) -> SectionBlock:
    return SectionBlock(text=mrkdwn(text or "…"))  # Slack refuses a whole message for one empty text


def small(text: str) -> ContextBlock:
    """A line in small grey print."""
    return ContextBlock(elements=[mrkdwn(text or "…")])


def money(amount: Money, firm: Firm) -> str:
    return spell(amount, firm.locale)


def total(amounts: tuple[Money, ...], firm: Firm) -> str:
    """Sums, one a currency: '$1,250.00 and €90.00'."""
    return spell_all(amounts, firm.locale)


def day(on: date, firm: Firm) -> str:
    return spell_short(on, firm.locale)


def long_day(on: date, firm: Firm) -> str:
    return spell_day(on, firm.locale)


def day_of(moment: datetime, firm: Firm) -> str:
    """The firm's calendar day at a moment."""
    return spell_short(firm.today(moment), firm.locale)


def filled(lines: Iterable[str], most: int) -> Iterator[str]:
    """Lines put together into as few texts as they fit in, each of at most `most` characters."""
    text = ""
    for line in lines:
        if text and len(text) + 1 + len(line) > most:
            yield text
            text = ""
        text = f"{text}\n{line}" if text else line
    if text:
        yield text
