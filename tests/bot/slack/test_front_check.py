"""Only what Slack signed for our workspace gets past the door, and nothing at the door breaks it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy
from slack_sdk.signature import SignatureVerifier

from bot.slack.app import SlackFront
from bot.slack.front_check import FrontCheck, Turned, is_ssl_check
from bot.slack.line import SlackKeys, slack_line
from bot.slack.own_workspace import named_in
from bot.slack.stand_in import NOOR, PAYMENTS
from handlers.firm import FirmBook
from handlers.requests import Role
from tests.bot.slack.rig import SECRET, TEAM, FakeDesk, Rig, identify, owing, remembering, rigged, unmoved
from tests.cast import FIRM
from tests.fakes import FakeClock

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as built:
        yield built


def command(**more: str) -> bytes:
    facts = {"command": "/paylink", "text": "help", "user_id": NOOR, "channel_id": PAYMENTS, "team_id": TEAM}
    return urlencode({**facts, "trigger_id": "1.2.3", **more}).encode()


def signed(body: bytes, clock: FakeClock, *, ahead: int = 0, secret: str = SECRET) -> dict[str, str]:
    timestamp = str(int(clock.now().timestamp()) + ahead)
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": str(signature), "Content-Type": FORM}


async def test_a_signed_command_is_answered_for_its_asker_only(rig: Rig) -> None:
    status, text = await rig.post(command(), signed(command(), rig.clock))
    assert status == 200
    assert json.loads(text)["response_type"] == "ephemeral"
    assert [said for _, said in rig.desk.heard] == ["help"]


@pytest.mark.parametrize("place", range(0, 100, 7))
async def test_a_byte_changed_anywhere_in_the_body_is_refused(rig: Rig, place: int) -> None:
    """(T11)"""
    good = command()
    bad = bytearray(good)
    bad[place] ^= 1
    status, text = await rig.post(bytes(bad), signed(good, rig.clock))
    assert (status, text) == (401, "")
    assert rig.desk.heard == []


@pytest.mark.parametrize("header", ["X-Slack-Request-Timestamp", "X-Slack-Signature"])
async def test_a_byte_changed_in_a_signed_header_is_refused(rig: Rig, header: str) -> None:
    """(T11)"""
    headers = signed(command(), rig.clock)
    for place in range(len(headers[header])):
        bad = bytearray(headers[header].encode())
        bad[place] ^= 1
        status, _ = await rig.post(command(), headers | {header: bad.decode("latin-1")})
        assert status == 401, bad
    assert rig.desk.heard == []


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Slack-Request-Timestamp", "abc"),
        ("X-Slack-Request-Timestamp", ""),
        ("X-Slack-Request-Timestamp", "1e9"),
        ("X-Slack-Request-Timestamp", " 1795446000 0"),
        ("X-Slack-Request-Timestamp", "-1"),
        ("X-Slack-Request-Timestamp", "1" * 400),
        ("X-Slack-Request-Timestamp", "１７９５４４６０００"),
        ("X-Slack-Signature", ""),
        ("X-Slack-Signature", "v0="),
        ("X-Slack-Signature", "v1=" + "0" * 64),
        ("X-Slack-Signature", "v0=" + "é" * 64),
        ("X-Slack-Signature", "v0=" + "G" * 64),
        ("X-Slack-Signature", "v0=" + "0" * 64),
    ],
)
async def test_headers_that_are_no_signature_of_slacks_are_refused_and_break_nothing(
    rig: Rig, header: str, value: str
) -> None:
    """(B63)"""
    status, text = await rig.post(command(), signed(command(), rig.clock) | {header: value})
    assert (status, text) == (401, "")


@pytest.mark.parametrize("missing", ["X-Slack-Request-Timestamp", "X-Slack-Signature"])
async def test_a_missing_header_is_refused(rig: Rig, missing: str) -> None:
    headers = signed(command(), rig.clock)
    del headers[missing]
    assert (await rig.post(command(), headers))[0] == 401


@pytest.mark.parametrize("doubled", ["X-Slack-Request-Timestamp", "X-Slack-Signature"])
async def test_two_signatures_or_timestamps_are_refused(rig: Rig, doubled: str) -> None:
    headers = [*signed(command(), rig.clock).items(), (doubled, signed(command(), rig.clock)[doubled])]
    async with rig.session.post(rig.url, data=command(), headers=headers) as answer:
        assert answer.status == 401


@pytest.mark.parametrize(("ahead", "status"), [(-301, 401), (-299, 200), (0, 200), (299, 200), (301, 401)])
async def test_five_minutes_either_way_are_the_limit(rig: Rig, ahead: int, status: int) -> None:
    """(T11, F35) By the product's clock, which here is years from the machine's."""
    assert (await rig.post(command(), signed(command(), rig.clock, ahead=ahead)))[0] == status


async def test_another_secrets_signature_is_refused(rig: Rig) -> None:
    assert (await rig.post(command(), signed(command(), rig.clock, secret="another-signing-secret")))[0] == 401


async def test_a_body_over_256_kib_is_refused_whether_it_owns_up_to_its_length_or_not(rig: Rig) -> None:
    big = b"a" * (256 * 1024 + 1)
    assert (await rig.post(big, signed(big, rig.clock)))[0] == 413

    async def dribble() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"a" * 64 * 1024

    async with rig.session.post(rig.url, data=dribble(), headers={"Content-Type": FORM}) as answer:
        assert answer.status == 413
    fits = command(text="help " + "a" * 200_000)
    assert (await rig.post(fits, signed(fits, rig.clock)))[0] == 200


async def test_slacks_check_of_the_certificate_gets_an_empty_200_and_does_nothing(rig: Rig) -> None:
    """(B63)"""
    assert await rig.post(b"ssl_check=1&token=x", {"Content-Type": FORM}) == (200, "")
    assert await rig.post(command(ssl_check="1"), {"Content-Type": FORM}) == (200, "")
    assert rig.desk.heard == []
    assert not is_ssl_check(b"ssl_check=2")
    assert not is_ssl_check(b"xssl_check=1")


async def test_the_url_is_verified_only_for_slack_itself(rig: Rig) -> None:
    """(B63)"""
    body = json.dumps({"type": "url_verification", "challenge": "c1", "token": "x", "team_id": TEAM}).encode()
    plain = {"Content-Type": "application/json"}
    assert await rig.post(body, plain) == (401, "")
    status, text = await rig.post(body, signed(body, rig.clock) | plain)
    assert (status, json.loads(text)["challenge"]) == (200, "c1")


async def test_the_url_is_verified_although_slack_names_no_workspace_then(rig: Rig) -> None:
    """docs.slack.dev/reference/events/url_verification: token, challenge and type are all it carries."""
    body = json.dumps({"type": "url_verification", "challenge": "c1", "token": "x"}).encode()
    status, text = await rig.post(body, signed(body, rig.clock) | {"Content-Type": "application/json"})
    assert (status, json.loads(text)["challenge"]) == (200, "c1")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"payload=%7B",
        b"payload=[]",
        b"payload=3",
        b"[" * 100_000,
        b'{"team":[],"user":3,"event":[]}',
        b'{"team_id":{"a":1},"event":{"type":["x"]}}',
        b"command=%2Fpaylink&payload",
        b"\xff\xfe",
        b"command=%FF%FE&team_id=%FF",
    ],
)
async def test_malformed_bodies_break_nothing_even_when_they_are_signed(rig: Rig, body: bytes) -> None:
    """(B63)"""
    for kind in (FORM, "application/json", "text/plain; charset=x-unknown", "nonsense"):
        try:
            headers = signed(body, rig.clock) | {"Content-Type": kind}
        except UnicodeDecodeError:
            headers = signed(b"", rig.clock) | {"Content-Type": kind}
        status, _ = await rig.post(body, headers)
        assert status < 500, (body[:40], kind)
        status, _ = await rig.post(body, {"Content-Type": kind})
        assert status == 401


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: st.dictionaries(
            st.sampled_from(
                ["team", "user", "id", "team_id", "type", "event", "actions", "view", "container", "command"]
            ),
            inner | st.lists(inner),
            max_size=5,
        ),
    )
)
@settings(max_examples=100)
async def test_no_payload_that_is_signed_breaks_the_front(payload: Any) -> None:
    async with rigged(starts=False) as rig:
        body = json.dumps({**(payload if isinstance(payload, dict) else {"x": payload}), "team_id": TEAM}).encode()
        status, _ = await rig.post(body, signed(body, rig.clock) | {"Content-Type": "application/json"})
        assert status < 500


@pytest.mark.parametrize(
    "more",
    [
        {"team_id": "T0OTHER"},
        {"team_id": ""},
        {"enterprise_id": "E0OTHER"},
        {"team_id": "", "enterprise_id": "E0OTHER", "is_enterprise_install": "true"},
    ],
)
async def test_a_command_of_another_workspace_is_refused_and_kept_whatever_its_signature(
    rig: Rig, more: dict[str, str]
) -> None:
    """(T12)"""
    body = command(**more)
    status, text = await rig.post(body, signed(body, rig.clock))
    assert (status, text) == (200, "Paylink is not set up for this workspace.")
    assert rig.desk.heard == []
    [(by, why)] = rig.desk.refused
    assert (by.key, by.role) == (NOOR, Role.NOBODY)
    assert why.startswith("Another workspace: ")


@pytest.mark.parametrize("mark", ["team", "user_team", "source_team"])
async def test_a_message_of_another_companys_person_in_a_shared_channel_is_refused_and_kept(
    rig: Rig, mark: str
) -> None:
    """(T12)"""
    event = {"type": "app_mention", "user": "U0FOREIGN", "text": "create 100", "channel": PAYMENTS, "ts": "1.2"}
    payload = {"type": "event_callback", "team_id": TEAM, "event_id": "Ev1", "event": {**event, mark: "T0OTHER"}}
    body = json.dumps(payload).encode()
    headers = signed(body, rig.clock) | {"Content-Type": "application/json"}
    assert (await rig.post(body, headers))[0] == 200
    assert rig.desk.heard == []
    assert [by.key for by, _ in rig.desk.refused] == ["U0FOREIGN"]


async def test_a_press_by_somebody_of_another_workspace_is_refused(rig: Rig) -> None:
    """(T12)"""
    press = {
        "type": "block_actions",
        "team": {"id": TEAM},
        "user": {"id": "U0FOREIGN", "team_id": "T0OTHER"},
        "trigger_id": "1.2.3",
        "actions": [{"action_id": "copy_link", "block_id": "b", "type": "button", "value": "PL-7F3K9Q"}],
        "channel": {"id": PAYMENTS},
    }
    body = urlencode({"payload": json.dumps(press)}).encode()
    assert (await rig.post(body, signed(body, rig.clock)))[0] == 200
    assert rig.desk.asked == []


def test_every_workspace_that_a_payload_names_counts() -> None:
    assert named_in({"team": {"id": "A"}, "user": {"team_id": "B"}}) == {"A", "B"}
    assert named_in({"team_id": "A", "team": None, "user": "U1", "event": {"user_team": "C"}}) == {"A", "C"}
    assert named_in({"team_id": ["A"], "enterprise": {"id": "E1"}}) == {"E1"}
    assert named_in({}) == set()


def test_every_bit_of_what_is_signed_counts() -> None:
    """(T11) Each bit of the body, the timestamp and the signature turned, one at a time."""
    clock = FakeClock()
    check, body, headers = FrontCheck(SECRET, clock), command(), signed(command(), clock)
    assert check.verified(body, CIMultiDictProxy(CIMultiDict(headers))) == body.decode()
    for place in range(len(body) * 8):
        bad = bytearray(body)
        bad[place // 8] ^= 1 << place % 8
        with pytest.raises(Turned, match="401"):
            check.verified(bytes(bad), CIMultiDictProxy(CIMultiDict(headers)))
    for name in ("X-Slack-Request-Timestamp", "X-Slack-Signature"):
        for place in range(len(headers[name]) * 8):
            turned = bytearray(headers[name].encode())
            turned[place // 8] ^= 1 << place % 8
            with pytest.raises(Turned, match="401"):
                check.verified(body, CIMultiDictProxy(CIMultiDict(headers | {name: turned.decode("latin-1")})))


async def test_an_empty_signing_secret_does_not_start() -> None:
    """An empty secret would let anybody in (fact G)."""
    async with slack_line(SlackKeys("xoxb-1", TEAM, "http://127.0.0.1:1/api/"), FirmBook(FIRM), FakeClock()) as line:
        with pytest.raises(ValueError, match="signing_secret"):
            SlackFront(line, FakeDesk(), identify, owing, remembering, unmoved)


async def test_only_post_is_served(rig: Rig) -> None:
    async with rig.session.get(rig.url) as answer:
        assert answer.status == 405


async def test_the_keys_are_in_no_representation() -> None:
    assert "xoxb-secret" not in repr(SlackKeys("xoxb-secret", TEAM, "", "s3cret-s3cret", "xapp-secret"))


async def test_tokens_in_the_environment_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bolt reads these by itself and would turn on OAuth with files in the home folder."""
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"):
        monkeypatch.setenv(name, "xoxb-of-the-environment")
    async with rigged() as rig:
        assert (await rig.post(command(), signed(command(), rig.clock)))[0] == 200
        assert [said for _, said in rig.desk.heard] == ["help"]
