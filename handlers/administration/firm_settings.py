"""The firm's settings: shown, set one by one or a form full at once, and given back to the operator."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping

from tortoise.transactions import in_transaction

from handlers.administration.catalogue import SETTINGS, Setting
from handlers.administration.live_firm import PREFIX, refresh
from handlers.administration.setting_values import Value, as_typed, kept, spelled
from handlers.answers import Overview, OverviewLine, SettingField, SettingsForm, SettingsRefused
from handlers.firm import Firm
from handlers.firm_trail import Change, hold_trail, keep_change, keep_changes, last_changed_by
from handlers.ports import Ports
from handlers.requests import Asker, ChangeSetting, OpenSettings, SaveSettings, ShowSettings
from models.card_numbers import holds_card_number
from models.errors import CardNumberSeen, PaylinkError
from models.logo import read_logo
from models.plain_text import clean, shortened
from models.tables import DisclaimerVersion, FirmSetting

DISCLAIMER = "disclaimer"
CAPTCHA = "captcha"
LOGO = "logo"


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

    Raises CommandUnclear, AddressUnclear, AmountUnclear: the value is none that it takes; nothing is kept.
    """
    setting = SETTINGS[asked.name]
    value = _new_value(setting, asked.value, ports.firm)
    async with in_transaction():
        await hold_trail()
        before = await _kept(setting)
        if before != value:
            await _keep(setting, value, ports)
            said = [_said(setting, one, ports) for one in (before, value)]
            await keep_change("setting", by, setting.name, said[0], said[1], ports)
    await refresh(ports.book)
    ports.wake()
    note = "It was so before; nothing was changed." if before == value else "It holds from now on; all admins are told."
    return Overview("Setting kept" if before != value else "Nothing changed", (_line(setting, ports),), (note,))


# ── the form ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def open_settings(asked: OpenSettings, ports: Ports) -> SettingsForm:
    """Every setting as it stands, to be filled in."""
    await refresh(ports.book)
    return SettingsForm(_fields(ports.firm))


async def save_settings(asked: SaveSettings, by: Asker, ports: Ports) -> SettingsForm | SettingsRefused:
    """Keep what an admin changed in the form: all of it, or nothing.

    A field that they left as they found it is not touched. One that somebody else has changed meanwhile is not
    overwritten unseen: nothing is kept, and the form comes back with what happened and what they had typed.
    """
    typed = {
        name: text
        for name, text in asked.typed.items()
        if name in SETTINGS and name != LOGO and mark(text) != asked.seen.get(name)
    }
    values, errors = _read_all(typed, ports.firm)
    if asked.logo:
        try:
            values[LOGO] = kept(await asyncio.to_thread(read_logo, asked.logo))
        except PaylinkError as error:
            errors[LOGO] = error.for_staff()
    if errors:
        return SettingsRefused(errors)
    async with in_transaction():
        await hold_trail()
        before = {name: await _kept(SETTINGS[name]) for name in values}
        moved = [name for name in typed if mark(_as_typed(SETTINGS[name], before[name], ports)) != asked.seen.get(name)]
        changed = [name for name in values if before[name] != values[name]]
        if not moved:
            for name in changed:
                await _keep(SETTINGS[name], values[name], ports)
            changes = [
                Change(name, *(_said(SETTINGS[name], one, ports) for one in (before[name], values[name])))
                for name in changed
            ]
            await keep_changes("setting", by, changes, ports)
    await refresh(ports.book)
    ports.wake()
    if moved:
        notes = tuple([await _told(name, ports) for name in moved])
        return SettingsForm(_fields(ports.firm, typed), notes)
    lines = tuple(_line(SETTINGS[name], ports) for name in changed)
    return SettingsForm(_fields(ports.firm), saved=Overview(_saved(len(lines)), lines))


async def set_up(name: str, typed: str, ports: Ports) -> None:
    """Give a setting its first value, as whoever installs the product does: nobody is told, and one kept before stays.

    Raises PaylinkError: it does not take this value.
    """
    if await _kept(SETTINGS[name]) is None:
        await _keep(SETTINGS[name], _new_value(SETTINGS[name], typed, ports.firm), ports)
    await refresh(ports.book)


def mark(text: str) -> str:
    """What a form remembers of a value: enough to tell whether it was changed."""
    return hashlib.sha256(clean(text)[0].strip().encode()).hexdigest()[:8]


def _read_all(typed: Mapping[str, str], firm: Firm) -> tuple[dict[str, str | None], dict[str, str]]:
    """What each field's words are kept as, and what is wrong with the others."""
    values: dict[str, str | None] = {}
    errors: dict[str, str] = {}
    for name, text in typed.items():
        try:
            if holds_card_number(text):
                raise CardNumberSeen()
            values[name] = _new_value(SETTINGS[name], text if text.strip() else None, firm)
        except PaylinkError as error:
            errors[name] = error.for_staff()
    return values, errors


async def _told(name: str, ports: Ports) -> str:
    who = await last_changed_by("setting", name)
    value = shortened(spelled(SETTINGS[name].of(ports.firm), ports.firm), 200) or "nothing"
    return f"{who} changed `{name}` to “{value}” while you had this form open. Nothing was kept yet."


def _saved(count: int) -> str:
    return f"Kept: {count} {'setting' if count == 1 else 'settings'}" if count else "Nothing was changed"


def _fields(firm: Firm, typed: Mapping[str, str] | None = None) -> tuple[SettingField, ...]:
    """`typed`: what stands in the fields instead of the values."""
    fields = []
    for setting in SETTINGS.values():
        now = as_typed(setting.of(firm))
        shown = (typed or {}).get(setting.name, now)
        missing = _missing(setting, firm)
        fields.append(SettingField(setting.name, setting.about, shown, mark(now), setting.example, missing))
    return tuple(fields)


def _missing(setting: Setting, firm: Firm) -> str:
    """Why there is nothing to set here yet, and who can change that; blank where there is."""
    if setting.name != CAPTCHA or firm.captcha_provider != "none":
        return ""
    return (
        "None is set up. The operator sets `PAYLINK_CAPTCHA__PROVIDER` and starts Paylink again: `altcha` needs no "
        "account anywhere, `recaptcha`, `hcaptcha` and `turnstile` need their keys. Then it is switched here."
    )


# ── one setting ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _new_value(setting: Setting, typed: str | None, firm: Firm) -> str | None:
    """What is kept of what was typed; None: what the operator has set, or the usual."""
    if typed is None or setting.taken_back(typed):
        return None
    return kept(setting.read(typed, firm))


def _value(setting: Setting, stored: str | None, ports: Ports) -> Value:
    operator = ports.book.by_operator
    return setting.of(operator) if stored is None else setting.read(stored, operator)


def _said(setting: Setting, stored: str | None, ports: Ports) -> str:
    try:
        return spelled(_value(setting, stored, ports), ports.firm)
    except PaylinkError:  # an earlier version took it
        return stored or ""


def _as_typed(setting: Setting, stored: str | None, ports: Ports) -> str:
    try:
        return as_typed(_value(setting, stored, ports))
    except PaylinkError:  # an earlier version took it, and the form showed the operator's
        return as_typed(setting.of(ports.book.by_operator))


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
    value = "off" if _missing(setting, ports.firm) else spelled(setting.of(ports.firm), ports.firm)
    return OverviewLine(setting.name, value, _about(setting, ports))


def _about(setting: Setting, ports: Ports) -> str:
    firm, operator = ports.firm, ports.book.by_operator
    if missing := _missing(setting, firm):
        return f"{setting.about}. {missing}"
    version = f", version {firm.disclaimer_version}" if setting.name == DISCLAIMER and firm.disclaimer_version else ""
    none = not kept(setting.of(firm))
    usual = "" if setting.of(firm) != setting.of(operator) else "" if none else "; the usual"
    return f"{setting.about}{version}{usual}"
