"""The scorecard of a page, of the period in its address; counted once for all pages that show it."""

from policies.persistency import periods
from policies.persistency.periods import Period
from policies.persistency.selection import Selection
from servicing.reports import coverage, questions, scorecard
from servicing.reports.questions import Question
from servicing.reports.scorecard import Scorecard
from servicing.web import counted, figure_pages, figures
from servicing.web.current import today, workspace
from servicing.web.figures import ManagedPart

MONTHS, QUARTERS, YEARS = 12, 6, 3
"""Periods that are offered, the latest first."""


def period() -> Period:
    """That of the address, else the last full month; raises `BadChoice`."""
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


def question(selection: Selection) -> Question:
    """By the company's rules, as of today."""
    return questions.question(workspace().settings, today(), selection)


def found(part: ManagedPart, of: Period) -> Scorecard:
    """The cards of a part of the force."""
    return _counted(question(part.selection), part, of)


def of_everybody(part: ManagedPart, of: Period) -> Scorecard:
    """The cards of all units of the book.

    Who sees one card alone has it from here: agents come one after another, and are counted together.
    """
    return _counted(question(Selection()), part, of)


def _counted(asked: Question, part: ManagedPart, of: Period) -> Scorecard:
    space = workspace()
    rules = (space.settings.targets, coverage.first_year(space.plan), space.zone)
    key = ("scorecard", part.by, of, figure_pages.as_asked(asked))
    return counted.kept(key, lambda: scorecard.scorecard(asked, part.by, of, *rules))
