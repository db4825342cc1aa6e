"""What somebody sees where they stand, and what a channel serves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.administration.live_firm import refresh
from handlers.answers import BatchReview, LinkList, LinkMade, LinksCopied, Refusal, Waiting
from handlers.desk import Desk
from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Worker
from handlers.links.create_link import make_links
from handlers.links.find import find_for
from handlers.links.link_draft import LinkDraft
from handlers.people.sight import Sight, Window, sight_of
from handlers.requests import (
    Actor,
    Asker,
    ChooseAccount,
    ChooseLinks,
    CopyLinks,
    CreateLink,
    DecideBatch,
    DecideProposal,
    Decision,
    Door,
    ExportLinks,
    ListLinks,
    ReviewFile,
    Role,
    ShowLink,
)
from models.errors import Hidden, NotFound
from models.money import Money
from models.tables import ChannelMap, ChannelPost, FirmEvent, PaymentLink, StaffMember
from tests.cast import FIRM, NOOR, SAM, STRANGER, VERA, Surroundings

HERE, NEWS, OTHER = "C0HERE", "C0NEWS", "C0OTHER"


@pytest.fixture
async def around(database: str) -> Surroundings:
    return Surroundings()


async def a_link(around: Surroundings, channel: str = HERE, account: str = "operating", maker: str = "U0KIM") -> str:
    draft = LinkDraft(Money(10_000, "USD"), account, "Kim Lee", channel=channel)
    [link] = await make_links([draft], Actor(maker, Door.SLACK), around.ports)
    return link.reference


async def seen_by(around: Surroundings, by: Asker) -> set[str]:
    answer = await Desk(around.ports).ask(by, ListLinks())
    assert isinstance(answer, LinkList)
    return {row.reference for row in answer.rows}


async def mapped(around: Surroundings, **channels: str) -> None:
    for channel, accounts in channels.items():
        for account in accounts.split():
            await ChannelMap.create(channel=channel, account=account)
    await refresh(around.ports.book)


def test_a_sight_is_a_value() -> None:
    assert sight_of(NOOR.in_slack(), FIRM) == Sight(everything=True)
    assert sight_of(STRANGER.in_slack(HERE), FIRM) == Sight()
    own = (SAM.slack_id, SAM.email)
    assert sight_of(SAM.in_slack(HERE), FIRM) == Sight(made_by=own, windows=(Window((HERE,), None),))
    assert sight_of(SAM.in_slack("D0SAM"), FIRM) == Sight(made_by=own)
    at_home = replace(VERA.in_slack(""), channels=frozenset({OTHER, HERE}))
    assert sight_of(at_home, FIRM).windows == (Window((HERE, OTHER), None),)
    served = replace(FIRM, channel_map={HERE: frozenset({"trust"})})
    assert sight_of(at_home, served).windows == (Window((HERE,), ("trust",)),)
    assert sight_of(SAM.by_mail(), served).windows == ()


async def test_a_channel_shows_what_was_asked_for_in_it_and_what_stands_in_it(around: Surroundings) -> None:
    asked_here, elsewhere, told_here = await a_link(around), await a_link(around, OTHER), await a_link(around, "")
    link = await find_for(NOOR.in_slack(), told_here, around.ports)
    await ChannelPost.create(link_id=link.id, channel=HERE)
    assert await seen_by(around, VERA.in_slack(HERE)) == {asked_here, told_here}
    assert await seen_by(around, VERA.in_slack(OTHER)) == {elsewhere}
    assert await seen_by(around, replace(VERA.in_slack(""), channels=frozenset({HERE, OTHER}))) == {
        *(asked_here, elsewhere, told_here)
    }
    assert await seen_by(around, VERA.by_mail()) == set()
    assert await seen_by(around, NOOR.by_mail()) == {asked_here, elsewhere, told_here}


async def test_b17_what_is_hidden_reads_as_what_is_not_there_and_is_kept(around: Surroundings) -> None:
    """(B17)"""
    hidden = await a_link(around, OTHER)
    answer = await Desk(around.ports).ask(SAM.in_slack(HERE), ShowLink(hidden))
    unknown = await Desk(around.ports).ask(SAM.in_slack(HERE), ShowLink("PL-000000"))
    assert isinstance(answer, Refusal)
    assert isinstance(unknown, Refusal)
    assert answer.sentence == unknown.sentence.replace("PL-000000", hidden)
    assert answer.code == unknown.code == "not_found"
    [event] = await FirmEvent.filter(kind="refused")
    assert hidden in str(event.detail["why"])
    assert issubclass(Hidden, NotFound)


async def test_b17_of_several_links_the_hidden_ones_are_kept_and_those_that_are_none_are_not(
    around: Surroundings,
) -> None:
    own, hidden = await a_link(around), await a_link(around, OTHER)
    desk, by = Desk(around.ports), SAM.in_slack(HERE)
    copied = await desk.ask(by, CopyLinks((own, hidden, "PL-ZZZZZZ")))
    assert isinstance(copied, LinksCopied)
    assert [link.reference for link in copied.links] == [own]
    assert [one.sentence.replace(one.reference, "") for one in copied.outcomes] == [
        " was not found here. `list` shows the links there are."
    ] * 2
    await desk.ask(by, ChooseLinks((hidden,)))
    await desk.ask(by, ExportLinks(ListLinks(), (own, hidden)))
    events = await FirmEvent.filter(kind="refused").order_by("number")
    assert [event.detail["what"] for event in events] == [f"several links: {hidden}"] * 3


async def test_b12_a_mapped_channel_names_its_own_accounts_only(around: Surroundings) -> None:
    """(B12) Typed, or named by a form or a button."""
    await mapped(around, C0HERE="operating", C0OTHER="operating trust")
    desk = Desk(around.ports)
    typed = await desk.hear(SAM.in_slack(HERE), "create 100 account trust")
    pressed = await desk.ask(SAM.in_slack(HERE), CreateLink(Money(10_000, "USD"), "trust"))
    for answer in (typed, pressed):
        assert isinstance(answer, Refusal)
        assert answer.code == "account_unclear"
        assert answer.sentence.endswith("one of: operating.")
    assert isinstance(await desk.hear(SAM.in_slack(HERE), "create 100"), LinkMade)  # the only one here is meant
    assert isinstance(await desk.hear(SAM.in_slack(OTHER), "create 100 account trust"), LinkMade)
    assert isinstance(await desk.hear(SAM.by_mail(), "create 100 account trust"), LinkMade)


async def test_links_of_an_account_that_a_channel_does_not_serve_are_not_seen_in_it(around: Surroundings) -> None:
    """(B17)"""
    before = await a_link(around, HERE, "trust")
    own = await a_link(around, HERE, "trust", SAM.slack_id)
    await mapped(around, C0HERE="operating")
    assert await seen_by(around, SAM.in_slack(HERE)) == {own}
    assert await seen_by(around, NOOR.in_slack(HERE)) == {before, own}


async def test_a_channel_that_serves_nothing_says_whom_to_ask(around: Surroundings) -> None:
    await mapped(around, C0HERE="operating")
    loose = replace(SAM.in_slack(""), spoken_in=OTHER)  # even one that Paylink is not in
    answer = await Desk(around.ports).ask(loose, ListLinks())
    assert isinstance(answer, Refusal)
    assert answer.sentence.startswith("This channel serves no merchant account, so nothing was done")
    assert answer.sentence.endswith("Ask an admin: noor@harborfinch.example.")
    typed = await Desk(around.ports).hear(loose, "create 100 account operating")
    assert typed == answer
    assert [event.detail["why"] for event in await FirmEvent.all()] == ["the channel serves no account"] * 2


async def test_what_waited_for_a_second_person_is_not_made_on_an_account_its_channel_serves_no_more(
    around: Surroundings,
) -> None:
    await StaffMember.create(slack_id=SAM.slack_id, email=SAM.email, name=SAM.name, role=SAM.role.value)
    limited, asked = Money(500_000, "USD"), CreateLink(Money(600_000, "USD"), "operating", ())
    around.firm = replace(FIRM, approval_limit=limited, channel_map={HERE: frozenset({"operating", "trust"})})
    assert isinstance(await Desk(around.ports).ask(SAM.in_slack(HERE), asked), Waiting)
    around.firm = replace(around.firm, channel_map={HERE: frozenset({"trust"})})
    await Desk(around.ports).ask(NOOR.in_slack(HERE), DecideProposal(1, approve=True))
    working = Worker(STEPS, around.ports)
    while await working.run_due():
        pass
    assert not await PaymentLink.exists()
    [words] = [words for to, words in around.poster.told if to == SAM.slack_id]
    assert "could not be made: There is no account “operating”. The accounts are: trust." in words


async def test_a_file_bills_only_for_accounts_of_its_channel(around: Surroundings) -> None:
    """(B12) Not by a row, by a choice, nor because the map changed before it was sent."""
    await mapped(around, C0HERE="operating trust")
    desk, by = Desk(around.ports), SAM.in_slack(HERE)
    file = b"recipient name,email address,amount\nJane,jane@acme.example,100\n"
    review = await desk.ask(by, ReviewFile("bills.csv", file, "trust"))
    assert isinstance(review, BatchReview)
    number = int(review.number[2:])
    await ChannelMap.filter(account="trust").delete()
    await refresh(around.ports.book)
    for request in (DecideBatch(number, Decision.SEND), ChooseAccount(number, "trust")):
        answer = await desk.ask(by, request)
        assert isinstance(answer, Refusal)
        assert answer.code == "account_unclear"
        assert "operating" in answer.sentence
    assert sight_of(by, around.ports.firm).windows == (Window((HERE,), ("operating",)),)


async def test_the_operators_admins_see_everything_everywhere(around: Surroundings) -> None:
    await mapped(around, C0HERE="operating")
    hidden = await a_link(around, OTHER, "trust")
    assert (await find_for(NOOR.in_slack(""), hidden, around.ports)).reference == hidden
    assert Role.ADMIN is NOOR.role
