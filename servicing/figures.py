"""What a manager asks of the book, with the company's own rules filled in."""

import datetime
from decimal import Decimal
from typing import Any

import msgspec

from policies import persistency
from policies.cohorts import Definition, Measure
from policies.persistency import Audit
from policies.verdicts import Exclusion, Rules
from servicing.settings import Settings


def rules(settings: Settings) -> Rules:
    """What the company counts, and whose figure it is."""
    known = settings.persistency
    switches: dict[Exclusion, bool] = msgspec.structs.asdict(known.not_counted)  # type: ignore[assignment]
    excluded = frozenset(name for name, is_on in switches.items() if is_on)
    general = settings.servicing
    return Rules(excluded, known.agent, general.grace_days, general.product_grace_days)


def measure(
    settings: Settings, as_of: datetime.date, month: int = 13, definition: Definition | None = None
) -> Measure:
    """Persistency at that month; without a definition the company's, or the one the book allows."""
    chosen = definition or settings.persistency.definition
    if chosen == "auto":
        chosen = "paid" if persistency.has_ledger() else "in-force"
    return Measure(month, chosen, as_of, settings.servicing.grace_days)


def document(audit: Audit) -> dict[str, Any]:
    """A figure as its JSON document; amounts are numbers, exact to the hundredth."""
    return {
        "month": audit.month,
        "definition": audit.definition,
        "basis": audit.basis,
        "as_of": audit.as_of,
        "rows": [plain(row) for row in audit.rows],
        "total": plain(audit.total),
    }


def plain(line: Any) -> dict[str, Any]:
    """A line as JSON has it, its amounts as numbers."""
    return {name: _number(value) for name, value in vars(line).items()}


def _number(value: Any) -> Any:
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)
