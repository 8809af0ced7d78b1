"""What became of retention cases as a terminal shows it."""

from policies import records
from servicing.case_reports.retained import Retained
from servicing.core import i18n, output
from servicing.core.output import percent
from servicing.terminal.lines import line
from servicing.terminal.words import word


def show(found: Retained, locale: str) -> None:
    """The account in one row, and below it the losses by type."""
    shares = {"of_decided": percent(found.of_decided), "of_all": percent(found.of_all)}
    row = {**records.named(found), **shares, "lost_cases": found.lost}
    columns = ["opened", "open", "saved", "lost_cases", "unreachable", "of_decided", "of_all"]
    output.emit_table([row], columns, locale)
    for reason, count in found.lost_by_type.items():
        told = i18n.say("case_reason", reason, locale)
        line(word("lost_as", locale, reason=told, count=count))
