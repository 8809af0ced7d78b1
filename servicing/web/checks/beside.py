"""What spot checks have found of a unit's service, beside its scorecard."""

from collections.abc import Mapping

from policies.persistency.periods import Period
from servicing.checks import report
from servicing.checks.queries import Wanted
from servicing.checks.report import ReportLine
from servicing.web.figures import ManagedPart

TOTAL = "total"


def by_unit(part: ManagedPart, period: Period) -> Mapping[str, ReportLine]:
    """By unit, the checks of the draws of a period; all of the part under `TOTAL`.

    A unit of which nobody was drawn is not there.
    """
    is_all = not part.place and part.selection.part is None
    agents = None if is_all else tuple(sorted(each.id for each in part.agents))
    wanted = Wanted(first=period.begins, last=period.ends, agents=agents)
    found = report.report(part.by, wanted)
    rows = {each.key: each for each in found.rows}
    return {**rows, TOTAL: found.total} if found.total.drawn else {}
