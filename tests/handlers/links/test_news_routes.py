"""Who hears of which news of a link, besides the channel it was asked for in, or its maker (F10, N1)."""

from __future__ import annotations

import pytest

from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Worker
from handlers.links.cancel_link import cancel_links
from handlers.links.create_link import create_link
from handlers.links.history import KINDS
from handlers.links.tell import owe_news
from handlers.links.trail import note
from handlers.news_kinds import ALL, EVENTS, Route, event_of, events_for, wanted
from handlers.ports import Posted
from handlers.requests import STRIPE, CancelLinks, CreateLink
from models.link_states import LinkState
from models.money import Money
from models.tables import ChannelPost, NewsRoute, PaymentLink
from tests.cast import BILLING, NOOR, SAM, Person, Surroundings

# Told to those alone who hear of everything: a step on the way to something that has a word.
ON_THE_WAY = {"closing"}


def test_every_kind_of_event_has_a_word_by_which_an_admin_can_name_it() -> None:
    assert {kind for kind in KINDS if event_of(kind) == ALL} == ON_THE_WAY
    assert {event_of(kind) for kind in KINDS} == set(EVENTS)


def test_a_route_takes_in_the_links_of_its_account_from_its_amount_on() -> None:
    large = Route("paid", "C0A", "trust", Money(100_000, "USD"))
    assert large.takes_in("trust", Money(100_000, "USD"))
    assert not large.takes_in("trust", Money(99_999, "USD"))
    assert not large.takes_in("operating", Money(100_000, "USD"))
    assert large.takes_in("trust", Money(5, "EUR"))  # cannot be compared: told rather than lost
    assert Route("paid", "C0A").takes_in("operating", Money(1, "USD"))


def test_somebody_hears_of_the_events_of_all_their_lines_and_of_no_others() -> None:
    routes = [Route("paid", "C0A"), Route("disputed", "C0A"), Route(ALL, "C0B")]
    heard = events_for("C0A", routes)
    assert [kind for kind in ("paid", "part_paid", "dispute_won", "closing") if wanted(kind, heard)] == [
        "paid",
        "dispute_won",
    ]
    assert wanted("closing", events_for("C0B", routes))
    assert not wanted("paid", events_for("C0C", routes))


async def a_link(
    around: Surroundings, minor: int = 125_000, account: str = "operating", by: Person = SAM, channel: str = BILLING
) -> PaymentLink:
    asked = CreateLink(Money(minor, "USD"), account, ())
    made = await create_link(asked, by.in_slack(channel), around.ports)
    return await PaymentLink.get(reference=made.card.reference)


async def work(around: Surroundings) -> None:
    working = Worker(STEPS, around.ports)
    while await working.run_due():
        pass


async def happens(around: Surroundings, link: PaymentLink, kind: str, detail: dict[str, object]) -> None:
    await note(link, kind, STRIPE, around.clock.now(), detail)
    await owe_news(link, around.clock.now(), around.ports)
    await work(around)


def places(around: Surroundings) -> set[str]:
    return {where.channel for where in around.poster.cards}


def told(around: Surroundings, channel: str) -> list[str]:
    return [line.words for line in around.poster.threads if line.where.channel == channel]


@pytest.mark.usefixtures("database")
async def test_a_named_channel_gets_the_card_with_the_first_news_it_wants_and_no_line_of_other_news() -> None:
    around = Surroundings()
    await NewsRoute.create(event="opened", target="C0MONEY")
    link = await a_link(around)
    await work(around)
    assert places(around) == {BILLING}
    assert not await ChannelPost.filter(channel="C0MONEY").exists()  # nobody sees the link there yet
    await happens(around, link, "opened", {"amount": "1250.00", "currency": "USD"})
    await happens(around, link, "failed", {"why": "declined"})
    await happens(around, link, "opened", {"amount": "1250.00", "currency": "USD"})
    assert places(around) == {BILLING, "C0MONEY"}
    went = "The client went to the checkout page to pay $1,250.00."
    assert told(around, "C0MONEY") == [went, went]
    assert told(around, BILLING) == [went, "A payment did not go through: declined", went]


@pytest.mark.usefixtures("database")
async def test_a_card_that_stands_there_is_kept_up_to_date_by_news_that_is_not_told_there() -> None:
    around = Surroundings()
    await NewsRoute.create(event="created", target="C0MONEY")
    link = await a_link(around)
    await work(around)
    await cancel_links(CancelLinks((link.reference,)), SAM.in_slack(), around.ports)
    await work(around)
    [card] = [card for where, card in around.poster.cards.items() if where.channel == "C0MONEY"]
    assert card.state is LinkState.CANCELLED
    assert told(around, "C0MONEY") == []
    assert told(around, BILLING) == ["Cancelled by Sam Okafor. The client can no longer pay with it."]


@pytest.mark.usefixtures("database")
async def test_only_links_of_the_account_and_from_the_amount_on_are_told_and_a_person_hears_in_person() -> None:
    around = Surroundings()
    await NewsRoute.create(event=ALL, account="trust", target="C0TRUST")
    await NewsRoute.create(event="created", target=NOOR.slack_id, least_minor=100_000, currency="USD")
    small = await a_link(around, 5_000)
    trust = await a_link(around, 6_000, "trust")
    large = await a_link(around, 100_000)
    await work(around)
    posted = {(where.channel, card.reference) for where, card in around.poster.cards.items()}
    own = {(BILLING, link.reference) for link in (small, trust, large)}
    assert posted == own | {("C0TRUST", trust.reference), (f"D{NOOR.slack_id[1:]}", large.reference)}


@pytest.mark.usefixtures("database")
async def test_whoever_made_a_link_outside_of_channels_hears_of_it_whatever_is_named() -> None:
    """(N1)"""
    around = Surroundings()
    await NewsRoute.create(event=ALL, target="C0MONEY")
    link = await a_link(around, channel="")
    await happens(around, link, "failed", {"why": "declined"})
    assert places(around) == {"C0MONEY", f"D{SAM.slack_id[1:]}"}
    assert len(around.poster.threads) == 2


@pytest.mark.usefixtures("database")
async def test_a_channel_that_is_taken_off_the_map_hears_no_more_and_one_that_is_added_hears_of_older_links() -> None:
    around = Surroundings()
    await NewsRoute.create(event="failed", target="C0OLD")
    link = await a_link(around)
    await happens(around, link, "failed", {"why": "declined"})
    await NewsRoute.all().update(target="C0NEW")
    await happens(around, link, "failed", {"why": "declined again"})
    assert told(around, "C0OLD") == ["A payment did not go through: declined"]
    assert told(around, "C0NEW") == [
        "A payment did not go through: declined",
        "A payment did not go through: declined again",
    ]
    assert {Posted(post.posted_to, post.ts).channel for post in await ChannelPost.all()} == {BILLING, "C0OLD", "C0NEW"}
