"""Headers and codes of other systems that leave no doubt what they mean."""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

from policies import records, toml
from policies.importing.kinds import CELLS, Kind

_FILE = Path(__file__).with_name("known_headers.toml")
_APART = re.compile(r"[\W_]+")


def folded(text: str) -> str:
    """A header without what does not matter: case, width, blanks, punctuation."""
    return _APART.sub("", unicodedata.normalize("NFKC", text).casefold())


@lru_cache(maxsize=1)
def _tables() -> dict[str, Any]:
    return toml.read(_FILE)


def _by_theirs(ours: dict[str, list[str]]) -> dict[str, str]:
    return {folded(theirs): name for name, some in ours.items() for theirs in [name, *some]}


@lru_cache(maxsize=4)
def headers(kind: Kind) -> dict[str, str]:
    """Our columns of a kind of file, by the folded headers of others."""
    tables, columns = _tables(), records.columns(CELLS[kind])
    ours = tables.get(kind, tables["book"])
    return _by_theirs({name: some for name, some in ours.items() if name in columns})


@lru_cache(maxsize=1)
def every_header() -> frozenset[str]:
    """All folded headers that mean something to us, or could."""
    parts = (apart(part) for part in _tables()["apart"])
    ours = (frozenset(headers(kind)) for kind in CELLS)
    return frozenset().union(*ours, *parts, per_instalment(), unclear_premiums(), unclear_ends())


@lru_cache(maxsize=4)
def apart(part: str) -> frozenset[str]:
    """Folded headers of a part of one of our columns: `first_name`, `last_name`, `other_phone`."""
    return frozenset(map(folded, _tables()["apart"][part]))


@lru_cache(maxsize=8)
def weak(column: str) -> frozenset[str]:
    """Folded headers that mean one of our columns only if no other header means it."""
    return frozenset(map(folded, _tables()["weak"].get(column, ())))


@lru_cache(maxsize=1)
def totals() -> tuple[str, ...]:
    """With one of these, folded, the first cell of a row of totals begins; the longest first."""
    return tuple(sorted(map(folded, _tables()["totals"]["begins"]), key=len, reverse=True))


@lru_cache(maxsize=1)
def per_instalment() -> frozenset[str]:
    """Folded headers of a premium that is of one instalment, not of a year."""
    return frozenset(map(folded, _tables()["per_instalment"]["annual_premium"]))


@lru_cache(maxsize=1)
def unclear_premiums() -> frozenset[str]:
    """Folded headers of a premium that may be of a year or of an instalment."""
    return frozenset(map(folded, _tables()["unclear"]["annual_premium"]))


@lru_cache(maxsize=1)
def unclear_ends() -> frozenset[str]:
    """Folded headers of days on which a policy would end if nothing happened before."""
    return frozenset(map(folded, _tables()["unclear"]["ended_on"]))


@lru_cache(maxsize=16)
def codes(column: str) -> dict[str, str]:
    """Our codes of a column by the folded codes of others; empty: the column has none."""
    return _by_theirs(_tables()["codes"].get(column, {}))


def with_codes() -> frozenset[str]:
    """The columns that have codes."""
    return frozenset(_tables()["codes"])
