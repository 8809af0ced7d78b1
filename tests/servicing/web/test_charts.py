"""Where the points, lines and labels of a chart are."""

import itertools
import re
from pathlib import Path

import pytest

from servicing.core.i18n import shipped_templates
from servicing.web import charts

TARGET = 0.88


def months(*values: float | None) -> list[tuple[str, float | None]]:
    """From January 2025 on."""
    return [(f"{2025 + at // 12}-{at % 12 + 1:02}", value) for at, value in enumerate(values)]


def test_a_chart_begins_below_its_lowest_value_and_ends_at_all_kept() -> None:
    drawn = charts.chart(months(0.72, 0.93), TARGET)
    assert [level for _, level in drawn.levels] == [1.0, 0.9, 0.8, 0.7]
    low, high = drawn.points
    assert high.y < drawn.target < low.y
    assert (low.is_good, high.is_good) == (False, True)
    assert charts.chart([], TARGET).points == []


def test_a_month_is_as_far_from_the_next_as_it_is_in_time() -> None:
    """A month without a figure keeps its place, and no line is drawn over it."""
    drawn = charts.chart(months(0.9, 0.91, None, None, 0.92, None, 0.93), TARGET)
    assert [point.name for point in drawn.points] == ["2025-01", "2025-02", "2025-05", "2025-07"]
    steps = {round(point.x - drawn.points[0].x) for point in drawn.points}
    step = (drawn.right - drawn.left) / 6
    assert steps == {round(step * months) for months in (0, 1, 4, 6)}
    assert [piece.count(",") for piece in drawn.pieces] == [2, 1, 1]


@pytest.mark.parametrize("count", [1, 2, 5, 12, 13, 24])
def test_named_months_end_with_the_last_one_and_are_equally_far_apart(count: int) -> None:
    drawn = charts.chart(months(*[0.9] * count), TARGET)
    assert drawn.axis[-1].name == drawn.points[-1].name
    assert len(drawn.axis) <= charts.LABELS
    apart = {round(b.x - a.x) for a, b in itertools.pairwise(drawn.axis)}
    assert len(apart) <= 2 and (not apart or max(apart) - min(apart) <= 1)


@pytest.mark.parametrize("values", [[0.0] * 24, [1.0] * 24, [0.5, None, 1.0], [0.88]])
def test_no_point_stands_where_something_is_written(values: list[float | None]) -> None:
    """Names of months stand below, shares to the left, the target to the right of all points."""
    drawn = charts.chart(months(*values), TARGET)
    for point in drawn.points:
        assert drawn.left <= point.x <= drawn.right
        assert charts.TOP <= point.y <= drawn.height - charts.BOTTOM


def test_what_is_not_known_has_no_heat() -> None:
    heats = [charts.heat(each, TARGET) for each in (None, 0.5, 0.8, 0.87, 0.88, 0.95)]
    assert heats == ["nothing", "far-below", "well-below", "below", "above", "far-above"]
    assert charts.spark([None, 1.0, None, 2.0, 3.0]).last == (93, 3)


COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(", re.IGNORECASE)


def sheets() -> list[Path]:
    return sorted((shipped_templates() / "static").glob("*.css"))


@pytest.mark.parametrize("sheet", sheets(), ids=lambda sheet: sheet.name)
def test_a_colour_is_written_in_one_place_only(sheet: Path) -> None:
    """Else the dark does not know it. What is a picture in a sheet is no colour of it."""
    text = re.sub(r'url\("[^"]*"\)|/\*.*?\*/', "", sheet.read_text("utf-8"), flags=re.DOTALL)
    outside = re.sub(r":root \{[^}]*\}", "", text)
    assert COLOUR.findall(outside) == []


def test_the_dark_has_every_colour_that_the_day_has() -> None:
    text = (shipped_templates() / "static" / "servicing.css").read_text("utf-8")
    day, dark = (dict(re.findall(r"(--[a-z-]+): (#[0-9a-f]+)", each)) for each in roots(text))
    assert set(day) - set(dark) == set()


def roots(text: str) -> list[str]:
    return re.findall(r":root \{([^}]*)\}", text)[:2]
