"""The check that a person pays: nobody gets past it without a good answer, and its trouble is told (F7, T04, T07)."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import web

from handlers.payments.payer_page import PayerPage
from paypage.captcha import CaptchaDown
from paypage.siteverify import SERVICES, SiteKeys, SiteVerify
from tests.paypage.captcha_service import SECRET, SITE_KEY, CaptchaService, captcha_service, garbage
from tests.paypage.payer_house import (
    CHECKOUT,
    EVERY_PAGE,
    OPEN,
    PARTIAL,
    Answer,
    House,
    payer_house,
    script_sources,
    usd,
)
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
