"""A hundred thousand rows and two thousand files of strangers: right, refused or told, never in between.

Each is made of a good one whose truth is known, by a seed that stands in the name of the test.
"""

import datetime
import random
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import peewee
import pytest

from policies import errors, models
from policies.importing.cells.cells import Style
from policies.importing.files import files
from policies.importing.files.tables import Reading
from policies.importing.importer import Outcome
from policies.importing.mapping.columns import RowReader
from policies.importing.mapping.mapping import Mapping as Map
from policies.importing.sense import twins
from policies.notices import Notice
from servicing.core.models import CardEntry
from tests import cast
from tests.drills import strangers
from tests.drills.strangers import COLUMNS, Row, Stranger
from tests.policies.importing.book_files import everything, load_file
from tests.refusals import english

STYLE = Style(country="US", today=datetime.date(2026, 1, 15))
BATCHES, ROWS = 20, 5_000
"""A hundred thousand rows."""
SEEDS, FILES = 20, 100
"""Two thousand files."""


# ----------------------------------------------------------------------------------------------- rows


@pytest.mark.parametrize("seed", range(BATCHES))
def test_a_row_is_read_as_it_is_meant_or_refused(tmp_path: Path, seed: int) -> None:
    chance = random.Random(f"rows-{seed}")
    meant = [strangers.truth(number, "Ilse Brandt", chance) for number in range(ROWS)]
    are_ours = [chance.random() < 0.5 for _ in meant]
    written = [
        strangers.respelled(row, strangers.KEPT if is_ours else strangers.FOREIGN, chance)
        for row, is_ours in zip(meant, are_ours, strict=True)
    ]
    path = tmp_path / "theirs.csv"
    path.write_text(strangers.text(written), "utf-8")
    taken = read(path)
    wrong = [
        f"{written[place]} was read as {taken[line]}"
        for place, row in enumerate(meant)
        if (line := place + 2) in taken and taken[line] != values(row, taken[line])
    ]
    assert wrong == []
    lost = [written[n] for n, is_ours in enumerate(are_ours) if is_ours and n + 2 not in taken]
    assert lost == []


def read(path: Path) -> dict[int, Row]:
    """What the rows that are taken say, by their lines."""
    with files.opened(path, Reading(delimiter=",")) as table:
        batch = RowReader(table, "book", Map(), STYLE).read(list(table.rows))
    found = {}
    for place, row in enumerate(batch.rows):
        said = {name: batch.values[name][place] for name in COLUMNS}
        said["phone"] = said["phone"][0]
        found[row.line] = {name: _plain(value) for name, value in said.items()}
    return found


def _plain(value: object) -> str:
    if isinstance(value, int):
        return f"{value // 100}.{value % 100:02}"
    return str(value)


def values(row: Row, taken: Row) -> Row:
    """What is meant; a phone that is none is kept as it was given, and told."""
    return row if taken["phone"] else {**row, "phone": ""}


# ---------------------------------------------------------------------------------------------- files


@pytest.mark.parametrize("seed", range(SEEDS))
@cast.on_one
def test_a_file_comes_in_as_it_is_meant_or_not_at_all(
    book: peewee.Database, tmp_path: Path, seed: int
) -> None:
    before = everything()
    wrong = []
    for number, stranger in enumerate(strangers.files(seed, FILES)):
        path = tmp_path / f"theirs-{number}"
        path.write_bytes(stranger.data)
        wrong += [f"{path.name} {stranger.how}: {each}" for each in complaints(path, stranger)]
        emptied()
        assert everything() == before
    assert wrong == []


def complaints(path: Path, stranger: Stranger) -> Iterator[str]:
    """What is not as it should be when a file is imported into an empty book."""
    before = everything()
    try:
        found = load_file(path, country=stranger.country)
    except errors.ServicingError as error:
        if everything() != before:
            yield "it was refused, and something of it is in the book"
        if stranger.is_good:
            yield f"it is good, and was refused: {english(error)}"
        return
    except Exception as error:  # noqa: BLE001 (this is what is looked for)
        yield f"it failed: {error!r}"
        return
    yield from _half(found.outcome)
    if stranger.is_good and found.why:
        yield f"it is good, and a row was refused: {found.why[0]}"
    if stranger.rows:
        yield from _misread(stranger, found.outcome)


def _half(outcome: Outcome) -> Iterator[str]:
    """Whether the book has other rows than the import says."""
    if models.Policy.select().count() != outcome.added:
        yield "the book has other policies than were added"
    if outcome.rows != outcome.added + outcome.changed + outcome.unchanged + outcome.rejected:
        yield "the counts do not add up"


def _misread(stranger: Stranger, outcome: Outcome) -> Iterator[str]:
    """The policies that are in the book otherwise than they are meant."""
    meant = {row["policy_no"]: row for row in stranger.rows}
    lines = {row["policy_no"]: line for line, row in enumerate(stranger.rows, 2)}
    taken = in_the_book()
    if stranger.is_good and taken.keys() != meant.keys():
        yield f"{sorted(meant.keys() ^ taken.keys())[:3]} are missing, or were never there"
    for number, row in taken.items():
        if stranger.forgives_last and number == max(taken):
            continue
        seen = twins.seen_as(number)
        if seen not in meant:
            yield f"{number} was never there"
        elif row != meant[seen] and not _is_told(lines[seen], outcome.warnings):
            yield f"{row} is in the book, {meant[seen]} was meant"


def _is_told(line: int, warnings: Sequence[Notice]) -> bool:
    """Whether a warning names the line, or counts it with those behind the last that it names."""
    for each in warnings:
        named = each.facts.get("lines", ())
        if line in named or (
            len(named) < each.facts.get("count", 0) and line > max(named, default=line)
        ):
            return True
    return False


def in_the_book() -> dict[str, Row]:
    """The policies of the book, and what is said of them."""
    query = models.Policy.select(models.Policy, models.Client, models.Agent)
    joined = query.join(models.Client).switch(models.Policy).join(models.Agent)
    return {policy.policy_no: _row(policy) for policy in joined}


def _row(policy: models.Policy) -> Row:
    client = policy.client
    return {
        "policy_no": policy.policy_no,
        "issue_date": str(policy.issue_date),
        "annual_premium": _amount(policy.annual_premium),
        "client_no": client.client_no,
        "client_name": client.name,
        "agent_no": policy.agent.agent_no,
        "birthday": str(client.birthday),
        "phone": client.phone,
        "sum_assured": _amount(policy.sum_assured),
    }


def _amount(amount: Decimal) -> str:
    return f"{amount:.2f}"


def emptied() -> None:
    """Take everything out of the book."""
    for model in reversed((*models.BOOK, CardEntry)):
        model.delete().execute()
