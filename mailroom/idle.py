"""IDLE (RFC 2177): waiting until the server tells of a new letter.

IMAPClient's idle_check reads a socket that does not block, so a line that has come half is given up and its rest is
taken for another (measured, imapclient 4.1); and it does not see what came in one piece with the server's "+".
"""

from __future__ import annotations

import re
import selectors
import ssl
import threading
import time
from typing import Any

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

_TAG = b"PAYLINK1"  # imaplib's own begin with four other letters
_NEWS = re.compile(rb"\* [0-9]+ EXISTS", re.IGNORECASE)
_LOOK = 1.0  # seconds between looks at whether we are to stop


class Idle:
    """One IDLE over an IMAPClient whose folder is selected. Its calls block."""

    def __init__(self, client: Any) -> None:
        self._imap = client._imap  # noqa: SLF001  an imaplib.IMAP4; IMAPClient gives no other way to its lines
        self._sock = client.socket()

    def wait(self, seconds: float, stopped: threading.Event) -> bool:
        """Until the server tells of a new letter, at most so long. Whether it did.

        Raises IMAPClientError or OSError: it refused, hung up, or stopped in the middle of a line.
        """
        self._imap.send(_TAG + b" IDLE\r\n")
        news = self._read_until(b"+")
        end = time.monotonic() + seconds
        while not news and not stopped.is_set() and (left := end - time.monotonic()) > 0:
            if self._something_came(min(left, _LOOK)):
                news = self._is_news(self._line())
        self._imap.send(b"DONE\r\n")
        return self._read_until(_TAG + b" OK") or news

    def _read_until(self, end: bytes) -> bool:
        """Whether news was among the lines before it."""
        news = False
        while not (line := self._line()).startswith(end):
            if line.startswith(_TAG):
                raise IMAPClientError(f"IDLE was refused: {line!r:.100}")
            news = self._is_news(line) or news
        return news

    def _line(self) -> bytes:
        """The next line, whole."""
        line: bytes = self._imap.readline()
        if not line.endswith(b"\r\n"):
            raise IMAPClientAbortError("the connection ended while the server was listened to")
        return line

    def _is_news(self, line: bytes) -> bool:
        if line.upper().startswith(b"* BYE"):
            raise IMAPClientAbortError(f"the server says good-bye: {line!r:.100}")
        return _NEWS.match(line) is not None

    def _something_came(self, within: float) -> bool:
        if self._is_in_hand():
            return True
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._sock, selectors.EVENT_READ)
            return bool(waiting.select(within))

    def _is_in_hand(self) -> bool:
        """Whether something was read from the socket that nobody has asked for yet."""
        if hasattr(self._imap, "_readbuf"):  # imaplib reads by itself from Python 3.14 on
            return any(self._imap._readbuf)  # noqa: SLF001
        patience = self._sock.gettimeout()
        self._sock.settimeout(0)
        try:
            return bool(self._imap.file.peek(1))
        except ssl.SSLWantReadError:
            return False
        finally:
            self._sock.settimeout(patience)
