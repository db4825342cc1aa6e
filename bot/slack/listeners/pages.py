"""The sent pages: App Home, lists in channels, and what is chosen of them. One Home tab for all of it."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.slack.answering import Answering
from bot.slack.listeners import home, lists, selection
from bot.slack.listeners.home import HomeTab
from bot.slack.listeners.reception import Reception


def register(bolt: AsyncApp, reception: Reception, answering: Answering, tab: HomeTab) -> None:
    """Before the listeners for cards: what is pressed in App Home is answered in a window, not in a message."""
    for listeners in (lists, selection, home):
        listeners.register(bolt, reception, answering, tab)
