"""A complaint that was registered, for whoever opens every page: of Lin Wei, about Chen Yan."""

from servicing.core.case_models import Case
from tests.servicing.cases import opened


def case() -> Case:
    """The complaint; it is opened when it is first asked for."""
    known: Case | None = Case.select().order_by(Case.id).first()
    return known or opened.complaint("2026-05-28", about="A001")
