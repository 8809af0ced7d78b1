"""Rows that a file has said before are passed over, and nobody can tell it by anything but the time."""

import datetime
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import peewee
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies import database, errors, models, numbering
from policies.importing import importer
from policies.importing.files.tables import FileRow
from policies.importing.mapping.columns import RowBatch, RowReader
from policies.models import Client, Policy
from servicing.card import notes
from servicing.reassignment import reassigning
from servicing.reassignment.reassigning import Order
from servicing.reassignment.succession import Request
from servicing.schedule import deaths
from servicing.schedule.deaths import Report
from tests import cast
from tests.policies.imagined import each_rolled_back, examples
from tests.policies.importing import book_files
from tests.policies.importing.book_files import load, mapping_of, row, zhou_mings
from tests.servicing import stored

FIRST = cast.day("2026-01-15")
DAYS = [FIRST + datetime.timedelta(days) for days in (0, 10, 20, 200, 800)]

CELLS = {
    "policy_no": ["P001", "P002", "P003", "'=1", "=1"],
    "client_no": ["C001", "C001", "C002"],
    "client_name": ["林伟", "林伟", "周明"],
    "agent_no": ["A001", "A001", "A002"],
    "annual_premium": ["12000", "12000", "13000", "-1"],
    "status": ["in_force", "in_force", "", "suspended", "claim"],
    "ended_on": ["", "", "2026-01-31", "2027-12-31"],
    "phone": ["13812345678", "13812345678", "12"],
    "email": ["", " lin@example.com", "lin@example.com"],
    "marketing_consent": ["", "yes", "no"],
    "agent_name": ["陈燕", "陈燕", "孙丽"],
    "team": ["", "一部"],
    "branch": ["上海"],
    "birthday": ["1984-02-29", "1984-02-29", "", "1990-05-01"],
    "channel": ["", "", "none", "sms"],
    "agent_email": ["", "", "chen@example.com; yan@example.com"],
}
NEEDED = [*book_files.ROW]

Step = Callable[[Path, str], Any]
"""Something that is done with the book, and what came of it; the text: who reads."""


# --- What may happen ----------------------------------------------------------------------------


def imported(rows: list[dict[str, str]], on: datetime.date, **how: Any) -> Step:
    def step(folder: Path, read_by: str) -> Any:
        try:
            found = load(folder, *rows, joined=on, read_by=read_by, **how)
        except errors.ServicingError as error:
            return repr(error)
        return found.counts, found.why, found.warnings, found.outcome.left_out

    return step


def person(does: Callable[[Client], Any], client_no: str) -> Step:
    def step(folder: Path, read_by: str) -> Any:
        client = Client.get_or_none(Client.client_no == client_no)
        return does(client) if client else None

    return step


def handed_over(from_no: str, to_no: str, on: datetime.date) -> Step:
    def step(folder: Path, read_by: str) -> Any:
        request = Request(from_no, to_no=to_no)
        try:
            done = reassigning.reassign(Order(request, "退休", "operations", on, cast.at(on)))
        except errors.ServicingError as error:
            return repr(error)
        return len(done.proposal.taken)

    return step


@st.composite
def stories(draw: st.DrawFn) -> list[Step]:
    """A few rows that come again and again, and what people do between the files."""
    others = [name for name in CELLS if name not in NEEDED]
    names = [*NEEDED, *sorted(draw(st.sets(st.sampled_from(others))))]
    cells = {
        name: st.sampled_from(CELLS.get(name, [book_files.ROW.get(name, "")])) for name in names
    }
    known = draw(st.lists(st.fixed_dictionaries(cells), min_size=1, max_size=5))
    files = st.lists(st.sampled_from(known), min_size=1, max_size=7)
    days, clients = st.sampled_from(DAYS), st.sampled_from(["C001", "C002"])
    agents = st.sampled_from(["A001", "A002"])
    book = st.builds(imported, files, days, complete=st.sampled_from([False, False, "book", True]))
    book |= st.builds(imported, files, days, dry_run=st.booleans())
    events = st.one_of(
        st.builds(handed_over, agents, agents, days),
        st.builds(person, st.sampled_from(BY_PEOPLE), clients),
    )
    again = st.lists(st.one_of(book, book, events), min_size=2, max_size=6)
    return [draw(book), *draw(again)]


NOON = cast.at("2026-03-02")


def _dies(client: Client) -> Any:
    report = Report("operations", NOON.date(), NOON)
    return deaths.deceased(cast.walker(), client, cast.day("2026-02-20"), report)


def _lives(client: Client) -> Any:
    return deaths.alive(cast.walker(), client, Report("operations", NOON.date(), NOON))


def _allows(client: Client) -> Any:
    return notes.consent(client, True, "operations", NOON)


def _ends(client: Client) -> Any:
    return notes.consent(client, False, "operations", NOON)


def _is_corrected(client: Client) -> Any:
    return cast.change(client, phone="+8613912345678").phone


def _is_corrected_in_sql(client: Client) -> Any:
    database.execute("UPDATE client SET email = 'new@example.com' WHERE id = ?", [client.id])


def _policies_are_corrected(client: Client) -> Any:
    return Policy.update(product="another").where(Policy.client == client).execute()


def _agents_are_corrected(client: Client) -> Any:
    return models.Agent.update(name="何静").execute()


def _teams_are_renamed(client: Client) -> Any:
    return models.Team.update(name="二部").where(models.Team.name == "一部").execute()


BY_PEOPLE = [
    _dies,
    _lives,
    _allows,
    _ends,
    _is_corrected,
    _is_corrected_in_sql,
    _policies_are_corrected,
    _agents_are_corrected,
    _teams_are_renamed,
]


# --- With marks and without ---------------------------------------------------------------------


def lived(story: Sequence[Step], folder: Path, read_by: str) -> tuple[Any, Any]:
    """What came of each step, and what the database holds in the end; all of it is taken back."""
    with database.database.atomic() as transaction:
        for model in (*models.BOOK, *stored.SERVICE):
            if "id" in model._meta.fields:
                numbering.begin_at(model, 1)  # PostgreSQL does not take numbers back
        told = [step(folder, read_by) for step in story]
        held = stored.everything()
        transaction.rollback()
    return told, held


ROW = row(status="in_force", ended_on="", phone="13812345678", agent_name="陈燕", team="一部")
RENAMED = {**ROW, "policy_no": "P002", "client_name": "周明"}
UNUSABLE = {**ROW, "phone": "12"}
SHORT = row(ended_on="2027-12-31")
"""Of a file without statuses: the policy ends when that day has come."""
A002 = row("P900", agent_no="A002", client_no="C900", agent_name="孙丽", status="", ended_on="")
OF_TWO = [ROW, A002]
BEFORE, DURING, AFTER = FIRST, cast.day("2026-03-02"), cast.day("2028-02-01")


@pytest.mark.parametrize(
    "story",
    [
        pytest.param([imported([ROW], BEFORE), imported([ROW], AFTER)], id="the same"),
        pytest.param(
            [imported([ROW], BEFORE), person(_agents_are_corrected, "C001")], id="another agent"
        ),
        pytest.param(
            [imported([ROW], BEFORE), person(_teams_are_renamed, "C001")], id="another team"
        ),
        pytest.param(
            [
                imported([row(status="in_force", ended_on="2027-12-31")], BEFORE),
                *[imported([SHORT], DURING), imported([SHORT], AFTER)],
            ],
            id="an end that comes",
        ),
        pytest.param([imported([UNUSABLE], BEFORE)], id="an unusable number"),
        pytest.param(
            [imported([ROW, RENAMED], BEFORE), imported([RENAMED, ROW], DURING)], id="two names"
        ),
        pytest.param(
            [imported([ROW], BEFORE), imported([RENAMED, ROW], DURING)],
            id="renamed, then as it was",
        ),
        pytest.param(
            [imported([ROW], BEFORE), imported([ROW, RENAMED], DURING)],
            id="as it was, then renamed",
        ),
        pytest.param([imported([ROW, ROW], BEFORE)], id="a row twice"),
        pytest.param(
            [imported(OF_TWO, BEFORE), handed_over("A001", "A002", DURING)], id="an earlier agent"
        ),
        pytest.param(
            [
                *[imported(OF_TWO, BEFORE), handed_over("A001", "A002", DURING)],
                *[imported(OF_TWO, DURING), handed_over("A002", "A001", AFTER)],
            ],
            id="there and back",
        ),
        pytest.param(
            [
                *[imported(OF_TWO, BEFORE), imported([ROW], DURING, complete="book")],
                *[imported([ROW], DURING, complete="book"), imported([ROW], DURING)],
            ],
            id="left out",
        ),
    ],
)
@cast.on_one
def test_it_is_the_same_where_rows_could_be_mistaken(
    book: peewee.Database, tmp_path: Path, story: list[Step]
) -> None:
    """The last file comes twice more: what a row asks for each time is asked for each time."""
    files = [
        step for step in story if step.__qualname__ == imported.__qualname__ + ".<locals>.step"
    ]
    again = [*story, files[-1], files[-1], files[0], files[0]]
    assert lived(again, tmp_path, "this program") == lived(again, tmp_path, "")


def test_each_update_is_counted_whoever_makes_it(book: peewee.Database) -> None:
    people = cast.everybody()
    client, policy, agent = people.lin_wei, people.policies[0], people.chen_yan
    assert (client.revision, policy.revision, agent.revision) == (0, 0, 0)
    Client.update(email="lin@example.com").where(Client.id == client.id).execute()
    assert cast.lin_wei().revision == 1
    cast.change(client, email="")  # as it was read before, its revision of then included
    assert cast.lin_wei().revision == 2
    database.execute("UPDATE policy SET left_out_times = 1 WHERE id = ?", [policy.id])
    models.Team.update(name="二部").where(models.Team.id == agent.team_id).execute()
    assert (cast.policy().revision, cast.agent().revision) == (1, 1)
    models.Branch.update(name="天津").where(models.Branch.name == "上海").execute()
    assert cast.agent().revision == 2


@pytest.fixture
def rows_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The policies whose rows are read, as they are."""
    numbers: list[str] = []
    read = RowReader.read

    def reading(self: RowReader, rows: list[FileRow]) -> RowBatch:
        numbers.extend(each.cells[0] for each in rows)
        return read(self, rows)

    monkeypatch.setattr(RowReader, "read", reading)
    return numbers


def test_what_a_file_says_again_is_not_read(
    book: peewee.Database, tmp_path: Path, rows_read: list[str]
) -> None:
    rows = [row(), row("P002"), zhou_mings()]
    load(tmp_path, *rows)
    assert rows_read == ["P001", "P002", "P900"]
    rows_read.clear()
    assert load(tmp_path, *rows).counts == (0, 0, 3, 0)
    assert load(tmp_path, *rows, row("P004"), joined=DURING).counts == (1, 0, 3, 0)
    assert rows_read == ["P004"]
    rows_read.clear()
    changed = zhou_mings(client_name="周大明")
    assert load(tmp_path, *rows[:2], changed, row("P004")).counts == (0, 1, 3, 0)
    assert rows_read == ["P900"]


def test_the_rows_of_whoever_is_changed_are_read_once(
    book: peewee.Database, tmp_path: Path, rows_read: list[str]
) -> None:
    rows = [row(), row("P002"), zhou_mings()]
    load(tmp_path, *rows)
    cast.change(cast.lin_wei(), email="")  # as it is; but somebody has written it
    rows_read.clear()
    for _ in range(2):
        assert load(tmp_path, *rows).counts == (0, 0, 3, 0)
    assert rows_read == ["P001", "P002"]


@pytest.mark.parametrize(
    "how",
    [{"read_by": "another program"}, {"mapping": "country = 'US'"}, {"read_by": ""}],
    ids=["another program", "read in another way", "without marks"],
)
@cast.on_one
def test_whoever_reads_otherwise_reads_all(
    book: peewee.Database, tmp_path: Path, rows_read: list[str], how: dict[str, str]
) -> None:
    load(tmp_path, row(phone="13812345678"))
    rows_read.clear()
    mapping = {"mapping": mapping_of(tmp_path, how["mapping"])} if "mapping" in how else {}
    load(tmp_path, row(phone="13812345678"), **{**how, **mapping})
    assert rows_read == ["P001"]


def test_where_a_column_stands_and_what_an_unknown_one_says_does_not_matter(
    book: peewee.Database, tmp_path: Path, rows_read: list[str]
) -> None:
    load(tmp_path, {**row(), "exported at": "08:00"})
    turned = dict(reversed(row().items()))
    load(tmp_path, {**turned, "exported at": "09:00"})
    assert rows_read == ["P001"]


@settings(each_rolled_back, max_examples=examples(40))
@given(stories(), st.integers(1, 4))
@cast.on_one
def test_a_book_is_the_same_whether_rows_are_passed_over_or_read(
    book: peewee.Database, tmp_path: Path, story: list[Step], rows_at_a_time: int
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(importer, "BATCH_ROWS", rows_at_a_time)
        assert lived(story, tmp_path, "this program") == lived(story, tmp_path, "")
