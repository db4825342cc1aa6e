"""Help shows what works, with examples that do, and says what is not there yet."""

from __future__ import annotations

import re

import pytest

from handlers.grammar import COMMANDS, LATER, read_command
from handlers.help import help_text
from handlers.requests import NotYet, OpenForm
from tests.handlers.houses import ONE, TRUST_FIRST

# A line that is typed as it stands, without an upper-case word to be put in the place of: no AMOUNT, no NAME.
_AS_IT_STANDS = re.compile(r"(?!.*\b(?!PL-)[A-Z]{3,}\b)(?:[a-z-]+)\b.*")


def test_b01_help_shows_three_examples_first_and_every_command() -> None:
    page = help_text("", for_admins=True)
    for example, _ in page.lines[:3]:
        assert not isinstance(read_command(example, ONE), NotYet | OpenForm)
    assert {f"help {command}" for command in COMMANDS if command != "help"} <= {typed for typed, _ in page.lines}


def test_help_is_honest_about_words_that_are_not_built_yet() -> None:
    assert all(word in help_text("").note for word in LATER)
    assert help_text(LATER[0]).title.startswith(f"“{LATER[0]}” is not available yet.")


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_a_page_that_begins_with_it(command: str) -> None:
    page = help_text(command)
    assert page.title.startswith(command)
    first, _ = page.lines[0]
    assert not isinstance(read_command(first, ONE), NotYet | OpenForm)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_line_of_help_that_can_be_typed_as_it_stands_is_understood(command: str) -> None:
    typed = [line for line, _ in help_text(command).lines if line.split()[0] == command]
    for line in filter(_AS_IT_STANDS.fullmatch, typed):
        asked = read_command(re.sub(r"#(\w+)", r"<#C0PAY1|\1>", line.replace("@person", "<@U0SAM|sam>")), TRUST_FIRST)
        assert not isinstance(asked, NotYet | OpenForm)


def test_the_page_of_create_explains_every_keyword() -> None:
    typed = " ".join(what for what, _ in help_text("create").lines)
    for keyword in "for invoice due account message partial min expires link-only again EMAIL CUR".split():
        assert keyword in typed


def test_only_admins_are_shown_the_words_that_are_theirs() -> None:
    def shown(*, for_admins: bool) -> set[str]:
        return {typed for typed, _ in help_text("", for_admins=for_admins).lines}

    admins_own = {"help settings", "help accounts", "help users", "help notifications", "help quarantine"}
    assert admins_own <= shown(for_admins=True)
    assert not admins_own & shown(for_admins=False)
    assert shown(for_admins=False) <= shown(for_admins=True)


def test_help_on_an_unknown_word_guesses_and_shows_everything() -> None:
    assert help_text("craete").title.startswith("There is no command “craete”. Did you mean “help create”? ")
    assert help_text("xyzzy").title == "There is no command “xyzzy”. What you can say"
    assert help_text("xyzzy").lines == help_text("").lines


def test_help_names_the_address_that_reads_the_same_words() -> None:
    assert "in the subject of a letter to pay@firm.example. " in help_text("", "pay@firm.example").note
    assert "letter" not in help_text("").note


@pytest.mark.parametrize("command", ["create", "list"])
def test_a_firm_with_one_account_is_offered_none_to_choose(command: str) -> None:
    def named(*, one_account: bool) -> bool:
        return any("account" in typed for typed, _ in help_text(command, one_account=one_account).lines)

    assert named(one_account=False)
    assert not named(one_account=True)
