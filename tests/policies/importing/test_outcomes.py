"""Anybody's file comes in right, or not at all, or with a warning that says where."""

from collections.abc import Callable
from pathlib import Path

import peewee
import pytest

from policies import errors, models
from policies.importing.mapping.mapping import Mapping
from policies.notices import Notice
from tests import cast
from tests.policies.importing import (
    outcomes_of_people,
    outcomes_of_text,
    outcomes_of_workbooks,
)
from tests.policies.importing.book_files import Imported, everything, load_file, mapping_of
from tests.policies.importing.outcomes import Case, NoFile, Refused, Taken
from tests.refusals import english

CASES = [*outcomes_of_text.CASES, *outcomes_of_workbooks.CASES, *outcomes_of_people.CASES]

SAYS: dict[str, Callable[[models.Policy], object]] = {
    "client_no": lambda policy: policy.client.client_no,
    "client_name": lambda policy: policy.client.name,
    "phone": lambda policy: policy.client.phone,
    "email": lambda policy: policy.client.email,
    "birthday": lambda policy: policy.client.birthday,
    "marketing_consent": lambda policy: policy.client.marketing_consent,
    "agent_no": lambda policy: policy.agent.agent_no,
}
"""What a policy's people say; all else it says itself."""


def test_the_table_is_long_and_names_each_case_once() -> None:
    names = [each.id for each in CASES]
    assert len(names) == len(set(names)) >= 120


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
@cast.on_one
def test_a_file_comes_in_right_or_not_at_all_or_is_told(
    book: peewee.Database, tmp_path: Path, case: Case
) -> None:
    path = tmp_path / "theirs"
    path.write_bytes(case.data)
    if isinstance(case.outcome, NoFile):
        before = everything()
        with pytest.raises(errors.ServicingError) as caught:
            load(path, case)
        assert case.outcome.part in english(caught.value)
        assert everything() == before
        return
    found = load(path, case)
    if isinstance(case.outcome, Refused):
        assert [(each.line, each.column) for each in found.rejects] == [
            (case.outcome.line, case.outcome.column)
        ]
        assert case.outcome.part in "".join(found.why)
    else:
        assert found.why == []
        assert said(case.outcome) == case.outcome.values
    assert told(found.outcome.warnings) == case.outcome.told


def load(path: Path, case: Case) -> Imported:
    """Import it into a book with nobody in it."""
    mapping = mapping_of(path.parent, case.mapping) if case.mapping else Mapping()
    return load_file(path, country=case.country, mapping=mapping, kind=case.of)


def said(outcome: Taken) -> dict[str, object]:
    """What the book says in the columns of which the outcome speaks."""
    policies = list(models.Policy.select().order_by(models.Policy.policy_no))
    found: dict[str, object] = {}
    for column, expected in outcome.values.items():
        values = [SAYS.get(column, lambda each: getattr(each, column))(each) for each in policies]  # noqa: B023
        found[column] = values if isinstance(expected, list) else values[0]
    return found


def told(warnings: list[Notice]) -> dict[str, tuple[int, ...]]:
    """The warnings, and the lines that they name."""
    return {each.code: tuple(each.facts.get("lines", ())) for each in warnings}
