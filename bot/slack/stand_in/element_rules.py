"""Would Slack take this element in this place? (docs.slack.dev/reference/block-kit/block-elements)"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

Json = dict[str, Any]
_SELECTS = {"users_select", "channels_select", "conversations_select", "external_select"}
_MULTI_SELECTS = {"multi_static_select", "multi_users_select", "multi_channels_select", "multi_conversations_select"}
_CHOICES = {"static_select", "multi_static_select", "radio_buttons", "checkboxes", "overflow"}
_PICKERS = {"datepicker", "timepicker", "radio_buttons", "checkboxes"}
_RICH_OPTIONS = {"radio_buttons", "checkboxes"}  # all others show plain text only
_MOMENTS = {"datepicker": ("initial_date", "%Y-%m-%d"), "timepicker": ("initial_time", "%H:%M")}
IN_ACTIONS = {"button", "static_select", "overflow", "datetimepicker"} | _SELECTS | _PICKERS
TEXT_INPUTS = {"plain_text_input", "email_text_input", "url_text_input", "number_input"}
_FILLED_IN = {"static_select", "file_input", "rich_text_input", "datetimepicker"}
IN_INPUT = TEXT_INPUTS | _FILLED_IN | _SELECTS | _MULTI_SELECTS | _PICKERS
IN_SECTION = {"button", "static_select", "overflow", "image"} | _SELECTS | _MULTI_SELECTS | _PICKERS
IN_CONTEXT = {"image", "mrkdwn", "plain_text"}
_OPTION_COUNTS = {"overflow": 5, "radio_buttons": 10, "checkboxes": 10}


def _whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and least <= value <= most


class ElementJudge:
    """Notes every fault of an element with its place."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self._focused = False
        self._checks: dict[str, Callable[[Json, str], None]] = {
            "image": self.image,
            "button": self._button,
            "file_input": self._file_input,
            **dict.fromkeys(_CHOICES, self._options),
            **dict.fromkeys(TEXT_INPUTS, self._text_input),
            **dict.fromkeys(_MOMENTS, self._moment),
        }

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

    def element(self, element: Any, place: str, allowed: set[str]) -> None:
        """An interactive element or image in a place that takes those `allowed`."""
        kind = element.get("type") if isinstance(element, dict) else None
        if kind not in allowed:
            self.say(f"unsupported type: {kind}", f"{place}/type")
            return
        if kind != "image":
            self._what_all_have(element, place)
        if kind in self._checks:
            self._checks[kind](element, place)

    def _what_all_have(self, element: Json, place: str) -> None:
        if "action_id" in element:
            self.length(element["action_id"], f"{place}/action_id", 255, 1)
        if "placeholder" in element:
            self.text(element["placeholder"], f"{place}/placeholder", 150, plain=True)
        if "confirm" in element:
            self._confirm(element["confirm"], f"{place}/confirm")
        if "max_selected_items" in element and not _whole(element["max_selected_items"], 1, 1_000):
            self.say("must be more than 0", f"{place}/max_selected_items")
        if element.get("focus_on_load"):
            if self._focused:
                self.say("only one element may have focus_on_load", f"{place}/focus_on_load")
            self._focused = True

    def image(self, block: Json, place: str) -> None:
        self.length(block.get("alt_text"), f"{place}/alt_text", 2000, 1)
        if "image_url" in block:
            self.length(block["image_url"], f"{place}/image_url", 3000, 1)
        elif "slack_file" not in block:
            self.say("must define either `image_url` or `slack_file`", place)
        if "title" in block:
            self.text(block["title"], f"{place}/title", 2000, plain=True)

    def _file_input(self, element: Json, place: str) -> None:
        if not _whole(element.get("max_files", 10), 1, 10):
            self.say("must be between 1 and 10", f"{place}/max_files")
        if "filetypes" in element:
            for number, one in enumerate(self.count(element["filetypes"], f"{place}/filetypes", 100)):
                self.length(one, f"{place}/filetypes/{number}", 20, 1)

    def _moment(self, element: Json, place: str) -> None:
        name, shape = _MOMENTS[element["type"]]
        if name not in element:
            return
        try:
            datetime.strptime(str(element[name]), shape)  # noqa: DTZ007  only the shape matters
        except ValueError:
            self.say(f"must match the format {shape}", f"{place}/{name}")

    def _button(self, button: Json, place: str) -> None:
        self.text(button.get("text"), f"{place}/text", 75, plain=True)
        if "value" in button:
            self.length(button["value"], f"{place}/value", 2000)
        if "url" in button:
            self.length(button["url"], f"{place}/url", 3000)
        if "accessibility_label" in button:
            self.length(button["accessibility_label"], f"{place}/accessibility_label", 75)
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
        if confirm.get("style", "primary") not in ("primary", "danger"):
            self.say("must be one of primary, danger", f"{place}/style")

    def _options(self, element: Json, place: str) -> None:
        groups = element.get("option_groups")
        rich = element["type"] in _RICH_OPTIONS
        if groups is None:
            most = _OPTION_COUNTS.get(element["type"], 100)
            self._option_list(element.get("options"), f"{place}/options", most, rich=rich)
        else:
            for number, group in enumerate(self.count(groups, f"{place}/option_groups", 100)):
                spot = f"{place}/option_groups/{number}"
                self.text(group.get("label"), f"{spot}/label", 75, plain=True)
                self._option_list(group.get("options"), f"{spot}/options", 100, rich=rich)
        there = [*(element.get("options") or []), *(o for group in groups or [] for o in group.get("options") or [])]
        if "initial_option" in element and element["initial_option"] not in there:
            self.say("must match an option", f"{place}/initial_option")
        if "initial_options" in element:
            chosen = self.count(element["initial_options"], f"{place}/initial_options", 100)
            if any(option not in there for option in chosen):
                self.say("must match an option", f"{place}/initial_options")

    def _option_list(self, options: Any, place: str, most: int, *, rich: bool) -> None:
        for number, option in enumerate(self.count(options, place, most)):
            if not isinstance(option, dict):
                self.say("must provide an object", f"{place}/{number}")
                continue
            self.text(option.get("text"), f"{place}/{number}/text", 75, plain=not rich)
            self.length(option.get("value"), f"{place}/{number}/value", 150, 1)
            if "description" in option:
                self.text(option["description"], f"{place}/{number}/description", 75, plain=not rich)

    def _text_input(self, element: Json, place: str) -> None:
        if "initial_value" in element:
            self.length(element["initial_value"], f"{place}/initial_value", 3000)
        if not _whole(element.get("max_length", 3000), 1, 3000):
            self.say("must be between 1 and 3000", f"{place}/max_length")
        if not _whole(element.get("min_length", 0), 0, 3000):
            self.say("must be between 0 and 3000", f"{place}/min_length")
        if element["type"] == "number_input" and "is_decimal_allowed" not in element:
            self.say("missing required field: is_decimal_allowed", place)
