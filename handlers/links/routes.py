"""The map of the news as admins have made it. It is read for each piece of news: a change counts from the next one."""

from __future__ import annotations

from handlers.news_kinds import Route
from models.by_key import every_one
from models.money import Money
from models.tables import NewsRoute, PaymentLink


async def routes_of(link: PaymentLink) -> list[Route]:
    """Who hears of a link besides the channel it was asked for in, or its maker."""
    rows = sorted(await every_one(NewsRoute), key=lambda row: row.id)
    return [route for route in map(route_of, rows) if route.takes_in(link.account, link.amount)]


def route_of(row: NewsRoute) -> Route:
    """One row of the map."""
    least = None if row.least_minor is None else Money(row.least_minor, row.currency)
    return Route(row.event, row.target, row.account, least)
