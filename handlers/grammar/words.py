"""A command's text as words: Slack's wrappings and quotes taken off, keywords marked, values sorted by keyword."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from models.card_numbers import holds_card_number
from models.errors import CardNumberSeen, CommandUnclear
from models.plain_text import COMMAND_MAX, MESSAGE_MAX, clean, one_line, shortened

_STRAIGHT = '"'
_CURLY = "“”„‟"  # what phones and word processors make of "
_WRAPPED = re.compile(
    r'<(?:(?P<scheme>mailto:|tel:|https?://)(?P<target>[^<>|\s"]*)(?:\|(?P<label>[^<>|"\n]*))?'
    r'|(?P<sign>[@#])[A-Z0-9]+\|(?P<name>[^<>|"\n]+)'
    r'|(?P<address>[^<>|\s"@:]+@[^<>|\s"@]+))>'
)
_YES, _NO = frozenset("yes true on".split()), frozenset("no false off".split())


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


@dataclass(frozen=True, slots=True)
class Word:
    """One word, or one text in quotes."""

    text: str  # without its quotes
    raw: str  # as it was typed
    line: int  # 1 is the command's own
    opens_line: bool
    quoted: bool = False
    key: str = ""  # the keyword it is
    colon: bool = False  # written as `key:`
    bare: bool = True  # a keyword that counts without a colon too


class Vocabulary:
    """The keywords of one command."""

    def __init__(self, keywords: Iterable[str], pairs: Mapping[str, str]) -> None:
        """`keywords` count with and without a colon, the names in `pairs` (name: keyword) with a colon only.

        A dash or a blank in either may be typed as a dash, a blank, an underscore, a colon or not at all.
        """
        self.keywords = tuple(keywords)
        self._meanings = {_squeezed(name): keyword for name, keyword in pairs.items()}
        self._meanings |= {_squeezed(keyword): keyword for keyword in self.keywords}
        self._bare = frozenset(_squeezed(keyword) for keyword in self.keywords)
        names = sorted({*self.keywords, *pairs}, key=len, reverse=True)
        shapes = "|".join(re.sub("[ -]", "[ _:-]{0,2}", name) for name in names)
        self._pattern = re.compile(rf"(?P<name>(?a:{shapes}))(?:[ \t]?(?P<colon>:)|(?=\s|$))", re.IGNORECASE)

    def at(self, text: str, start: int, line: int, opens_line: bool) -> Word | None:
        """The keyword that stands at a place."""
        found = self._pattern.match(text, start)
        name = _squeezed(found["name"]) if found else ""
        bare = name in self._bare
        if not found or not (found["colon"] or bare):
            return None
        key, colon = self._meanings[name], bool(found["colon"])
        return Word(found[0], found[0], line, opens_line, key=key, colon=colon, bare=bare)

    def close_to(self, word: str) -> str:
        """A keyword that may have been meant, or blank."""
        return next(iter(get_close_matches(word.strip(":,;").lower(), self.keywords, 1)), "")


def _squeezed(name: str) -> str:
    return re.sub("[ _:-]", "", name).lower()


def words_of(text: str, vocabulary: Vocabulary) -> Iterator[Word]:
    """The words of a text in order.

    Raises CommandUnclear: a quote is not closed (B11).
    """
    line, at, opens_line = 1, 0, True
    while at < len(text):
        if text[at].isspace():
            line += text[at] == "\n"
            opens_line = opens_line or text[at] == "\n"
            at += 1
            continue
        word, at = _word_at(text, at, line, opens_line, vocabulary)
        line += word.raw.count("\n")
        opens_line = False
        if word.raw.strip(",;"):
            yield word


def _word_at(text: str, at: int, line: int, opens_line: bool, vocabulary: Vocabulary) -> tuple[Word, int]:
    if text[at] in _STRAIGHT + _CURLY:
        inside, end = _quoted(text, at)
        return Word(inside, text[at:end], line, opens_line, quoted=True), end
    keyword = vocabulary.at(text, at, line, opens_line)
    if keyword:
        return keyword, at + len(keyword.raw)
    end = next((place for place in range(at, len(text)) if text[place].isspace()), len(text))
    return Word(text[at:end], text[at:end], line, opens_line), end


def _quoted(text: str, start: int) -> tuple[str, int]:
    """What stands in quotes, and where it ends. A quote inside is doubled, or stands within a word."""
    closers = _STRAIGHT if text[start] == _STRAIGHT else _STRAIGHT + _CURLY
    inside, at = "", start + 1
    while at < len(text):
        sign, after = text[at], text[at + 1 : at + 2]
        if sign in closers and after == sign:
            at += 1
        elif sign in closers and (not after or after.isspace() or after in ",;"):
            return inside, at + 1
        inside += sign
        at += 1
    raise CommandUnclear(f"The quote is not closed at `{shortened(text[start:])}`: put a second quote after the text.")


@dataclass(frozen=True, slots=True)
class Said:
    """What a command says: the words of each keyword, and those before the first under ''."""

    values: Mapping[str, list[Word]]

    def has(self, key: str) -> bool:
        return key in self.values

    def words(self, key: str) -> list[Word]:
        return self.values.get(key, [])

    def text(self, key: str, example: str = "") -> str:
        """The value of a keyword as it was typed, its quotes taken off; blank where the keyword is not there.

        Raises CommandUnclear: the keyword is there without a value.
        """
        words = self.words(key)
        if len(words) == 1 and words[0].quoted:
            value = words[0].text.strip()
        else:
            value = " ".join(word.raw for word in words).rstrip(",; ")
        if key and self.has(key) and not value:
            raise CommandUnclear(f"`{key}` has no value. Write it as `{key} {example}`.")
        return value

    def line(self, key: str, example: str, what: str, most: int) -> str:
        """The value on one line, for names and numbers of at most `most` characters.

        Raises CommandUnclear: too long, or no value.
        """
        return not_longer(one_line(self.text(key, example)), what, most)

    def flag(self, key: str) -> bool:
        """Whether a keyword without a value is there; `key: no` takes it back.

        Raises CommandUnclear: something else follows it.
        """
        said = [word.text.lower() for word in self.words(key)]
        if not said:
            return self.has(key)
        if len(said) == 1 and said[0] in _YES | _NO:
            return said[0] in _YES
        raise CommandUnclear(
            f"“{shortened(self.text(key))}” is not understood: `{key}` stands by itself, without a value."
        )


def not_longer(value: str, what: str, most: int) -> str:
    """The same value.

    Raises CommandUnclear: it has more than `most` characters; `what` names the field (B15).
    """
    if len(value) > most:
        raise CommandUnclear(f"{what} too long (max {most}): it has {len(value)} characters.")
    return value


def sorted_out(words: Iterable[Word], vocabulary: Vocabulary, names_after: frozenset[str] = frozenset()) -> Said:
    """The words by keyword: a value runs until the next keyword.

    After a keyword of `names_after` the next word, and each word after a comma, is its value even if it is a keyword.
    In a message only keywords proper count ("Reply to: …" is text), unless they open a line.

    Raises CommandUnclear: a keyword comes twice, or a further line does not begin with one.
    """
    values: dict[str, list[Word]] = {"": []}
    current = ""
    listed = list(words)
    for word in listed:
        is_name = current in names_after and (not values[current] or values[current][-1].raw.endswith(","))
        is_text = current == "message" and not word.bare and not word.opens_line
        if word.key and (word.colon or not is_name) and not is_text:
            if word.key in values:
                raise CommandUnclear(
                    f"`{word.key}` is given twice. Give it once, or put a text that holds the word in quotes: "
                    f'message "… {word.key} …".'
                )
            current = word.key
            values[current] = []
        elif word.opens_line and word.line > 1:
            raise _line_unclear([other for other in listed if other.line == word.line], vocabulary)
        else:
            values[current].append(word)
    return Said(values)


def _line_unclear(words: list[Word], vocabulary: Vocabulary) -> CommandUnclear:
    meant = vocabulary.close_to(words[0].text)
    hint = f" Did you mean `{meant}:`?" if meant else ""
    return CommandUnclear(
        f"Line {words[0].line}, “{shortened(' '.join(word.raw for word in words))}”, is not understood.{hint} "
        "Write further lines as pairs such as `invoice: 1042`, and put a text of several lines in quotes."
    )
