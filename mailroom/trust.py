"""May this letter's sender command us? Only what our own mail provider vouches for counts (SPEC 5, RELIABILITY T15).

Believed is the topmost Authentication-Results header and no other, when it bears our provider's authserv-id, says
`dmarc=pass` once, and says it of the very domain of the one From mailbox. Everything else is silence with a reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailroom.heads import Head

_ATOM = r"[^\s;=()\"]+"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_SERVER = re.compile(rf"(?P<id>{_ATOM}|{_QUOTED})(?:\s+1)?")
_METHOD = re.compile(r"(?P<method>[A-Za-z0-9-]+)(?:\s*/\s*[0-9]+)?\s*=\s*(?P<result>[A-Za-z0-9_-]+)(?=\s|$)")
_PROPERTY = re.compile(
    rf"\s+(?P<name>[A-Za-z0-9_-]+(?:\s*\.\s*[A-Za-z0-9_-]+)?)\s*=\s*(?P<value>(?:{_QUOTED}|[^\s\"]+)+)"
)
_OUTSIDE = re.compile(rf"\(|{_QUOTED}|[^()\"\\]+")
_IN_COMMENT = re.compile(r"[()]|\\.|[^()\\]+")
# What RFC 5322 and MIME have once. A signature holds for the lowest of several fields: whoever has any letter of ours
# could put another subject above the signed one and send it on, and it would pass (RFC 6376, section 8.15).
_ONCE = (
    *("sender", "subject", "message-id", "date", "to", "cc", "in-reply-to", "references"),
    *("content-type", "content-transfer-encoding"),
)
_UNREADABLE = "an Authentication-Results header that cannot be read"
_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who may command us by this letter; or why nobody."""

    address: str = ""  # lower case; the From address whose domain our provider vouches for
    reason: str = ""  # for the list of letters set aside


def judge(head: Head, authserv_id: str) -> Verdict:
    """Whether the From address of a letter is vouched for by `authserv_id`, our mail provider's name for itself."""
    if not head.sender:
        return Verdict(reason="From is not exactly one plain address")
    sender_fields = head.fields.get("sender", ())
    if any(_address(value) != head.sender for value in sender_fields):
        return Verdict(reason="Sender is another address than From")
    twice = next((name for name in _ONCE if len(head.fields.get(name, ())) > 1), "")
    if twice:
        return Verdict(reason=f"more than one header “{twice}”")
    results = head.fields.get("authentication-results", ())
    if not results:
        return Verdict(reason="no Authentication-Results header")
    try:
        domain = _dmarc_passed(results[0], authserv_id)
    except ValueError as error:
        return Verdict(reason=str(error))
    if domain != head.sender.partition("@")[2]:
        return Verdict(reason="DMARC passed for another domain than that of From")
    return Verdict(address=head.sender)


def _address(value: str) -> str:
    """The one address in a field; blank: there is not one, or the field is longer than any with one."""
    found = _ADDRESS.findall(value) if len(value) <= 1000 else []
    return found[0].lower() if len(found) == 1 else ""


def _dmarc_passed(header: str, authserv_id: str) -> str:
    """The domain of which an Authentication-Results header (RFC 8601) of `authserv_id` says that DMARC passed.

    Raises ValueError, whose words are the reason: another server's, not to be read, no DMARC result or not one pass.
    """
    server, *results = _sections(_without_comments(header))
    named = _SERVER.fullmatch(server.strip())
    if not named or _unquoted(named["id"]).lower() != authserv_id.lower():
        raise ValueError("the topmost Authentication-Results header is not our mail provider's")
    found = [properties for method, properties in map(_result, results) if method == "dmarc"]
    if not found:
        raise ValueError("no DMARC result")
    if len(found) > 1:
        raise ValueError("more than one DMARC result")
    [(result, properties)] = found
    if result != "pass":
        raise ValueError(f"DMARC {result}")
    domains = [value.lower() for name, value in properties if name == "header.from"]
    if len(domains) != 1:
        raise ValueError("the DMARC result does not name one From domain")
    return domains[0]


def _result(section: str) -> tuple[str, tuple[str, list[tuple[str, str]]]]:
    """`dmarc=pass policy.x=none header.from=firm.example` → method, (result, properties); `none` has no method.

    Properties without a type (Microsoft's `action=none`) are taken as they are.
    """
    text = section.strip()
    if not text or text.lower() == "none":
        return "", ("", [])
    found = _METHOD.match(text)
    if not found:
        raise ValueError(_UNREADABLE)
    properties: list[tuple[str, str]] = []
    at = found.end()
    while at < len(text):
        next_one = _PROPERTY.match(text, at)
        if not next_one:
            raise ValueError(_UNREADABLE)
        properties.append((re.sub(r"\s", "", next_one["name"]).lower(), _unquoted(next_one["value"])))
        at = next_one.end()
    return found["method"].lower(), (found["result"].lower(), properties)


def _without_comments(text: str) -> str:
    """Comments, which may be nested, made spaces; quotes mean nothing in them. Raises ValueError: one is left open."""
    kept: list[str] = []
    depth = at = 0
    while at < len(text):
        found = (_IN_COMMENT if depth else _OUTSIDE).match(text, at)
        if not found:
            raise ValueError(_UNREADABLE)
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        kept.append(found[0] if depth == 0 and found[0] != ")" else " ")
        at = found.end()
    if depth:
        raise ValueError(_UNREADABLE)
    return "".join(kept)


def _sections(text: str) -> list[str]:
    return re.findall(rf"(?:^|(?<=;))((?:{_QUOTED}|[^;\"])*)(?:;|$)", text)


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') and value.endswith('"') else value
