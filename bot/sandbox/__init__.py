"""The page a newcomer sees: a channel to type in, a mailbox to write from, the clients' letters. Sandbox only."""

from bot.sandbox.letters import Delivered, LocalMail
from bot.sandbox.page import TRIES, mount

__all__ = ["TRIES", "Delivered", "LocalMail", "mount"]
