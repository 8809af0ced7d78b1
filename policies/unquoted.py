"""What a database says of an error, as it may be told: names of ours stay, values of rows do not."""

import re

_QUOTES = re.compile(r"[\"'“‘«「]")
_NAMED = (
    "constraint",
    "relation",
    "column",
    "table",
    "index",
    "trigger",
    "type",
    "function",
    "role",
)
_OF_OURS = re.compile(rf"(?:.*\W)?(?:{'|'.join(_NAMED)}) ")
_NAME = re.compile(r'"\w+"(?=[\s,.;)]|$)')

_OF_NO_ROW = re.compile(r"(?:\w+: error: )?connection ")
"""Where a server was looked for in vain: its name and ours help, and no row was asked for yet."""


def without_values(said: str) -> str:
    """The first line of what it says, up to the first quotation that is no name of ours.

    What stands behind such a quotation may be a part of it: a value may hold quotation marks.
    """
    lines = said.strip().splitlines()
    line = lines[0].partition("DETAIL")[0].strip() if lines else ""
    end = len(line) if _OF_NO_ROW.match(line) else 0
    for quote in _QUOTES.finditer(line):
        at = quote.start()
        if at < end:  # it closes a name
            continue
        name = _NAME.match(line, at)
        if name is None or not _OF_OURS.fullmatch(line[:at]):
            return f"{line[:at]}…"
        end = name.end()
    return line or "–"
