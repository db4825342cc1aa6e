"""Only what is new in a letter is read: not what it quotes, not its signature (B40)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.answers import Refusal
from handlers.grammar import is_command
from mailroom.asks import AboutBatch, Spoken, what_is_asked
from mailroom.letters import read_letter
from mailroom.new_text import from_html, new_text
from tests.mailroom.programs import ATTRIBUTIONS, HEADS, SENT_FROM
from tests.mailroom.writing import INTAKE, staff_letter

WROTE = "On Mon, Nov 23, 2026 at 10:00 AM Paylink <pay@x.example> wrote:"
LETTERS = {
    "a reply above the quote": f"send\n\n{WROTE}\n\n> discard\n",
    "a reply below the quote": f"{WROTE}\n\n> discard\n> links\n\nsend\n",
    "Outlook's way": "send\n\n________________________________\nFrom: Paylink <pay@x.example>\nSent: Monday\nTo: Sam\n"
    "Subject: Re: list\n\ndiscard\nlinks\n",
    "Outlook's older way": "send\n\n-----Original Message-----\nFrom: Paylink\nSent: Monday\n\ndiscard\n",
    "the attribution on two lines": "send\n\nOn Mon, Nov 23, 2026 at 10:00 AM Paylink for Harbor & Finch\n"
    "<pay@x.example> wrote:\n> discard\n",
    "German": "send\n\nAm Mo., 23. Nov. 2026 um 10:00 Uhr schrieb Paylink <pay@x.example>:\n\n> discard\n",
    "French": "send\n\nLe lun. 23 nov. 2026 à 10:00, Paylink <pay@x.example> a écrit :\n\n> discard\n",
    "a signature": "send\n\n-- \nSam Okafor\nHarbor & Finch LLP\ndiscard\n",
    "a signature without its space": "send\n--\nSam Okafor\n",
    "a telephone": "send\n\nSent from my iPhone\n",
    "quotes in quotes": "send\n\n> > discard\n> links\n",
}


@pytest.mark.parametrize("name", LETTERS)
def test_only_the_new_text_is_read(name: str) -> None:
    assert new_text(LETTERS[name]).lines == ["send"], name


def test_a_letter_that_is_all_quotes_says_nothing() -> None:
    assert new_text("> send\n> discard\n").text == ""
    assert new_text("On Mon, Nov 23, 2026 at 10:00 AM Paylink <pay@x.example> wrote:\n> send\n").text == ""


def test_text_on_both_sides_of_a_quote_is_known_to_be_unclear() -> None:
    assert new_text("send\n\n> which?\n\ndiscard\n").both_sides
    assert not new_text("send\n\n> which?\n\n-- \nSam\n").both_sides


def test_a_first_line_of_thanks_is_not_taken_for_a_signature() -> None:
    assert new_text("create 10 for Thanks, Inc.\nmessage: Best regards\n").lines[0] == "create 10 for Thanks, Inc."


# ── mail programs and their languages ────────────────────────────────────────────────────────────────────────────────

COMMANDS = ["create 99 evil@evil.example account operating", "send", "discard", "delete 3", "invoice: 7"]
QUOTED = "\n".join(f"> {line}" for line in COMMANDS)
BARE = "\n".join(COMMANDS)
WAYS = {name: f"{lead}\n{QUOTED}\n" for name, lead in ATTRIBUTIONS.items()}
WAYS |= {f"{name}, a line between": f"{lead}\n\n{QUOTED}\n" for name, lead in ATTRIBUTIONS.items()}
WAYS |= {name: f"{head}\n\n{BARE}\n" for name, head in HEADS.items()}
WAYS |= {  # HTML made text by a program that marks nothing
    f"{name}, without marks": f"{lead}\n\n{BARE}\n" for name, lead in ATTRIBUTIONS.items() if "nobody" not in name
}


@pytest.mark.parametrize("name", WAYS)
def test_of_a_reply_above_the_older_letter_only_the_new_text_is_read(name: str) -> None:
    """(B40)"""
    for between in ("\n\n", "\n", "\n\nThanks,\nSam\n\n"):
        found = new_text(f"delete 2\nsend{between}{WAYS[name]}")
        assert (found.lines[:2], found.both_sides) == (["delete 2", "send"], False), between
        assert not any(line in COMMANDS for line in found.lines[2:])


@pytest.mark.parametrize("name", WAYS)
def test_no_command_in_an_older_letter_is_ever_taken_for_a_new_one(name: str) -> None:
    """(B40) Nothing new, only thanks, or a signature: the batch is not decided and no link is made."""
    for new in ("", "thanks!\n\n", "\n\nSent from my iPhone\n\n", "\n-- \nSam\n"):
        text = new + WAYS[name]
        assert not any(is_command(line) or line in COMMANDS for line in new_text(text).lines), new
        for headers in ({}, {"In-Reply-To": "<batch-17.2.4@harborfinch.example>"}):
            asked = what_is_asked(read_letter(staff_letter("Re: x", text, headers=headers)), INTAKE)
            assert isinstance(asked, Spoken | AboutBatch | Refusal)
            assert not any(command in getattr(asked, "text", "") for command in COMMANDS)


@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_of_a_reply_below_the_older_letter_only_the_new_text_is_read(name: str) -> None:
    found = new_text(f"{ATTRIBUTIONS[name]}\n{QUOTED}\n\nsend\n")
    assert (found.lines, found.both_sides) == (["send"], False)


@pytest.mark.parametrize("words", SENT_FROM)
def test_what_a_program_writes_below_by_itself_is_not_read(words: str) -> None:
    assert new_text(f"send\n\n{words}\n").lines == ["send"]
    assert new_text(f"send\n\n{words}\n\n{WAYS['Gmail, English']}").lines == ["send"]
    assert new_text(f"send\n\n{words}\n\n{WAYS['Outlook, German']}").lines == ["send"]


def test_text_between_quoted_lines_is_known_to_be_unclear() -> None:
    """(B40)"""
    assert new_text("> which row?\nsend\n> thanks\n").both_sides
    assert new_text("> 1\n\nsend\n\n> 2\n\ndiscard\n").both_sides
    assert isinstance(what_is_asked(read_letter(staff_letter("Re: B-17", "> a\nsend\n> b\n")), INTAKE), Refusal)


def test_a_quoted_line_that_was_broken_on_the_way_is_still_quoted() -> None:
    """(B40) Its rest stands below it without a mark, and may begin with any word."""
    long = "> Answer this letter with a first line of its own, and nothing else in it:"
    found = new_text(f"links\n\n{long}\nsend\n> or discard\n")
    assert (found.lines, found.both_sides) == (["links"], False)
    assert new_text(f"{long}\nsend\n> or discard\n").text == ""
    assert new_text(f"{long}\nsend\n").text == ""


def test_pairs_of_a_command_are_no_head_of_an_older_letter() -> None:
    for text in (
        "export\nfrom: 2026-11-01\nto: 2026-11-30",
        "create 10\nemail: Jane <jane@client.example>\ninvoice: 7\ndue: friday",
        "create 10 jane@client.example due 2026-12-01\nmessage: To your 12:30 appointment:",
    ):
        assert new_text(text).text == text


@given(
    st.lists(st.sampled_from(["send", "> send", "", "thanks", "x" * 70, f"> {'x' * 70}", *ATTRIBUTIONS.values()])),
    st.sampled_from(sorted(WAYS)),
)
@settings(max_examples=60)
def test_whatever_stands_above_an_older_letter_none_of_its_commands_is_read(above: list[str], name: str) -> None:
    """(B40)"""
    found = new_text("\n".join([*above, "", WAYS[name]]))
    assert found.both_sides or not any(line in COMMANDS and line != "send" for line in found.lines)


@pytest.mark.parametrize(
    "html",
    [
        "<p>send</p><blockquote>discard</blockquote>",
        "<div>send</div><div class='gmail_quote'><div class=gmail_attr>On Monday …</div>discard</div>",
        "<div>send</div><div id=appendonsend></div><hr><div id=divRplyFwdMsg>From: x</div><div>discard</div>",
        "<div>send</div><div style='display: none'>discard</div>",
        "<!DOCTYPE html><?xml version=1?><!--[if mso]><p>discard</p><![endif]--><p>send</p>",
        "<style>discard</style><script>discard</script>send",
        "<p>s<b>en</b>d</p>",
        "<p>\n  send\n</p>\n<p>&nbsp;</p>",
    ],
)
def test_html_is_read_as_a_person_sees_it(html: str) -> None:
    assert new_text(from_html(html)).text == "send"


def test_lines_of_html_stay_lines() -> None:
    assert from_html("<p>a b<br>c</p><ul><li>d<li>e</ul><table><tr><td>f</td></tr></table>g") == "a b\nc\n\nd\ne\nf\ng"


@pytest.mark.parametrize(
    "html",
    [
        "<p>send</p><p>Thanks!<br>Sam</p>",
        "<p class=MsoNormal>send<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>Thanks!</p>",
        "<div dir=ltr>send<div><br></div><div>Thanks!</div></div>",
        "<div>send<br></div><div><br></div><div>Thanks!</div>",
        "<body>send<br><br>Thanks!</body>",
    ],
)
def test_a_blank_line_of_html_stays_a_blank_line(html: str) -> None:
    assert from_html(html).startswith("send\n\nThanks!")


@pytest.mark.parametrize(
    "history",
    [
        (
            "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in'><p class=MsoNormal>"
            "<b>Xyz:</b> x</div><p>discard</p>"
        ),
        (
            "<div><p class=MsoNormal><b>Von:</b> Pay &lt;p@x.example&gt;<br><b>Gesendet:</b> Montag<br><b>An:</b> Sam"
            "<br><b>Betreff:</b> B-1</p></div><p>discard</p>"
        ),
        "<div id='ms-outlook-mobile-signature'>discard</div><hr><div id='divRplyFwdMsg'>x</div><p>discard</p>",
        "<div class='gmail_signature'>discard</div><br><div class='gmail_quote gmail_quote_container'>discard</div>",
        "<div><br><blockquote type='cite'><div>On Nov 23, 2026, at 10:00, P wrote:</div>discard</blockquote></div>",
        "<div class=moz-cite-prefix>Am 23.11.26 um 10:00 schrieb P:</div><blockquote type=cite>discard</blockquote>",
        "<div id='yahoo_quoted_123' class='yahoo_quoted'>discard</div>",
        "<div name='quote' style='margin:10px'>discard</div>",
        "<div class='protonmail_quote'>discard</div>",
    ],
)
def test_of_an_html_reply_only_the_new_text_is_read(history: str) -> None:
    """(B40)"""
    for new in ("<p>send</p>", "<div>send<br></div><div><br></div>", "<p class=MsoNormal>send</p>"):
        found = new_text(from_html(new + history))
        assert (found.lines, found.both_sides) == (["send"], False)
    assert new_text(from_html(history)).text == ""


def test_html_on_both_sides_of_a_quoted_letter_is_known_to_be_unclear() -> None:
    assert new_text(from_html("<p>send</p><blockquote>which?</blockquote><p>discard</p>")).both_sides
