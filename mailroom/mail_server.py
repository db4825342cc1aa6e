"""A mail server as the settings name it: imaps://user:pass@host:993/INBOX, smtp+starttls://user:pass@host:587."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit


class Security(StrEnum):
    """How the connection is protected. Never less than asked for."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"  # loopback only


_DEFAULT_PORTS = {"imaps": 993, "imap+starttls": 143, "imap": 143, "smtps": 465, "smtp+starttls": 587, "smtp": 25}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where and how to reach a server."""

    host: str
    port: int
    security: Security
    user: str = ""
    password: str = field(default="", repr=False)
    folder: str = "INBOX"  # IMAP only
    ca_file: str = ""  # trusted besides the system's

    @classmethod
    def of(cls, url: str, ca_file: str = "") -> MailServer:
        """The server of a settings URL; user, password and folder are percent-decoded.

        Raises ValueError, without the URL's secrets: not such a URL, or in the clear to another host than loopback.
        """
        parts = urlsplit(url)
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
            raise ValueError("a mail server is written imaps://user:password@host/INBOX or smtps://user:password@host")
        kind = parts.scheme.partition("+")[2] or ("tls" if parts.scheme.endswith("s") else "none")
        if kind == Security.NONE and not _is_loopback(parts.hostname):
            raise ValueError(f"{parts.scheme}:// sends passwords in the clear: it is for loopback only")
        return cls(
            host=parts.hostname,
            port=parts.port or _DEFAULT_PORTS[parts.scheme],
            security=Security(kind),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.strip("/")) or "INBOX",
            ca_file=ca_file,
        )

    def tls_context(self) -> ssl.SSLContext:
        """Checks the certificate and the name, always."""
        context = ssl.create_default_context()
        if self.ca_file:
            context.load_verify_locations(self.ca_file)
        return context


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
