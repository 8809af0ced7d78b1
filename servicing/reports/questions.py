"""A manager's question about the book, with the company's own rules filled in."""

import datetime
from dataclasses import dataclass

import msgspec

from policies.persistency import figure
from policies.persistency.cohorts import Definition, Measure
from policies.persistency.figure import Basis
from policies.persistency.rules import CountingRules, Exclusion
from policies.persistency.selection import Selection
from servicing.core.settings import Settings


def rules(settings: Settings) -> CountingRules:
    """The company's rules: which policies count, and in whose figure."""
    known = settings.persistency
    switches: dict[Exclusion, bool] = msgspec.structs.asdict(known.not_counted)  # type: ignore[assignment]
    excluded = frozenset(name for name, is_on in switches.items() if is_on)
    return CountingRules(excluded, known.agent, settings.servicing.product_grace_days)


@dataclass(frozen=True)
class Question:
    """A figure asked for: by which measure and rules, of whom, on which basis."""

    measure: Measure
    rules: CountingRules
    selection: Selection
    basis: Basis


def question(
    settings: Settings,
    as_of: datetime.date,
    selection: Selection,
    *,
    month: int = 13,
    definition: Definition | None = None,
    basis: Basis | None = None,
) -> Question:
    """The question with the company's own answers where nothing is said.

    Without a definition anywhere it is `paid` where the book has a premium ledger (domain.md §8.2).
    """
    known = settings.persistency
    chosen = definition or known.definition
    if chosen == "auto":
        chosen = "paid" if figure.has_ledger() else "in-force"
    measure = Measure(month, chosen, as_of, settings.servicing.grace_days)
    return Question(measure, rules(settings), selection, basis or known.basis)
