"""What became of retention cases as a terminal shows it."""

from policies import records
from policies.case_kind import Kind
from servicing.case_reports.retained import Retained
from servicing.cases import telling
from servicing.core import i18n, output
from servicing.core.output import percent
from servicing.terminal.lines import line
from servicing.terminal.words import word


def show(found: Retained, kind: Kind, locale: str) -> None:
    """The account in one row, and below it the losses by type, and other ends of the kind."""
    shares = {"of_decided": percent(found.of_decided), "of_all": percent(found.of_all)}
    row = {**records.named(found), **shares, "lost_cases": found.lost}
    columns = ["opened", "open", "saved", "lost_cases", "unreachable", "of_decided", "of_all"]
    output.emit_table([row], columns, locale)
    for reason, count in found.lost_by_type.items():
        told = i18n.say("case_reason", reason, locale)
        line(word("lost_as", locale, reason=told, count=count))
    for end, count in found.otherwise.items():
        line(word("ended_as", locale, state=telling.stands(kind, end, locale), count=count))
