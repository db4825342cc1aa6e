"""What a command says: its words sorted by keyword, and the values they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from handlers.grammar.words import Vocabulary, Word
from models.errors import CommandUnclear
from models.plain_text import one_line, shortened

_YES, _NO = frozenset("yes true on".split()), frozenset("no false off".split())


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
