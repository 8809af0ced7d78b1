"""The scorecard of each unit: what it kept, how it grew and how it served, against its targets."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import Blueprint, Response

from servicing.core import output
from servicing.core.output import percent
from servicing.reports import scorecard
from servicing.reports.scorecard import ScoreCard
from servicing.web import (
    charts,
    deeds,
    figure_lists,
    figure_pages,
    figures,
    listing,
    paging,
    scored,
)
from servicing.web.access import allow
from servicing.web.charts import Spark
from servicing.web.checks import beside
from servicing.web.current import me, workspace
from servicing.web.figures import ManagedPart

blueprint = Blueprint("scorecard", __name__, url_prefix="/scorecard")

CARDS_A_PAGE = 24


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
    return {"offered": scored.offered(), "lines_of": lines_of, "earns": earns}


def _board(part: ManagedPart) -> dict[str, Any] | Response:
    period, targets = scored.period(), workspace().settings.targets
    found = scored.found(part, period)
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

    part, period = figures.part(), scored.period()
    found = scored.found(part, period)

    def write(path: Path) -> None:
        rows = scorecard.lines(found, has_trend=True)
        exports.write_lines(path, output.csv_lines(rows, scorecard.ScorecardLine))

    unit = next(reversed(part.place.values()), "")
    deeds.taken_out(0, what="scorecard", **figures.asked_for(part))
    return figures.sent(figures.file_name("scorecard", period, unit, kind="csv"), write)


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
