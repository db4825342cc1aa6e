"""The words a command begins with, references, and replies to a review."""

from __future__ import annotations

import pytest

from handlers.grammar import LATER, read_batch_reply, read_command
from handlers.grammar.commands import is_command
from handlers.requests import (
    AskHelp,
    AskTemplate,
    BalanceLink,
    CancelLinks,
    ChooseAccount,
    CreateLink,
    DecideBatch,
    Decision,
    ListLinks,
    NotYet,
    OpenForm,
    Request,
    ResendLink,
    ShowBatch,
    ShowLink,
)
from models.errors import AccountUnclear, AddressUnclear, CardNumberSeen, CommandUnclear
from tests.handlers.houses import ONE, TWO


@pytest.mark.parametrize("text", ["", "  ", "\n\n", "<@U0BOT>", "/paylink", "\x00"])
def test_b01_nothing_typed_opens_the_form(text: str) -> None:
    assert read_command(text, ONE) == OpenForm()


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("show PL-7F3K9Q", ShowLink("PL-7F3K9Q")),
        ("SHOW pl7f3k9q", ShowLink("PL-7F3K9Q")),
        ("show `PL-7F3K9Q`.", ShowLink("PL-7F3K9Q")),
        ("show: *PL-7F3K9Q*", ShowLink("PL-7F3K9Q")),
        ("show B-17", ShowBatch(17)),
        ("Show: `b-17`.", ShowBatch(17)),
        ("cancel PL-7F3K9Q", CancelLinks(("PL-7F3K9Q",))),
        ("cancel PL-7F3K9Q, pl-0m4xtr\nPL-7F3K9Q", CancelLinks(("PL-7F3K9Q", "PL-0M4XTR"))),
        ("balance PL-7F3K9Q", BalanceLink("PL-7F3K9Q")),
        ("Balance: pl7f3k9q", BalanceLink("PL-7F3K9Q")),
        ("resend PL-7F3K9Q", ResendLink("PL-7F3K9Q")),
        ("resend PL-7F3K9Q to Jane@ACME.com, bob@acme.com", ResendLink("PL-7F3K9Q", ("Jane@acme.com", "bob@acme.com"))),
        ("resend PL-7F3K9Q <mailto:a@b.com|a@b.com>\nc@d.com", ResendLink("PL-7F3K9Q", ("a@b.com", "c@d.com"))),
        ("template", AskTemplate()),
        ("Template.", AskTemplate()),
        ("help", AskHelp()),
        ("help?", AskHelp()),
        ("help Create", AskHelp("create")),
        ("help `cancel`", AskHelp("cancel")),
        ("help /paylink list", AskHelp("paylink")),
        ("list", ListLinks()),
        ("<@U0BOT> list", ListLinks()),
        ("@Paylink list", ListLinks()),
        ("/paylink list", ListLinks()),
        ("paylink LIST", ListLinks()),
    ],
)
def test_commands_are_read(text: str, request_: Request) -> None:
    assert read_command(text, ONE) == request_


def test_a_mentioned_bot_hears_the_same_command() -> None:
    """(X1)"""
    assert read_command("<@U0BOT> create 5", ONE) == read_command("create 5", ONE)
    assert isinstance(read_command("create: 5", ONE), CreateLink)


def test_a_subject_that_begins_with_a_commands_word_is_told_from_others() -> None:
    assert all(map(is_command, ["create 5", "LIST", "/paylink help", "remind PL-7F3K9Q"]))
    assert not any(map(is_command, ["", "craete 5", "Invoices for November", "1250 jane@acme.com"]))


@pytest.mark.parametrize("word", LATER)
def test_words_that_are_not_built_yet_say_so(word: str) -> None:
    assert read_command(f"{word} PL-7F3K9Q whatever", ONE) == NotYet(word)
    assert read_command(word.upper(), ONE) == NotYet(word)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("craete", "create"), ("lst", "list"), ("cancle", "cancel"), ("remnd", "remind"), ("refunds", "refund")],
)
def test_b02_an_unknown_word_is_met_with_the_likeliest(typed: str, meant: str) -> None:
    with pytest.raises(CommandUnclear, match=f"Unknown command “{typed}”; did you mean `{meant}`"):
        read_command(f"{typed} 100", ONE)


def test_b02_an_unknown_word_like_no_other_is_met_with_help() -> None:
    with pytest.raises(CommandUnclear, match=r"Unknown command “can”\. `help` shows all commands"):
        read_command("can you send Jane a link", ONE)


@pytest.mark.parametrize("word", ["send", "links", "discard", "delete", "include"])
def test_b02_an_answer_to_a_review_that_answers_none_is_told_where_the_review_is(word: str) -> None:
    with pytest.raises(CommandUnclear, match=f"`{word}` answers the review of a file.*`show B-17` brings"):
        read_command(f"{word} 3", ONE)


def test_b02_an_amount_without_its_command_is_met_with_create() -> None:
    with pytest.raises(CommandUnclear, match=r"“\$1,250” is no command; did you mean `create \$1,250 …`\?"):
        read_command("$1,250 jane@acme.com", ONE)


@pytest.mark.parametrize("verb", ["show", "cancel", "resend"])
def test_b17_a_reference_is_asked_for_and_shown(verb: str) -> None:
    with pytest.raises(CommandUnclear, match=f"Which link. Write its reference: `{verb} PL-7F3K9Q`"):
        read_command(verb, ONE)
    with pytest.raises(CommandUnclear, match="“1042” is no reference: a reference looks like PL-7F3K9Q"):
        read_command(f"{verb} 1042", ONE)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("show PL-7F3K9Q PL-0M4XTR", "`show` takes one reference, and there are 2"),
        ("cancel PL-7F3K9Q\n\nThanks, Bob", "“Thanks” is no reference"),
        ("template please", "“please” is not understood: `template` stands by itself"),
    ],
)
def test_words_too_many_are_named(text: str, why: str) -> None:
    with pytest.raises(CommandUnclear, match=why):
        read_command(text, ONE)


def test_a_bad_address_to_resend_to_is_named() -> None:
    with pytest.raises(AddressUnclear, match="“bob@acme” is not an e-mail address"):
        read_command("resend PL-7F3K9Q jane@acme.com bob@acme", ONE)


@pytest.mark.parametrize("text", ["show 4242424242424242", "nonsense 4242 4242 4242 4242", "help 4242-4242-4242-4242"])
def test_b20_a_card_number_is_refused_in_any_command(text: str) -> None:
    with pytest.raises(CardNumberSeen):
        read_command(text, ONE)


# ── replies to a review ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        ("send", Decision.SEND),
        ("  SEND!\n\nThanks, Bob", Decision.SEND),
        ("\n\nSend all.", Decision.SEND),
        ("`links`", Decision.LINKS),
        ("links only", Decision.LINKS),
        ("discard", Decision.DISCARD),
    ],
)
def test_the_first_line_of_a_reply_decides_a_batch(text: str, decision: Decision) -> None:
    assert read_batch_reply(text, 17, TWO) == DecideBatch(17, decision)


@pytest.mark.parametrize("text", ["account trust", "Account: TRUST", "account Harbor & Finch Client Trust"])
def test_a_reply_may_choose_the_account(text: str) -> None:
    """(F28)"""
    assert read_batch_reply(text, 17, TWO) == ChooseAccount(17, "trust")


def test_b12_a_reply_chooses_among_the_accounts_open_here() -> None:
    with pytest.raises(AccountUnclear, match="one of: operating, trust"):
        read_batch_reply("account savings", 17, TWO)
    with pytest.raises(AccountUnclear):
        read_batch_reply("account", 17, TWO)


@pytest.mark.parametrize("text", ["", "yes", "send it please", "ok\nsend", "don't send", "> send"])
def test_b40_a_reply_that_decides_nothing_lists_what_may_be_said(text: str) -> None:
    with pytest.raises(CommandUnclear, match=r"does not decide B-17.*`send` .*`links` .*`discard`, or `account KEY`"):
        read_batch_reply(text, 17, TWO)


def test_a_misspelled_decision_is_guessed_at_but_not_taken() -> None:
    with pytest.raises(CommandUnclear, match="Did you mean `discard`"):
        read_batch_reply("discrad", 17, TWO)


def test_only_the_first_line_of_a_long_reply_counts() -> None:
    assert read_batch_reply("send\n" + "x" * 10_000, 17, TWO) == DecideBatch(17, Decision.SEND)


def test_a_firm_with_one_account_is_offered_none_where_a_reply_or_a_filter_is_unclear() -> None:
    for house, offered in ((ONE, False), (TWO, True)):
        with pytest.raises(CommandUnclear) as unclear:
            read_batch_reply("perhaps", 17, house)
        assert ("account" in unclear.value.sentence) is offered
        with pytest.raises(CommandUnclear) as unclear:
            read_command("list perhaps", house)
        assert ("account" in unclear.value.sentence) is offered


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("balance", r"Which link\? Write its reference: `balance PL-7F3K9Q`"),
        ("balance PL-7F3K9Q PL-0M4XTR", "takes one reference, and there are 2"),
    ],
)
def test_a_balance_is_asked_for_of_one_link(text: str, why: str) -> None:
    with pytest.raises(CommandUnclear, match=why):
        read_command(text, ONE)


def test_a_person_named_by_a_mention_is_known_by_their_id() -> None:
    """What Slack shows as a name stands in the text as an id."""
    named = read_command("<@U0BOT> users add <@U0SAM|sam> staff", ONE)
    assert "U0SAM" in repr(named)


def test_an_export_holds_every_page() -> None:
    with pytest.raises(CommandUnclear, match="every page"):
        read_command("export open page 3", ONE)
