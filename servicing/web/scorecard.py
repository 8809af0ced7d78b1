"""The scorecard of each unit: what it kept, how it grew and how it served, against its targets."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import Blueprint, Response

from policies.persistency import periods
from policies.persistency.periods import Period
from servicing.core import output
from servicing.core.output import percent
from servicing.reports import coverage, questions, scorecard
from servicing.reports.scorecard import ScoreCard, Scorecard
from servicing.web import (
    charts,
    counted,
    deeds,
    figure_lists,
    figure_pages,
    figures,
    listing,
    paging,
)
from servicing.web.access import allow
from servicing.web.charts import Spark
from servicing.web.checks import beside
from servicing.web.current import me, today, workspace
from servicing.web.figures import ManagedPart

blueprint = Blueprint("scorecard", __name__, url_prefix="/scorecard")

CARDS_A_PAGE = 24
MONTHS, QUARTERS, YEARS = 12, 6, 3
"""Periods that are offered, the latest first."""


@dataclass(frozen=True)
class ShownLine:
    """One figure of a card: as it is shown, against its target, and over twelve periods."""

    key: str
    shown: str
    target: str
    is_good: bool | None
    """None where there is no target, or nothing to hold against it."""
    spark: Spark | None
    told: str
    """The twelve values in words, the oldest first."""


@blueprint.get("")
@allow("manager", "administrator")
@figures.one_reading
def board() -> Any:
    """A card for each unit of the reader's part, and one for all of them."""
    return figure_pages.answer("scorecard.html", _board, _form())


def _form() -> dict[str, Any]:
    """What the page shows in any case."""
    earns = me().role == "manager" and workspace().usable_commissions is not None
    return {"offered": offered(), "lines_of": lines_of, "earns": earns}


def _board(part: ManagedPart) -> dict[str, Any] | Response:
    period, targets = period_asked_for(), workspace().settings.targets
    found = _scorecard(part, period)
    if paging.file_asked_for():
        listed = figure_lists.scores(found.cards(), part, targets)
        return listing.sent(replace(listed, about=str(period)), **figures.asked_for(part))
    page = paging.page_of(found.cards(), CARDS_A_PAGE)
    listed = figure_lists.scores(page.lines, part, targets)
    checks = beside.by_unit(part, period)
    told = {"total": found.total, "page": page, "period": period, "listing": listed}
    return {**told, "checks": checks, "all_checks": beside.TOTAL}


@blueprint.get("/export")
@allow("manager", "administrator")
@figures.one_reading
def export() -> Response:
    """The cards as CSV, each with its twelve periods."""
    from servicing.reports import exports  # with the writer of workbooks: not for every page

    part, period = figures.part(), period_asked_for()
    found = _scorecard(part, period)

    def write(path: Path) -> None:
        rows = scorecard.lines(found, has_trend=True)
        exports.write_lines(path, output.csv_lines(rows, scorecard.ScorecardLine))

    unit = next(reversed(part.place.values()), "")
    deeds.taken_out(0, what="scorecard", **figures.asked_for(part))
    return figures.sent(figures.file_name("scorecard", period, unit, kind="csv"), write)


def _scorecard(part: ManagedPart, period: Period) -> Scorecard:
    space = workspace()
    question = questions.question(space.settings, today(), part.selection)
    asked = (part.by, period, space.settings.targets, coverage.first_year(space.plan), space.zone)
    key = ("scorecard", part.by, period, figure_pages.as_asked(question))
    return counted.kept(key, lambda: scorecard.scorecard(question, *asked))


def period_asked_for() -> Period:
    """The period that the request names; by default the last full month."""
    return figures.read("period", periods.parse, periods.last_full_month(today()))


def offered() -> dict[str, list[Period]]:
    """The periods to choose from, by kind; the one that runs is among them."""
    month = periods.last_full_month(today()).before(-1)
    quarter = Period(month.first - month.first % 3, 3)
    year = Period(month.first - month.first % periods.YEAR, periods.YEAR)
    return {
        "month": [month.before(count) for count in range(MONTHS + 1)],
        "quarter": [quarter.before(count) for count in range(QUARTERS)],
        "year": [year.before(count) for count in range(YEARS)],
    }


def lines_of(card: ScoreCard) -> Iterator[ShownLine]:
    """The figures of a card."""
    targets = workspace().settings.targets
    yield _share(card, "persistency", targets.persistency)
    yield _referrals(card)
    yield _share(card, "add_on", targets.add_on)
    yield _share(card, "coverage", None)
    yield _share(card, "in_time_share", None)
    is_good = card.overdue == 0
    yield ShownLine("overdue", f"{card.overdue:,}", "0", is_good, None, "")


def _share(card: ScoreCard, name: str, target: float | None) -> ShownLine:
    values: list[float | None] = [getattr(score, name) for score in card.trend]
    now = values[-1]
    is_good = None if now is None or target is None else now >= target
    shown_target = "" if target is None else percent(target)
    told = " · ".join(map(percent, values))
    return ShownLine(name, percent(now), shown_target, is_good, charts.spark(values), told)


def _referrals(card: ScoreCard) -> ShownLine:
    counts = [score.referrals for score in card.trend]
    target = card.now.referrals_target
    is_good = card.now.referrals >= target if target else None
    told = " · ".join(map(str, counts))
    return ShownLine("referrals", str(counts[-1]), str(target), is_good, charts.spark(counts), told)
