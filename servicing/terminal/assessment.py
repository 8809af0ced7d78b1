"""Service in points as a terminal shows it."""

from collections.abc import Iterable

from policies.assessment import Assessment
from policies.plan import text
from servicing.case_reports.assessed import UnitAssessed
from servicing.case_reports.tables import unit_name
from servicing.core import i18n, output
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
