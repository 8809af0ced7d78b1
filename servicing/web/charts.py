"""Figures as drawings: where the points, lines and labels of a chart are. Nothing here is a colour.

The drawings are ours, for the pages allow no style but that of a sheet: a library that draws SVG writes
its colours into the drawing, which then knows neither the dark nor the reader's words for it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 400, 190
LEFT, RIGHT, TOP, BOTTOM = 44, 58, 14, 30
"""Of a chart, in its own units: the room that its labels take. Nothing is written where points may be."""

UNDER = 6
"""Between the last line across and the lowest point, so that a point never stands on a name."""

LABELS = 4
"""So many names at the most are written below a chart, for they must be read on a phone."""

SPARK_WIDTH, SPARK_HEIGHT, SPARK_MARGIN = 96, 28, 3


@dataclass(frozen=True)
class Point:
    """One value of a chart."""

    x: float
    y: float
    name: str
    value: float
    is_good: bool


@dataclass(frozen=True)
class Mark:
    """A month on the axis of time."""

    x: float
    name: str


@dataclass(frozen=True)
class Chart:
    """Shares over time, with the target as a line across."""

    points: list[Point]
    """Of the months that have a share."""
    pieces: list[str]
    """The lines between months that follow each other; a month without a share is a gap."""
    axis: list[Mark]
    """The months that are named: as far apart as they are in time."""
    target: float
    """How far down the target's line is."""
    levels: list[tuple[float, float]]
    """Lines across to read values by: how far down, and the share."""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT


def chart(months: Sequence[tuple[str, float | None]], target: float) -> Chart:
    """A chart of shares by month, every month of the time in its place; None: it has no share.

    Its scale ends below the lowest of them and at 100 %.
    """
    lowest = min([target, *(value for _, value in months if value is not None)])
    floor = min(0.9, math.floor(lowest * 10 - 0.1) / 10) if lowest > 0.1 else 0.0

    def down(share: float) -> float:
        return round(TOP + (1 - share) / (1 - floor) * (HEIGHT - TOP - BOTTOM - UNDER), 1)

    def across(index: int) -> float:
        step = (WIDTH - LEFT - RIGHT) / max(len(months) - 1, 1)
        return round(LEFT + index * step, 1) if len(months) > 1 else (LEFT + WIDTH - RIGHT) / 2

    pieces: list[list[Point]] = [[]]
    for index, (name, value) in enumerate(months):
        if value is None:
            pieces.append([])
        else:
            y = down(min(value, 1.0))
            pieces[-1].append(Point(across(index), y, name, value, value >= target))
    apart = next(each for each in (5, 10, 20) if (1 - floor) * 100 <= each * 5)
    levels = [share / 100 for share in range(100, round(floor * 100) - 1, -apart)]
    return Chart(
        points=[point for piece in pieces for point in piece],
        pieces=[" ".join(f"{each.x},{each.y}" for each in piece) for piece in pieces if piece],
        axis=[Mark(across(index), months[index][0]) for index in _named(len(months))],
        target=down(target),
        levels=[(down(level), level) for level in levels],
    )


def _named(count: int) -> list[int]:
    """The months that are named on an axis: the last one, and others at the same distance before it."""
    every = max(1, math.ceil(count / LABELS))
    return [index for index in range(count) if (count - 1 - index) % every == 0]


@dataclass(frozen=True)
class Spark:
    """A small line without labels: its pieces, since it has gaps, and its last point."""

    pieces: list[str]
    last: tuple[float, float] | None
    width: int = SPARK_WIDTH
    height: int = SPARK_HEIGHT


def spark(values: Sequence[float | None]) -> Spark:
    """A sparkline of values over time; None is a gap."""
    known = [value for value in values if value is not None]
    low, high = (min(known), max(known)) if known else (0, 0)
    pieces: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append(_dot(index, len(values), value, low, high))
    drawn = [piece for piece in pieces if piece]
    return Spark([" ".join(f"{x},{y}" for x, y in piece) for piece in drawn], _last(drawn))


def _dot(index: int, count: int, value: float, low: float, high: float) -> tuple[float, float]:
    width, height = SPARK_WIDTH - 2 * SPARK_MARGIN, SPARK_HEIGHT - 2 * SPARK_MARGIN
    share = (value - low) / (high - low) if high > low else 0.5
    x, y = index / max(count - 1, 1) * width, (1 - share) * height
    return round(SPARK_MARGIN + x, 1), round(SPARK_MARGIN + y, 1)


def _last(drawn: Sequence[Sequence[tuple[float, float]]]) -> tuple[float, float] | None:
    return drawn[-1][-1] if drawn else None


NEAR, FAR = 0.05, 0.15
"""How far from its target a share is somewhat, or much, better or worse."""


def heat(share: float | None, target: float) -> str:
    """The class of a cell of a heat map: from `far-below` to `far-above`, or `nothing`."""
    if share is None:
        return "nothing"
    if share >= target:
        return "far-above" if share >= target + NEAR else "above"
    if share < target - FAR:
        return "far-below"
    return "well-below" if share < target - NEAR else "below"
