"""Facts the installation keeps about itself: the pages' key, accounts by name, what Slack has sent, an outage."""

from __future__ import annotations

import secrets
from datetime import datetime

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from handlers.firm import Firm
from models.tables import FirmSetting, MerchantAccount

PAGE_KEY = "page.key"
_HEARD = "slack.heard."
_MAIL_DOWN = "mail.down"


async def page_key() -> str:
    """The key of the pay pages' forms, made once and the same for every replica."""
    kept = await FirmSetting.get_or_none(name=PAGE_KEY)
    if kept is None:
        try:
            kept = await FirmSetting.create(name=PAGE_KEY, value=secrets.token_urlsafe(32))
        except IntegrityError:  # another replica was first
            kept = await FirmSetting.get(name=PAGE_KEY)
    return kept.value


async def remember_accounts(firm: Firm) -> None:
    """Write the configured accounts down, so that links of one that is later removed still have its name."""
    for account in firm.accounts.values():
        facts = {"name": account.name, "kind": account.kind, "currency": account.currency}
        # A least part in another currency means nothing: the rule is the admins' to set anew.
        stale = MerchantAccount.filter(key=account.key).exclude(currency=account.currency)
        await stale.update(partial="off", partial_minimum=None)
        await MerchantAccount.update_or_create(defaults=facts, key=account.key)


async def remember_heard(kind: str) -> None:
    """Write down that Slack has sent this kind of thing: it is set up."""
    await FirmSetting.get_or_create(name=_HEARD + kind, defaults={"value": "yes"})


async def heard_so_far() -> frozenset[str]:
    """Every kind of thing that Slack has sent."""
    rows = await FirmSetting.filter(name__startswith=_HEARD)
    return frozenset(row.name.removeprefix(_HEARD) for row in rows)


async def remember_mail_down(since: datetime) -> bool:
    """Write down since when the mailbox cannot be read. False: it is written down already."""
    if await mail_down_since() is not None:
        return False
    try:
        async with in_transaction():  # a savepoint: on PostgreSQL the error would spoil the caller's transaction
            await FirmSetting.create(name=_MAIL_DOWN, value=since.isoformat())
    except IntegrityError:  # another replica was first
        return False
    return True


async def mail_down_since() -> datetime | None:
    """Since when the admins know that the mailbox cannot be read; None: it can."""
    kept = await FirmSetting.get_or_none(name=_MAIL_DOWN)
    return datetime.fromisoformat(kept.value) if kept else None


async def forget_mail_down() -> datetime | None:
    """The mailbox is read again: since when it was not. None: nothing was written down."""
    since = await mail_down_since()
    return since if since is not None and await FirmSetting.filter(name=_MAIL_DOWN).delete() else None
