"""Did a machine write this letter? Such are never obeyed and never answered (RFC 3834, RELIABILITY T17, B47). Pure."""

from __future__ import annotations

import re

from mailroom.heads import Head
from mailroom.letters import Letter

_OUR_IDS = re.compile(r"(?:answer-|admin-|batch-[0-9]+\.|[a-z]+-pl-[0-9a-z]{6}-)[0-9]+@")  # of every letter of ours
_ROBOTS = re.compile(r"(?:mailer-daemon|postmaster|bounces?|no-?reply|do-?not-?reply|double-bounce)(?:[+-].*)?@")
_ADDRESSED_TO_MANY = (
    "list-id",
    "list-post",
    "list-help",
    "list-subscribe",
    "list-unsubscribe",
    "list-owner",
    "mailing-list",
)
_SAYS_SO = ("x-autoreply", "x-autorespond", "x-auto-response-suppress", "x-loop", "feedback-id", "x-failed-recipients")
_REPORT_TYPES = ("multipart/report", "message/delivery-status", "message/feedback-report")


def machine_made(head: Head, intake_address: str) -> str:
    """Why a letter is a machine's, by its header; blank when nothing says so."""
    submitted = head.first("auto-submitted").partition(";")[0].strip().lower()
    if submitted not in ("", "no"):
        return f"sent by a machine (Auto-Submitted: {submitted[:40]})"
    if head.first("precedence").strip().lower() in ("bulk", "list", "junk", "auto_reply"):
        return "bulk mail (Precedence)"
    if any(name in head.fields for name in _ADDRESSED_TO_MANY):
        return "from a mailing list"
    if any(name in head.fields for name in _SAYS_SO):
        return "sent by a machine"
    if head.first("return-path").replace(" ", "") == "<>":
        return "a delivery report (empty return path)"
    if head.content_type in _REPORT_TYPES:
        return "a delivery report"
    if _ROBOTS.match(head.sender):
        return "sent by a machine (its address)"
    return _our_own(head, intake_address)


def _our_own(head: Head, intake_address: str) -> str:
    local, _, domain = intake_address.lower().partition("@")
    sender, _, sender_domain = head.sender.partition("@")
    if sender_domain == domain and sender.partition("+")[0] == local:
        return "from our own address"
    if _OUR_IDS.match(head.message_id.lower()) and head.message_id.lower().endswith(f"@{domain}"):
        return "a letter of our own that came back"
    return ""


def no_letter_of_a_person(letter: Letter) -> str:
    """Why a letter is no person's, by what it holds; blank when nothing says so."""
    if "text/calendar" in letter.types:
        return "a calendar invitation"
    if not letter.types.isdisjoint(_REPORT_TYPES):
        return "a delivery report"
    return ""
