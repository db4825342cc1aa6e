"""The check that a person pays: nobody gets past it without a good answer, and its trouble is told (F7, T04, T07)."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import altcha
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from handlers.payments.payer_page import PayerPage
from handlers.payments.tries import TriedTooOften
from paypage.captcha import CaptchaDown, NotPassed
from paypage.proof_of_work import LIFE, MOST_TRIES, ROUNDS, ProofOfWork
from paypage.siteverify import SERVICES, SiteKeys, SiteVerify
from tests.fakes import FakeClock
from tests.paypage.captcha_service import SECRET, SITE_KEY, CaptchaService, captcha_service, garbage
from tests.paypage.payer_house import CHECKOUT, EVERY_PAGE, OPEN, PARTIAL, Answer, House, payer_house, usd
from tests.paypage.test_guard import CSP

SERVICE_FIELDS = [(name, service.field) for name, service in SERVICES.items()]


@pytest.fixture
async def service() -> AsyncIterator[CaptchaService]:
    async with captcha_service() as running:
        yield running


def asking(service: CaptchaService, name: str = "turnstile", *, patience: float = 5, **more: object) -> SiteVerify:
    keys = SiteKeys(SITE_KEY, SECRET, service.url, **more)  # type: ignore[arg-type]  # min_score
    return SiteVerify(SERVICES[name], keys, "127.0.0.1", patience)


async def press(house: House, page: PayerPage, fields: dict[str, str]) -> Answer:
    """Look at the page and send its form with these fields."""
    return await house.post(page, {"nonce": (await house.look(page)).nonce} | fields)


# ── the three services ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("name", "field"), SERVICE_FIELDS)
async def test_a_good_answer_leads_to_the_checkout_and_only_once(
    service: CaptchaService, name: str, field: str
) -> None:
    """(F7)"""
    captcha = asking(service, name)
    async with payer_house(captcha=captcha) as house:
        answer = await press(house, OPEN, {field: "a-person"})
        again = await press(house, OPEN, {field: "a-person"})
    await captcha.close()
    assert (answer.status, answer.headers["Location"]) == (303, CHECKOUT)
    assert (again.status, len(house.operations.paid)) == (400, 1)
    assert service.asked[0]["secret"] == SECRET
    assert service.asked[0]["response"] == "a-person"


@pytest.mark.parametrize(("name", "field"), SERVICE_FIELDS)
@pytest.mark.parametrize("given_answer", [{}, {"": ""}, "", "a-robot", "x" * 9000], ids=str)
async def test_without_a_good_answer_nothing_is_opened_and_the_form_is_shown_again(
    service: CaptchaService, name: str, field: str, given_answer: str | dict[str, str]
) -> None:
    """(F7, T07) Also where the field is left out altogether."""
    captcha = asking(service, name)
    fields = {field: given_answer} if isinstance(given_answer, str) else {}
    async with payer_house(captcha=captcha) as house:
        answer = await press(house, PARTIAL, {"amount": "400.00"} | fields)
    await captcha.close()
    assert answer.status == 400
    assert "We could not tell that a person is paying, so nothing was charged." in answer.words
    assert 'value="400.00"' in answer.text
    assert house.operations.paid == []
    assert house.operations.check_down == []


@pytest.mark.parametrize(
    ("name", "says", "why"),
    [
        ("turnstile", {"hostname": "evil.example"}, "another site"),
        ("hcaptcha", {"hostname": ""}, "no site"),
        ("recaptcha", {"hostname": None}, "no site"),
        ("turnstile", {"action": "login"}, "another action"),
        ("recaptcha", {"score": 0.9, "action": "login"}, "another action"),
        ("recaptcha", {"score": 0.4, "action": "pay"}, "a low score"),
        ("recaptcha", {"score": 0, "action": "pay"}, "a robot's score"),
    ],
)
async def test_a_good_answer_of_another_site_another_action_or_a_low_score_is_none(
    service: CaptchaService, name: str, says: dict[str, object], why: str
) -> None:
    service.says = says
    captcha = asking(service, name)
    async with payer_house(captcha=captcha) as house:
        answer = await press(house, OPEN, {SERVICES[name].field: "a-person"})
    await captcha.close()
    assert (answer.status, house.operations.paid) == (400, []), why


@pytest.mark.parametrize(
    ("name", "says", "min_score"),
    [
        ("turnstile", {"action": "pay"}, None),
        ("turnstile", {"hostname": "127.0.0.1"}, None),
        ("recaptcha", {"score": 0.5, "action": "pay"}, None),
        ("recaptcha", {"score": 0.3, "action": "pay"}, 0.3),
        ("hcaptcha", {"score": 0.01}, None),  # hCaptcha's is a risk: low is good
    ],
)
async def test_what_each_service_says_of_a_person_is_enough(
    service: CaptchaService, name: str, says: dict[str, object], min_score: float | None
) -> None:
    service.says = says
    captcha = asking(service, name, min_score=min_score)
    async with payer_house(captcha=captcha) as house:
        answer = await press(house, OPEN, {SERVICES[name].field: "a-person"})
    await captcha.close()
    assert answer.status == 303


async def test_a_site_key_of_v3_takes_no_answer_without_a_score(service: CaptchaService) -> None:
    captcha = asking(service, "recaptcha", min_score=0.5)
    async with payer_house(captcha=captcha) as house:
        answer = await press(house, OPEN, {"g-recaptcha-response": "a-person"})
    await captcha.close()
    assert (answer.status, house.operations.paid) == (503, [])


@pytest.mark.parametrize("fault", garbage())
async def test_a_service_out_of_order_lets_nobody_pay_says_so_and_is_told(service: CaptchaService, fault: str) -> None:
    """(F7) It fails closed: the form is kept, with what to do."""
    service.broken = garbage()[fault]
    captcha = asking(service, "recaptcha")
    async with payer_house(captcha=captcha) as house:
        answer = await press(house, PARTIAL, {"amount": "400.00"} | {"g-recaptcha-response": "a-person"})
    await captcha.close()
    assert answer.status == 503
    assert "does not work just now, so nothing was charged" in answer.words
    assert "Harbor & Finch LLP" in answer.words.partition("just now")[2]
    assert 'value="400.00"' in answer.text
    assert house.operations.paid == []
    assert len(house.operations.check_down) == 1
    assert SECRET not in house.operations.check_down[0]
    assert service.elsewhere == 0


async def test_a_service_that_is_slow_or_gone_lets_nobody_pay(service: CaptchaService) -> None:
    service.silent = True
    slow, gone = asking(service, patience=0.2), asking(replace(service, url="http://127.0.0.1:9/siteverify"))
    for captcha in (slow, gone):
        async with payer_house(captcha=captcha) as house:
            answer = await press(house, OPEN, {"cf-turnstile-response": "a-person"})
        await captcha.close()
        assert (answer.status, house.operations.paid) == (503, [])


async def test_a_service_that_is_back_lets_the_same_page_pay(service: CaptchaService) -> None:
    service.broken = web.Response(status=500)
    captcha = asking(service)
    async with payer_house(captcha=captcha) as house:
        refused = await press(house, OPEN, {"cf-turnstile-response": "a-person"})
        service.broken = None
        again = await house.post(OPEN, {"nonce": refused.nonce, "cf-turnstile-response": "a-person"})
    await captcha.close()
    assert (refused.status, again.status) == (503, 303)


async def test_an_amount_out_of_bounds_does_not_use_an_answer_up(service: CaptchaService) -> None:
    captcha = asking(service)
    async with payer_house(captcha=captcha) as house:
        wrong = await press(house, PARTIAL, {"amount": "1e2"} | {"cf-turnstile-response": "a-person"})
        right = await press(house, PARTIAL, {"amount": "400"} | {"cf-turnstile-response": "a-person"})
    await captcha.close()
    assert (wrong.status, right.status) == (400, 303)
    assert house.operations.paid == [(PARTIAL.token, usd(40_000))]


async def test_the_doctor_hears_whether_the_service_knows_our_key(service: CaptchaService) -> None:
    captcha = asking(service)
    await captcha.examine()
    await captcha.close()
    stranger = SiteVerify(SERVICES["turnstile"], SiteKeys(SITE_KEY, "another", service.url), "127.0.0.1")
    with pytest.raises(CaptchaDown, match="invalid-input-secret"):
        await stranger.examine()
    await stranger.close()


def test_the_secret_key_is_in_no_repr() -> None:
    """(T22)"""
    assert SECRET not in repr(SiteKeys(SITE_KEY, SECRET))


# ── what the page carries ─────────────────────────────────────────────────────────────────────────────────────────────


END = "form-action 'self' https://checkout.stripe.com; frame-ancestors 'none'; base-uri 'none'"
OPENED = {
    "recaptcha": "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'; "
    f"{END}; script-src 'self' https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/; "
    "frame-src https://www.google.com/recaptcha/ https://recaptcha.google.com/recaptcha/; "
    "connect-src https://www.google.com/recaptcha/",
    "hcaptcha": "default-src 'none'; style-src 'self' https://hcaptcha.com https://*.hcaptcha.com; img-src 'self'; "
    f"{END}; script-src 'self' https://hcaptcha.com https://*.hcaptcha.com; "
    "frame-src https://hcaptcha.com https://*.hcaptcha.com; connect-src https://hcaptcha.com https://*.hcaptcha.com",
    "turnstile": f"default-src 'none'; style-src 'self'; img-src 'self'; {END}; "
    "script-src 'self' https://challenges.cloudflare.com; frame-src https://challenges.cloudflare.com",
}


@pytest.mark.parametrize(
    ("name", "min_score", "script"),
    [
        ("recaptcha", None, "https://www.google.com/recaptcha/api.js"),
        ("recaptcha", 0.5, f"https://www.google.com/recaptcha/api.js?render={SITE_KEY}"),
        ("hcaptcha", None, "https://js.hcaptcha.com/1/api.js?recaptchacompat=off"),
        ("turnstile", None, "https://challenges.cloudflare.com/turnstile/v0/api.js"),
    ],
)
async def test_the_policy_opens_for_the_chosen_service_on_the_pay_page_alone(
    name: str, min_score: float | None, script: str
) -> None:
    """(T04) All other pages keep the strict policy and have no script."""
    captcha = SiteVerify(SERVICES[name], SiteKeys(SITE_KEY, SECRET, min_score=min_score), "127.0.0.1")
    async with payer_house(captcha=captcha) as house:
        for page in EVERY_PAGE:
            answer = await house.look(page)
            policy = answer.headers["Content-Security-Policy"]
            if '<form method="post"' in answer.text:
                assert policy == OPENED[name]
                assert html.unescape(script_sources(answer)[0]) == script
                assert f'"{SITE_KEY}"' in answer.text
                assert SECRET not in answer.text
            else:
                assert policy == CSP
                assert "<script" not in answer.text
        assert (await house.get("/p/unknown-0123456789abcdef")).headers["Content-Security-Policy"] == CSP


async def test_without_a_captcha_no_page_has_a_script_or_another_policy() -> None:
    """(T04, X10)"""
    async with payer_house() as house:
        for page in EVERY_PAGE:
            answer = await house.look(page)
            assert answer.headers["Content-Security-Policy"] == CSP
            assert "script" not in answer.text


def script_sources(answer: Answer) -> list[str]:
    return re.findall(r'<script[^>]* src="([^"]+)"', answer.text)


# ── ALTCHA ────────────────────────────────────────────────────────────────────────────────────────────────────────────


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


async def refused(captcha: ProofOfWork, answer: str, token: str = OPEN.token) -> str:
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
    assert "not a challenge" in await refused(captcha, answer, PARTIAL.token)
    await captcha.judge({"altcha": answer}, OPEN.token)


async def test_the_solution_of_another_firms_page_is_none() -> None:
    assert "not a challenge" in await refused(work(), solve(made(work(key=b"another key of 32 bytes and more!"))))


async def test_a_challenge_lives_for_an_hour() -> None:
    """By the product's clock."""
    clock = FakeClock()
    captcha = work(clock)
    early, late = solve(made(captcha)), solve(made(captcha))
    clock.tick(LIFE)
    await captcha.judge({"altcha": early}, OPEN.token)
    clock.tick(1)
    assert "too old" in await refused(captcha, late)


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
    assert "not a challenge" in await refused(captcha, answer)


async def test_a_guessed_solution_is_none() -> None:
    captcha = work()
    challenge = made(captcha)
    for key in ("", "00" * 32, challenge.parameters.key_prefix * 2, "zz"):
        answer = altcha.Payload(challenge, altcha.Solution(7, key)).to_base64()
        assert "not solved" in await refused(captcha, answer)


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
    await refused(work(), answer.decode("latin-1") or "x")
    await refused(work(), base64.b64encode(answer).decode() or "x")


@given(JSON, st.sampled_from([("challenge",), ("solution",), ("challenge", "parameters"), ("challenge", "signature")]))
async def test_any_json_in_any_place_is_refused_kindly(value: object, place: tuple[str, ...]) -> None:
    answer = {"challenge": json.loads(json.dumps(TEMPLATE)), "solution": {"counter": 1, "derivedKey": "00"}}
    inner: dict[str, object] = answer
    for name in place[:-1]:
        inner = inner[name]  # type: ignore[assignment]  # a part of the answer
    inner[place[-1]] = value
    await refused(work(), base64.b64encode(json.dumps(answer).encode()).decode())


@given(JSON, st.sampled_from(sorted(TEMPLATE["parameters"])))
async def test_any_json_in_any_parameter_is_refused_kindly(value: object, name: str) -> None:
    answer = {"challenge": json.loads(json.dumps(TEMPLATE)), "solution": {"counter": 1, "derivedKey": "00"}}
    answer["challenge"]["parameters"][name] = value
    await refused(work(), base64.b64encode(json.dumps(answer).encode()).decode())


async def test_hostile_nesting_is_refused_kindly() -> None:
    for text in ('{"challenge":' + "[" * 2000, '{"challenge":' + '{"a":' * 1500 + "1" + "}" * 1501, "[]", "1", "null"):
        await refused(work(), base64.b64encode(text.encode()).decode())


# ── no captcha, and a link that was tried too often ───────────────────────────────────────────────────────────────────


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
