"""Only what is new in a letter is read: not what it quotes, not its signature (B40)."""

from __future__ import annotations

import pytest

from mailroom.new_text import from_html, new_text

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
    assert from_html(html) == "send"


def test_lines_of_html_stay_lines() -> None:
    assert from_html("<p>a b<br>c</p><ul><li>d<li>e</ul><table><tr><td>f</td></tr></table>g") == "a b\nc\nd\ne\nf\ng"
