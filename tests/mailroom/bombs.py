"""Letters made to hurt whoever reads them. Run as a program, it reads each in a process of its own, within limits."""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable

from mailroom.bounces import read_bounce
from mailroom.heads import LetterUnreadable, read_head
from mailroom.letters import read_letter
from mailroom.payer_replies import read_payer_reply

MOST_SECONDS = 2  # of a processor, not of a clock: a busy machine takes no more of them
MOST_MEMORY = 100 * 1024**2  # bytes, beside the letter
TOO_MUCH = 3  # an exit code
INTAKE = "pay@harborfinch.example"

_FROM = b"From: sam@harborfinch.example\r\nSubject: x\r\n"


def _nested(depth: int) -> bytes:
    opening = (f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(depth))
    return _FROM + "".join(opening).encode()


_PICTURE = b"Content-Type: text/csv; name=a.csv\r\nContent-Transfer-Encoding: base64\r\n\r\n"
_REPORT = b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
BOMBS = {
    "200 parts deep": _nested(200),
    "10,000 parts": _FROM + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 10_000,
    "letters in letters": _FROM + b"Content-Type: message/rfc822\r\n\r\n" * 5_000,
    "50 MB": _FROM + b"\r\n" + b"a" * 50_000_000,
    "ten million lines": _FROM + b"\r\n" + b"\n" * 10_000_000,
    "many lines, many boundaries open": _nested(9) + b"\r\n" + b"--b\n" * 299_000,
    "one line of 10 MB": _FROM + b"\r\n" + b"a" * 10_000_000,
    "many header parameters": _FROM + b"Content-Type: text/plain; " + b'a="' * 10_000 + b"\r\n\r\nx",
    "semicolons": _FROM + b"Content-Type: text/plain; " + b";" * 30_000 + b"\r\n\r\nx",
    **{
        f"HTML of {piece!r}": _FROM + b"Content-Type: text/html\r\n\r\n" + piece * (100_000 // len(piece))
        for piece in (b"<", b"<!", b"<!--", b"<a ", b"<div>", b"<a x='", b"&", b"</a", b"<blockquote>", b"<br>", b"<?")
    },
    **{
        f"text of {piece!r}": _FROM + b"\r\n" + (piece * 20_000)[:64_000]
        for piece in (b">", b"On ", b"On\n", b"From: a\n", b"-- a\n", b"_", b"Sent from my ", b"Am a schrieb ", b"\n")
    },
    "10 MB of base64": _FROM + _PICTURE + (b"QUJD" * 19 + b"\r\n") * 130_000,
    "a report of 200,000 blocks": _FROM + _REPORT + b"Final-Recipient: rfc822; a@b.example\r\n\r\n" * 200_000,
    "a report of 900 fields": _FROM + _REPORT + b"Diagnostic-Code: smtp; 550 no\r\n" * 900,
    "uuencoded without end": _FROM
    + b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\r\n"
    + b"M\r\n" * 250_000,
    "10,000 headers": _FROM + b"X: y\r\n" * 10_000 + b"\r\n",
    "encoded words without end": b"From: sam@harborfinch.example\r\nSubject: " + b"=?utf-8?q?" * 20_000 + b"\r\n\r\n",
}


def as_staff(raw: bytes) -> str:
    """What the intake reads of the letter of somebody it obeys; the refusal, blank where it was read."""
    try:
        read_letter(raw)
    except LetterUnreadable as refused:
        return refused.sentence
    return ""


def as_stranger(raw: bytes) -> str:
    """What it reads of anybody's letter."""
    try:
        head = read_head(raw)
    except LetterUnreadable as refused:
        return refused.sentence
    read_bounce(head, raw, INTAKE)
    read_payer_reply(head, raw, INTAKE, "mx.harborfinch.example")
    return ""


def _within_limits(read: Callable[[bytes], str], raw: bytes) -> str:
    """Read in a child that the kernel ends when it takes too long; what is wrong, blank where nothing is."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS + 1))
            before = _most_memory()
            read(raw)
            code = 0 if _most_memory() - before < MOST_MEMORY else TOO_MUCH
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {0: "", TOO_MUCH: "too much memory", -signal.SIGXCPU: "too long"}.get(status, f"ended with {status}")


def _most_memory() -> int:
    """The most bytes that this process has had in memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> int:
    """Print what does not keep to the limits."""
    gc.freeze()
    sizes = [(name, read, _within_limits(read, raw)) for name, raw in BOMBS.items() for read in (as_staff, as_stranger)]
    wrong = [f"{name} ({read.__name__}): {what}" for name, read, what in sizes if what]
    print(*wrong or [f"{len(sizes)} within limits"], sep="\n")  # noqa: T201
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
