"""What the looks of a workbook's sheet say of its values: rows nobody sees, cells joined, formulas never computed.

The reader of cells leaves all of this out, so it is looked for in the sheet's XML, whose size is checked before.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from handlers.batches.grid import Grid
from models.errors import SheetUnreadable

_P = rb"(?:[\w.-]{1,20}:)?"  # a namespace's prefix; everything is bounded, or a hostile file takes hours
_HIDDEN = re.compile(rb"<" + _P + rb'row\b[^<>]{0,400}?\bhidden="(?:1|true)"[^<>]{0,400}>')
_NUMBER = re.compile(rb'\br="([0-9]{1,7})"')
_CELL = rb"([A-Z]{1,3})([0-9]{1,7})"
_JOINED = re.compile(rb"<" + _P + rb'mergeCell\b[^<>]{0,200}?\bref="' + _CELL + rb":" + _CELL + rb'"')
_FORMULA = re.compile(
    rb"<" + _P + rb"c\b([^<>]{0,400})>\s{0,20}<" + _P + rb"f\b[^<>]{0,400}(?:/>|>[^<]{0,9000}</" + _P + rb"f>)\s{0,20}"
    rb"(<" + _P + rb"v\s{0,5}/>|<" + _P + rb"v></" + _P + rb"v>)?\s{0,20}</" + _P + rb"c>"
)  # fmt: skip
_AT = re.compile(rb'\br="([A-Z]{1,3}[0-9]{1,7})"')
_MOST_NAMED = 10
# Of number formats: the sign that a cell shows beside its number. [$€-407] names one, [$-409] a language only.
_BRACKET = re.compile(r"\[\$([^\]-]{0,20})[^\]]{0,40}\]")
_SIGN = re.compile(r"[$€£¥]")
_CODE = re.compile(r"[A-Z]{3}")
_PADDED = re.compile(r'(?:"([^"]{1,30})")?(0{1,15})')  # 00000 and "INV-"0000, as invoice numbers have


def hidden_rows(xml: bytes, grid: Grid) -> str:
    """A note on rows of the list that the spreadsheet does not show; blank: there are none."""
    told = (_NUMBER.search(tag[0]) for tag in _HIDDEN.finditer(xml))
    hidden = {int(number[1]) for number in told if number}
    read = [row.row for row in grid.rows if row.row in hidden]
    if not read:
        return ""
    named = ", ".join(map(str, read[:_MOST_NAMED])) + (f", … ({len(read)} in all)" if len(read) > _MOST_NAMED else "")
    return f"Hidden in the workbook, but read as well: {'row' if len(read) == 1 else 'rows'} {named}."


def check_layout(xml: bytes, grid: Grid) -> None:
    """Raises SheetUnreadable: cells whose values cannot be told from the file."""
    numbers = [grid.header_row, *(row.row for row in grid.rows)]
    for joined in _JOINED.finditer(xml):
        first, last = sorted((int(joined[2]), int(joined[4])))
        if first >= grid.header_row and _any_between(numbers, first, last):
            cells = b"".join((joined[1], joined[2], b":", joined[3], joined[4])).decode()
            raise SheetUnreadable(
                f"The cells {cells} are merged, so it cannot be told which rows their value is for. Unmerge them, write"
                " the value into each row and send the workbook again."
            )
    for formula in _FORMULA.finditer(xml):
        empty_text = formula[2] is not None and b't="str"' in formula[1]  # a result like any other
        at = _AT.search(formula[1])
        if at and not empty_text:
            raise SheetUnreadable(
                f"The formula in {at[1].decode()} has no result saved with it. Open the workbook in a spreadsheet"
                " program, save it and send it again, or write the values instead of formulas."
            )


def _any_between(numbers: Sequence[int], above: int, last: int) -> bool:
    """Whether one of the sorted numbers is above `above` and at most `last`."""
    place = bisect_right(numbers, above)
    return place < len(numbers) and numbers[place] <= last


def sign_shown(number_format: str) -> str:
    """The currency that a cell's format shows beside its number: €, $, £, ¥ or a code such as CHF; blank for none."""
    named = [found[1].strip() for found in _BRACKET.finditer(number_format) if found[1].strip()]
    if named:
        return named[0] if _SIGN.fullmatch(named[0]) or _CODE.fullmatch(named[0]) else ""
    sign = _SIGN.search(_BRACKET.sub("", number_format))
    return sign[0] if sign else ""


def number_shown(number: int, number_format: str) -> str:
    """A whole number as a cell of that format shows it: 00042, INV-0042; blank where the format says no such thing."""
    found = _PADDED.fullmatch(number_format)
    return f"{found[1] or ''}{number:0{len(found[2])}d}" if found and number >= 0 else ""
