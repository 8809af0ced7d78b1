"""What service earns: an agent's own income, and for managers that of their part (domain.md §8.17)."""

from typing import Any

from flask import Blueprint, Response

from policies.persistency.units import UnitKind
from servicing.core import errors
from servicing.reports import earnings, questions
from servicing.reports.earnings import Earnings
from servicing.web import counted, figure_pages, figures, paging, scorecard
from servicing.web.access import allow
from servicing.web.current import me, today, workspace
from servicing.web.figures import ManagedPart

blueprint = Blueprint("earnings", __name__, url_prefix="/earnings")

ROWS_A_PAGE = 100


@blueprint.get("")
@allow("agent", "manager")
@figures.one_reading
def income() -> Any:
    """What the units of the reader's part earn; an agent's part is herself."""
    return figure_pages.answer("earnings.html", _income, {"offered": scorecard.offered()})


def _income(part: ManagedPart) -> dict[str, Any] | Response:
    space, period = workspace(), scorecard.period_asked_for()
    table = space.commissions
    if table is None:
        raise errors.NotMeasurable("no_commissions")
    question = questions.question(space.settings, today(), part.selection)
    by: UnitKind = "agent" if me().role == "agent" else part.by
    grace = space.settings.servicing.grace
    key = ("earnings", table.currency, table.rates, by, period, figure_pages.as_asked(question))
    found: Earnings = counted.kept(
        key, lambda: earnings.earnings(table, question, by, period, grace)
    )
    return {"period": period, "found": found, "page": paging.page_of(found.rows, ROWS_A_PAGE)}
