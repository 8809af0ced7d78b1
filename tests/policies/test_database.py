"""One database behind one proxy: migrated once, never half-written, and spoken of in sentences."""

import datetime
import subprocess
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import peewee
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playhouse.schema_diff import diff_models

from policies import database, errors, models, staging, unusable
from policies.database import BATCH_ROWS
from policies.models import Agent, Branch, Client, Policy
from servicing.core.models import ALL_MIGRATIONS, CardEntry
from tests import cast
from tests.policies.importing import book_files
from tests.refusals import english, refuses
from tests.servicing.stored import SERVICE

REPOSITORY = Path(__file__).parents[2]
TABLES = (*models.BOOK, *SERVICE)


def history() -> list[str]:
    return sorted(name for (name,) in database.execute(f"SELECT name FROM {database.HISTORY}"))


def names_of(directories: tuple[Path, ...]) -> list[str]:
    return sorted(path.stem for folder in directories for path in folder.glob("[0-9]*.py"))


def end_of(process: subprocess.Popen[str]) -> str:
    """What the process said; it has to end well."""
    out, complaints = process.communicate(timeout=60)
    assert process.returncode == 0, complaints
    return out


# --- Migrations ---------------------------------------------------------------------------------


def test_migrations_make_what_the_models_say(book: peewee.Database) -> None:
    difference = diff_models(book, TABLES)
    assert not difference.create_tables
    assert not difference.add_columns
    assert not difference.drop_columns


def test_what_must_be_unique_is_kept_so_by_the_database(book: peewee.Database) -> None:
    for model in TABLES:
        made = {
            tuple(index.columns)
            for index in book.get_indexes(model._meta.table_name)
            if index.unique
        }
        said = {(field.column_name,) for field in model._meta.sorted_fields if field.unique}
        for names, is_unique in model._meta.indexes:
            if is_unique:
                said.add(tuple(model._meta.combined[name].column_name for name in names))
        assert said <= made, model.__name__


def test_the_dates_by_which_a_day_is_found_are_indexed(book: peewee.Database) -> None:
    wanted = {
        *(("policy", "issue_date"), ("policy", "delivered_on"), ("policy", "client_id")),
        *(("client", "birthday"), ("premium", "due_date")),
    }
    made = {
        (table, index.columns[0])
        for table in ("policy", "client", "premium")
        for index in book.get_indexes(table)
    }
    assert wanted <= made


def in_the_key(model: type[peewee.Model]) -> Sequence[str]:
    """The fields that make the primary key, of one column or of several."""
    key = model._meta.primary_key
    return key.field_names if isinstance(key, peewee.CompositeKey) else [key.name]


def test_columns_may_be_empty_where_the_models_say_so(book: peewee.Database) -> None:
    for model in TABLES:
        said = {
            field.column_name: field.null
            for field in model._meta.sorted_fields
            if field.name not in in_the_key(model)
        }
        made = {
            column.name: column.null
            for column in book.get_columns(model._meta.table_name)
            if not column.primary_key
        }
        assert made == said, model.__name__


def test_every_reference_is_kept_by_the_database(book: peewee.Database) -> None:
    for model in TABLES:
        table = model._meta.table_name
        made = {(key.column, key.dest_table) for key in book.get_foreign_keys(table)}
        said = {
            (field.column_name, field.rel_model._meta.table_name)
            for field in model._meta.sorted_fields
            if isinstance(field, peewee.ForeignKeyField)
        }
        assert made == said, model.__name__
    with pytest.raises(peewee.IntegrityError):
        Policy.create(
            policy_no="P001",
            client=4711,
            agent=4711,
            issue_date=cast.ISSUED,
            served_from=cast.ISSUED,
            annual_premium=1,
        )


def test_a_new_database_is_migrated_once(empty_database_url: str, tmp_path: Path) -> None:
    connection = database.connect(empty_database_url, tmp_path)
    assert sorted(database.migrate(ALL_MIGRATIONS)) == names_of(ALL_MIGRATIONS)
    assert database.migrate(ALL_MIGRATIONS) == []
    assert history() == names_of(ALL_MIGRATIONS)
    connection.close()


def test_a_database_of_a_newer_version_is_refused(book: peewee.Database) -> None:
    database.execute(
        f"INSERT INTO {database.HISTORY} (name, applied) VALUES (?, ?)",
        ("0999_future", "2030-01-01"),
    )
    with refuses(errors.NewerDatabase, match="newer version.*'0999_future'.*upgrade"):
        database.migrate(ALL_MIGRATIONS)
    assert history() == sorted([*names_of(ALL_MIGRATIONS), "0999_future"])


@pytest.mark.parametrize("shipped", [1, 2])
def test_a_migration_that_fails_leaves_nothing_behind(
    empty_database_url: str, tmp_path: Path, shipped: int
) -> None:
    (tmp_path / "0900_broken.py").write_text(
        "def up(migrator, db):\n"
        "    db.execute_sql('CREATE TABLE half (id INTEGER)')\n"
        "    db.execute_sql('CREATE TABLE policy (id INTEGER)')\n",
        "utf-8",
    )
    database.connect(empty_database_url, tmp_path)
    with refuses(errors.UnusableDatabase, match="the database refused: .*already exists"):
        database.migrate([*ALL_MIGRATIONS[:shipped], tmp_path])
    assert database.database.get_tables() in ([], [database.HISTORY])
    assert sorted(database.migrate(ALL_MIGRATIONS)) == names_of(ALL_MIGRATIONS)
    database.database.close()


MIGRATE = """
import pathlib, sys
from policies import database
from servicing.core.models import ALL_MIGRATIONS
print("ready", flush=True)
sys.stdin.readline()
database.connect(sys.argv[1], pathlib.Path("."))
print(len(database.migrate(ALL_MIGRATIONS)))
"""


def test_two_processes_that_migrate_at_once_migrate_once(
    empty_database_url: str, tmp_path: Path
) -> None:
    starters = [both_ready(MIGRATE, empty_database_url) for _ in range(2)]
    counts = sorted(int(out) for out in at_once(starters))
    assert counts == [0, len(names_of(ALL_MIGRATIONS))]
    database.connect(empty_database_url, tmp_path)
    assert history() == names_of(ALL_MIGRATIONS)
    assert Policy.select().count() == 0
    database.database.close()


def both_ready(script: str, *arguments: str) -> subprocess.Popen[str]:
    """A process that has come as far as the starting line."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def at_once(processes: list[subprocess.Popen[str]]) -> list[str]:
    """Let them go together; what each said."""
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    return [end_of(process) for process in processes]


COUNT = """
import pathlib, sys
from policies import database
database.connect(sys.argv[1], pathlib.Path("."))
print("ready", flush=True)
sys.stdin.readline()
for _ in range(25):
    with database.exclusive("count"):
        count = int(database.execute("SELECT MAX(name) FROM branch").fetchone()[0])
        database.execute("UPDATE branch SET name = ?", (f"{count + 1:06}",))
"""


def test_what_is_exclusive_is_done_by_one_at_a_time(
    book: peewee.Database, database_url: str
) -> None:
    Branch.create(name="000000")
    at_once([both_ready(COUNT, database_url) for _ in range(2)])
    assert Branch.get().name == "000050"


# --- Sentences ----------------------------------------------------------------------------------


def refusal(url: str, home: Path) -> str:
    with pytest.raises(errors.ServicingError) as refusal:
        database.connect(url, home)
        database.migrate(ALL_MIGRATIONS)
    database.database.close()
    return english(refusal.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "book.csv").write_text("policy_no,client_name\n" * 500, "utf-8")
    sentence = refusal("sqlite:///book.csv", tmp_path)
    assert sentence == "the database file is not a database of servicing"
    assert (tmp_path / "book.csv").read_text("utf-8").startswith("policy_no")


@pytest.mark.parametrize("path", ["nowhere/book.db", ".", "book.csv/book.db"])
def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path, path: str) -> None:
    (tmp_path / "book.csv").write_text("policy_no\n", "utf-8")
    sentence = refusal(f"sqlite:///{path}", tmp_path)
    assert sentence.startswith("the database file cannot be opened: is its folder there")


@pytest.mark.parametrize(
    "url", ["mysql://root:secret@host/book", "book.db", "", "sqlite://book.db", "oracle:thin"]
)
def test_an_address_of_another_kind_is_refused(tmp_path: Path, url: str) -> None:
    sentence = refusal(url, tmp_path)
    assert "is not known: use sqlite:///FILE or postgresql://..." in sentence
    assert "secret" not in sentence


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://servicing:secret@127.0.0.1:1/book",
        "postgresql://servicing:secret@/book?host=/nowhere",
        "postgresql://servicing:secret@127.0.0.1:port/book",
        "postgresql://servicing:secret@127.0.0.1:1/book?colour=blue",
    ],
)
def test_a_server_that_is_not_there_is_a_sentence_without_secrets(tmp_path: Path, url: str) -> None:
    sentence = refusal(url, tmp_path)
    assert sentence
    assert "secret" not in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("complaint", "sentence"),
    [
        ("database or disk is full", "the disk is full: nothing of this command was written"),
        ("attempt to write a readonly database", "the database file is read-only"),
        (
            "database is locked",
            "another process has kept the database locked for too long: try again",
        ),
        ("could not extend file: No space left on device", "the database server's disk is full"),
        ("", "the database refused: –"),
        (
            "null value in column\nDETAIL:  Failing row contains (林伟).",
            "the database refused: null value in column",
        ),
    ],
)
def test_what_the_database_complains_of_is_a_sentence_without_names(
    complaint: str, sentence: str
) -> None:
    assert english(unusable.told(complaint)) == sentence


@cast.on_sqlite
def test_on_a_full_disk_nothing_is_half_written(book: peewee.Database, tmp_path: Path) -> None:
    book_files.load(tmp_path, book_files.row())
    before = book_files.everything()
    pages = int(database.execute("PRAGMA page_count").fetchone()[0])
    database.execute(f"PRAGMA max_page_count = {pages + 20}")
    many = [book_files.row(f"P{number:06}") for number in range(4000)]
    with pytest.raises(errors.UnusableDatabase) as refusal:
        book_files.load(tmp_path, book_files.row(status="grace"), *many)
    assert english(refusal.value) == "the disk is full: nothing of this command was written"
    assert book_files.everything() == before
    database.execute("PRAGMA max_page_count = 1000000")
    assert book_files.load(tmp_path, *many).outcome.added == 4000


@cast.on_sqlite
def test_a_full_disk_takes_no_half_migrated_database(tmp_path: Path, database_url: str) -> None:
    database.connect("sqlite:///full.db", tmp_path)
    database.execute("PRAGMA max_page_count = 12")
    with refuses(errors.UnusableDatabase, match="the disk is full"):
        database.migrate(ALL_MIGRATIONS)
    database.execute("PRAGMA max_page_count = 1000")
    assert sorted(database.migrate(ALL_MIGRATIONS)) == names_of(ALL_MIGRATIONS)
    database.database.close()


@cast.on_sqlite
@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("foreign_keys", 1), ("synchronous", 2)]
)
def test_a_commit_that_was_answered_survives_a_power_cut(
    book: peewee.Database, pragma: str, value: object
) -> None:
    assert database.execute(f"PRAGMA {pragma}").fetchone()[0] == value


# --- The card is append-only --------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE card_entry SET facts = 'other'",
        "UPDATE card_entry SET kind = 'x' WHERE id = 1",
        "DELETE FROM card_entry",
        "INSERT INTO card_entry (id, client_id, at, kind, facts)"
        " VALUES (1, 1, '2026-01-01', 'x', '') ON CONFLICT (id) DO UPDATE SET kind = 'x'",
    ],
)
def test_what_stands_on_a_card_stays(book: peewee.Database, sql: str) -> None:
    people = cast.people()
    CardEntry.create(
        id=1, client=people.lin_wei, at=cast.at("2026-01-01"), kind="task.done", facts="{}"
    )
    with pytest.raises(peewee.DatabaseError, match="the card is append-only"), book.atomic():
        database.execute(sql)
    assert [(entry.kind, entry.facts) for entry in CardEntry.select()] == [("task.done", "{}")]


def test_a_client_with_a_card_cannot_be_deleted(book: peewee.Database) -> None:
    people = cast.people()
    CardEntry.create(client=people.lin_wei, at=cast.at("2026-01-01"), kind="task.done", facts="{}")
    with pytest.raises(peewee.IntegrityError), book.atomic():
        people.lin_wei.delete_instance()


# --- Rows in bulk -------------------------------------------------------------------------------


def test_reserved_ids_are_free_and_taken_by_nobody_else(book: peewee.Database) -> None:
    Branch.create(name="上海")
    with database.exclusive("test"):
        ids = list(database.reserve_ids(Branch, 3))
        database.insert_rows(Branch, ("id", "name"), [(number, str(number)) for number in ids])
        assert list(database.reserve_ids(Branch, 0)) == []
    later = Branch.create(name="北京")
    assert len({*ids, later.id}) == 4
    assert Branch.select().count() == 5


def test_more_rows_than_a_batch_are_written_all(
    book: peewee.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.insert_rows(Branch, ("name",), ((str(number),) for number in range(5_001)))
    assert Branch.select().count() == 5_001
    ids = [(f"x{each.id}", each.id) for each in Branch.select().limit(7)]
    database.update_rows(Branch, ("name",), ids)
    assert Branch.select().where(Branch.name.startswith("x")).count() == 7


CHANGED = {
    "name": ["林伟", "", "tab\tline\nslash\\", "\\N", '{"a", b}', "NULL"],
    "birthday": ["1988-03-01", None],
    "marketing_consent": [True, False, None],
}
"""What may be written into columns of a client, by column."""

ENOUGH = staging.ENOUGH


@pytest.mark.parametrize("count", [0, 1, ENOUGH - 1, ENOUGH, ENOUGH + 1, BATCH_ROWS + 1])
def test_few_rows_and_many_are_changed_alike(book: peewee.Database, count: int) -> None:
    rows = [(f"C{number}", "before", "") for number in range(count + 1)]
    database.insert_rows(Client, ("client_no", "name", "phone"), rows)
    first, *ids = database.numbers("SELECT id FROM client ORDER BY id")
    wanted = [
        (*(values[number % len(values)] for values in CHANGED.values()), client_id)
        for number, client_id in enumerate(ids)
    ]
    database.update_rows(Client, tuple(CHANGED), reversed(wanted))
    sql = f"SELECT {', '.join(CHANGED)}, id FROM client WHERE id <> ? ORDER BY id"
    told = [
        (name, birthday and str(birthday), None if consent is None else bool(consent), number)
        for name, birthday, consent, number in database.execute(sql, [first])
    ]
    assert told == wanted
    untouched = Client.get_by_id(first)
    assert (untouched.name, untouched.revision) == ("before", 0)
    assert database.value("SELECT MIN(revision) FROM client") == 0
    assert {each.revision for each in Client.select().where(Client.id != first)} <= {1}


def test_of_two_changes_of_a_row_the_later_one_holds(book: peewee.Database) -> None:
    rows = [(str(number),) for number in range(ENOUGH)]
    database.insert_rows(Branch, ("name",), rows)
    ids = database.numbers("SELECT id FROM branch ORDER BY id")
    twice = [(f"{at}-{number}", number) for at in ("first", "then") for number in ids]
    database.update_rows(Branch, ("name",), twice)
    assert {each.name for each in Branch.select()} == {f"then-{number}" for number in ids}


def test_of_many_changes_of_which_one_cannot_be_none_is_made(book: peewee.Database) -> None:
    database.insert_rows(Branch, ("name",), [(str(number),) for number in range(ENOUGH)])
    ids = database.numbers("SELECT id FROM branch ORDER BY id")
    with pytest.raises(peewee.IntegrityError), book.atomic():
        database.update_rows(Branch, ("name",), [("the same", number) for number in ids])
    assert Branch.select().where(Branch.name == "the same").count() == 0
    database.update_rows(Branch, ("name",), [(f"x{number}", number) for number in ids])
    assert Branch.select().where(Branch.name.startswith("x")).count() == ENOUGH


def test_a_row_that_cannot_be_is_a_peewee_error_on_both_databases(book: peewee.Database) -> None:
    with pytest.raises(peewee.IntegrityError), book.atomic():
        database.insert_rows(Branch, ("name",), [("上海",), ("上海",)])
    assert Branch.select().count() == 0


@given(st.lists(st.integers(), max_size=30), st.integers(1, 7))
def test_chunks_are_the_whole_in_order(values: list[int], size: int) -> None:
    chunks = list(database.chunks(values, size))
    assert [value for chunk in chunks for value in chunk] == values
    assert all(len(chunk) == size for chunk in chunks[:-1])
    assert all(chunks)


# --- What is stored comes back ------------------------------------------------------------------


@pytest.mark.parametrize("amount", ["0", "0.01", "12000.50", "999999999999.99"])
def test_money_comes_back_to_the_hundredth(book: peewee.Database, amount: str) -> None:
    cast.people()
    cast.give_policy(cast.lin_wei(), "P001", annual_premium=amount)
    assert cast.policy().annual_premium == Decimal(amount)
    assert Policy.get(Policy.annual_premium == Decimal(amount)).policy_no == "P001"


def test_money_finer_than_a_hundredth_is_refused() -> None:
    with pytest.raises(ValueError, match="12.345 has more than two decimals"):
        models.hundredths(Decimal("12.345"))


def test_a_moment_comes_back_in_utc(book: peewee.Database) -> None:
    people = cast.people()
    moment = cast.at("2026-02-28", "23:30", "-05:00")
    CardEntry.create(client=people.lin_wei, at=moment, kind="task.done", facts="{}")
    stored = CardEntry.get().at
    assert stored == moment
    assert stored.tzinfo == datetime.UTC


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="a moment needs a time zone"):
        models.utc(datetime.datetime(2026, 2, 28, 9))


def test_names_of_every_script_come_back(book: peewee.Database) -> None:
    names = [
        "林伟",
        "O'Brien",
        "𠮷野家",
        "Ünal %s ?",
        '"; DROP TABLE client; --',
        "😀",
        "a\tb\n\\N\\.",
    ]
    for number, name in enumerate(names):
        Client.create(client_no=str(number), name=name)
    database.insert_rows(Agent, ("agent_no", "name"), list(enumerate(names)))
    assert [each.name for each in Client.select().order_by(Client.id)] == names
    assert sorted(each.name for each in Agent.select()) == sorted(names)
