"""Files of invoices in Slack: which are fetched, from where, with what said beside them, and what refuses them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.blocks.bulk_upload import BULK_UPLOAD, TEMPLATE
from bot.slack.files import FileNotRead, SharedFile, fetch, looked_up
from bot.slack.listeners.files import said_with_file
from bot.slack.stand_in import PAYMENTS, SAM, payloads
from bot.slack.stand_in.faults import Fault
from bot.slack.stand_in.people import BOT_USER, Person
from handlers.answers import BatchReview, FileReady, FormWanted, Refusal
from handlers.batches.file_kinds import MOST_BYTES
from handlers.desk import Desk
from handlers.requests import AskTemplate, OpenForm, ReviewFile
from models.money import Money
from models.tables import Batch
from tests.bot.slack.rig import HOUSE, Json, Rig, rigged, words
from tests.cast import FIRM, ONE_ACCOUNT_FIRM, Surroundings
from tests.handlers.batches.samples import JANE, OMAR, as_csv
from tests.waiting import eventually

LIST = as_csv(JANE, OMAR)
REVIEW = BatchReview("B-17", "may.csv", "Operating", (), (), (), (Money(0, "USD"),))
DIRECT = SAM  # the direct messages with a person go by their id


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as built:
        built.desk.at_home = replace(HOUSE, accounts=FIRM.accounts, firm=FIRM)
        yield built


def welcome(rig: Rig, *answers: Any) -> None:
    """The desk lets the person bring a file, and then says this."""
    rig.desk.answers = [FormWanted(), *(answers or (REVIEW,))]


def reviewed(rig: Rig) -> list[ReviewFile]:
    return [request for _, request in rig.desk.asked if isinstance(request, ReviewFile)]


async def share_told(rig: Rig, told: Json, text: str = "") -> None:
    """Share a file of which Slack tells exactly this."""
    place = rig.slack.workspace.direct(SAM)
    message = rig.slack.workspace.post(place.id, SAM, text, (), files=[told])
    person = rig.slack.workspace.people[SAM]
    heard = payloads.direct_message(person, place, rig.slack.workspace.team_id, message)
    await rig.slack.delivery.send("events_api", heard)


# ── where a list may be brought ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_list_in_a_direct_message_is_reviewed_there(rig: Rig) -> None:
    """(F29)"""
    welcome(rig)
    await rig.slack.share(SAM, DIRECT, {"may.csv": LIST})
    assert reviewed(rig) == [ReviewFile("may.csv", LIST)]
    assert "B-17" in words(rig.slack.messages(DIRECT)[-1])


async def test_a_list_beside_a_mention_is_reviewed_for_its_sender_alone(rig: Rig) -> None:
    """(F28, F29)"""
    welcome(rig)
    await rig.slack.share(SAM, PAYMENTS, {"may.csv": LIST}, "@Paylink account trust, again please")
    assert reviewed(rig) == [ReviewFile("may.csv", LIST, "trust", again=True)]
    assert len(rig.slack.messages(PAYMENTS)) == 1
    assert "B-17" in words(rig.slack.ephemerals(SAM, PAYMENTS)[-1])


async def test_a_list_shared_in_a_channel_without_a_mention_is_none_of_our_business(rig: Rig) -> None:
    await rig.slack.share(SAM, PAYMENTS, {"may.csv": LIST}, "the list for May")
    assert rig.desk.asked == []


async def test_who_may_not_make_links_has_no_file_fetched(rig: Rig) -> None:
    rig.desk.answers = [Refusal("not_allowed", "Your role here is viewer.")]
    await rig.slack.share(SAM, DIRECT, {"may.csv": LIST})
    assert [request for _, request in rig.desk.asked] == [OpenForm()]
    assert "viewer" in words(rig.slack.messages(DIRECT)[-1])


async def test_of_several_files_the_one_list_is_taken(rig: Rig) -> None:
    """(B36)"""
    welcome(rig)
    await rig.slack.share(SAM, DIRECT, {"scan.png": b"\x89PNG", "may.csv": LIST})
    assert [asked.filename for asked in reviewed(rig)] == ["may.csv"]


async def test_several_lists_are_named_and_none_is_taken(rig: Rig) -> None:
    """(B36)"""
    welcome(rig)
    await rig.slack.share(SAM, DIRECT, {"may.csv": LIST, "june.csv": LIST})
    assert reviewed(rig) == []
    assert "2 files (may.csv and june.csv)" in words(rig.slack.messages(DIRECT)[-1])


async def test_a_picture_beside_a_command_is_not_what_the_command_is_about(rig: Rig) -> None:
    await rig.slack.share(SAM, DIRECT, {"scan.png": b"\x89PNG"}, "list outstanding")
    assert [said for _, said in rig.desk.heard] == ["list outstanding"]


@pytest.mark.parametrize(
    ("text", "account", "again"),
    [
        ("", "", False),
        ("account trust", "trust", False),
        ("Account: TRUST.", "trust", False),
        ("again", "", True),
        ("account trust again", "trust", True),
        ("the May list, account trust", "trust", False),
        ("for the account of Jane", "", False),
        ("account nowhere", "nowhere", False),
        ("against the odds", "", False),
    ],
)
def test_what_is_said_beside_a_file(text: str, account: str, again: bool) -> None:
    house = replace(HOUSE, accounts=FIRM.accounts, firm=FIRM)
    assert said_with_file(text, house) == (account, again)


# ── where a file is fetched from ─────────────────────────────────────────────────────────────────────────────────────


class NoConnection:
    """A session that must not be used."""

    def get(self, url: str, **more: object) -> object:
        raise AssertionError(f"a connection to {url}")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/may.csv",
        "http://files.slack.com/may.csv",
        "https://files.slack.com.evil.example/may.csv",
        "https://files.slack.com@evil.example/may.csv",
        "https://files.slack.com:8443/may.csv",
        "https://evilfiles.slack.com/may.csv",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:127.0.0.1]/may.csv",
        "https://2130706433/may.csv",
        "file:///etc/passwd",
        "",
    ],
)
async def test_the_token_goes_nowhere_but_to_slack(url: str) -> None:
    """(T13)"""
    client = AsyncWebClient(token="xoxb-1", base_url="https://slack.com/api/", session=NoConnection())  # type: ignore[arg-type]
    with pytest.raises(FileNotRead):
        await fetch(client, SharedFile("F01", "may.csv", 100, url, SAM))


async def test_a_file_slack_says_is_too_large_is_not_fetched() -> None:
    """(B28)"""
    client = AsyncWebClient(token="xoxb-1", base_url="https://slack.com/api/", session=NoConnection())  # type: ignore[arg-type]
    file = SharedFile("F01", "may.csv", 6 * 1024 * 1024, "https://files.slack.com/may.csv", SAM)
    with pytest.raises(FileNotRead, match=r"may\.csv is 6\.0 MiB large; at most 5 MiB are read"):
        await fetch(client, file)


async def answered(rig: Rig, answer: web.StreamResponse | type[web.HTTPException], **more: Any) -> list[str]:
    """Fetch a file from the API's own host, which answers so; the paths that were asked for there."""
    asked: list[str] = []

    async def serve(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        assert request.headers["Authorization"] == "Bearer xoxb-1"
        if isinstance(answer, type):
            raise answer(**more)
        return answer

    app = web.Application()
    app.router.add_get("/{tail:.*}", serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    base = f"http://127.0.0.1:{site.port}"
    client = AsyncWebClient(token="xoxb-1", base_url=f"{base}/api/", session=rig.session)
    try:
        await fetch(client, SharedFile("F01", "may.csv", 0, f"{base}/may.csv", SAM, "text/csv"))
    finally:
        await runner.cleanup()
    return asked


async def test_no_redirect_is_followed(rig: Rig) -> None:
    """(T13)"""
    with pytest.raises(FileNotRead, match="does not let Paylink read"):
        await answered(rig, web.HTTPFound, location="http://169.254.169.254/may.csv")


async def test_a_file_larger_than_slack_said_is_cut_off(rig: Rig) -> None:
    """(B28)"""
    with pytest.raises(FileNotRead, match="is larger than 5 MiB"):
        await answered(rig, web.Response(body=bytes(MOST_BYTES + 1), content_type="text/csv"))


async def test_the_log_in_page_is_no_list(rig: Rig) -> None:
    """Without files:read Slack answers with it."""
    with pytest.raises(FileNotRead, match="files:read"):
        await answered(rig, web.Response(text="<html>Sign in</html>", content_type="text/html"))


@pytest.mark.parametrize(("status", "said"), [(404, "no longer has"), (500, "just now"), (403, "files:read")])
async def test_what_slack_does_not_hand_over_is_said(rig: Rig, status: int, said: str) -> None:
    with pytest.raises(FileNotRead, match=said):
        await answered(rig, web.Response(status=status))


# ── whose file it is ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_bots_file_is_not_read(rig: Rig) -> None:
    welcome(rig)
    ident = rig.slack.workspace.keep_file(BOT_USER, "links.csv", LIST, for_app=True).id
    await share_told(rig, {"id": ident, "name": "links.csv"})
    assert reviewed(rig) == []
    assert "not a colleague's file" in words(rig.slack.messages(DIRECT)[-1])


async def test_a_file_from_another_company_is_not_read(rig: Rig) -> None:
    """(T12) Of a file out of Slack Connect an event tells no more than its id."""
    welcome(rig)
    stranger = Person("U0STRANGE1", "max", "Max Fremd", is_stranger=True)
    rig.slack.workspace.people[stranger.id] = stranger
    ident = rig.slack.workspace.keep_file(stranger.id, "may.csv", LIST, for_app=True).id
    await share_told(rig, {"id": ident, "mode": "file_access", "file_access": "check_file_info", "user": ""})
    assert reviewed(rig) == []
    assert "People of other companies" in words(rig.slack.messages(DIRECT)[-1])


async def test_a_file_of_which_an_event_tells_the_id_alone_is_looked_up(rig: Rig) -> None:
    welcome(rig)
    ident = rig.slack.workspace.keep_file(SAM, "may.csv", LIST, for_app=True).id
    await share_told(rig, {"id": ident, "mode": "file_access", "file_access": "check_file_info", "user": ""})
    assert reviewed(rig) == [ReviewFile("may.csv", LIST)]


async def test_without_the_permission_the_answer_says_which_is_missing(rig: Rig) -> None:
    rig.slack.faults.plan("files.info", Fault(error="missing_scope"))
    with pytest.raises(FileNotRead, match="files:read"):
        await looked_up(rig.line.client, SharedFile("F01"))


async def test_a_document_of_another_service_is_not_fetched(rig: Rig) -> None:
    welcome(rig)
    told = {"id": "F01", "name": "may.xlsx", "mode": "external", "is_external": True, "user": SAM}
    await share_told(rig, told | {"url_private": "https://docs.google.example/may"})
    assert "Slack does not hold may.xlsx itself" in words(rig.slack.messages(DIRECT)[-1])


# ── the form ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_shortcut_opens_the_form_and_its_file_is_reviewed_in_person(rig: Rig) -> None:
    """(F29)"""
    rig.desk.answers = [FormWanted()]
    await rig.slack.take_shortcut(SAM, BULK_UPLOAD)
    welcome(rig)
    given = {"File": [rig.slack.upload(SAM, "may.csv", LIST)], "Account": "trust", "The same file again": ["again"]}
    assert await rig.slack.submit(SAM, given) == {}
    assert reviewed(rig) == [ReviewFile("may.csv", LIST, "trust", again=True)]
    await eventually(lambda: rig.slack.messages(DIRECT), "the review")
    assert rig.slack.view_of(SAM) is None


async def test_whoever_may_not_bring_a_file_sees_no_account_in_the_form(rig: Rig) -> None:
    rig.desk.answers = [Refusal("not_allowed", "You are not set up to use Paylink.")]
    await rig.slack.take_shortcut(SAM, BULK_UPLOAD)
    view = rig.slack.view_of(SAM)
    assert view is not None
    assert "not set up" in words(view)
    assert "submit" not in view or view["submit"] is None


@pytest.mark.parametrize(
    ("code", "field"), [("sheet_unreadable", "file"), ("account_unclear", "account"), ("already_imported", "again")]
)
async def test_a_refused_file_is_refused_on_the_field_it_concerns(rig: Rig, code: str, field: str) -> None:
    rig.desk.answers = [FormWanted()]
    await rig.slack.take_shortcut(SAM, BULK_UPLOAD)
    welcome(rig, Refusal(code, "Mend this."))
    given = {"File": [rig.slack.upload(SAM, "may.csv", LIST)]}
    assert await rig.slack.submit(SAM, given) == {"errors": {field: "Mend this."}}


async def test_the_form_hands_out_the_template(rig: Rig) -> None:
    """(F27)"""
    rig.desk.answers = [FormWanted()]
    await rig.slack.take_shortcut(SAM, BULK_UPLOAD)
    rig.desk.answers = [FileReady("paylink-template.csv", b"amount", "text/csv", "Fill it in.")]
    await rig.slack.click_in_view(SAM, TEMPLATE)
    assert [request for _, request in rig.desk.asked][-1] == AskTemplate()
    assert any(message.get("files") for message in rig.slack.messages(DIRECT))


async def test_the_answer_to_template_has_the_button_of_the_form() -> None:
    around = Surroundings()
    async with rigged(Desk(around.ports)) as rig:
        shown = await rig.slack.type_command(SAM, PAYMENTS, "template")
        await rig.slack.click(SAM, PAYMENTS, shown["ts"], BULK_UPLOAD)
        view = rig.slack.view_of(SAM)
    assert view is not None
    assert view["title"]["text"] == "Bulk upload"


# ── with the real desk ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_one_message_delivered_again_and_again_makes_one_batch(database: Any) -> None:
    """(M14)"""
    around = Surroundings(firm=ONE_ACCOUNT_FIRM)
    async with rigged(Desk(around.ports)) as rig:
        await rig.slack.share(SAM, DIRECT, {"may.csv": LIST})
        heard = [sent for sent in rig.slack.sent if sent.payload.get("event", {}).get("files")][-1]
        for _ in range(4):
            await rig.slack.redeliver(heard)
        assert "2 rows" in words(rig.slack.messages(DIRECT)[-1])
    assert await Batch.all().count() == 1


async def test_the_same_file_again_leads_to_the_review_that_waits(database: Any) -> None:
    """(F29)"""
    around = Surroundings(firm=ONE_ACCOUNT_FIRM)
    async with rigged(Desk(around.ports)) as rig:
        await rig.slack.share(SAM, DIRECT, {"may.csv": LIST})
        await rig.slack.share(SAM, DIRECT, {"may.csv": LIST})
        known = rig.slack.messages(DIRECT)[-1]
        assert "already imported as B-1" in words(known)
        await rig.slack.click(SAM, DIRECT, known["ts"], "batch_show")
        assert "Nothing has been sent yet" in words(rig.slack.messages(DIRECT)[-1])
        await rig.slack.share(SAM, DIRECT, {"may.csv": LIST}, "again")
    assert await Batch.all().count() == 2
