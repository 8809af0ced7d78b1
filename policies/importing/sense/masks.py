"""Cells of persons as warnings repeat them: enough to find the row, too little to reach anybody."""

import datetime
import re

from policies.importing.findings import PERSONAL

_ADDRESS = re.compile(r"([^\s;,/<>@])[^\s;,/<>@]*@([^\s;,/<>@]+)")


def shown(column: str, value: object) -> str:
    """A value as a warning names it: a personal one is hidden in part."""
    text = _written(value)
    if column not in PERSONAL or not text:
        return text
    if column.endswith("email"):
        return _addresses(text) or _first(text)
    return _phone(text) if column.endswith("phone") else _name(text)


def _written(value: object) -> str:
    """A value as a file would write it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def _addresses(text: str) -> str:
    """The first character and the domain of each address; whose they are is left away."""
    return "; ".join(f"{first}…@{domain}" for first, domain in _ADDRESS.findall(text))


def _name(text: str) -> str:
    """The first character of each word."""
    return " ".join(map(_first, text.split()))


def _phone(text: str) -> str:
    """The beginning, and the last two digits."""
    return f"{text[:5]}…{text[-2:]}" if len(text) > 9 else _first(text)


def _first(text: str) -> str:
    return f"{text[0]}…"
