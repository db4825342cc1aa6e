"""What the client would get, seen before anything is sent: in the letter's words, over a form that keeps its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.slack.blocks.form import CALLBACK, PREVIEW
from bot.slack.stand_in import PAYMENTS, SAM
from handlers.answers import FormWanted, Refusal
from handlers.desk import Desk
from handlers.payments.request_words import request_words
from handlers.ports import PaymentRequest
from handlers.requests import CreateLink, OpenForm, PreviewLink
from mailroom.notices import LetterPrinter
from models.money import Money
from models.tables import InboundEvent, Job, PaymentLink
from tests.bot.slack.rig import Rig, form_of, rigged, words
from tests.cast import ONE_ACCOUNT_FIRM, Surroundings

TYPED: dict[str, Any] = {
    "amount": {"value": "1,250.00"},
    "client": {"value": "Jane *Doe* <!channel>"},
    "email": {"value": "jane@acme.example accounts@acme.example"},
    "invoice": {"value": "1042"},
    "due": {"value": "2026-12-15"},
    "message": {"value": "Thank you.\nSee `you` soon."},
}


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as built:
        built.desk.answers = [FormWanted()]
        await built.slack.type_command(SAM, PAYMENTS, "")
        await form_of(built)
        yield built


async def test_the_preview_shows_the_letter_and_makes_nothing(database: Any) -> None:
    """(F18, F19, F20)"""
    around = Surroundings(firm=ONE_ACCOUNT_FIRM)
    async with rigged(Desk(around.ports)) as rig:
        await rig.slack.type_command(SAM, PAYMENTS, "")
        await form_of(rig)
        await rig.slack.click_in_view(SAM, PREVIEW, given=TYPED)
        said = words(await form_of(rig))
    for fact in (
        "*To:* jane@acme.example, accounts@acme.example",
        "*From:* Harbor &amp; Finch LLP &lt;pay@harborfinch.example&gt;",
        "*Subject:* Payment request from Harbor &amp; Finch LLP for invoice 1042",
        "Dear Jane ∗Doe∗ &lt;!channel&gt;,",
        "Thank you.",
        "See ˋyouˋ soon.",
        "*$1,250.00*",
        "Due: Tuesday, December 15, 2026",
        "[ *Pay $1,250.00 online* ]",
        "Never send card numbers by e-mail",
        "It could be paid until Feb 21, 2027.",
    ):
        assert fact in said, fact
    assert await PaymentLink.all().count() == 0
    assert await Job.all().count() == 0
    assert await InboundEvent.all().count() == 0


async def test_a_link_only_preview_says_that_nothing_is_mailed(database: Any) -> None:
    """(F22)"""
    around = Surroundings(firm=ONE_ACCOUNT_FIRM)
    async with rigged(Desk(around.ports)) as rig:
        await rig.slack.type_command(SAM, PAYMENTS, "")
        await form_of(rig)
        await rig.slack.click_in_view(SAM, PREVIEW, given=TYPED | {"delivery": {"value": "link"}})
        assert "Nothing will be mailed, as you asked." in words(await form_of(rig))
        await rig.slack.close_view(SAM)
        await rig.slack.click_in_view(SAM, PREVIEW, given={"amount": {"value": "100"}})
        said = words(await form_of(rig))
    assert "no address was given" in said
    assert "We kindly ask for your payment." in said  # the firm's usual words, where no message is typed
    assert "*To:*" not in said


async def test_the_form_lies_below_the_preview_and_is_sent_from_there(rig: Rig) -> None:
    rig.desk.answers = [Refusal("x", "This cannot be done."), FormWanted()]
    below = (await form_of(rig))["id"]
    await rig.slack.click_in_view(SAM, PREVIEW, given=TYPED)
    assert [type(request) for _, request in rig.desk.asked] == [OpenForm, PreviewLink]
    assert "This cannot be done." in words(await form_of(rig))
    await rig.slack.close_view(SAM)
    assert ((await form_of(rig))["id"], (await form_of(rig))["callback_id"]) == (below, CALLBACK)
    await rig.slack.submit(SAM, {"Amount": "100"})
    assert rig.desk.asked[-1][1] == CreateLink(Money(10_000, "USD"), "operating")


async def test_what_is_wrong_is_told_in_the_place_of_the_preview_and_the_desk_is_asked_for_nothing(rig: Rig) -> None:
    """(F14)"""
    asked = len(rig.desk.asked)
    await rig.slack.click_in_view(SAM, PREVIEW, given={"amount": {"value": "x"}, "email": {"value": "nonsense"}})
    said = words(await form_of(rig))
    assert "*Amount*" in said
    assert "“nonsense” is not an e-mail address" in said
    assert len(rig.desk.asked) == asked


def test_the_letter_itself_and_its_preview_have_one_source_of_words() -> None:
    letter = PaymentRequest(
        "a@b.example", "m@x", "PL-7F3K9Q", "https://x.example/p/t", Money(100, "USD"), "Jane", "Hi."
    )
    text = LetterPrinter(ONE_ACCOUNT_FIRM).request(letter).text
    said = request_words(letter, ONE_ACCOUNT_FIRM)
    assert said.subject == LetterPrinter(ONE_ACCOUNT_FIRM).request(letter).subject
    for line in (said.greeting, *said.paragraphs, said.amount, said.button):
        assert line in text
