"""What waits for somebody's word, and the question they are asked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing was made yet: a second person has to say so first."""

    number: str  # P-5
    sentence: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A button under a question."""

    label: str
    action: str  # one of handlers.people.questions
    value: str  # A-12, P-5
    style: str = ""  # primary, danger


@dataclass(frozen=True, slots=True)
class Question:
    """A message with buttons; once one is pressed the words of its outcome take its place."""

    words: str  # plain text that may quote what somebody typed
    choices: tuple[Choice, ...]
