"""Cards, threads and letters: what the outside is told of a link."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.answers import HistoryLine
from handlers.firm import Firm
from handlers.jobs.kinds import STEPS
from handlers.jobs.tell_channel import tell_channel
from handlers.jobs.worker import Worker
from handlers.links.cancel_link import cancel_links
from handlers.links.create_link import create_link
from handlers.links.history import history
from handlers.links.resend_link import resend_link
from handlers.links.trail import LinkNotOpen
from handlers.ports import ChannelClosed, DeliveryRefused, DeliveryTrouble, FrontClosed
from handlers.requests import CancelLinks, CreateLink, ResendLink
from models.engines.endings import EngineTrouble
from models.errors import AddressUnclear
from models.job_queue import Claimed
from models.link_states import LinkState
from models.money import Money
from models.tables import ChannelPost, Job, PaymentLink, Recipient, StaffMember
from tests.cast import BILLING, SAM, Surroundings

pytestmark = pytest.mark.usefixtures("database")

EMAILS = ("jane@acme.example", "joe@acme.example")


@pytest.fixture
def around() -> Surroundings:
    return Surroundings()


async def a_link(around: Surroundings, *emails: str) -> PaymentLink:
    asked = CreateLink(Money(125000, "USD"), "operating", emails, payer_name="Jane Doe", invoice_number="1042")
    await create_link(asked, SAM.in_slack(), around.ports)
    return await PaymentLink.get()


async def a_link_more(around: Surroundings) -> None:
    await create_link(CreateLink(Money(48000, "USD"), "operating", ()), SAM.in_slack(), around.ports)


async def work(around: Surroundings) -> None:
    working = Worker(STEPS, around.ports)
    while await working.run_due():
        pass


async def test_one_card_a_link_is_posted_and_edited_and_its_thread_tells_the_history(around: Surroundings) -> None:
    link = await a_link(around, *EMAILS)
    await work(around)
    await cancel_links(CancelLinks((link.reference,)), SAM.in_slack(), around.ports)
    await work(around)
    [(where, card)] = around.poster.cards.items()
    assert where.channel == BILLING
    assert card.state is LinkState.CANCELLED
    assert [line.words for line in around.poster.threads] == [
        "The letter to jane@acme.example was sent.",
        "The letter to joe@acme.example was sent.",
        "Cancelled by Sam Okafor. The client can no longer pay with it.",
        "jane@acme.example was told by letter that it is cancelled.",
        "joe@acme.example was told by letter that it is cancelled.",
    ]


async def test_a_database_that_hiccups_after_a_card_was_posted_posts_no_second_one(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(F34, M11)"""
    await a_link(around)
    real, hiccups = ChannelPost.save, [EngineTrouble(again=True, cause="connection lost")]

    async def save(post: ChannelPost, **how: Any) -> None:
        if hiccups and post.ts:
            raise hiccups.pop()
        await real(post, **how)

    monkeypatch.setattr(ChannelPost, "save", save)
    await work(around)
    around.clock.tick(60)
    await work(around)
    assert len(around.poster.cards) == 1


async def test_a_card_never_knows_less_than_its_thread(around: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The letter is sent by another job just when the channel is told."""
    link = await a_link(around, "jane@acme.example")
    letters = Worker({"send_letter": STEPS["send_letter"]}, around.ports)

    async def sent_meanwhile(link: PaymentLink, firm: Firm, after: int = 0) -> tuple[HistoryLine, ...]:
        await letters.run_due()
        return await history(link, firm, after)

    monkeypatch.setattr("handlers.jobs.tell_channel.history", sent_meanwhile)
    told = await Job.get(kind="tell_channel")
    await tell_channel(Claimed(told.id, told.kind, told.payload, 1, told.revision, ""), around.ports)
    [card] = around.poster.cards.values()
    assert [line.words for line in around.poster.threads] == ["The letter to jane@acme.example was sent."]
    assert [letter.state for letter in card.deliveries] == ["sent"]
    assert card.reference == link.reference


async def test_each_address_gets_its_own_letter_with_what_it_asks_for(around: Surroundings) -> None:
    link = await a_link(around, *EMAILS)
    await work(around)
    assert {letter.to for letter in around.letters.requests} == set(EMAILS)
    letter = around.letters.requests[0]
    assert letter.amount == Money(125000, "USD")
    assert letter.url == f"https://pay.harborfinch.example/p/{link.token}"
    assert letter.invoice_number == "1042"
    assert letter.message_id.endswith("@harborfinch.example")
    assert len({letter.message_id for letter in around.letters.requests}) == 2
    assert {r.delivery for r in await Recipient.all()} == {"sent"}


async def test_a_letter_tried_again_keeps_its_message_id(around: Surroundings) -> None:
    """(F26, M11)"""
    await a_link(around, "jane@acme.example")
    tried = []

    class Greylisting:
        async def send_request(self, letter: object) -> None:
            tried.append(letter.message_id)  # type: ignore[attr-defined]  # any letter
            raise DeliveryTrouble("451 try again later")

        async def send_answer(self, letter: object) -> None:
            raise AssertionError("no answer is due")

    honest = around.letters
    around.letters = Greylisting()  # type: ignore[assignment]  # the same port
    await work(around)
    around.letters = honest
    around.clock.tick(60)
    await work(around)
    assert [letter.message_id for letter in honest.requests] == tried


async def test_a_refused_address_is_told_and_the_others_are_not_mailed_again(around: Surroundings) -> None:
    """(F27)"""
    await a_link(around, *EMAILS)
    around.letters.troubles.always["joe@acme.example"] = DeliveryRefused("550 no such user")
    await work(around)
    assert [letter.to for letter in around.letters.requests] == ["jane@acme.example"]
    states = {r.address: (r.delivery, r.trouble) for r in await Recipient.all()}
    assert states == {"jane@acme.example": ("sent", ""), "joe@acme.example": ("failed", "550 no such user")}
    assert "could not be delivered: 550 no such user" in around.poster.threads[-1].words


async def test_a_link_cancelled_before_its_letter_left_is_not_mailed(around: Surroundings) -> None:
    link = await a_link(around, "jane@acme.example")
    await cancel_links(CancelLinks((link.reference,)), SAM.in_slack(), around.ports)
    await work(around)
    assert around.letters.requests == []


async def test_a_slow_channel_gets_its_lines_in_order_later_and_none_twice(around: Surroundings) -> None:
    """(F14)"""
    link = await a_link(around, *EMAILS)
    around.poster.troubles.waiting = [None, None, DeliveryTrouble("ratelimited", retry_after=30)]
    await work(around)
    await cancel_links(CancelLinks((link.reference,)), SAM.in_slack(), around.ports)
    for _ in range(5):
        around.clock.tick(30)
        await work(around)
    words = [line.words for line in around.poster.threads]
    assert len(words) == len(set(words)) == 5
    assert words[2].startswith("Cancelled by")
    assert len(around.poster.cards) == 1


async def test_what_slack_takes_nowhere_is_given_up_and_the_admins_hear_of_it(around: Surroundings) -> None:
    """(F16)"""
    await a_link(around)
    around.poster.troubles.always[BILLING] = DeliveryRefused("somebody deleted Paylink's message")
    await work(around)
    assert (await Job.get(kind="tell_channel")).state == "dead"
    assert [to for to, _ in around.poster.told] == ["U0NOOR"]
    assert "deleted" in around.poster.told[0][1]
    assert [letter.to for letter in around.letters.answers] == ["noor@harborfinch.example"]


async def test_an_archived_channels_news_goes_to_the_maker_and_follows_once_it_is_back(around: Surroundings) -> None:
    """(F16) Nobody hammers; the admins hear of it once a day, the maker of each thing once."""
    first = await a_link(around)
    around.poster.troubles.always[BILLING] = ChannelClosed("the channel is archived")
    await work(around)
    assert [(to, words.partition(":")[0]) for to, words in around.poster.told] == [
        ("U0NOOR", f"Paylink cannot post in {BILLING}")
    ]
    await cancel_links(CancelLinks((first.reference,)), SAM.in_slack(), around.ports)
    await a_link_more(around)
    for _ in range(5):
        await work(around)
        around.clock.tick(900)
    to_sam = [words for to, words in around.poster.told if to == "U0SAM"]
    assert len(to_sam) == 1
    assert "Cancelled by Sam Okafor" in to_sam[0]
    assert "the channel is archived. It follows there once that works." in to_sam[0]
    assert len([to for to, _ in around.poster.told if to == "U0NOOR"]) == 1
    assert await Job.filter(kind="tell_channel", state="due").count() == 2
    del around.poster.troubles.always[BILLING]
    around.clock.tick(900)
    await work(around)
    assert len(around.poster.cards) == 2
    assert [line.words.partition(".")[0] for line in around.poster.threads] == ["Cancelled by Sam Okafor"]
    assert await Job.filter(kind__in=("tell_channel", "tell_admins")).count() == 0


async def test_a_channel_that_stays_closed_is_left_after_a_month_and_news_brings_all_of_it(
    around: Surroundings,
) -> None:
    """(F16)"""
    link = await a_link(around)
    around.poster.troubles.always[BILLING] = ChannelClosed("the channel is archived")
    await work(around)
    around.clock.tick(31 * 86_400)
    await work(around)
    assert await Job.filter(kind="tell_channel").count() == 0
    del around.poster.troubles.always[BILLING]
    await cancel_links(CancelLinks((link.reference,)), SAM.in_slack(), around.ports)
    await work(around)
    assert len(around.poster.cards) == 1
    assert (await ChannelPost.get()).told == 3


async def test_a_maker_who_cannot_be_told_either_leaves_the_news_to_the_admins(around: Surroundings) -> None:
    """(F16)"""
    link = await a_link(around)
    for closed in (BILLING, "U0SAM"):
        around.poster.troubles.always[closed] = ChannelClosed("gone")
    await cancel_links(CancelLinks((link.reference,)), SAM.in_slack(), around.ports)
    await work(around)
    [news] = [words for to, words in around.poster.told if to == "U0NOOR" and "Cancelled by" in words]
    assert link.reference in news


async def test_a_revoked_token_is_told_to_the_admins_by_mail_and_everything_follows_later(
    around: Surroundings,
) -> None:
    """(F16)"""
    await StaffMember.create(slack_id="U0ANNA", email="anna@harborfinch.example", name="Anna", role="admin")
    link = await a_link(around)
    for everywhere in (BILLING, "U0SAM", "U0NOOR", "U0ANNA"):
        around.poster.troubles.always[everywhere] = FrontClosed("Slack no longer accepts Paylink's token")
    await work(around)
    await cancel_links(CancelLinks((link.reference,)), SAM.in_slack(), around.ports)
    await work(around)
    mailed = [(letter.to, letter.text) for letter in around.letters.answers]
    assert sorted(to for to, _ in mailed) == ["anna@harborfinch.example", "noor@harborfinch.example"]
    assert all("Paylink cannot post anywhere in Slack" in words for _, words in mailed)
    around.poster.troubles.always.clear()
    around.clock.tick(900)
    await work(around)
    assert len(around.poster.cards) == 1
    assert [line.words.partition(".")[0] for line in around.poster.threads] == ["Cancelled by Sam Okafor"]
    assert [to for to, _ in around.poster.told] == ["U0NOOR"]  # who has no address in the firm's list


async def test_resending_mails_everyone_again_and_a_new_address_joins(around: Surroundings) -> None:
    link = await a_link(around, *EMAILS)
    await work(around)
    again = await resend_link(ResendLink(link.reference), SAM.in_slack(), around.ports)
    assert again.mailed_to == EMAILS
    await resend_link(ResendLink(link.reference, ("new@acme.example",)), SAM.in_slack(), around.ports)
    await work(around)
    sent = sorted(letter.to for letter in around.letters.requests)  # several leave at once, in no order
    assert sent == sorted([*EMAILS, *EMAILS, "new@acme.example"])
    assert len({letter.message_id for letter in around.letters.requests}) == 5
    assert await Recipient.all().count() == 3


async def test_resending_a_link_that_was_never_mailed_asks_for_an_address(around: Surroundings) -> None:
    link = await a_link(around)
    with pytest.raises(AddressUnclear, match=f"resend {link.reference} EMAIL"):
        await resend_link(ResendLink(link.reference), SAM.in_slack(), around.ports)


async def test_a_cancelled_link_cannot_be_resent_and_nothing_is_left_of_the_try(around: Surroundings) -> None:
    link = await a_link(around, "jane@acme.example")
    await cancel_links(CancelLinks((link.reference,)), SAM.in_slack(), around.ports)
    await work(around)
    before = (await PaymentLink.get()).event_count
    with pytest.raises(LinkNotOpen, match="already cancelled"):
        await resend_link(ResendLink(link.reference), SAM.in_slack(), around.ports)
    assert (await PaymentLink.get()).event_count == before
    assert await Job.filter(kind="send_letter").count() == 0
