"""Who hears of what, besides the channel a link was asked for in, or its maker: event by event, account by account."""

from __future__ import annotations

from tortoise.transactions import in_transaction

from handlers.answers import NotificationsForm, Overview, OverviewLine, RouteLine
from handlers.firm_trail import hold_trail, keep_change
from handlers.links.routes import route_of
from handlers.news_kinds import ALL, EVENTS, Route
from handlers.ports import DeliveryRefused, DeliveryTrouble, Ports
from handlers.requests import Asker, OpenNotifications, Role, RouteNews, ShowNotifications, TryNews
from models.errors import PaylinkError
from models.money import spell
from models.slack_ids import is_person
from models.statements import insert_all
from models.tables import NewsRoute, StaffMember

MOST = 40  # lines of the map: so many can be looked over in one form
_HOW = (
    "`notifications paid #channel` names who hears of payments, `notifications paid off` nobody; `all` is every event. "
    "The channel that a link is asked for in hears of it always; else its maker does, in person."
)


class ChannelUnfit(PaylinkError):
    """Paylink cannot post there, or may not."""

    code = "channel_unfit"


async def show_notifications(asked: ShowNotifications, ports: Ports) -> Overview:
    """The map as it is."""
    return Overview("Notifications", await _lines(ports), (_HOW, f"The events are: {', '.join(EVENTS)}."))


async def open_notifications(asked: OpenNotifications, ports: Ports) -> NotificationsForm:
    """The map as it is, to be changed."""
    return await notifications_form(ports)


async def notifications_form(ports: Ports, note: str = "") -> NotificationsForm:
    """The form with the map as it is; `note`: what was just done."""
    routes = tuple(RouteLine(one.event, one.target, one.account, one.least) for one in await _routes())
    return NotificationsForm(routes, {key: one.name for key, one in ports.firm.accounts.items()}, note)


async def route_news(asked: RouteNews, by: Asker, ports: Ports) -> Overview:
    """Add somebody to the map, or take them off it. They are told so first: a channel that is unfit is never kept.

    Raises ChannelUnfit: Paylink cannot post there, it is a person without a role, or the map is full. Raises
    AccountUnclear: there is no such account.
    """
    account = ports.firm.account(asked.account).key if asked.account else ""
    if asked.off:
        changed = await _taken_off(asked, account, by, ports)
    else:
        changed = await _added(Route(asked.event, asked.target, account, asked.least), by, ports)
    ports.wake()
    note = "It holds from now on." if changed else "It was so before; nothing was changed."
    return Overview("Notifications", await _lines(ports), (note,))


async def try_news(asked: TryNews, by: Asker, ports: Ports) -> NotificationsForm:
    """Post a message there, to see whether it arrives. Raises ChannelUnfit."""
    await _fit(asked.target, ports)
    await _say(asked.target, f"This is a test by {by.name}: news of payment links can be told here.", ports)
    return await notifications_form(ports, "The test was posted.")


async def notify_channel(channel: str) -> None:
    """Have a channel hear of everything. By itself for the sandbox, where nobody has to be asked."""
    await NewsRoute.get_or_create(event=ALL, account="", target=channel)


async def forget_person(person: str) -> int:
    """Take somebody off the map who may no longer use the product; how many lines they had."""
    return await NewsRoute.filter(target=person).delete()


async def _added(route: Route, by: Asker, ports: Ports) -> bool:
    where: dict[str, object] = {"event": route.event, "account": route.account, "target": route.target}
    terms: dict[str, object] = {
        "least_minor": route.least.minor if route.least else None,
        "currency": route.least.currency if route.least else "",
    }
    if await NewsRoute.filter(**where, **terms).exists():
        return False
    await _fit(route.target, ports)
    if not await NewsRoute.filter(target=route.target).exists():
        await _say(
            route.target,
            f"News of payment links is told here from now on ({_what(route, ports)}), as {by.name} wishes.",
            ports,
        )
    async with in_transaction():
        await hold_trail()
        before = await NewsRoute.filter(**where).first()
        if before is None and await NewsRoute.all().count() >= MOST:
            raise ChannelUnfit(f"The map is full: it has {MOST} lines. Take some off first, or name `all` events.")
        said = _what(route_of(before), ports) if before else ""
        if before:
            await NewsRoute.filter(id=before.id).update(**terms)
        else:
            await insert_all(NewsRoute, [where | terms])
        await keep_change("notifications", by, f"what is told to {route.target}", said, _what(route, ports), ports)
    return True


async def _taken_off(asked: RouteNews, account: str, by: Asker, ports: Ports) -> bool:
    """One line, or all of an event where nobody is named; `account` blank: whatever the account."""
    async with in_transaction():
        await hold_trail()
        rows = NewsRoute.filter(event=asked.event).order_by("id")
        rows = rows.filter(target=asked.target) if asked.target else rows
        found = await (rows.filter(account=account) if account or asked.target else rows)
        for row in found:
            await row.delete()
            what = f"what is told to {row.target}"
            await keep_change("notifications", by, what, _what(route_of(row), ports), "", ports)
    return bool(found)


async def _fit(target: str, ports: Ports) -> None:
    """Raises ChannelUnfit: it is a person who may not use the product; amounts and names are not for them."""
    if not is_person(target) or target in ports.firm.admins:
        return
    if not await StaffMember.filter(slack_id=target, active=True).exclude(role=Role.NOBODY.value).exists():
        raise ChannelUnfit("Only people who have a role here can hear of links: `users add @person viewer` gives one.")


async def _say(target: str, words: str, ports: Ports) -> None:
    if ports.channels is None:
        raise ChannelUnfit("Slack is off here, so nobody can be told anything.")
    try:
        await ports.channels.tell(target, words)
    except DeliveryRefused as refused:
        raise ChannelUnfit(
            f"Paylink cannot post there ({refused}), so nothing was changed. Invite it with `/invite @Paylink`; "
            "a channel shared with another company cannot be used."
        ) from refused
    except DeliveryTrouble as trouble:
        raise ChannelUnfit(
            "Slack does not answer just now, so nothing was changed. Try again in a minute."
        ) from trouble


async def _routes() -> list[Route]:
    order = list(EVENTS)
    routes = [route_of(row) for row in await NewsRoute.all().order_by("id")]
    return sorted(routes, key=lambda one: order.index(one.event) if one.event in order else len(order))


async def _lines(ports: Ports) -> tuple[OverviewLine, ...]:
    lines = [_line(route, ports) for route in await _routes()]
    return tuple(lines) or (OverviewLine(ALL, "off", "nobody besides the channel of a link, or its maker"),)


def _line(route: Route, ports: Ports) -> OverviewLine:
    about = "; ".join(part for part in (EVENTS.get(route.event, ""), _which(route, ports)) if part)
    return OverviewLine(route.event, route.target, about, channel=route.target)


def _what(route: Route, ports: Ports) -> str:
    return ", ".join(part for part in (route.event, _which(route, ports)) if part)


def _which(route: Route, ports: Ports) -> str:
    """Of which links; blank: of all."""
    account = f"account {route.account}" if route.account else ""
    least = f"from {spell(route.least, ports.firm.locale)} on" if route.least else ""
    return ", ".join(part for part in (account, least) if part)
