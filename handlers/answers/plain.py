"""Answers of any matter: a file, help, a refusal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileReady:
    """A small file with a word about it."""

    filename: str
    content: bytes
    content_type: str
    words: str


@dataclass(frozen=True, slots=True)
class HelpText:
    title: str
    lines: tuple[tuple[str, str], ...]  # (what to type, what it does)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing was done; the sentence says what, where and how to mend it."""

    code: str
    sentence: str
    may_ask: bool = False  # they have no role; Slack shows a button with which they ask for one
