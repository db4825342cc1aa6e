"""The firm's colour on its pages, by a style sheet of its own; and the captcha that an admin switches off."""

from __future__ import annotations

import re
from dataclasses import replace

from models.logo import read_logo
from tests.cast import FIRM
from tests.fakes import FakeClock
from tests.models.test_logo import picture
from tests.paypage.payer_house import OPEN, payer_house
from tests.paypage.test_altcha import work
from tests.paypage.test_guard import CSP

PLUM = "#7a1f4b"


async def test_the_pages_come_in_the_firms_colour_from_the_very_next_one_on_and_the_policy_stays_closed() -> None:
    """(F9) No style stands in the page itself."""
    async with payer_house() as house:
        before = await house.look(OPEN)
        house.book.becomes(replace(house.book.firm, colour=PLUM))
        page = await house.look(OPEN)
        sheet = await house.get("/static/colour.7a1f4b.css")
    assert "colour." not in before.text
    assert '<link rel="stylesheet" href="/static/colour.7a1f4b.css">' in page.text
    assert "style=" not in page.text
    assert page.headers["Content-Security-Policy"] == CSP
    assert sheet.status == 200
    assert sheet.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in sheet.headers["Cache-Control"]
    assert f"--button: {PLUM};" in sheet.text


async def test_a_colour_that_no_firm_may_have_has_no_style_sheet() -> None:
    async with payer_house(firm=replace(FIRM, colour=PLUM)) as house:
        for name in ("colour.ffd700.css", "colour.7A1F4B.css", "colour.7a1f4.css", "colour.css", "colour.7a1f4b;.css"):
            assert (await house.get(f"/static/{name}")).status == 404


async def test_the_logo_stands_above_the_name_and_only_the_one_that_holds_is_given() -> None:
    """(F9)"""
    logo = read_logo(picture())
    async with payer_house() as house:
        assert "<img" not in (await house.look(OPEN)).text
        house.book.becomes(replace(house.book.firm, logo=logo))
        page = await house.look(OPEN)
        found = re.search(r'<img class="logo" src="(/static/logo\.[0-9a-f]{10}\.png)" alt="">', page.text)
        assert found
        given = await house.get(found[1])
        house.book.becomes(replace(house.book.firm, logo=b""))
        gone = await house.get(found[1])
    assert (given.status, given.headers["Content-Type"], gone.status) == (200, "image/png", 404)
    assert given.headers["X-Content-Type-Options"] == "nosniff"


async def test_an_admin_switches_the_captcha_off_and_on_for_the_very_next_page() -> None:
    """(F7) A page that was opened before it was switched off can still be sent; one opened before it is on again
    is shown once more, with the check."""
    async with payer_house(captcha=work(FakeClock())) as house:
        with_check = await house.look(OPEN)
        house.book.becomes(replace(house.book.firm, captcha="off"))
        without = await house.look(OPEN)
        old_form = await house.post(OPEN, {"nonce": with_check.nonce, "altcha": "whatever was solved"})
        house.book.becomes(replace(house.book.firm, captcha="on"))
        refused = await house.post(OPEN, {"nonce": without.nonce})
    assert "data-captcha" in with_check.text
    assert "data-captcha" not in without.text
    assert without.headers["Content-Security-Policy"] == CSP
    assert old_form.status == 303
    assert refused.status == 400
    assert "data-captcha" in refused.text
