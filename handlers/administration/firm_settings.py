"""The firm's settings: shown, set, and given back to the operator."""

from __future__ import annotations

from tortoise.transactions import in_transaction

from handlers.administration.catalogue import SETTINGS, Setting
from handlers.administration.firm_trail import hold_trail, keep_change
from handlers.administration.live_firm import PREFIX, refresh
from handlers.answers import Overview, OverviewLine
from handlers.ports import Ports
from handlers.requests import Asker, ChangeSetting, ShowSettings
from models.tables import DisclaimerVersion, FirmSetting

DISCLAIMER = "disclaimer"


async def show_settings(asked: ShowSettings, ports: Ports) -> Overview:
    """Every setting with its value, or the one that is asked for."""
    await refresh(ports.book)  # another replica may have changed them a second ago
    lines = tuple(_line(setting, ports) for setting in SETTINGS.values() if asked.name in ("", setting.name))
    return Overview(
        "Settings",
        lines,
        ("`settings NAME VALUE` sets one, `settings NAME default` takes it back. Every change is told to all admins.",),
    )


async def change_setting(asked: ChangeSetting, by: Asker, ports: Ports) -> Overview:
    """Set one setting, or take it back; at once here, within half a minute on every replica.

    Raises CommandUnclear, AddressUnclear: the value is none that it takes; nothing is kept.
    """
    setting = SETTINGS[asked.name]
    value = None if asked.value is None else str(setting.read(asked.value))
    async with in_transaction():
        await hold_trail()
        before = await _kept(setting)
        if before != value:
            await _keep(setting, value, ports)
            usual = str(setting.of(ports.book.by_operator))
            said = [usual if one is None else one for one in (before, value)]
            await keep_change("setting", by, setting.name, said[0], said[1], ports)
    await refresh(ports.book)
    ports.wake()
    note = "It was so before; nothing was changed." if before == value else "It holds from now on; all admins are told."
    return Overview("Setting kept" if before != value else "Nothing changed", (_line(setting, ports),), (note,))


async def _kept(setting: Setting) -> str | None:
    """What admins have set; None: nothing."""
    if setting.name == DISCLAIMER:
        newest = await DisclaimerVersion.all().order_by("-id").first()
        return newest.text or None if newest else None
    row = await FirmSetting.get_or_none(name=f"{PREFIX}{setting.name}")
    return row.value if row else None


async def _keep(setting: Setting, value: str | None, ports: Ports) -> None:
    name = f"{PREFIX}{setting.name}"
    if setting.name == DISCLAIMER:  # never overwritten: receipts name the version that their payer saw
        await DisclaimerVersion.create(text=value or "", since=ports.clock.now())
    elif value is None:
        await FirmSetting.filter(name=name).delete()
    else:
        await FirmSetting.update_or_create(defaults={"value": value}, name=name)


def _line(setting: Setting, ports: Ports) -> OverviewLine:
    firm, operator = ports.firm, ports.book.by_operator
    value = str(setting.of(firm))
    version = f", version {firm.disclaimer_version}" if setting.name == DISCLAIMER and firm.disclaimer_version else ""
    usual = "" if setting.of(firm) != setting.of(operator) else "; the usual" if value else ""
    return OverviewLine(setting.name, value, f"{setting.about}{version}{usual}")
