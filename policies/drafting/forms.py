"""In which forms a column's cells are written: as days, as amounts, as something else."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

Fits = Callable[[str], bool]

_IN_NUMBERS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%d/%m/%y", "%m/%d/%y")
_IN_WORDS = ("%d-%b-%Y", "%d %b %Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y", "%d %B %Y")

DATE_FORMATS = _IN_NUMBERS + ("%d.%m.%y",) + _IN_WORDS
"""Tried beside the year-first days, which are always read."""

_YEAR_FIRST = re.compile(
    r"(?:19|20|21)\d\d(?:[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{4})(?:[ T]\d{1,2}:\d\d.*)?"
)
_SERIAL = re.compile(r"[2-7]\d{4}(?:\.0+)?")
_SIGNS = re.compile(r"^(?:[A-Z]{3}|[$€£¥￥₪])\s*|\s*(?:[A-Z]{3}|[$€£¥￥₪]|[万亿]?元?)$")

NUMBER_STYLES = {
    "1234.56": re.compile(r"-?\d+(?:\.\d{1,2}|\.\d{4,})?"),
    "1,234.56": re.compile(r"-?\d{1,3}(?:,\d{3})*(?:\.\d+)?"),
    "1234,56": re.compile(r"-?\d+(?:,\d{1,2})?"),
    "1.234,56": re.compile(r"-?\d{1,3}(?:\.\d{3})*(?:,(?:\d{1,2}|\d{4,}))?"),
    "1 234,56": re.compile(r"-?\d{1,3}(?:[ \u00a0\u202f]\d{3})*(?:,\d+)?"),
    "1 234.56": re.compile(r"-?\d{1,3}(?:[ \u00a0\u202f]\d{3})*(?:\.\d+)?"),
    "1'234.56": re.compile(r"-?\d{1,3}(?:['’]\d{3})*(?:\.\d+)?"),
    "1,23,456.78": re.compile(r"-?\d{1,2}(?:,\d{2})*,\d{3}(?:\.\d+)?|-?\d{1,3}(?:\.\d+)?"),
}
"""How amounts are written, by an example of each style."""


class Form(NamedTuple):
    """A form in which a cell may be written."""

    kind: str
    """`date`, `amount`, `email`."""
    name: str
    """A format of days, or a style of numbers; empty: there is but one."""


def _is_day(form: str) -> Fits:
    def fits(cell: str) -> bool:
        try:
            return bool(datetime.strptime(cell, form))  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            return False

    return fits


def _is_amount(style: re.Pattern[str]) -> Fits:
    return lambda cell: bool(style.fullmatch(_SIGNS.sub("", cell).strip()))


_FORMS: dict[Form, Fits] = {
    Form("date", ""): lambda cell: bool(_YEAR_FIRST.fullmatch(cell)),
    **{Form("date", form): _is_day(form) for form in DATE_FORMATS},
    Form("date", "serial"): lambda cell: bool(_SERIAL.fullmatch(cell)),
    **{Form("amount", name): _is_amount(style) for name, style in NUMBER_STYLES.items()},
    Form("email", ""): lambda cell: bool(re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", cell)),
    Form("phone", ""): lambda cell: bool(re.fullmatch(r"\+?[\d ().\-/]{7,20}", cell)),
}


def of_cell(cell: str) -> Iterator[Form]:
    """The forms in which a cell may be written."""
    return (form for form, fits in _FORMS.items() if fits(cell))


def has_signs(cell: str) -> bool:
    """Whether an amount has a sign or a code of money, or a word for thousands."""
    return _SIGNS.sub("", cell) != cell


def day_styles(forms: Iterable[Form]) -> list[str]:
    """The formats of days among the forms."""
    return [form.name for form in forms if form.kind == "date"]
