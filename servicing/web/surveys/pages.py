"""How satisfied clients are: the last twelve months of the reader's part, or of the agent herself."""

import datetime
from fractions import Fraction
from typing import Any

from flask import Blueprint, render_template

from policies import dates
from policies.satisfaction import NAMES, Figure, rounded
from servicing.core.output import percent
from servicing.surveys import figures
from servicing.surveys.figures import FOR_AN_AGENT, Satisfaction
from servicing.surveys.queries import Part
from servicing.web import charts, counted
from servicing.web import figures as managed
from servicing.web.access import allow
from servicing.web.current import me, today
from servicing.web.figures import ManagedPart

blueprint = Blueprint("surveys", __name__, url_prefix="/satisfaction")

MONTHS = 12


@blueprint.get("")
@allow("agent", "manager", "administrator")
@managed.one_reading
def board() -> Any:
    """The five measures, the figures with their trend, and the units below."""
    part = managed.part()
    first, months = _months(today())
    agents = frozenset(each.id for each in part.agents)
    total = _kept("total", agents, first)
    is_agent = me().role == "agent"
    answers = sum(each.n for each in total.figures.values())
    return render_template(
        "satisfaction.html",
        part=part,
        arguments=managed.arguments,
        moved=managed.moved,
        first=first,
        last=today(),
        total=total,
        is_enough=not is_agent or answers >= FOR_AN_AGENT,
        answers=answers,
        needed=FOR_AN_AGENT,
        rows=[] if is_agent else _units(part, agents, first),
        trend=[_trend(total, months, name) for name in NAMES],
        months=months,
        value=told_value,
        interval=told_interval,
        shown=told_share,
        place_of=part.place_of,
        name_of=part.name_of,
    )


def _months(on: datetime.date) -> tuple[datetime.date, list[str]]:
    """The first day of the twelve months that end with the one of a day, and their names."""
    this = on.replace(day=1)
    days = [dates.months_after(this, -back) for back in range(MONTHS - 1, -1, -1)]
    return days[0], [f"{each:%Y-%m}" for each in days]


def _kept(by: str, agents: frozenset[int], first: datetime.date) -> Satisfaction:
    asked = (Part(by=by, agents=agents), first, today())
    (found,) = counted.kept(("satisfaction", asked), lambda: figures.report(*asked))
    return found


def _units(part: ManagedPart, agents: frozenset[int], first: datetime.date) -> list[Satisfaction]:
    asked = (Part(by=part.by, agents=agents), first, today())
    return counted.kept(("answers", asked), lambda: figures.of_answers(*asked))


def _trend(total: Satisfaction, months: list[str], name: Any) -> dict[str, Any]:
    """A figure by month: its values, drawn and told."""
    values = [total.by_month.get(each, {}).get(name) for each in months]
    shares = [float(each.value) if each and each.value is not None else None for each in values]
    return {"name": name, "months": values, "spark": charts.spark(shares)}


def told_value(found: Figure | None) -> str:
    """A figure in points, NPS with its sign; a dash where there is none."""
    if found is None or found.value is None:
        return "—"
    points = rounded(found.value * 100, 1)
    return f"{points:+}" if found.figure == "nps" else f"{points} %"


def told_share(share: Fraction | None) -> str:
    """A share in per cent."""
    return percent(None if share is None else float(share))


def told_interval(found: Figure) -> str:
    """Its interval of 95 % in points."""
    if found.low is None or found.high is None:
        return ""
    return f"{rounded(found.low * 100, 1)} – {rounded(found.high * 100, 1)}"
