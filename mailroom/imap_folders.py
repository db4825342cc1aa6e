"""Filing on an IMAP server: what the folders are called there, and the ways of moving a letter into one."""

from __future__ import annotations

import contextlib
from typing import Any

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, IMAPClientReadOnlyError

from mailroom.mailbox import FilingRefused, Folder


def selected(client: Any, folder: str) -> dict[bytes, Any]:
    """What SELECT answers; of a folder that may only be read as well."""
    try:
        return dict(client.select_folder(folder))
    except IMAPClientReadOnlyError:
        return dict(client.select_folder(folder, readonly=True))


def may_take_out(answer: dict[bytes, Any]) -> bool:
    """Whether letters can be taken out of the folder of this answer to SELECT (RFC 3501, section 7.1)."""
    kept = answer.get(b"PERMANENTFLAGS")
    return b"READ-ONLY" not in answer and (kept is None or any(flag.lower() == b"\\deleted" for flag in kept))


class FilingFolders:
    """The folders letters are filed in: below the server's own prefix if it has one, made when first needed."""

    def __init__(self, client: Any) -> None:
        self._client = client
        prefix = ""
        if client.has_capability("NAMESPACE"):
            personal = client.namespace().personal
            prefix = personal[0][0] if personal else ""
        self._paths = {folder: f"{prefix}{folder.value}" for folder in Folder}
        self._seen: set[str] = set()  # those that were there

    def file(self, uid: int, folder: Folder) -> None:
        """Move a letter of the selected folder; one that is gone is fine. Raises FilingRefused: the server said NO."""
        path = self._paths[folder]
        try:
            try:
                self._move(uid, path)
            except IMAPClientAbortError:
                raise
            except IMAPClientError:
                if path in self._seen and self._client.folder_exists(path):
                    raise
                self._make_sure_of(path)
                self._move(uid, path)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:  # the connection is fine
            self._client.noop()  # hear of letters that another process filed meanwhile
            if uid in self._client.get_flags([uid]):
                raise FilingRefused(f"{error}"[:200]) from error

    def _move(self, uid: int, path: str) -> None:
        client = self._client
        if client.has_capability("MOVE"):
            client.move([uid], path)
            return
        if b"\\Deleted" in client.get_flags([uid]).get(uid, (b"\\Deleted",)):
            return
        client.copy([uid], path)
        client.delete_messages([uid], silent=True)
        if client.has_capability("UIDPLUS"):  # else EXPUNGE would take what others marked, too
            client.uid_expunge([uid])

    def _make_sure_of(self, path: str) -> None:
        """Make it where it never was, or where somebody took it away. Mail programs show only folders subscribed to."""
        client = self._client
        if not client.folder_exists(path):
            try:
                client.create_folder(path)
            except IMAPClientAbortError:
                raise
            except IMAPClientError:
                if not client.folder_exists(path):  # another process may have been quicker
                    raise
            with contextlib.suppress(IMAPClientError):
                client.subscribe_folder(path)
        self._seen.add(path)
