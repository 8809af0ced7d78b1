"""What service earns, as a terminal shows it."""

from policies.persistency.periods import Period
from servicing.core import i18n, output
from servicing.core.output import percent
from servicing.reports.earnings import Earnings, EarningsRow
from servicing.terminal.lines import line
from servicing.terminal.words import word

COLUMNS = ("first_year", "income", "bonus", "ratio", "outstanding")


def show(found: Earnings, period: Period, locale: str) -> None:
    """A row a unit, the total, and what the table has no rate for."""
    line(_say("report", locale, period=f"{period}", currency=found.currency), "bold")
    headings = [(i18n.say("heading", "key", locale), False)]
    headings += [(_say(each, locale), True) for each in COLUMNS]
    rows = [_cells(each, f"{each.key} {each.name}".strip()) for each in found.rows]
    rows.append(_cells(found.total, word("total", locale)))
    output.emit_cells(headings, rows)
    if found.total.unknown:
        line(_say("unknown", locale, count=found.total.unknown))


def _cells(of: EarningsRow, name: str) -> list[str]:
    amounts = (of.first_year, of.income, of.bonus)
    return [name, *(f"{each:,}" for each in amounts), percent(of.ratio), f"{of.outstanding:,}"]


def _say(key: str, locale: str, **facts: object) -> str:
    return i18n.say("earnings", key, locale, **facts)
