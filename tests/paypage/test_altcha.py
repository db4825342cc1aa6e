"""The proof of work of our own page, and the limit that stands without any check."""

from __future__ import annotations

import base64
import html
import json
import re
from datetime import timedelta

import altcha
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.payments.tries import TriedTooOften
from paypage.captcha import NotPassed
from paypage.proof_of_work import LIFE, MOST_TRIES, ROUNDS, ProofOfWork
from tests.fakes import FakeClock
from tests.paypage.payer_house import (
    OPEN,
    PARTIAL,
    Answer,
    payer_house,
    script_sources,
)
from tests.paypage.test_guard import CSP


class Memory:
    """Remembers what was used, as the database does."""

    def __init__(self) -> None:
        self.used: set[str] = set()

    async def use(self, name: str) -> bool:
        first = name not in self.used
        self.used.add(name)
        return first


KEY = b"a page key of 32 bytes for tests!"


def work(clock: FakeClock | None = None, key: bytes = KEY) -> ProofOfWork:
    return ProofOfWork(key, Memory().use, clock or FakeClock())


def challenge_in(answer: Answer) -> altcha.Challenge:
    found = re.search(r'data-challenge="([^"]+)"', answer.text)
    assert found
    return altcha.Challenge.from_dict(json.loads(html.unescape(found[1])))


def solve(challenge: altcha.Challenge) -> str:
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    return altcha.Payload(challenge, solution).to_base64()


def made(captcha: ProofOfWork, token: str = OPEN.token) -> altcha.Challenge:
    return altcha.Challenge.from_dict(json.loads(captcha.check(token).challenge))


async def check_refused(captcha: ProofOfWork, answer: str, token: str = OPEN.token) -> str:
    with pytest.raises(NotPassed) as no:
        await captcha.judge({"altcha": answer}, token)
    return str(no.value)


async def test_a_solved_challenge_leads_to_the_checkout_and_only_once() -> None:
    """(F7)"""
    async with payer_house(captcha=work()) as house:
        page = await house.look(OPEN)
        answer = solve(challenge_in(page))
        first = await house.post(OPEN, {"nonce": page.nonce, "altcha": answer})
        second = await house.post(OPEN, {"nonce": page.nonce, "altcha": answer})
        third = await house.post(OPEN, {"nonce": page.nonce, "altcha": solve(challenge_in(second))})
    assert (first.status, second.status, third.status) == (303, 400, 303)
    assert len(house.operations.paid) == 2


async def test_the_pay_page_loads_our_own_script_and_worker_alone() -> None:
    """(T04) Nobody else hears of the link."""
    async with payer_house(captcha=work()) as house:
        page = await house.look(OPEN)
        assert page.headers["Content-Security-Policy"] == f"{CSP}; script-src 'self'; worker-src 'self'"
        [script] = script_sources(page)
        worker = re.findall(r'data-worker="([^"]+)"', page.text)
        for path in (script, *worker):
            answer = await house.get(path)
            assert (answer.status, answer.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
        noscript = page.text.partition("<noscript>")[2].partition("</noscript>")[0]
        assert "the check needs JavaScript" in noscript
        assert "Harbor &amp; Finch LLP" in noscript


async def test_every_page_has_a_challenge_of_its_own() -> None:
    async with payer_house(captcha=work()) as house:
        nonces = {challenge_in(await house.look(OPEN)).parameters.nonce for _ in range(5)}
    assert len(nonces) == 5


async def test_the_solution_of_one_link_is_none_of_anothers() -> None:
    captcha = work()
    answer = solve(made(captcha, OPEN.token))
    assert "not a challenge" in await check_refused(captcha, answer, PARTIAL.token)
    await captcha.judge({"altcha": answer}, OPEN.token)


async def test_the_solution_of_another_firms_page_is_none() -> None:
    assert "not a challenge" in await check_refused(work(), solve(made(work(key=b"another key of 32 bytes and more!"))))


async def test_a_challenge_lives_for_an_hour() -> None:
    """By the product's clock."""
    clock = FakeClock()
    captcha = work(clock)
    early, late = solve(made(captcha)), solve(made(captcha))
    clock.tick(LIFE)
    await captcha.judge({"altcha": early}, OPEN.token)
    clock.tick(1)
    assert "too old" in await check_refused(captcha, late)


@pytest.mark.parametrize(
    ("name", "value"),
    [("cost", 1), ("keyPrefix", "00"), ("keyPrefix", ""), ("data", {"until": 9_999_999_999}), ("algorithm", "SHA-256")],
)
async def test_a_challenge_made_easier_is_none(name: str, value: object) -> None:
    captcha = work()
    easier = made(captcha).to_dict()
    easier["parameters"][name] = value
    easier["parameters"].pop("keySignature")
    answer = altcha.Payload(altcha.Challenge.from_dict(easier), altcha.Solution(0, "00" * 32)).to_base64()
    assert "not a challenge" in await check_refused(captcha, answer)


async def test_a_guessed_solution_is_none() -> None:
    captcha = work()
    challenge = made(captcha)
    for key in ("", "00" * 32, challenge.parameters.key_prefix * 2, "zz"):
        answer = altcha.Payload(challenge, altcha.Solution(7, key)).to_base64()
        assert "not solved" in await check_refused(captcha, answer)


def test_the_work_is_the_same_for_everybody() -> None:
    """Bounded above: nobody waits for luck."""
    for _ in range(20):
        parameters = made(work()).parameters
        assert (parameters.algorithm, parameters.cost) == ("PBKDF2/SHA-256", ROUNDS)
        solution = altcha.solve_challenge(altcha.Challenge(parameters))
        assert solution is not None
        assert 0 <= solution.counter < MOST_TRIES


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
TEMPLATE = made(work()).to_dict()


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
async def test_any_bytes_are_refused_kindly(answer: bytes) -> None:
    await check_refused(work(), answer.decode("latin-1") or "x")
    await check_refused(work(), base64.b64encode(answer).decode() or "x")


@given(JSON, st.sampled_from([("challenge",), ("solution",), ("challenge", "parameters"), ("challenge", "signature")]))
async def test_any_json_in_any_place_is_refused_kindly(value: object, place: tuple[str, ...]) -> None:
    answer = {"challenge": json.loads(json.dumps(TEMPLATE)), "solution": {"counter": 1, "derivedKey": "00"}}
    inner: dict[str, object] = answer
    for name in place[:-1]:
        inner = inner[name]  # type: ignore[assignment]  # a part of the answer
    inner[place[-1]] = value
    await check_refused(work(), base64.b64encode(json.dumps(answer).encode()).decode())


@given(JSON, st.sampled_from(sorted(TEMPLATE["parameters"])))
async def test_any_json_in_any_parameter_is_refused_kindly(value: object, name: str) -> None:
    answer = {"challenge": json.loads(json.dumps(TEMPLATE)), "solution": {"counter": 1, "derivedKey": "00"}}
    answer["challenge"]["parameters"][name] = value
    await check_refused(work(), base64.b64encode(json.dumps(answer).encode()).decode())


async def test_hostile_nesting_is_refused_kindly() -> None:
    for text in ('{"challenge":' + "[" * 2000, '{"challenge":' + '{"a":' * 1500 + "1" + "}" * 1501, "[]", "1", "null"):
        await check_refused(work(), base64.b64encode(text.encode()).decode())


async def test_the_limit_of_a_day_is_said_where_there_is_no_captcha() -> None:
    """(T07)"""
    async with payer_house() as house:
        house.operations.tries = TriedTooOften(timedelta(hours=1))
        answer = await house.press_pay(OPEN)
    assert answer.status == 429
    assert "Please contact the sender" in answer.words
    assert "they can send you another link" in answer.words
    assert answer.headers["Retry-After"] == "3600"
    assert house.operations.paid == []
