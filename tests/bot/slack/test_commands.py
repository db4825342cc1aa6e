"""`/paylink …`: who may ask, what the desk is told, and how the answer gets back in time or after."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from bot.slack.answering import PATIENCE, Answering, Place, believed
from bot.slack.blocks.answers import spoken
from bot.slack.stand_in import BOT_USER, NOOR, PAYMENTS, SAM
from bot.slack.stand_in.faults import Fault
from bot.slack.web_api import web_client
from handlers.answers import CancelReport, FileReady, FormWanted, LinkCopied, LinkMade, LinkShown, Outcome, Refusal
from handlers.desk import Desk
from handlers.people.identify import slack_asker
from models.money import Money
from models.tables import InboundEvent, PaymentLink
from tests.bot.slack.rig import CARD, HELP, TOKEN, Json, Rig, owing, rigged, served, words
from tests.cast import FIRM, Surroundings
from tests.fakes import FakeClock
from tests.waiting import eventually


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as built:
        yield built


@pytest.fixture
async def impatient() -> AsyncIterator[Rig]:
    """A front that says "working on it" at once."""
    async with rigged(patience=0.05) as built:
        yield built


def answers(messages: list[Json]) -> list[Json]:
    """Those that are the fake desk's usual answer."""
    return [message for message in messages if "What you can say" in words(message)]


async def test_the_desk_hears_who_typed_what_where_and_which_delivery_it_is(rig: Rig) -> None:
    """(M14)"""
    await rig.slack.type_command(SAM, PAYMENTS, 'create 100 for "Jane & Co"')
    ((by, text),) = rig.desk.heard
    assert text == 'create 100 for "Jane &amp; Co"'  # the grammar takes Slack's wrappings off
    assert (by.key, by.name, by.email, by.channel) == (SAM, "Sam Ortiz", "sam@firm.example", PAYMENTS)
    assert by.delivery == rig.slack.sent[0].payload["trigger_id"]


async def test_a_new_link_is_shown_to_its_maker_with_its_url_to_copy(rig: Rig) -> None:
    rig.desk.answers = [LinkMade(CARD, ("jane@acme.example",), ("A note.",))]
    shown = await rig.slack.type_command(SAM, PAYMENTS, "create 1250 jane@acme.example for Jane Doe")
    assert shown["is_ephemeral"]
    said = words(shown)
    for fact in (
        "PL-7F3K9Q",
        "$1,250.00",
        "Jane Doe",
        "invoice 1042",
        "due Tuesday, December 15, 2026",
        "A note.",
        f"```{CARD.url}```",
    ):
        assert fact in said
    assert rig.slack.messages(PAYMENTS) == []


async def test_a_delivery_that_comes_again_reaches_the_desk_as_the_same_delivery(rig: Rig) -> None:
    """(M14)"""
    await rig.slack.type_command(SAM, PAYMENTS, "create 100")
    for _ in range(20):
        reply = await rig.slack.redeliver(rig.slack.sent[0])
        assert (reply.status, reply.failure) == (200, "")
    assert len({by.delivery for by, _ in rig.desk.heard}) == 1


async def test_a_command_delivered_twenty_times_makes_one_link(database: Any) -> None:
    """(M14, T11) With the real desk: the second answer shows what the first made."""
    around = Surroundings()
    around.firm = replace(around.firm, admins=frozenset({NOOR}))
    desk = Desk(around.ports)

    async with rigged(desk) as rig:
        # the rig's own identify knows everybody as staff; what counts here is that the delivery gets through
        first = await rig.slack.type_command(SAM, PAYMENTS, "create 100 account operating for Jane Doe")
        assert "Link made" in words(first), words(first)
        replies = [await rig.slack.redeliver(rig.slack.sent[0]) for _ in range(20)]
    assert await PaymentLink.all().count() == 1
    assert await InboundEvent.filter(source="command:slack").count() == 1
    link = await PaymentLink.get()
    assert all(link.reference in reply.text and "came twice" in reply.text for reply in replies)
    assert (await slack_asker(NOOR, "Noor", "", "", "", around.ports)).role == "admin"


# ── in time or after ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_slow_desk_is_acknowledged_in_time_and_answers_later() -> None:
    """(F17) With the real patience, against Slack's real deadline."""
    async with rigged(patience=PATIENCE) as rig:
        rig.desk.hold = asyncio.Event()
        rig.desk.answers = [LinkMade(CARD)]
        shown = await rig.slack.type_command(SAM, PAYMENTS, "create 1250")
        assert "Working on it" in words(shown)
        assert not shown.get("failed")
        rig.desk.hold.set()
        whispers = await eventually(
            lambda: [m for m in rig.slack.ephemerals(SAM) if "Link made" in words(m)], "the answer"
        )
        assert len(whispers) == 1
        assert len(rig.desk.heard) == 1


async def test_a_used_up_response_url_gives_way_to_an_ephemeral_message(impatient: Rig) -> None:
    """(F18)"""
    rig = impatient
    rig.desk.hold = asyncio.Event()
    await rig.slack.type_command(SAM, PAYMENTS, "list")
    rig.clock.tick(31 * 60)
    rig.desk.hold.set()
    await eventually(
        lambda: [m for m in rig.slack.ephemerals(SAM, PAYMENTS) if "What you can say" in words(m)], "the answer"
    )
    assert "chat.postEphemeral" in [call.method for call in rig.slack.calls]


async def test_where_that_is_impossible_too_the_answer_comes_as_a_direct_message(impatient: Rig) -> None:
    """(F18)"""
    rig = impatient
    rig.desk.hold = asyncio.Event()
    await rig.slack.type_command(SAM, PAYMENTS, "list")
    rig.clock.tick(31 * 60)
    rig.slack.workspace.channels[PAYMENTS].members.discard(BOT_USER)
    rig.desk.hold.set()
    await eventually(lambda: answers(rig.slack.messages(SAM)), "the answer")
    assert answers(rig.slack.ephemerals(SAM, PAYMENTS)) == []


async def test_an_answer_that_no_way_takes_now_is_owed(impatient: Rig) -> None:
    """(F18)"""
    rig = impatient
    rig.desk.hold = asyncio.Event()
    rig.desk.answers = [LinkMade(replace(CARD, payer_name="Doe & Sons"))]
    rig.slack.faults.plan("chat.postEphemeral", Fault(status=500))
    rig.slack.faults.plan("chat.postMessage", Fault(error="token_revoked"))
    await rig.slack.type_command(SAM, PAYMENTS, "create 1250")
    rig.clock.tick(31 * 60)
    rig.desk.hold.set()
    await eventually(lambda: rig.owed, "the answer to be owed")
    assert rig.owed[0][0] == SAM
    assert "PL-7F3K9Q" in rig.owed[0][1]
    assert "&amp;" not in rig.owed[0][1]


async def test_stopping_waits_for_answers_that_are_under_way(impatient: Rig) -> None:
    """(F31)"""
    rig = impatient
    rig.desk.hold = asyncio.Event()
    await rig.slack.type_command(SAM, PAYMENTS, "list")
    stopping = asyncio.create_task(rig.front.drain())
    await asyncio.sleep(0)
    rig.desk.hold.set()
    await stopping
    assert answers(rig.slack.ephemerals(SAM))


async def test_stopping_does_not_wait_for_ever(impatient: Rig) -> None:
    impatient.desk.hold = asyncio.Event()
    await impatient.slack.type_command(SAM, PAYMENTS, "list")
    async with asyncio.timeout(60):  # its answer never comes
        await impatient.front.drain(0.2)
    assert not answers(impatient.slack.ephemerals(SAM))


async def test_a_fault_of_ours_is_an_answer_with_a_code_and_no_detail(rig: Rig) -> None:
    rig.desk.answers = [RuntimeError("relation payment_link does not exist")]
    shown = await rig.slack.type_command(SAM, PAYMENTS, "create 100")
    assert not shown.get("failed")
    assert "Something went wrong on our side" in words(shown)
    assert "payment_link" not in words(shown)


async def test_an_answer_that_cannot_be_written_is_not_taken_for_work_not_done(rig: Rig) -> None:
    rig.desk.answers = [LinkMade(replace(CARD, amount=Money(1, "???")))]
    shown = await rig.slack.type_command(SAM, PAYMENTS, "create 100")
    assert "That was done, but its answer cannot be shown" in words(shown)


# ── where an answer may be sent ──────────────────────────────────────────────────────────────────────────────────────


OURS = "https://slack.com/api/"


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/",
        "https://[::ffff:127.0.0.1]/x",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://hooks.slack.com.evil.example/commands/x",
        "https://user@hooks.slack.com/commands/x",
        "https://hooks.slack.com@evil.example/",
        "https://evil.example/?hooks.slack.com",
        "https://evil.example#@hooks.slack.com",
        "https://hooks.slack.com\\@evil.example/",
        "https://hooks.slack.com:8443/commands/x",
        "http://hooks.slack.com/commands/x",
        "https://hooks.slack.com./commands/x",
        "https://hooks.slack.com%2eevil.example/",
        "https://hooks。slack.com/",
        "https://xhooks.slack.com/",
        "ftp://hooks.slack.com/",
        "file:///etc/passwd",
        "//hooks.slack.com/x",
        "https://hooks.slack.com/x\r\nHost: evil.example",
        "https://[",
        "javascript:alert(1)",
        "",
    ],
)
def test_answers_go_to_no_other_place_than_slack(url: str) -> None:
    """(T13)"""
    assert not believed(url, OURS)
    assert not believed(url, "http://127.0.0.1:9100/api/")


def test_answers_go_to_slack_and_to_the_very_origin_of_the_api() -> None:
    assert believed("https://hooks.slack.com/commands/T1/2/x", OURS)
    assert believed("http://127.0.0.1:9100/response/x", "http://127.0.0.1:9100/api/")
    assert not believed("http://127.0.0.1:9101/response/x", "http://127.0.0.1:9100/api/")
    assert not believed("https://127.0.0.1:9100/response/x", "http://127.0.0.1:9100/api/")


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest", "http://[::ffff:127.0.0.1]:{port}/x"])
async def test_no_connection_is_made_to_a_response_url_that_is_not_slacks(
    impatient: Rig, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(T13) The session's posts are watched; the answer still arrives, the other way."""
    rig, posted = impatient, list[str]()
    rig.desk.hold = asyncio.Event()
    session = rig.line.client.session
    assert session is not None
    real = session.post

    def post(to: str, **more: Any) -> Any:
        posted.append(to)
        return real(to, **more)

    monkeypatch.setattr(session, "post", post)
    foreign = url.format(port=rig.line.keys.api_url.split(":")[2].split("/")[0])
    monkeypatch.setattr(rig.slack, "_response_url", lambda ticket: foreign)
    await rig.slack.type_command(SAM, PAYMENTS, "list")
    rig.desk.hold.set()
    await eventually(lambda: answers(rig.slack.ephemerals(SAM)), "the answer")
    assert posted == []


async def test_a_redirect_of_a_response_url_is_not_followed() -> None:
    """(T13)"""
    reached = list[str]()

    async def answer(request: web.Request) -> web.Response:
        reached.append(request.path)
        return web.Response(status=302, headers={"Location": "/inside"})

    routes = [web.post("/response", answer), web.post("/inside", answer), web.get("/inside", answer)]
    async with served(routes) as url, web_client("xoxb-1", url.replace("slack/events", "api/")) as client:
        place = Place(SAM, PAYMENTS, response_url=url.replace("slack/events", "response"))
        assert not await Answering(client, owing)._by_response_url(spoken(HELP, FIRM), place, replace=False)
    assert reached == ["/response"]


# ── other answers ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_nothing_typed_opens_the_form_and_makes_nothing(rig: Rig) -> None:
    """(B01)"""
    rig.desk.answers = [FormWanted()]
    assert "view" in await rig.slack.type_command(SAM, PAYMENTS, "")
    view = rig.slack.view_of(SAM)
    assert view is not None
    assert view["title"]["text"] == "New payment link"


async def test_a_form_that_came_too_late_is_offered_by_a_button(rig: Rig) -> None:
    rig.desk.answers = [FormWanted(), FormWanted()]
    rig.slack.faults.plan("views.open", Fault(error="expired_trigger_id"))
    shown = await rig.slack.type_command(SAM, PAYMENTS, "")
    assert "Press the button" in words(shown)
    await rig.slack.click(SAM, PAYMENTS, shown["ts"], "new_link")
    assert rig.slack.view_of(SAM) is not None


async def test_a_refusal_is_said_in_its_own_words(rig: Rig) -> None:
    rig.desk.answers = [Refusal("amount_unclear", "The amount is missing or not a number: <b>abc</b> & `so`.")]
    assert "&lt;b&gt;abc&lt;/b&gt; &amp; `so`." in words(await rig.slack.type_command(SAM, PAYMENTS, "create abc"))


async def test_the_template_comes_as_a_file_in_a_direct_message_and_is_shown(rig: Rig) -> None:
    content = "recipient name,amount\nJane,1250.00\n".encode("utf-8-sig")
    rig.desk.answers = [FileReady("paylink-template.csv", content, "text/csv; charset=utf-8", "Fill it in.")]
    shown = await rig.slack.type_command(SAM, PAYMENTS, "template")
    files = [file for message in rig.slack.messages(SAM) for file in message.get("files", [])]
    assert [file["name"] for file in files] == ["paylink-template.csv"]
    assert rig.slack.workspace.files[files[0]["id"]].content == content
    assert "Jane,1250.00" in words(shown)
    assert "`paylink-template.csv` is in your direct messages" in words(shown)


async def test_a_file_slack_does_not_take_is_shown_all_the_same(rig: Rig) -> None:
    rig.desk.answers = [
        FileReady("t.csv", b"a,b\n", "text/csv", "Fill it in."),
        FileReady("t.xlsx", b"PK", "x/y", "Here."),
    ]
    rig.slack.faults.plan("files.getUploadURLExternal", Fault(status=500), times=2)
    assert "```a,b```" in words(await rig.slack.type_command(SAM, PAYMENTS, "template"))
    assert "did not take the file" in words(await rig.slack.type_command(SAM, PAYMENTS, "export"))


async def test_a_card_is_shown_without_its_url_and_copied_with_it(rig: Rig) -> None:
    rig.desk.answers = [LinkShown(CARD, ()), LinkCopied(CARD.reference, CARD.url)]
    assert TOKEN not in str(await rig.slack.type_command(SAM, PAYMENTS, "show PL-7F3K9Q"))
    assert f"```{CARD.url}```" in words(await rig.slack.type_command(SAM, PAYMENTS, "copy"))


async def test_what_became_of_each_of_several_references_is_told(rig: Rig) -> None:
    rig.desk.answers = [
        CancelReport((Outcome("PL-1", True, "PL-1 is cancelled."), Outcome("PL-2", False, "PL-2 is paid.")))
    ]
    said = words(await rig.slack.type_command(SAM, PAYMENTS, "cancel PL-1 PL-2"))
    assert "🚫 PL-1 is cancelled." in said
    assert "▫️ PL-2 is paid." in said


async def test_the_clock_of_the_rig_is_not_the_machines(rig: Rig) -> None:
    """Else the tests above would prove nothing of whose clock is believed."""
    assert rig.clock.now() == FakeClock().now()
