"""A letter of ours that came back: which one, for whom, for good or not, and why. Pure, bounded, never surprised.

Mail servers say it in the form of RFC 3464 (Postfix, Exchange, Gmail, Sendmail) or in words of their own (qmail, Exim,
older Exchange). Both are read as lines of text. Anybody can write such a letter: handlers.mail.take_bounce decides
what it may do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from handlers.mail.take_bounce import Bounce
from mailroom.heads import Head, LetterUnreadable
from mailroom.letters import as_text
from models.plain_text import plain_line

MOST_READ = 256 * 1024  # bytes; the report stands before the letter that came back, whose head is short
_MOST_TEXT = 100_000  # characters
_MOST_ADDRESSES = 20
_ADDRESS = r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}"
_REPORTERS = re.compile(
    r"(?:mailer-daemon|po+stmaster|mail-?delivery|double-bounce|microsoftexchange[0-9a-f]*)\b", re.I
)
_OUR_LETTER = r"\b(?:request|reminder|receipt|balance|closed)-(pl-[0-9a-hjkmnp-tv-z]{6})-[0-9]{1,19}@"
# The letter that came back names its one recipient; servers on the way may know them by another address.
_RECIPIENT_FIELDS = ("to", "original-recipient", "x-failed-recipients", "final-recipient", "x-actual-recipient")
_STANDING_ALONE = re.compile(rf"^[ \t>]*(?:<({_ADDRESS})>|({_ADDRESS}))(?:[ \t]*$|:|\.\.\.|[ \t]*\()", re.MULTILINE)
_ACTION = re.compile(r"^[ \t]*action:[ \t]*([a-z]{1,20})", re.IGNORECASE | re.MULTILINE)
_STATUS_FIELD = re.compile(r"^[ \t]*status:[ \t]*([245]\.[0-9]{1,3}\.[0-9]{1,3})", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"(?<![0-9.])([45]\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9.])")
_REPLY_LINE = re.compile(r"(?<![0-9A-Za-z.-])[45][0-9]{2}[ -][^\n]{3,}")
_DIAGNOSIS = re.compile(
    r"^[ \t]*diagnostic-code:[ \t]*(?:[a-z0-9-]{1,20}[ \t]*;)?([^\n]{3,})", re.IGNORECASE | re.MULTILINE
)
_ONLY_DELAYED = re.compile(
    r"warning message only|\b(?:has|have) been delayed|\bdelayed [0-9]{1,3} hours|\bnot yet been delivered"
    r"|\bwill (?:be retried|be tried again|keep trying|continue trying)|\bdelivery incomplete|\(delay\)"
    r"|\b(?:hasn't|has not) been delivered yet|\bstill being (?:re)?tried",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"\bundeliver|\bnot be delivered|couldn't be delivered|\bcould not deliver|(?:un|wasn't )able to deliver"
    r"|wasn't delivered|\bmail failure"
    r"|\bdelivery (?:has |was )?fail|\bfailed permanently|\bpermanent (?:fatal )?error|\breturned mail|\bfailure notice"
    r"|\battempting to deliver|\bdid not reach|\bnot delivered to"
    r"|\bdelivery status notification \(failure|\bunknown user|\buser unknown",
    re.IGNORECASE,
)
# Where the letter that came back begins, in reports of words alone: what we wrote in it says nothing of its delivery.
_COPY_BEGINS = re.compile(
    r"^[ \t>]*(?:---[^\n]*\b(?:copy|below|headers?|original message|follows)\b|(?:return-path|received|message-id):)",
    re.IGNORECASE | re.MULTILINE,
)
# Reports of another kind: that a letter was read, that somebody called it spam (RFC 8098, RFC 5965).
_OTHER_REPORT = re.compile(r"report-type\s*=\s*\"?(?:disposition-notification|feedback-report)", re.IGNORECASE)
# Programs of absent people answer from an empty return path, too (RFC 3834); reports tell by shape or sender.
_ANSWERING_MACHINE = ("x-autoreply", "x-autorespond", "x-auto-response-suppress", "x-ms-exchange-inbox-rules-loop")
_AWAY = re.compile(
    r"(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response|antwort)|out of (?:the )?office|automatische antwort|"
    r"abwesen|r[ée]ponse automatique|respuesta autom[áa]tica|risposta automatica|automatisch antwoord|on vacation)",
    re.IGNORECASE,
)
_LINK = re.compile(r"(?:https?:|www\.)\S*", re.IGNORECASE)
_REASONS = (
    (
        r"[45]\.1\.[0136]|5\.1\.10",
        r"(?:unknown|no such|invalid) (?:user|recipient|address|mailbox)|user (?:unknown|not found)|no mailbox",
        "there is no such mailbox",
    ),
    (
        r"[45]\.1\.[278]|[45]\.4\.[34]|5\.1\.9",
        r"host (?:unknown|not found)|nxdomain|domain name not found",
        "no such domain",
    ),
    (r"[45]\.2\.2", r"over ?quota|quota exceeded|mailbox (?:is )?full", "the mailbox is full"),
    (r"[45]\.2\.1", r"(?:account|mailbox) (?:is )?(?:disabled|inactive|blocked)", "the mailbox is not in use"),
    (r"[45]\.(?:2|3)\.[34]", r"too (?:large|big)", "the letter is too large for it"),
    (r"[45]\.7\.[0-9]+", r"access denied|blocked|spam|policy", "their mail server's rules refused it"),
    (r"[45]\.4\.[0-9]+", r"timed out|message expired|connection refused", "their mail server could not be reached"),
)
_UNKNOWN_STATUS = re.compile(r"\.0\.0$|\.[35]\.0$")


def may_be_report(head: Head) -> bool:
    """Whether a letter's header is that of a delivery report: only then is more of it read."""
    if _OTHER_REPORT.search(head.first("content-type")[:1000]):
        return False
    if head.content_type == "multipart/report" or "x-failed-recipients" in head.fields:
        return True
    if _REPORTERS.search(head.first("from")[:300]):
        return True
    return head.first("return-path").replace(" ", "") == "<>" and not _answering_machine(head)


def _answering_machine(head: Head) -> bool:
    replied = head.first("auto-submitted").lower().startswith("auto-replied")
    return replied or bool(_AWAY.match(head.subject)) or any(name in head.fields for name in _ANSWERING_MACHINE)


def read_bounce(head: Head, raw: bytes, intake_address: str) -> Bounce | None:
    """What a delivery report says of a letter that `intake_address` has sent; None: it is no report of trouble."""
    if not may_be_report(head):
        return None
    try:
        text = as_text(raw[:MOST_READ], _MOST_TEXT)
    except LetterUnreadable:
        return None
    said = f"{head.subject}\n{text}"
    permanent = _for_good(said, names_failed="x-failed-recipients" in head.fields)
    if permanent is None:
        return None
    domain = intake_address.rpartition("@")[2]
    quoted = re.search(_OUR_LETTER + re.escape(domain), " ".join([*head.answered_ids, said]), re.IGNORECASE)
    return Bounce(
        reference=quoted[1].upper() if quoted else "",
        addresses=tuple(_addresses(head, text, intake_address.lower())),
        permanent=permanent,
        why=_why(said, permanent=permanent),
    )


def _for_good(said: str, *, names_failed: bool) -> bool | None:
    """True: it was given up, False: it is late, None: it arrived, or nothing is said of that.

    Given up counts, whether the fault was a lasting one or not: a full mailbox has not got the letter either.
    """
    actions = {action.lower() for action in _ACTION.findall(said)}
    if actions:
        return True if "failed" in actions else False if "delayed" in actions else None
    copied = _COPY_BEGINS.search(said)
    said = said[: copied.start()] if copied else said
    if _ONLY_DELAYED.search(said):
        return False
    return True if names_failed or _FAILED.search(said) else None


def _addresses(head: Head, text: str, ours: str) -> list[str]:
    """Whom it was for, the likeliest first."""
    found = dict.fromkeys(_all_addresses(head, text))
    return [address for address in found if address.lower() != ours][:_MOST_ADDRESSES]


def _all_addresses(head: Head, text: str) -> Iterator[str]:
    for name in _RECIPIENT_FIELDS:
        own = head.fields.get(name, ()) if name == "x-failed-recipients" else ()
        lines = re.findall(rf"^[ \t>]*{name}:([^\n]{{1,2000}})", text, re.IGNORECASE | re.MULTILINE)
        for line in [*own, *lines]:
            yield from re.findall(_ADDRESS, line)
    for bracketed, bare in _STANDING_ALONE.findall(text):
        yield bracketed or bare


def _why(said: str, *, permanent: bool) -> str:
    """Why, in plain words, and the other server's own without anything to click: a stranger may have written them."""
    diagnosis, reply = _DIAGNOSIS.search(said), _REPLY_LINE.search(said)
    own = (diagnosis[1] if diagnosis else reply[0] if reply else "")[:600]
    plain = _reason(said, own) or (
        "their mail server refused it" if permanent else "their mail server did not take it yet"
    )
    shown = plain_line(_LINK.sub("…", own))[:160].strip()
    return f"{plain} (their server says: {shown})" if shown else plain


def refusal_in_words(reply: str) -> str:
    """Why a mail server refused a letter at once: in plain words where its reply is understood, and that reply."""
    plain = _reason(reply, reply) or "their mail server refused it"
    return f"{plain} (their server says: {_LINK.sub('…', reply)})"


def _reason(said: str, own: str) -> str:
    statuses = [*_STATUS_FIELD.findall(said), *_STATUS.findall(said)]
    status = next((one for one in statuses if not _UNKNOWN_STATUS.search(one)), "")
    by_status = (plain for pattern, _, plain in _REASONS if re.fullmatch(pattern, status))
    by_words = (plain for _, pattern, plain in _REASONS if re.search(pattern, own, re.IGNORECASE))
    return next(by_status, "") or next(by_words, "")
