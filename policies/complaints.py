"""What a database complains of, as it may be told: names of ours stay, values of rows do not."""

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


def without_values(complaint: str) -> str:
    """The first line of a complaint, up to the first quotation that is no name of ours.

    What stands behind such a quotation may be a part of it: a value may hold quotation marks.
    """
    lines = complaint.strip().splitlines()
    said = lines[0].partition("DETAIL")[0].strip() if lines else ""
    end = len(said) if _OF_NO_ROW.match(said) else 0
    for quote in _QUOTES.finditer(said):
        at = quote.start()
        if at < end:  # it closes a name
            continue
        name = _NAME.match(said, at)
        if name is None or not _OF_OURS.fullmatch(said[:at]):
            return f"{said[:at]}…"
        end = name.end()
    return said or "–"
