"""What only real IMAP servers show: refusals, limits, lost numbers, lines that break or fall silent (F20-F24)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from imapclient import IMAPClient

from mailroom.imap_mailbox import ImapMailbox
from mailroom.mail_server import MailServer
from mailroom.mailbox import FilingRefused, Folder, MailboxTrouble
from tests.contracts.test_mailbox import OLD_SERVER, letter
from tests.relay import relay
from tests.servers import Dovecot, free_port


async def test_tls_and_starttls_work_with_the_issuer_named(dovecot: Dovecot) -> None:
    for scheme in ("imaps", "imap+starttls"):
        mailbox = ImapMailbox(MailServer.of(dovecot.url_of(scheme, "localhost"), str(dovecot.ca_file)), 20)
        assert await mailbox.open() > 0
        await mailbox.wait(0.1)
        await mailbox.close()


@pytest.mark.parametrize(("host", "issuer_known"), [("localhost", False), ("127.1", True)])
async def test_a_certificate_of_an_unknown_issuer_or_another_host_is_refused(
    dovecot: Dovecot, host: str, issuer_known: bool
) -> None:
    """(F20) No second try without it: the password is never said."""
    ca_file = str(dovecot.ca_file) if issuer_known else ""
    for scheme in ("imaps", "imap+starttls"):
        mailbox = ImapMailbox(MailServer.of(dovecot.url_of(scheme, host), ca_file), 20)
        for _ in range(2):
            with pytest.raises(MailboxTrouble, match="certificate"):
                await mailbox.open()
    assert dovecot.log_ins == 0


async def test_a_server_without_starttls_never_hears_the_password(start_dovecot: Callable[..., Dovecot]) -> None:
    server = start_dovecot(extra="ssl = no")
    mailbox = ImapMailbox(MailServer.of(server.url_of("imap+starttls")), 20)
    with pytest.raises(MailboxTrouble):
        await mailbox.open()
    assert server.log_ins == 0


async def test_a_refused_log_in_is_told_without_the_password(dovecot: Dovecot) -> None:
    mailbox = ImapMailbox(MailServer.of(dovecot.url.replace("secret", "wr%22o%5Cng")), 20)
    with pytest.raises(MailboxTrouble) as trouble:
        await mailbox.open()
    assert "log-in" in str(trouble.value)
    assert "wr" not in str(trouble.value).replace("wrong", "")


async def test_a_server_that_is_not_there_is_trouble() -> None:
    mailbox = ImapMailbox(MailServer.of(f"imap://a:b@127.0.0.1:{free_port()}"), 5)
    with pytest.raises(MailboxTrouble):
        await mailbox.open()


RIGHTS = """
protocol imap {
  mail_plugins = $mail_plugins acl
}
plugin {
  acl = vfile:{folder}/rights
}
"""
FULL = """
mail_plugins = $mail_plugins quota
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:messages=2
}
"""


async def test_a_mailbox_over_quota_refuses_to_file_and_is_read_all_the_same(
    start_dovecot: Callable[..., Dovecot],
) -> None:
    """(F24) A server that cannot move must copy, and has no room to."""
    server = start_dovecot(capability=OLD_SERVER, extra=FULL)
    mailbox = ImapMailbox(MailServer.of(server.url))
    for number in (1, 2):
        server.deliver(letter(number))
    await mailbox.open()
    first, second = await mailbox.uids(0)
    with pytest.raises(FilingRefused) as refusal:
        await mailbox.file(first, Folder.PROCESSED)
    assert server.password not in str(refusal.value)
    assert await mailbox.uids(0) == [first, second]
    found = await mailbox.fetch(second)
    assert found is not None
    assert b"letter 2" in found.raw
    await mailbox.close()


async def test_a_server_that_lost_its_numbers_says_so_and_shows_the_same_letters(
    start_dovecot: Callable[..., Dovecot],
) -> None:
    """(F22)"""
    server = start_dovecot()
    mailbox = ImapMailbox(MailServer.of(server.url))
    for number in (1, 2):
        server.deliver(letter(number))
    before = await mailbox.open()
    assert len(await mailbox.uids(0)) == 2
    await mailbox.close()
    server.forget_numbers()
    assert await mailbox.open() == before + 1
    assert len(await mailbox.uids(0)) == 2
    await mailbox.close()


@pytest.mark.parametrize(
    ("rights", "capability"),
    [
        ("INBOX owner lrwstipekxa\n* owner lr\n", ""),  # no folder may be made
        ("INBOX owner lr\n", OLD_SERVER),  # SELECT says READ-ONLY
        ("INBOX owner lrwsi\n", OLD_SERVER),  # a copy would be made, and the letter stay
        ("INBOX owner lrwst\n", ""),
    ],
    ids=["no folder", "read only", "no deleting", "no expunging"],
)
async def test_a_mailbox_we_have_too_few_rights_to_is_read_and_refuses_to_file(
    start_dovecot: Callable[..., Dovecot], rights: str, capability: str
) -> None:
    """(F24) However often it is tried, no copy is left anywhere."""
    server = start_dovecot(capability=capability, extra=RIGHTS, files={"rights": rights})
    mailbox = ImapMailbox(MailServer.of(server.url))
    server.deliver(letter(1))
    await mailbox.open()
    [uid] = await mailbox.uids(0)
    for _ in range(2):
        with pytest.raises(FilingRefused):
            await mailbox.file(uid, Folder.PROCESSED)
    assert await mailbox.uids(0) == [uid]
    found = await mailbox.fetch(uid)
    assert found is not None
    assert b"letter 1" in found.raw
    assert server.letters("Processed") == []
    assert await mailbox.open() > 0
    await mailbox.close()


async def test_the_folders_are_made_when_needed_and_again_when_somebody_took_them_away(dovecot: Dovecot) -> None:
    """They are subscribed to: mail programs show no others."""
    mailbox = ImapMailbox(MailServer.of(dovecot.url))
    with IMAPClient("127.0.0.1", dovecot.imap_port, ssl=False, timeout=60) as colleague:
        colleague.login(dovecot.user, dovecot.password)
        for number in (1, 2):
            dovecot.deliver(letter(number))
            await mailbox.open()
            [uid] = await mailbox.uids(0)
            await mailbox.file(uid, Folder.QUARANTINE)
            assert [name for _, _, name in colleague.list_sub_folders()] == ["Quarantine"]
            assert len(dovecot.letters("Quarantine")) == 1
            colleague.delete_folder("Quarantine")
    await mailbox.close()


async def test_a_connection_cut_while_it_is_listened_to_is_trouble_and_then_opens_again(dovecot: Dovecot) -> None:
    """(F21) Whether the wait has begun by then or not."""
    async with relay(dovecot.imap_port) as (port, cut):
        mailbox = ImapMailbox(MailServer.of(dovecot.url_of("imap", port=port)))
        await mailbox.open()
        waiting = asyncio.create_task(mailbox.wait(60))
        await asyncio.sleep(0.1)
        cut()
        with pytest.raises(MailboxTrouble):
            await waiting
        assert await mailbox.open() > 0
        await mailbox.close()


def _impatient(mailbox: ImapMailbox) -> None:
    """Its connection, which stands, waits for an answer half a second from now on; the product waits a minute."""
    mailbox._client.socket().settimeout(0.5)


@pytest.mark.parametrize("silently", [False, True], ids=["dropped", "half open"])
async def test_a_letter_of_which_only_half_came_is_trouble_and_comes_whole_the_next_time(
    dovecot: Dovecot, silently: bool
) -> None:
    """(F21)"""
    dovecot.deliver(letter(1, size=300_000))
    async with relay(dovecot.imap_port) as (port, cut):
        mailbox = ImapMailbox(MailServer.of(dovecot.url_of("imap", port=port)))
        await mailbox.open()
        [uid] = await mailbox.uids(0)
        _impatient(mailbox)
        cut(after=100_000, silently=silently)
        with pytest.raises(MailboxTrouble):
            await mailbox.fetch(uid)
        await mailbox.close()
    mailbox = ImapMailbox(MailServer.of(dovecot.url))
    await mailbox.open()
    found = await mailbox.fetch(uid)
    assert found is not None
    assert found.raw.endswith(letter(1, size=300_000))
    await mailbox.close()


@pytest.mark.parametrize(
    "call",
    [
        lambda box: box.uids(0),
        lambda box: box.fetch(1),
        lambda box: box.file(1, Folder.PROCESSED),
        lambda box: box.wait(1),
    ],
    ids=["looking", "fetching", "filing", "listening"],
)
async def test_a_server_that_falls_silent_is_noticed(
    dovecot: Dovecot, call: Callable[[ImapMailbox], Awaitable[object]]
) -> None:
    """(F21) The connection stays open but nothing comes through it any more."""
    async with relay(dovecot.imap_port) as (port, cut):
        mailbox = ImapMailbox(MailServer.of(dovecot.url_of("imap", port=port)))
        await mailbox.open()
        _impatient(mailbox)
        cut(silently=True)
        with pytest.raises(MailboxTrouble):
            await call(mailbox)
        await mailbox.close()
