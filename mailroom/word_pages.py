"""Answers that are words alone, as letters."""

from __future__ import annotations

from handlers.answers import (
    Decided,
    ExportBegun,
    FileReady,
    FormWanted,
    HelpText,
    Overview,
    RefundAsked,
    Refusal,
    Waiting,
)
from handlers.firm import Firm
from mailroom.blocks import Block, Facts, Forms, Page, Words


def sentence_page(answer: RefundAsked | Decided, firm: Firm) -> Page:
    return answer.sentence, []


def waiting_page(answer: Waiting, firm: Firm) -> Page:
    return f"{answer.number} waits to be confirmed in Slack", [Words(answer.sentence)]


def file_page(answer: FileReady, firm: Firm) -> Page:
    return f"{answer.filename} is attached", [Words(answer.words)]


def export_begun_page(answer: ExportBegun, firm: Firm) -> Page:
    return "The export is being made", [Words(answer.words)]


def help_page(answer: HelpText, firm: Firm) -> Page:
    note: list[Block] = [Words(answer.note)] if answer.note else []
    return answer.title, [Forms(answer.lines), *note]


def form_page(answer: FormWanted, firm: Firm) -> Page:
    return "What shall Paylink do?", [Words("Write a command in the subject, such as `help`.")]


def overview_page(answer: Overview, firm: Firm) -> Page:
    """Such are asked for in Slack only, but every answer can be printed."""
    facts = Facts(tuple((line.name, line.value or "—") for line in answer.lines))
    return answer.title, [facts, *(Words(note, "fine") for note in answer.notes)]


def refusal_page(answer: Refusal, firm: Firm) -> Page:
    return "Nothing was done", [Words(answer.sentence)]
