"""Would Slack take these blocks? Its limits and its own words for breaking them.

Sources: docs.slack.dev/reference/block-kit (the figures of each block and element), slack_sdk.models (the same figures
in code), and the error texts real apps got: `no more than 50 items allowed [json-pointer:/blocks]`.
"""

from __future__ import annotations

from typing import Any

from bot.slack.stand_in.element_rules import IN_ACTIONS, IN_CONTEXT, IN_INPUT, IN_SECTION, ElementJudge

Json = dict[str, Any]
MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
ALL_TEXT = 13_000  # about 12-13 thousand characters in all: bolt-js issues 2509 and 2867
MESSAGE_TEXT = 40_000


def faults_of_message(blocks: Any, *, where: str = "/blocks") -> list[str]:
    """What Slack would say against a message's blocks; nothing when it would take them."""
    judge = _Judge()
    judge.blocks(blocks, where, MESSAGE_BLOCKS, modal=False)
    return judge.faults


def faults_of_view(view: Any) -> list[str]:
    """What Slack would say against a modal or a Home tab."""
    judge = _Judge()
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return ["missing required field: type [json-pointer:/view]"]
    modal = view["type"] == "modal"
    if modal:
        judge.text(view.get("title"), "/view/title", 24, plain=True)
    for part in ("submit", "close"):
        if view.get(part) is not None and modal:
            judge.text(view[part], f"/view/{part}", 24, plain=True)
        elif view.get(part) is not None:
            judge.say(f"invalid additional property: {part}", "/view")
    judge.length(view.get("private_metadata", ""), "/view/private_metadata", 3000)
    judge.length(view.get("callback_id", ""), "/view/callback_id", 255)
    judge.length(view.get("external_id", ""), "/view/external_id", 255)
    judge.blocks(view.get("blocks"), "/view/blocks", VIEW_BLOCKS, modal=modal)
    blocks = view.get("blocks")
    has_input = isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    if modal and has_input and view.get("submit") is None:
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


class _Judge(ElementJudge):
    """Goes through blocks and notes every fault with its place."""

    def __init__(self) -> None:
        super().__init__()
        self._block_ids: set[str] = set()

    def blocks(self, blocks: Any, where: str, most: int, *, modal: bool) -> None:
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
            if kind == "input" and not modal and block.get("element", {}).get("type") == "file_input":
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
            self.element(block["accessory"], f"{place}/accessory", IN_SECTION)

    def _header_block(self, block: Json, place: str) -> None:
        self.text(block.get("text"), f"{place}/text", 150, plain=True)

    def _divider_block(self, block: Json, place: str) -> None:
        """It has nothing that could be wrong."""

    def _image_block(self, block: Json, place: str) -> None:
        self.image(block, place)

    def _context_block(self, block: Json, place: str) -> None:
        for number, one in enumerate(self.count(block.get("elements"), f"{place}/elements", 10)):
            spot = f"{place}/elements/{number}"
            kind = one.get("type") if isinstance(one, dict) else None
            if kind == "image":
                self.element(one, spot, IN_CONTEXT)
            elif kind in IN_CONTEXT:
                self.text(one, spot, 3000)
            else:
                self.say(f"unsupported type: {kind}", f"{spot}/type")

    def _actions_block(self, block: Json, place: str) -> None:
        seen: set[str] = set()
        for number, one in enumerate(self.count(block.get("elements"), f"{place}/elements", 25)):
            spot = f"{place}/elements/{number}"
            self.element(one, spot, IN_ACTIONS)
            action = one.get("action_id") if isinstance(one, dict) else None
            if isinstance(action, str):
                if action in seen:
                    self.say(f"`action_id` already exists: {action}", f"{spot}/action_id")
                seen.add(action)

    def _input_block(self, block: Json, place: str) -> None:
        self.text(block.get("label"), f"{place}/label", 2000, plain=True)
        if "hint" in block:
            self.text(block["hint"], f"{place}/hint", 2000, plain=True)
        for flag in ("optional", "dispatch_action"):
            if not isinstance(block.get(flag, False), bool):
                self.say("must be a boolean", f"{place}/{flag}")
        self.element(block.get("element"), f"{place}/element", IN_INPUT)

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
