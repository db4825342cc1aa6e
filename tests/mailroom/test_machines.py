"""Letters that machines wrote: never obeyed, never answered (T17, B47)."""

from __future__ import annotations

import pytest

from mailroom.heads import read_head
from mailroom.letters import read_letter
from mailroom.machines import machine_made, no_letter_of_a_person
from tests.mailroom.writing import INTAKE, raw_letter, staff_letter


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated",
        "Auto-Submitted: auto-notified; owner-email=x@y.example",
        "auto-submitted: AUTO-REPLIED (vacation)",
        "Precedence: bulk",
        "Precedence: list",
        "Precedence: Junk",
        "Precedence: auto_reply",
        "List-Id: <list.example>",
        "List-Unsubscribe: <mailto:x@y.example>",
        "List-Post: NO",
        "Mailing-List: x",
        "X-Autoreply: yes",
        "X-Auto-Response-Suppress: All",
        "X-Loop: x",
        "X-Failed-Recipients: x@y.example",
        "Return-Path: <>",
        "Return-Path: < >",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
    ],
)
def test_a_letter_that_says_it_is_a_machines_is_one(line: str) -> None:
    assert machine_made(read_head(raw_letter("From: sam@harborfinch.example", line)), INTAKE)


@pytest.mark.parametrize(
    "line",
    [
        "From: MAILER-DAEMON@mx.example",
        "From: Mail Delivery <postmaster@mx.example>",
        "From: no-reply@shop.example",
        "From: bounces+123@shop.example",
        f"From: {INTAKE}",
        "From: Paylink <PAY+trust@HarborFinch.example>",
    ],
)
def test_a_letter_from_a_machines_address_or_from_ourselves_is_a_machines(line: str) -> None:
    assert machine_made(read_head(raw_letter(line)), INTAKE)


@pytest.mark.parametrize(
    "message_id",
    [
        "answer-17@harborfinch.example",
        "batch-3.17@harborfinch.example",
        "request-pl-7f3k9q-17@harborfinch.example",
        "admin-17@harborfinch.example",
        "told-pl-7f3k9q-17@harborfinch.example",
    ],
)
def test_a_letter_of_ours_that_came_back_is_a_machines(message_id: str) -> None:
    head = read_head(raw_letter("From: sam@harborfinch.example", f"Message-ID: <{message_id}>"))
    assert machine_made(head, INTAKE)


@pytest.mark.parametrize("line", ["Auto-Submitted: no", "Return-Path: <sam@harborfinch.example>", "X-Mailer: x"])
def test_a_persons_letter_is_a_persons(line: str) -> None:
    assert machine_made(read_head(raw_letter("From: sam@harborfinch.example", line)), INTAKE) == ""


def test_a_calendar_invitation_is_no_letter_of_a_person() -> None:
    """(B47)"""
    letter = read_letter(staff_letter("create 10", "", files=[("invite.ics", "text/calendar", b"BEGIN:VCALENDAR")]))
    assert no_letter_of_a_person(letter)
    assert no_letter_of_a_person(read_letter(staff_letter("create 10", "x"))) == ""
