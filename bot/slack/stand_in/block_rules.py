"""Would Slack take these blocks? Its limits and its own words for breaking them.

Sources: docs.slack.dev/reference/block-kit (the figures of each block and element), slack_sdk.models (the same figures
in code), and the error texts real apps got: `no more than 50 items allowed [json-pointer:/blocks]`.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
ALL_TEXT = 13_000  # about 12-13 thousand characters in all: bolt-js issues 2509 and 2867
MESSAGE_TEXT = 40_000

_SELECTS = {"users_select", "channels_select", "conversations_select", "external_select"}
_MULTI_SELECTS = {"multi_static_select", "multi_users_select", "multi_channels_select", "multi_conversations_select"}
_CHOICES = {"static_select", "multi_static_select", "radio_buttons", "checkboxes", "overflow"}
_PICKERS = {"datepicker", "timepicker", "datetimepicker", "radio_buttons", "checkboxes"}
IN_ACTIONS = {"button", "static_select", "overflow"} | _SELECTS | _MULTI_SELECTS | _PICKERS
TEXT_INPUTS = {"plain_text_input", "email_text_input", "url_text_input", "number_input"}
IN_INPUT = TEXT_INPUTS | {"static_select", "file_input", "rich_text_input"} | _SELECTS | _MULTI_SELECTS | _PICKERS
IN_SECTION = IN_ACTIONS | {"image"}
IN_CONTEXT = {"image", "mrkdwn", "plain_text"}
_OPTION_COUNTS = {"overflow": 5, "radio_buttons": 10, "checkboxes": 10}


def faults_of_message(blocks: Any, *, where: str = "/blocks") -> list[str]:
    """What Slack would say against a message's blocks; nothing when it would take them."""
    judge = _Judge()
    judge.blocks(blocks, where, MESSAGE_BLOCKS, in_view=False)
    return judge.faults


def faults_of_view(view: Any) -> list[str]:
    """What Slack would say against a modal."""
    judge = _Judge()
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return ["missing required field: type [json-pointer:/view]"]
    if view["type"] == "modal":
        judge.text(view.get("title"), "/view/title", 24, plain=True)
    for part in ("submit", "close"):
        if part in view:
            judge.text(view[part], f"/view/{part}", 24, plain=True)
    judge.length(view.get("private_metadata", ""), "/view/private_metadata", 3000)
    judge.length(view.get("callback_id", ""), "/view/callback_id", 255)
    judge.blocks(view.get("blocks"), "/view/blocks", VIEW_BLOCKS, in_view=True)
    blocks = view.get("blocks")
    has_input = isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    if view["type"] == "modal" and has_input and "submit" not in view:
        judge.say("missing required field: submit", "/view")
    return judge.faults


def all_text(thing: Any) -> int:
    """How many characters of text the blocks hold, values and ids not counted."""
    if isinstance(thing, dict):
        own = len(thing["text"]) if isinstance(thing.get("text"), str) else 0
        return own + sum(all_text(value) for value in thing.values())
    if isinstance(thing, list):
        return sum(all_text(each) for each in thing)
    return 0


class _Judge:
    """Goes through blocks and notes every fault with its place."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self._block_ids: set[str] = set()

    def say(self, words: str, where: str) -> None:
        self.faults.append(f"{words} [json-pointer:{where}]")

    def length(self, value: Any, where: str, most: int, least: int = 0) -> None:
        if not isinstance(value, str):
            self.say("must be a string", where)
        elif len(value) > most:
            self.say(f"must be less than {most + 1} characters", where)
        elif len(value) < least:
            self.say(f"must be more than {least - 1} characters", where)

    def count(self, value: Any, where: str, most: int, least: int = 1) -> list[Any]:
        if not isinstance(value, list):
            self.say("must provide an array", where)
            return []
        if len(value) > most:
            self.say(f"no more than {most} items allowed", where)
        if len(value) < least:
            self.say(f"no fewer than {least} items required", where)
        return value

    def text(self, value: Any, where: str, most: int, *, plain: bool = False) -> None:
        if not isinstance(value, dict):
            self.say("must provide an object", where)
            return
        kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
        if value.get("type") not in kinds:
            self.say(f"must be a valid text object of type {' or '.join(kinds)}", f"{where}/type")
        self.length(value.get("text"), f"{where}/text", most, 1)

    def blocks(self, blocks: Any, where: str, most: int, *, in_view: bool) -> None:
        tables = 0
        for number, block in enumerate(self.count(blocks, where, most, least=0)):
            place = f"{where}/{number}"
            kind = block.get("type") if isinstance(block, dict) else None
            check = getattr(self, f"_{kind}_block", None) if isinstance(kind, str) else None
            if check is None:
                self.say(f"unsupported type: {kind}", f"{place}/type")
                continue
            self._block_id(block, place)
            tables += kind == "table"
            if kind == "input" and not in_view and block.get("element", {}).get("type") == "file_input":
                self.say("file_input is only for modals", place)
            check(block, place)
        if tables > 1:
            self.say("only one table allowed", where)

    def _block_id(self, block: Json, place: str) -> None:
        if "block_id" not in block:
            return
        self.length(block["block_id"], f"{place}/block_id", 255)
        if block["block_id"] in self._block_ids:
            self.say(f"`block_id` already exists: {block['block_id']}", f"{place}/block_id")
        self._block_ids.add(str(block["block_id"]))

    def _section_block(self, block: Json, place: str) -> None:
        if "text" not in block and "fields" not in block:
            self.say("must define either `text` or `fields`", place)
        if "text" in block:
            self.text(block["text"], f"{place}/text", 3000)
        if "fields" in block:
            for number, one in enumerate(self.count(block["fields"], f"{place}/fields", 10)):
                self.text(one, f"{place}/fields/{number}", 2000)
        if "accessory" in block:
            self._element(block["accessory"], f"{place}/accessory", IN_SECTION)

    def _header_block(self, block: Json, place: str) -> None:
        self.text(block.get("text"), f"{place}/text", 150, plain=True)

    def _divider_block(self, block: Json, place: str) -> None:
        """It has nothing that could be wrong."""

    def _image_block(self, block: Json, place: str) -> None:
        self.length(block.get("alt_text"), f"{place}/alt_text", 2000, 1)
        if "image_url" in block:
            self.length(block["image_url"], f"{place}/image_url", 3000, 1)
        elif "slack_file" not in block:
            self.say("must define either `image_url` or `slack_file`", place)
        if "title" in block:
            self.text(block["title"], f"{place}/title", 2000, plain=True)

    def _context_block(self, block: Json, place: str) -> None:
        for number, one in enumerate(self.count(block.get("elements"), f"{place}/elements", 10)):
            spot = f"{place}/elements/{number}"
            kind = one.get("type") if isinstance(one, dict) else None
            if kind == "image":
                self._element(one, spot, IN_CONTEXT)
            elif kind in IN_CONTEXT:
                self.text(one, spot, 3000)
            else:
                self.say(f"unsupported type: {kind}", f"{spot}/type")

    def _actions_block(self, block: Json, place: str) -> None:
        seen: set[str] = set()
        for number, one in enumerate(self.count(block.get("elements"), f"{place}/elements", 25)):
            spot = f"{place}/elements/{number}"
            self._element(one, spot, IN_ACTIONS)
            action = one.get("action_id") if isinstance(one, dict) else None
            if isinstance(action, str):
                if action in seen:
                    self.say(f"`action_id` already exists: {action}", f"{spot}/action_id")
                seen.add(action)

    def _input_block(self, block: Json, place: str) -> None:
        self.text(block.get("label"), f"{place}/label", 2000, plain=True)
        if "hint" in block:
            self.text(block["hint"], f"{place}/hint", 2000, plain=True)
        self._element(block.get("element"), f"{place}/element", IN_INPUT)

    def _markdown_block(self, block: Json, place: str) -> None:
        self.length(block.get("text"), f"{place}/text", 12_000, 1)

    def _rich_text_block(self, block: Json, place: str) -> None:
        for number, one in enumerate(self.count(block.get("elements"), f"{place}/elements", 1000)):
            kind = one.get("type") if isinstance(one, dict) else None
            if kind not in ("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"):
                self.say(f"unsupported type: {kind}", f"{place}/elements/{number}/type")

    def _table_block(self, block: Json, place: str) -> None:
        for number, row in enumerate(self.count(block.get("rows"), f"{place}/rows", 100)):
            spot = f"{place}/rows/{number}"
            for column, cell in enumerate(self.count(row, spot, 20)):
                if not isinstance(cell, dict) or cell.get("type") not in ("raw_text", "rich_text"):
                    self.say("must be raw_text or rich_text", f"{spot}/{column}")
                elif cell["type"] == "raw_text":
                    self.length(cell.get("text"), f"{spot}/{column}/text", 3000, 1)

    def _element(self, element: Any, place: str, allowed: set[str]) -> None:
        kind = element.get("type") if isinstance(element, dict) else None
        if kind not in allowed:
            self.say(f"unsupported type: {kind}", f"{place}/type")
            return
        if kind == "image":
            self._image_block(element, place)
            return
        if "action_id" in element:
            self.length(element["action_id"], f"{place}/action_id", 255, 1)
        if "placeholder" in element:
            self.text(element["placeholder"], f"{place}/placeholder", 150, plain=True)
        if "confirm" in element:
            self._confirm(element["confirm"], f"{place}/confirm")
        if kind == "button":
            self._button(element, place)
        elif kind in _CHOICES:
            self._options(element, place)
        elif kind in TEXT_INPUTS:
            self._text_input(element, place)

    def _button(self, button: Json, place: str) -> None:
        self.text(button.get("text"), f"{place}/text", 75, plain=True)
        if "value" in button:
            self.length(button["value"], f"{place}/value", 2000)
        if "url" in button:
            self.length(button["url"], f"{place}/url", 3000)
        if button.get("style", "primary") not in ("primary", "danger"):
            self.say("must be one of primary, danger", f"{place}/style")

    def _confirm(self, confirm: Any, place: str) -> None:
        if not isinstance(confirm, dict):
            self.say("must provide an object", place)
            return
        self.text(confirm.get("title"), f"{place}/title", 100, plain=True)
        self.text(confirm.get("text"), f"{place}/text", 300)
        for part in ("confirm", "deny"):
            self.text(confirm.get(part), f"{place}/{part}", 30, plain=True)

    def _options(self, element: Json, place: str) -> None:
        groups = element.get("option_groups")
        if groups is not None:
            for number, group in enumerate(self.count(groups, f"{place}/option_groups", 100)):
                spot = f"{place}/option_groups/{number}"
                self.text(group.get("label"), f"{spot}/label", 75, plain=True)
                self._option_list(group.get("options"), f"{spot}/options", 100)
            return
        self._option_list(element.get("options"), f"{place}/options", _OPTION_COUNTS.get(element["type"], 100))
        initial = element.get("initial_option")
        if initial is not None and initial not in element.get("options", []):
            self.say("must match an option", f"{place}/initial_option")

    def _option_list(self, options: Any, place: str, most: int) -> None:
        for number, option in enumerate(self.count(options, place, most)):
            if not isinstance(option, dict):
                self.say("must provide an object", f"{place}/{number}")
                continue
            self.text(option.get("text"), f"{place}/{number}/text", 75)
            self.length(option.get("value"), f"{place}/{number}/value", 150, 1)

    def _text_input(self, element: Json, place: str) -> None:
        if "initial_value" in element:
            self.length(element["initial_value"], f"{place}/initial_value", 3000)
        most = element.get("max_length")
        if most is not None and not (isinstance(most, int) and 1 <= most <= 3000):
            self.say("must be between 1 and 3000", f"{place}/max_length")
        if element["type"] == "number_input" and "is_decimal_allowed" not in element:
            self.say("missing required field: is_decimal_allowed", place)
