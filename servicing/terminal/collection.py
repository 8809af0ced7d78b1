"""The collection of second-year premiums as a terminal shows it."""

from policies.persistency.collection import Collection, CollectionRow, Span
from servicing.core import output
from servicing.core.output import percent
from servicing.terminal.lines import line
from servicing.terminal.words import word

LISTED = ["policy_no", "client_name", "agent_no", "due_on", "amount", "days_left"]
"""Of an instalment that may still be paid."""


def show(found: Collection, span: Span, locale: str) -> None:
    """A row a unit, the total, and how much of what is outstanding is lost."""
    told = {"first": span.first, "last": span.last, "as_of": span.as_of}
    line(word("collection", locale, **told), "bold")
    rows = [_cells(each, f"{each.key} {each.name}".strip()) for each in found.rows]
    rows.append(_cells(found.total, word("total", locale)))
    columns = ["key", "paid_of", "due_premium", "received", "collected", "not_received"]
    columns += ["hanging_income"] if found.total.income is not None else []
    output.emit_table(rows, columns, locale)
    if found.total.lost:
        lost = output.money(found.total.lost, found.currency)
        line(word("collection_lost", locale, amount=lost))


def _cells(of: CollectionRow, name: str) -> dict[str, object]:
    return {
        "key": name,
        "paid_of": f"{of.paid}/{of.instalments}",
        "due_premium": of.due,
        "received": of.received,
        "collected": percent(of.ratio),
        "not_received": of.outstanding,
        "hanging_income": of.income,
    }
