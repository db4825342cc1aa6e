"""Answers to admins."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OverviewLine:
    """One thing that admins look after, and how it stands. A front may show ids in its own way."""

    name: str
    value: str
    about: str = ""
    person: str = ""  # Slack user id, or mail address, of whom `name` names
    channel: str = ""  # Slack channel id that `value` is


@dataclass(frozen=True, slots=True)
class Overview:
    """Settings, accounts, people or notifications, all of them or the one that was changed."""

    title: str
    lines: tuple[OverviewLine, ...]
    notes: tuple[str, ...] = ()
