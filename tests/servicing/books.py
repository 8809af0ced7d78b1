"""Files of a book as another system exports them, taken in the way the command does."""

import csv
from typing import Any

from policies.importing.importer import BookFile
from policies.importing.kinds import Kind
from servicing.operations import imports
from servicing.operations.imports import ImportRequest, ImportResult
from servicing.operations.workspace import Workspace
from tests import cast
from tests.cast import Day


def row(policy_no: str = "P001", **facts: Any) -> dict[str, Any]:
    """A row that says of one of Lin Wei's policies what the book says already, and `facts`."""
    known = {
        **{"policy_no": policy_no, "issue_date": cast.ISSUED, "annual_premium": "12000"},
        **{"client_no": "C001", "client_name": "林伟", "agent_no": "A001"},
    }
    return {**known, **facts}


def take_in(
    space: Workspace,
    *rows: dict[str, Any],
    on: Day,
    time: str = "09:00",
    joined: Day | None = None,
    kind: Kind = "book",
) -> ImportResult:
    """Import a file of these rows on that day; nothing of it may be refused."""
    path = space.home / f"{kind}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    request = ImportRequest(BookFile(path, kind), cast.maybe_day(joined))
    taken = imports.take_in(space, request, cast.at(on, time))
    assert not taken.refused, taken.refused
    return taken
