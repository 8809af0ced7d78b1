"""Instalments that a ledger counts instead of naming their days."""

import re
from typing import NamedTuple

from policies.importing.findings import BadCell

MOST = 1200
"""Instalments of a policy: a hundred years, month by month."""


class Nth(NamedTuple):
    """An instalment by its number; the first is due on the issue date."""

    number: int


def parse(cell: str) -> Nth | None:
    """The number of an instalment, or None if empty."""
    if not cell:
        return None
    if not re.fullmatch(r"[0-9]{1,4}", cell) or not 1 <= int(cell) <= MOST:
        raise BadCell("not_a_whole_number", lowest=1, highest=MOST)
    return Nth(int(cell))


def parse_needed(cell: str) -> Nth | None:
    """The number of an instalment."""
    if not cell:
        raise BadCell("empty")
    return parse(cell)
