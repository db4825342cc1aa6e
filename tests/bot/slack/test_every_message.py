"""Every view and message the product can build is one that Slack takes, and nothing in it is anybody's but ours.

The builders are found, not listed: every public function of bot.slack.blocks is tried with values made of its types.
One that is new is tried from its first day; one whose type nobody knows fails until tests/bot/slack/hostile.py does.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import ActionsBlock, Block
from slack_sdk.models.blocks.block_elements import InteractiveElement

from bot.slack import blocks
from bot.slack.blocks.message import MOST_TEXT, Message, message
from bot.slack.stand_in.block_rules import all_text, faults_of_message, faults_of_view
from bot.slack.web_api import NEVER_UNFURLED, QuietClient
from handlers.answers import Answer
from tests.bot.slack.hostile import CHANNELS, PAYLOADS, PEOPLE, Hostile
from tests.bot.slack.rig import TOKEN
from tests.cast import FIRM

# What others build with: they take text that is escaped already, or a label of ours, and are tried through the others.
TOOLS = frozenset(
    "buttons.button buttons.confirmation message.message message.fitting windows.window windows.working "
    "modal.modal form.words_view form_fields.fields_of fields.field fields.text fields.day fields.menu fields.radios "
    "fields.option fields.account_field fields.account_of_house panels.panel panels.form_buttons "
    "panels.fitting_groups sent_back.sent_back wording.mrkdwn wording.section wording.small "
    "links.list_row links.copyable".split()
)
# What only its asker sees may hold the address of a payer's page; nothing else ever does (T03).
FOR_ONE_PAIR_OF_EYES = frozenset(
    "answers.spoken links.link_made links.link_copied selection.links_copied batch.batch_decided".split()
)
_MENTION = re.compile(r"<(?:@(?P<person>[A-Z0-9]+)|#(?P<channel>[A-Z0-9]+))>")
_OURS = re.compile(rf"(?:{'|'.join([*PEOPLE, *CHANNELS])}|U0PERSON[0-9]+)")
_HARMFUL = re.compile("[\u0000-\u0008\u000b-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

Builder = Callable[..., object]


def builders() -> Iterator[tuple[str, Builder]]:
    """Every public function of every module of bot.slack.blocks, by its name."""
    for info in pkgutil.iter_modules(blocks.__path__):
        module = importlib.import_module(f"{blocks.__name__}.{info.name}")
        for name, found in vars(module).items():
            function = inspect.unwrap(found) if callable(found) else None
            if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_"):
                yield f"{info.name}.{name}", function


def makes(builder: Builder) -> str:
    """What a builder makes: message, view, blocks, elements; blank: words, or what was read from a form."""
    made = get_type_hints(builder)["return"]
    if made is Message:
        return "message"
    if made == dict[str, Any]:
        return "view"
    kind = get_args(made)[0] if get_origin(made) in (list, Sequence, Iterator, Iterable) else made
    if isinstance(kind, type) and issubclass(kind, Block):
        return "blocks"
    if isinstance(kind, type) and issubclass(kind, InteractiveElement):
        return "elements"
    return ""


EVERY = {name: builder for name, builder in builders() if name not in TOOLS and makes(builder)}


# ── the strict check ─────────────────────────────────────────────────────────────────────────────────────────────────


def check(made: object, kind: str, name: str) -> None:
    """What a builder made is within Slack's limits, and holds no mention, link or mark that is not ours."""
    if kind == "view":
        assert isinstance(made, dict)
        assert faults_of_view(made) == []
        assert all_text(made["blocks"]) <= MOST_TEXT
        content: object = made
    else:
        shown = made if isinstance(made, Message) else message("Paylink", _as_blocks(made, kind))
        assert shown.text.strip(), "nothing for a screen reader to say"
        assert len(shown.text) <= 4000
        assert faults_of_message(list(shown.blocks)) == []
        assert all_text(list(shown.blocks)) <= MOST_TEXT
        assert {key: shown.payload()[key] for key in NEVER_UNFURLED} == NEVER_UNFURLED
        _harmless(shown.text)
        content = shown.blocks
    for part in _objects(content):
        if part.get("type") == "mrkdwn":
            assert part.get("verbatim") is True, "Slack would make links of bare addresses by itself"
            _harmless(part["text"])
        elif part.get("type") == "plain_text":
            assert not _HARMFUL.search(part["text"]), ascii(part["text"])
        assert "url" not in part, "a button that leaves Slack"
        assert TOKEN not in f"{part.get('value', '')}{part.get('action_id', '')}{part.get('private_metadata', '')}"
    if name not in FOR_ONE_PAIR_OF_EYES:
        assert TOKEN not in repr(content), "the address of a payer's page"


def _as_blocks(made: object, kind: str) -> list[Block]:
    parts: list[Any] = list(made) if isinstance(made, (list, tuple, Iterator)) else [made]
    if kind == "blocks":
        return parts
    # one block takes 25 at most, and each of its elements an id of its own
    return [ActionsBlock(elements=parts)] if parts else []


def _harmless(text: str) -> None:
    for found in _MENTION.finditer(text):
        assert _OURS.fullmatch(found["person"] or found["channel"]), f"{found[0]} was typed"
    rest = _MENTION.sub("", text)
    assert "<" not in rest, ascii(text)
    assert ">" not in rest, ascii(text)
    assert not re.search(r"&(?!amp;|lt;|gt;)", rest), ascii(text)
    assert rest.count("```") in (0, 2), ascii(text)  # a file or an address, fenced by us
    assert not _HARMFUL.search(rest), ascii(text)


def _objects(thing: object) -> Iterator[dict[str, Any]]:
    if isinstance(thing, dict):
        yield thing
        for part in thing.values():
            yield from _objects(part)
    elif isinstance(thing, (list, tuple)):
        for part in thing:
            yield from _objects(part)


def checked(name: str, text: str, rows: int, seed: int) -> None:
    builder = EVERY[name]
    check(builder(**Hostile(text, rows, seed).arguments(builder)), makes(builder), name)


# ── all of them ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", EVERY)
def test_nothing_that_hostile_people_type_becomes_markup_or_breaks_a_limit(name: str) -> None:
    """(T14, B16) With lists that are empty, short, and of 64 rows."""
    for seed, text in enumerate(PAYLOADS):
        checked(name, text, (0, 1, 3, 64)[seed % 4], seed)


_TEXTS = st.one_of(
    st.sampled_from(PAYLOADS),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=2000),
    st.text(alphabet="<>&`*_~!@#|: \nabcU01\u202e👩", max_size=300),
)


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=max(4, settings().max_examples // 50))
@given(text=_TEXTS, rows=st.sampled_from([0, 1, 2, 5, 10, 11, 26, 64]), seed=st.integers(0, 10**6))
def test_no_data_whatever_breaks_a_limit_or_becomes_markup(name: str, text: str, rows: int, seed: int) -> None:
    """(T14)"""
    checked(name, text, rows, seed)


@pytest.mark.parametrize("kind", get_args(Answer), ids=lambda kind: kind.__name__)
def test_every_answer_of_the_desk_has_its_message(kind: type) -> None:
    """(T14)"""
    spoken = EVERY["answers.spoken"]
    for seed, text in enumerate(PAYLOADS):
        maker = Hostile(text, (0, 1, 3, 64)[seed % 4], seed)
        check(spoken(maker.make(kind), FIRM), "message", "answers.spoken")


def test_what_is_no_builder_is_named_so_and_nothing_else_is() -> None:
    known = {name for name, _ in builders()}
    assert known >= TOOLS
    assert known >= FOR_ONE_PAIR_OF_EYES


async def test_whatever_is_posted_is_never_unfurled(monkeypatch: pytest.MonkeyPatch) -> None:
    """(T02) Not even by somebody who forgets to say so."""
    sent: list[dict[str, Any]] = []

    async def taken(self: object, method: str, **arguments: Any) -> None:
        sent.append({"method": method, **arguments.get("json", {})})

    monkeypatch.setattr("slack_sdk.web.async_client.AsyncWebClient.api_call", taken)
    client = QuietClient(token="xoxb-1")
    await client.chat_postMessage(channel="C0BILLING", text="https://pay.harborfinch.example/p/x", unfurl_links=True)
    await client.chat_postEphemeral(channel="C0BILLING", user="U0SAM", text="x")
    await client.chat_update(channel="C0BILLING", ts="1", text="x")
    await client.views_open(trigger_id="1", view={})
    assert [(one.get("unfurl_links"), one.get("unfurl_media")) for one in sent] == [(False, False)] * 3 + [(None, None)]
