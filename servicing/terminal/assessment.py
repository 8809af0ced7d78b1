"""Service in points as a terminal shows it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from policies import records
from policies.assessment import Assessment
from policies.case_kind import Kind
from policies.plan import Plan, text
from servicing.case_reports.assessed import Factor, UnitAssessed
from servicing.case_reports.tables import unit_name
from servicing.core import i18n, output
from servicing.desk import tasks
from servicing.terminal.lines import line
from servicing.terminal.words import word


def show(by: Assessment, found: Iterable[UnitAssessed], period: str, locale: str) -> None:
    """A row a unit: the points of each factor, their sum, and what could be measured; then the gates."""
    weights = ", ".join(f"{text(each.title, locale)} {each.weight:f}" for each in by.factors)
    told = {"title": text(by.title, locale), "period": period, "weights": weights}
    line(word("assessment", locale, **told), "bold")
    numbers = [text(each.title, locale) for each in by.factors]
    numbers += [word("points", locale), word("possible", locale)]
    names = [(i18n.say("heading", "key", locale), False)]
    rows = list(found)
    cells = (_cells(each, locale) for each in rows)
    output.emit_cells(names + [(each, True) for each in numbers], cells)
    gates = {each.id: text(each.title, locale) for each in by.gates}
    for each in rows:
        for gate in each.shut:
            line(word("shut", locale, unit=unit_name(each, locale), gate=gates[gate]))


def _cells(of: UnitAssessed, locale: str) -> list[str]:
    points = ["—" if each.points is None else f"{each.points}" for each in of.lines]
    return [unit_name(of, locale)] + points + [f"{of.points}", f"{of.possible:f}"]


LISTED: Mapping[Factor, tuple[str, ...]] = {
    "persistency": ("policy_no", "issue_date", "agent_no", "verdict", "annual_premium"),
    "referrals": ("client_no", "client_name", "issued", "referrer_no", "referrer_name"),
    "add_on": ("client_no", "client_name", "agent_no", "policy_no", "issued"),
    "coverage": ("policy_no", "client_no", "touchpoint", "due_on", "served"),
    "complaints": ("case", "client_no", "agent_no", "state", "received_on"),
}
"""What a terminal shows of the lines on which a factor rests."""


def listed(
    found: Iterable[Any], plan: Plan, kind: Kind, locale: str
) -> Iterator[Mapping[str, Any]]:
    """The lines with their codes in words; `kind` is that of complaints."""
    states = {each.id: text(each.title, locale) for each in kind.state}
    for each in found:
        told = each if isinstance(each, Mapping) else records.named(each)
        yield {**told, **dict(_in_words(told, plan, states, locale))}


def _in_words(
    told: Mapping[str, Any], plan: Plan, states: Mapping[str, str], locale: str
) -> Iterator[tuple[str, str]]:
    if "touchpoint" in told:
        yield "touchpoint", tasks.title(plan, told["touchpoint"], locale)
        yield "served", i18n.say("assessment", f"served_{told['served']}", locale)
    elif "reason" in told:
        yield "verdict", i18n.say("verdict", told["reason"], locale)
    elif "state" in told:
        yield "state", states.get(told["state"], told["state"])
