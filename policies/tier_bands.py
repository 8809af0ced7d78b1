"""Bands of a factor's values: none is left out and none lies in two (domain.md §18.1)."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from policies.notices import Notice, notice

LARGEST, DECIMALS = 10**12, 9
"""Of a number of a scorecard, so that sums and products stay exact."""


def is_exact(value: Decimal) -> bool:
    """Whether a number is one that sums and products of a scorecard keep exactly."""
    if not value.is_finite() or abs(value) >= LARGEST:
        return False
    exponent = value.normalize().as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -DECIMALS


def inexact(value: object) -> Notice:
    """Why something is no number of a scorecard."""
    return notice("number_not_exact", value=f"{value}", largest=LARGEST, decimals=DECIMALS)


class Band(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"start": "from"}
):
    """Values from `from` or above `above`, below `to` or up to `up_to`."""

    start: Decimal | None = None
    above: Decimal | None = None
    to: Decimal | None = None
    up_to: Decimal | None = None
    points: Decimal


class Edge(NamedTuple):
    """Between two values: just before `value`, or just behind it."""

    value: Decimal
    is_behind: bool


_LOWEST, _HIGHEST = Edge(Decimal("-Infinity"), False), Edge(Decimal("Infinity"), True)


def _begins(band: Band) -> Edge:
    if band.start is not None:
        return Edge(band.start, False)
    return _LOWEST if band.above is None else Edge(band.above, True)


def _ends(band: Band) -> Edge:
    if band.to is not None:
        return Edge(band.to, False)
    return _HIGHEST if band.up_to is None else Edge(band.up_to, True)


def band_of(bands: Sequence[Band], value: Decimal) -> Band | None:
    """The band in which a value lies; None: in none of them."""
    before, behind = Edge(value, False), Edge(value, True)
    return next((each for each in bands if _begins(each) <= before and behind <= _ends(each)), None)


def mistakes(bands: Sequence[Band]) -> Iterator[tuple[int, Notice]]:
    """What is wrong with the bands of a factor: the number of the band, from 0, and why."""
    wrong = [(place, why) for place, each in enumerate(bands) for why in _alone(each)]
    yield from wrong
    if wrong or not bands:  # what follows lays them side by side
        return
    order = sorted(range(len(bands)), key=lambda place: _begins(bands[place]))
    first, last = bands[order[0]], bands[order[-1]]
    if _begins(first) not in (_LOWEST, Edge(Decimal(), False)):
        yield order[0], notice("bands_begin_late", begin=_text(_begins(first)))
    for before, after in zip(order, order[1:], strict=False):
        end, begin = _ends(bands[before]), _begins(bands[after])
        if end < begin:
            yield after, notice("bands_leave_out", values=span(end, begin))
        elif begin < end:
            both = min(end, _ends(bands[after]))
            yield after, notice("bands_overlap", values=span(begin, both))
    if _ends(last) != _HIGHEST:
        yield order[-1], notice("bands_end", values=span(_ends(last), _HIGHEST))


def _alone(band: Band) -> Iterator[Notice]:
    numbers = {"from": band.start, "above": band.above, "to": band.to, "up_to": band.up_to}
    for key, value in {**numbers, "points": band.points}.items():
        if value is not None and not is_exact(value):
            yield notice("at_key", key=key, why=inexact(value))
            return
    if band.points < 0:
        yield notice("points_below_zero", value=f"{band.points}")
    if band.start is not None and band.above is not None:
        yield notice("band_said_twice", one="from", other="above")
    elif band.to is not None and band.up_to is not None:
        yield notice("band_said_twice", one="to", other="up_to")
    elif _ends(band) <= _begins(band):
        yield notice("band_is_empty", begin=_text(_begins(band)), end=_text(_ends(band)))


def span(begin: Edge, end: Edge) -> str:
    """The values between two edges, as they are written: `2000`, `2000 ≤ x < 3000`, `x ≥ 3000`."""
    if begin.value == end.value:
        return _text(begin)
    if end == _HIGHEST:
        return f"x {'>' if begin.is_behind else '≥'} {_text(begin)}"
    if begin == _LOWEST:
        return f"x {'≤' if end.is_behind else '<'} {_text(end)}"
    lower, upper = ("<" if begin.is_behind else "≤"), ("≤" if end.is_behind else "<")
    return f"{_text(begin)} {lower} x {upper} {_text(end)}"


def _text(edge: Edge) -> str:
    return f"{edge.value:f}"


# -------------------------------------------------------------------------------------- where it stands

_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_TABLE = re.compile(r"\[\[\s*(\w+)\s*\]\]")
_POINTS = re.compile(r"\bpoints\s*=")


def line_of_table(text: str, table: str, number: int) -> int:
    """The line of the `[[table]]` of that number, from 0; 0: it is not written so."""
    found = [
        line for line, bare in _bare(text) if (named := _TABLE.match(bare)) and named[1] == table
    ]
    return found[number] if number < len(found) else 0


def line_of_single(text: str, table: str) -> int:
    """The line of a `[table]`; 0: it is not written so."""
    return next((line for line, bare in _bare(text) if bare == f"[{table}]"), 0)


def line_of_band(text: str, factor: int, band: int) -> int:
    """The line in which a band of a factor says its points, both from 0; 0: nobody can tell."""
    if not (first := line_of_table(text, "factor", factor)):
        return 0
    found: list[int] = []
    for line, bare in _bare(text):
        named = _TABLE.match(bare)
        if line > first and named:
            break
        if line > first:
            found += [line] * len(_POINTS.findall(bare))
    return found[band] if band < len(found) else 0


def _bare(text: str) -> Iterator[tuple[int, str]]:
    """The lines with their numbers, without texts and remarks."""
    for number, line in enumerate(text.splitlines(), 1):
        yield number, _QUOTED.sub('""', line).partition("#")[0].strip()
