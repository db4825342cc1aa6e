"""A letter from outside that may answer one of ours to a payer: which one, and what it says. Pure, bounded.

Anybody can write such a letter. What it says is information for whoever made the link and never a command:
handlers.mail.pass_on decides where it goes.
"""

from __future__ import annotations

import re

from handlers.mail.pass_on import PayerReply
from mailroom.heads import Head, LetterUnreadable
from mailroom.letters import read_letter
from mailroom.machines import machine_made, no_letter_of_a_person
from mailroom.trust import judge

MOST_READ = 256 * 1024  # bytes: what people write stands at the top
MOST_TEXT = 4_000  # characters that are passed on
_OUR_LETTER = re.compile(
    r"(?:request|reminder|receipt|balance|closed)-(pl-[0-9a-hjkmnp-tv-z]{6})-[0-9]{1,19}@(?P<domain>.+)", re.IGNORECASE
)


def read_payer_reply(head: Head, raw: bytes, intake_address: str, authserv_id: str) -> PayerReply | None:
    """What a letter to `intake_address` says; None: no person wrote it, or it does not name one sender."""
    if not head.sender or machine_made(head, intake_address):
        return None
    vouched = judge(head, authserv_id).address == head.sender
    reference = _answered(head, intake_address.rpartition("@")[2].lower())
    if not vouched and not reference:
        return None  # the body of a letter that can be about nothing of ours is not looked at
    try:
        letter = read_letter(raw[:MOST_READ])
    except LetterUnreadable:
        return None
    if no_letter_of_a_person(letter):
        return None
    return PayerReply(
        sender=head.sender,
        vouched=vouched,
        reference=reference,
        text=letter.written.text.strip()[:MOST_TEXT],
        files=sum(not attached.inline for attached in letter.attachments),
        cut=len(raw) > MOST_READ,
    )


def _answered(head: Head, domain: str) -> str:
    """The reference of the link whose letter is answered; blank: no letter of ours is named."""
    for answered in head.answered_ids:
        found = _OUR_LETTER.fullmatch(answered)
        if found and found["domain"].lower() == domain:
            return found[1].upper()
    return ""
