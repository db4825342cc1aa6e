"""Form-encoded parameters as Stripe nests them, read into plain dicts and lists (pure)."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

Params = dict[str, "Param"]
Param = str | list["Param"] | Params

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


class Unreadable(ValueError):
    """The form cannot be read; the text is for the developer."""


def read_form(text: str) -> Params:
    """'line_items[0][quantity]=1&expand[]=a' as {'line_items': [{'quantity': '1'}], 'expand': ['a']}.

    Raises Unreadable: a name that does not nest, or one that is given two shapes.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=1000)
    except ValueError as error:
        raise Unreadable(str(error)) from error
    form: Params = {}
    for name, value in pairs:
        matched = _NAME.fullmatch(name)
        if not matched:
            raise Unreadable(f"Invalid parameter name: {name}")
        _put(form, [matched[1], *re.findall(r"\[([^\[\]]*)\]", matched[2])], value, name)
    return {name: _listed(value) for name, value in form.items()}


def _put(form: Params, path: list[str], value: str, name: str) -> None:
    here = form
    for step in path[:-1]:
        inner = here.setdefault(step, {})
        if not isinstance(inner, dict):
            raise Unreadable(f"Parameter {name} is given as a value and as a group")
        here = inner
    last = path[-1] or str(len(here))  # expand[]=a counts on
    if last in here:
        raise Unreadable(f"Parameter {name} is given twice")
    here[last] = value


def _listed(value: Param) -> Param:
    """Groups numbered 0, 1, 2… are lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(item) for key, item in value.items()}
    if inner and list(inner) == [str(number) for number in range(len(inner))]:
        return list(inner.values())
    return inner


def group(params: Params, name: str) -> Params:
    """The group of that name, empty where there is none or where it is no group."""
    found = params.get(name, {})
    return found if isinstance(found, dict) else {}


def text(params: Params, name: str) -> str:
    """The value of that name; blank where there is none."""
    found = params.get(name, "")
    return found if isinstance(found, str) else ""


def texts(params: Params, name: str) -> dict[str, str]:
    """A group of plain values, such as metadata."""
    return {key: value for key, value in group(params, name).items() if isinstance(value, str)}
