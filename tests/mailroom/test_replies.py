"""Every answer of the desk as a letter: the facts are in it, in plain text and in HTML, within a letter's width."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from bs4 import BeautifulSoup

from handlers.answers import (
    AccountsForm,
    AddressFixed,
    Answer,
    BatchDecided,
    BatchLine,
    BatchRefused,
    BatchReview,
    CancelReport,
    Decided,
    Delivery,
    DisputeLine,
    ExportBegun,
    FileReady,
    FormWanted,
    HelpText,
    HistoryLine,
    HomePage,
    LetterPreview,
    LinkCard,
    LinkCopied,
    LinkList,
    LinkMade,
    LinksChosen,
    LinksCopied,
    LinkShown,
    NotificationsForm,
    Outcome,
    Overview,
    OverviewLine,
    RefundAsked,
    RefundOffer,
    RefundProposed,
    Refusal,
    Reminded,
    RemindReport,
    Resent,
    RowError,
    SettingsForm,
    SettingsRefused,
    UsersForm,
    ViewCount,
    Waiting,
)
from handlers.help import help_text
from handlers.ports import StaffLetter
from handlers.requests import View
from mailroom.heads import read_head
from mailroom.replies import reply
from models.link_states import LinkState
from models.money import Money
from tests.cast import FIRM
from tests.mailroom.writing import raw_letter

HEAD = read_head(
    raw_letter(
        "From: sam@harborfinch.example",
        "Subject: create 10",
        "Message-ID: <c@mail.example>",
        "In-Reply-To: <b@mail.example>",
        "References: <a@mail.example> <b@mail.example>",
    )
)
EVIL = "<script>alert('x')</script> & `b`"
CARD = LinkCard(
    reference="PL-7F3K9Q",
    url="https://pay.harborfinch.example/p/Zk3vQ9dKx0w_8fLr2yT5aBcD7eHj1mNp",
    state=LinkState.OPEN,
    amount=Money(125050, "USD"),
    paid=Money(0, "USD"),
    account="Operating",
    created_at=datetime(2026, 11, 23, 15, 0, tzinfo=UTC),
    created_by="Sam Okafor",
    payer_name=f"Jane {EVIL}",
    invoice_number="1042",
    due_on=date(2026, 12, 15),
    expires_at=datetime(2027, 2, 22, 5, 0, tzinfo=UTC),  # midnight in New York: the day before is the last
    deliveries=(Delivery("jane@client.example", "failed", "550 no such user"),),
)
OFFER = RefundOffer(
    "PL-7F3K9Q", 1, Money(4000, "USD"), 0, Money(125050, "USD"), f"Operating {EVIL}", CARD.created_at, "card"
)
BACK = replace(
    CARD,
    state=LinkState.PAID,
    paid=CARD.amount,
    refunded=Money(4000, "USD"),
    disputes=(DisputeLine(CARD.amount, "fraudulent", CARD.created_at),),
)
LINE = BatchLine(2, f"Jane {EVIL}", "jane@client.example", Money(12000, "USD"), "1042", date(2026, 12, 15), "a note")
COUNTS = (ViewCount(View.ALL, 1000, more=True), ViewCount(View.EXPIRED, 0), ViewCount(View.OUTSTANDING, 7))
ANSWERS: dict[str, tuple[Answer, list[str]]] = {
    "made": (
        LinkMade(CARD, ("jane@client.example", "joe@client.example"), ("Something to know.",)),
        [CARD.url, "jane@client.example and joe@client.example", "Something to know.", "Sunday, February 21, 2027"],
    ),
    "made before": (LinkMade(CARD, repeated=True), ["arrived before", CARD.url]),
    "made in place of another": (LinkMade(CARD, in_place_of="PL-0M4XTR"), ["in place of PL-0M4XTR", CARD.url]),
    "previewed": (
        LetterPreview(
            mailed_to=("jane@client.example",),
            sender="Harbor & Finch LLP <pay@harborfinch.example>",
            reply_to="sam@harborfinch.example",
            subject=f"Payment request {EVIL}",
            greeting=f"Dear {EVIL},",
            paragraphs=("Thank you.",),
            amount="$120.00",
            facts=(("Due", "Tuesday, December 15, 2026"),),
            button="Pay $120.00 online",
            small_print=("Never send card numbers.",),
            account="Operating",
            last_day=date(2027, 2, 21),
            notes=("A note.",),
        ),
        ["jane@client.example", "sam@harborfinch.example", "Thank you.", "$120.00", "December 15, 2026", "A note."],
    ),
    "shown": (
        LinkShown(CARD, (HistoryLine(1, CARD.created_at, "created", "Created by Sam Okafor."),)),
        ["outstanding", "Created by Sam Okafor.", "Nov 23, 2026, 10:00", "failed: 550 no such user"],
    ),
    "copied": (LinkCopied("PL-7F3K9Q", CARD.url), [CARD.url]),
    "listed": (
        LinkList(View.OUTSTANDING, (CARD,), 1, 3, 52, (Money(99900, "USD"), Money(5, "EUR")), "list outstanding"),
        [
            "52 outstanding links",
            "PL-7F3K9Q",
            "$1,250.50",
            "$999.00",
            "€0.05",
            "Page 1 of 3",
            "list outstanding page 2",
        ],
    ),
    "listed with its file": (
        LinkList(View.ALL, (CARD,), 1, 1, 1, (), file=FileReady("paylink-links.xlsx", b"PK", "application/x", "")),
        ["All of it is attached as an Excel file, paylink-links.xlsx."],
    ),
    "listed while its file is made": (
        LinkList(View.ALL, (CARD,), 1, 1, 1, (), file=ExportBegun("An export of 9,000 links comes.")),
        ["An export of 9,000 links comes."],
    ),
    "nothing listed": (LinkList(View.ALL, (), 1, 1, 0, ()), ["No links found"]),
    "cancelled": (
        CancelReport((Outcome("PL-1", True, "PL-1 is cancelled."), Outcome("PL-2", False, "PL-2 is paid."))),
        ["1 of 2", "PL-1 is cancelled.", "PL-2 is paid."],
    ),
    "reminded of several": (
        RemindReport((Outcome("PL-1", True, "A reminder is on its way."), Outcome("PL-2", False, "PL-2 is paid."))),
        ["1 of 2 reminded of", "A reminder is on its way.", "PL-2 is paid."],
    ),
    "reminded": (Reminded(CARD, "A reminder of PL-7F3K9Q is on its way."), ["on its way", "PL-7F3K9Q"]),
    "refund proposed": (
        RefundProposed("PL-7F3K9Q", f"Jane {EVIL}", (OFFER,), ("Nothing has moved yet.",)),
        ["What can go back of PL-7F3K9Q", "$40.00", "paid Nov 23, 2026, 10:00", "Nothing has moved yet."],
    ),
    "refund asked": (RefundAsked("PL-7F3K9Q", "$40.00 goes back."), ["$40.00 goes back."]),
    "decided by somebody": (Decided("P-5", f"P-5 was approved by {EVIL}."), ["P-5 was approved by"]),
    "waiting": (
        Waiting("P-5", f"A link of $9,000.00 for {EVIL} is above the approval limit."),
        ["P-5 waits to be confirmed in Slack", "above the approval limit"],
    ),
    "an address mended": (AddressFixed(CARD, "The letter goes to jane@client.example."), ["goes to jane@client"]),
    "refunded and disputed": (
        LinkShown(BACK, ()),
        ["paid, $40.00 of $1,250.50 refunded, disputed: answer by Nov 23, 2026, 10:00"],
    ),
    "resent": (Resent(CARD, ("jane@client.example",)), ["jane@client.example"]),
    "receipt resent": (Resent(CARD, ("jane@client.example",), receipt=True), ["The receipt of", "jane@client.example"]),
    "a file under way": (ExportBegun("An export of 9,000 links is being made."), ["9,000 links is being made"]),
    "listed as usual for the asker": (
        LinkList(View.ALL, (CARD,), 1, 1, 1, (), note="This is your own view.", counts=COUNTS),
        ["This is your own view.", "all 1,000 or more, outstanding 7."],
    ),
    "a file": (FileReady("template.csv", b"a,b\r\n", "text/csv; charset=utf-8", "Fill it in."), ["Fill it in."]),
    "help": (help_text(""), ["create 1250", "list outstanding"]),
    "a form": (FormWanted(), ["help"]),
    "an overview": (
        Overview("Settings", (OverviewLine("link days", "90", "how long"),), ("A note.",)),
        ["Settings", "link days", "90", "A note."],
    ),
    "refused": (Refusal("x", f"No such thing: {EVIL}"), ["Nothing was done", "No such thing"]),
    "a review": (
        BatchReview(
            "B-17", "list.csv", "", ("operating", "trust"), (LINE,), (LINE,), (Money(12000, "USD"),), ("Careful.",)
        ),
        ["B-17", "list.csv", "2  Jane", "$120.00", "Careful.", "account operating or account trust", "send", "discard"],
    ),
    "a file refused": (
        BatchRefused("list.csv", (RowError(3, "amount", "1,00", "write 1.00"),), 4),
        ["1 fault", "amount", "1,00", "write 1.00", "4 rows"],
    ),
    "decided": (
        BatchDecided("B-17", "send", "Operating", (LINE,), 1, (Money(12000, "USD"),), ("A note.",)),
        ["1 letter", "$120.00", "A note."],
    ),
    "decided before": (
        BatchDecided("B-17", "send", "Operating", (LINE,), 1, (), ("Sam sent it.",), repeated=True),
        ["B-17 was already decided", "Sam sent it."],
    ),
    "nothing to send": (
        BatchReview("B-17", "list.csv", "", ("operating", "trust"), (), (LINE,), (), ("No row is left.",)),
        ["there is nothing to send in list.csv", "No row is left.", "2  Jane"],
    ),
}


def printed(answer: Answer) -> StaffLetter:
    return reply(answer, HEAD, "sam@harborfinch.example", "answer-1@harborfinch.example", FIRM)


@pytest.mark.parametrize("name", ANSWERS)
def test_the_facts_are_in_both_bodies_and_what_people_typed_is_only_text(name: str) -> None:
    answer, facts = ANSWERS[name]
    letter = printed(answer)
    soup = BeautifulSoup(letter.html, "html.parser")
    shown = " ".join(soup.get_text(" ").split())
    text = " ".join(letter.text.split())
    for fact in facts:
        assert " ".join(fact.split()) in text, fact
        assert fact.replace("  ", " ") in shown, fact
    assert not soup.find_all(["script", "img", "form"])
    assert max(map(len, letter.text.split("\n"))) <= 78
    assert "{%" not in letter.html


def test_a_link_that_is_used_up_is_not_said_to_work_until_some_day() -> None:
    assert "Link works until" in printed(LinkShown(CARD, ())).text
    assert "Link works until" not in printed(LinkShown(replace(CARD, state=LinkState.PAID), ())).text


# Answers to buttons and to what only admins in Slack ask (T16).
IN_SLACK_ONLY = {
    *(HomePage, LinksChosen, LinksCopied),
    *(SettingsForm, SettingsRefused, UsersForm, NotificationsForm, AccountsForm),
}


def test_every_answer_that_a_letter_may_get_can_be_printed() -> None:
    assert {type(answer) for answer, _ in ANSWERS.values()} == set(Answer.__args__) - IN_SLACK_ONLY


def test_the_answer_stays_in_the_thread() -> None:
    letter = printed(HelpText("x", ()))
    assert letter.subject == "Re: create 10"
    assert letter.in_reply_to == "c@mail.example"
    assert letter.references == "a@mail.example b@mail.example c@mail.example"


@pytest.mark.parametrize("odd", ["20261123100000.4711", "a@b@mail.example"])
def test_a_message_id_that_is_none_keeps_no_answer_back(odd: str) -> None:
    """Some programs write such; a thread is full of them. The letter could not leave with one in its head."""
    head = read_head(
        raw_letter(
            "From: sam@harborfinch.example",
            "Subject: create 10",
            f"Message-ID: <{odd}>",
            f"References: <{odd}> <b@mail.example>",
        )
    )
    letter = reply(HelpText("Help", ()), head, "sam@harborfinch.example", "answer-1@harborfinch.example", FIRM)
    assert (letter.in_reply_to, letter.references) == ("", "b@mail.example")


@pytest.mark.parametrize(
    ("subject", "answered"),
    [
        ("Re: x", "Re: x"),
        ("RE: x", "RE: x"),
        ("AW: x", "AW: x"),
        ("Sv[2]: x", "Sv[2]: x"),
        ("", "Re: Nothing was done"),
    ],
)
def test_the_subject_is_answered_once(subject: str, answered: str) -> None:
    head = read_head(raw_letter(f"Subject: {subject}"))
    assert reply(Refusal("x", "y"), head, "a@b.example", "c@d.example", FIRM).subject == answered


def test_files_are_attached_as_they_are() -> None:
    letter = printed(ANSWERS["a file"][0])
    assert letter.attachments == (("template.csv", "text/csv", base64.b64encode(b"a,b\r\n").decode()),)


def _attached(letter: StaffLetter) -> Iterator[tuple[str, str]]:
    for name, _, content in letter.attachments:
        yield name, base64.b64decode(content).decode("utf-8-sig")


def test_of_many_faults_the_first_twenty_are_told_and_all_are_in_the_copy() -> None:
    """(B30)"""
    errors = tuple(RowError(n, "amount", "=1+1", f"fault {n}") for n in range(2, 302))
    copy = FileReady("list-marked.csv", b"error,amount", "text/csv", "Marked.")
    letter = printed(BatchRefused("list.csv", errors, 200, (copy,)))
    assert "fault 21" in letter.text
    assert "fault 22" not in letter.text
    words = " ".join(letter.text.split())
    assert "first 20 of 300. Attached is list-marked.csv" in words
    assert list(_attached(letter)) == [("list-marked.csv", "error,amount")]


def test_a_review_says_what_was_changed_and_what_can_be_answered_with_rows_of_its_own() -> None:
    """(F32, F33)"""
    out = (replace(LINE, row=5, left_out="example"), replace(LINE, row=9, left_out="deleted"))
    review = BatchReview(
        "B-17", "list.csv", "Operating", ("operating", "trust"), (LINE, replace(LINE, row=7)), out, (), (), 3,
        ("amount", "email address"), changed="Row 9 is gone.",
    )  # fmt: skip
    words = " ".join(printed(review).text.split())
    for fact in ("Row 9 is gone.", "2, and 2 left out", "delete 2, 7", "edit 2 amount", "add amount, email address",
                 "include 9 ", "account operating"):  # fmt: skip
        assert fact in words, fact


def test_a_review_that_did_not_change_says_why_above_everything_else() -> None:
    fault = RowError(7, "amount", "12,5", "write 12.50")
    review = BatchReview("B-17", "list.csv", "Operating", (), (LINE,), (), ())
    review = replace(review, changed="Nothing was changed: look.", done=False, faults=(fault,))
    letter = printed(review)
    words = " ".join(letter.text.split())
    assert words.index("nothing was changed") < words.index("look.") < words.index("write 12.50") < words.index("send")
    assert "12,5" in letter.html


def test_a_review_of_a_long_list_shows_every_row_and_stays_a_letter_people_can_open() -> None:
    lines = tuple(
        BatchLine(n, f"Client {n}", f"client{n}@client.example", Money(10000 + n, "USD"), f"INV-{n}")
        for n in range(2, 502)
    )
    letter = printed(BatchReview("B-17", "list.csv", "Operating", (), lines, (), (Money(1, "USD"),)))
    assert all(f"client{n}@client.example" in letter.text for n in range(2, 502))
    assert len(letter.html) < 102_000  # Gmail cuts longer ones
    [(name, table)] = _attached(letter)
    assert name == "B-17.csv"
    assert len(table.splitlines()) == 501
    both = printed(BatchReview("B-17", "list.csv", "Operating", (), lines, lines, (Money(1, "USD"),)))
    assert len(both.html) < 102_000


def test_a_letter_about_ten_thousand_rows_stays_small_and_has_them_all_attached() -> None:
    """(F24, F31)"""
    name, email = "Ö" * 200, f"{'x' * 60}@{'y' * 60}.example"
    line = BatchLine(
        2,
        name,
        email,
        Money(10_000, "USD"),
        "I" * 60,
        date(2026, 12, 15),
        "a warning",
        "PL-7F3K9Q",
        "https://pay.example/p/x",
    )
    lines = tuple(replace(line, row=n) for n in range(2, 10_002))
    out = (replace(line, row=10_002, note="already billed by PL-7F3K9Q", left_out="billed"),)
    review = printed(BatchReview("B-17", "list.csv", "Operating", (), lines, out, (Money(1, "USD"),)))
    sent = printed(BatchDecided("B-17", "send", "Operating", lines, 10_000, (Money(1, "USD"),)))
    for letter, last in ((review, "10002"), (sent, "10001")):
        assert len(letter.html) < len(letter.html.encode()) < 102_000
        assert len(letter.text.encode()) < 512_000
        words = " ".join(letter.text.split())
        assert "… and 9,500 more: B-17.csv, attached, has them all." in words
        assert "more: B-17.csv, attached, has them all." in letter.html
        [(filename, table)] = _attached(letter)
        rows = list(csv.DictReader(io.StringIO(table, newline="")))
        assert (filename, rows[0]["recipient name"], rows[-1]["row"]) == ("B-17.csv", name, last)
    assert "left out: already billed by PL-7F3K9Q" in dict(_attached(review))["B-17.csv"]
    assert dict(_attached(sent))["B-17.csv"].count("https://pay.example/p/x") == 10_000


def test_a_review_counts_the_rows_that_ask_a_client_twice() -> None:
    """(B29, F31)"""
    review = BatchReview("B-17", "list.csv", "Operating", (), (LINE,), (), (), doubled=2, again=1)
    assert "If you send it as it stands: 2 rows are in the file twice, 1 was billed before." in printed(review).html
    assert "in the file twice" not in printed(replace(review, doubled=0, again=0)).text


def test_a_list_of_paid_links_tells_what_came_in_beside_what_was_asked_for() -> None:
    usd = Money(125_000, "USD")
    listed = LinkList(View.RECEIVED, (CARD,), 1, 1, 1, (usd,), received=(Money(110_000, "USD"),))
    assert "Received" in (told := printed(listed).text)
    assert "$1,100.00" in told
