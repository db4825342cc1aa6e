"""A local Slack that speaks Slack's wire protocol, so that the product runs unchanged with no account."""

from bot.slack.stand_in.local_slack import SlackStandIn
from bot.slack.stand_in.people import BOT_USER, GENERAL, NOOR, PAYMENTS, SAM, VERA

__all__ = ["BOT_USER", "GENERAL", "NOOR", "PAYMENTS", "SAM", "VERA", "SlackStandIn"]
