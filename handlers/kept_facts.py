"""Facts the installation keeps about itself: the pay pages' key, the accounts by name, what Slack has sent."""

from __future__ import annotations

import secrets

from tortoise.exceptions import IntegrityError

from handlers.firm import Firm
from models.tables import FirmSetting, MerchantAccount

PAGE_KEY = "page.key"
_HEARD = "slack.heard."


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
