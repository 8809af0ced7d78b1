"""Two roles of PostgreSQL: the owner makes and changes tables, the other one works and cannot.

That every command and every page works so is run by `tests/acceptance/test_help.py` (with `--on
postgresql`) and `tests/servicing/web/test_routes.py`.
"""

import contextlib
import datetime
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import peewee
import psycopg
import pytest

import servicing.core
from policies import database, roles
from policies.models import BaseModel
from servicing.card import notes
from servicing.core import append_only, audit_log, errors, seals
from servicing.core.audit_models import AuditEntry
from servicing.core.models import ALL_MIGRATIONS, CardEntry, Message
from servicing.operations import backups, health, job_queue, ownership, workspace
from servicing.operations.workspace import Workspace
from servicing.rights import expiring
from servicing.years import years
from tests import cast
from tests.acceptance.frontdoor import DAY, NOON, call
from tests.conftest import PostgresServer
from tests.refusals import refuses
from tests.two_roles import OWNER, WORKER, TwoRoles

NOW = cast.at("2026-06-01", "10:00")
ROOT = Path(__file__).parents[3]


def made(two: TwoRoles, home: Path) -> Workspace:
    """A workspace whose tables the owner has made; opened as the worker."""
    workspace.create(home, two.worker, owner_url=two.owner)
    space = workspace.at(home, {})
    space.open()
    return space


@pytest.fixture
def space(two_roles: TwoRoles, tmp_path: Path) -> Workspace:
    """A book with a card, in the hands of a role that owns nothing."""
    opened = made(two_roles, tmp_path / "home")
    cast.everybody(issued="2026-05-01")
    cast.walk_only("2026-06-01", opened)
    notes.remark(cast.lin_wei(), "note", "喜欢下午来电", "chen", NOW)
    audit_log.record("list.seen", datetime.datetime.now(datetime.UTC), clients=1)
    seals.seal(NOW + datetime.timedelta(days=1))
    return opened


def owners(two: TwoRoles, home: Path) -> Workspace:
    """The same workspace, as somebody opens it who has the owner's address at hand."""
    return workspace.at(home, two.environment)


# -------------------------------------------------------------------------------- what is guarded


def triggers() -> set[str]:
    """Those that say that something is append-only."""
    said = "append-only"
    if database.is_sqlite():
        sql = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND instr(sql, ?) > 0"
    else:
        sql = """
            SELECT t.tgname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
            WHERE NOT t.tgisinternal AND strpos(p.prosrc, ?) > 0
        """
    return {name for (name,) in database.execute(sql, [said])}


OF_ONE_COLUMN = {"message_made_at"}
"""Guards the moment at which a message was made; the rest of its row changes."""


def test_the_list_of_what_is_append_only_names_every_guard(book: peewee.Database) -> None:
    named = {
        trigger
        for each in append_only.TABLES.values()
        for trigger in (each.by_sqlite if database.is_sqlite() else each.by_postgresql)
    }
    assert triggers() - OF_ONE_COLUMN == named
    assert append_only.TABLES.keys() <= set(database.database.get_tables())


for module in pkgutil.iter_modules(servicing.core.__path__):
    if module.name.endswith("models"):  # a table that no test here needs is looked at, too
        importlib.import_module(f"servicing.core.{module.name}")


def all_models(of: type[peewee.Model] = BaseModel) -> Iterator[type[peewee.Model]]:
    for each in of.__subclasses__():
        yield each
        yield from all_models(each)


OF_THE_OWNERS_WORK = {
    "years/queries.py",
    "years/years.py",
    "core/doubts.py",
    "core/audit_cuts.py",
    "operations/job_queue.py",
}
"""Modules whose statements the owner carries out: closed years, a restore, what goes of the audit log."""


def touched(statement: str, calls: str) -> set[str]:
    """The tables of which a statement of the work of a day, or a call of a model, writes rows."""
    tables = {each.__name__: database.table_of(each) for each in all_models()}
    found = set()
    for room in ("policies", "servicing"):
        for path in (ROOT / room).rglob("*.py"):
            name = "/".join(path.parts[-2:])
            if path.parent.name == "migrations" or name in OF_THE_OWNERS_WORK:
                continue
            text = path.read_text("utf-8")
            found |= set(re.findall(rf"{statement} (\w+)", text))
            found |= {tables.get(model, "") for model in re.findall(rf"(\w+)\.{calls}\(", text)}
    return found - {""}


def test_rows_of_every_table_of_which_some_go_may_be_removed() -> None:
    gone = touched("DELETE FROM", "delete")
    assert len(gone) > 5 and gone - {*append_only.ROWS_GO} == set()
    assert not {*append_only.ROWS_GO} & append_only.TABLES.keys()


def test_nothing_but_the_owners_work_writes_what_is_the_owners() -> None:
    written = touched("(?:INSERT INTO|UPDATE)", "(?:insert|create|update)")
    assert len(written) > 10 and written & {*append_only.OF_THE_OWNER} == set()


# ------------------------------------------------------------------------------------- the attacks

_FAKE = (
    "INSERT INTO card_entry (id, client_id, at, kind, facts) VALUES (1000, 1, now(), 'note', '')"
)

THEN = " -- and then "
"""Between two statements."""

_OVER = f"""
    INSERT INTO audit_entry (at, kind, who, way, source, facts)
    SELECT '2020-01-01', 'audit.expired', '', 'service', '', '{{"until": ' || MAX(id) || '}}'
    FROM audit_entry{THEN}"""
_CUT = "INSERT INTO audit_cut (last_entry, entry_id, at) SELECT MAX(id) - 1, MAX(id), now()"

ATTACKS = {
    "delete a message, of which the card tells": "DELETE FROM message",
    "delete a client": "DELETE FROM client WHERE client_no = 'C900'",
    "delete a walked day": "DELETE FROM walked_day",
    "alter the table": "ALTER TABLE card_entry ADD COLUMN note TEXT",
    "drop the trigger": "DROP TRIGGER card_entry_append_only ON card_entry",
    "disable the trigger": "ALTER TABLE card_entry DISABLE TRIGGER card_entry_append_only",
    "disable all triggers": "ALTER TABLE erased_line DISABLE TRIGGER ALL",
    "add a trigger": (
        "CREATE TRIGGER mine BEFORE INSERT ON card_entry EXECUTE FUNCTION card_is_append_only()"
    ),
    "add a rule": "CREATE RULE mine AS ON UPDATE TO card_entry DO INSTEAD NOTHING",
    "drop the table": "DROP TABLE erased_line",
    "empty the table": "TRUNCATE card_entry",
    "empty the seals": "TRUNCATE trail_seal",
    "delete a line": "DELETE FROM card_entry",
    "delete a seal": "DELETE FROM trail_seal",
    "delete an erasure": "DELETE FROM erasure",
    "change who a line is about": "UPDATE card_entry SET client_id = 2",
    "change when it was": "UPDATE card_entry SET at = now()",
    "change its kind": "UPDATE card_entry SET kind = 'note'",
    "change its number": "UPDATE card_entry SET id = id + 1000",
    "change what it says": "UPDATE card_entry SET facts = 'nothing'",
    "change a seal": "UPDATE trail_seal SET digest = ''",
    "change an erasure": "UPDATE erased_line SET facts = ''",
    "a line with a number of its own choice": _FAKE,
    "numbers that begin anew": "SELECT setval('card_entry_id_seq', 1)",
    "another guard": (
        "CREATE OR REPLACE FUNCTION card_is_erased_only() RETURNS trigger LANGUAGE plpgsql"
        " AS $$ BEGIN RETURN NEW; END $$"
    ),
    "rename the guard": "ALTER FUNCTION card_is_erased_only() RENAME TO gone",
    "drop the guard": "DROP FUNCTION card_is_erased_only() CASCADE",
    "no triggers in this session": "SET session_replication_role = replica",
    "drop the schema": "DROP SCHEMA public CASCADE",
    "a schema of its own": "CREATE SCHEMA book_worker",
    "a table in ours": "CREATE TABLE public.notes (id INT)",
    "a function in ours": "CREATE FUNCTION public.f() RETURNS INT LANGUAGE sql AS 'SELECT 1'",
    "own the table": "ALTER TABLE card_entry OWNER TO CURRENT_USER",
    "be the owner": f"SET ROLE {OWNER}",
    "become the owner's": f"GRANT {OWNER} TO CURRENT_USER",
    "be a superuser": "ALTER ROLE CURRENT_USER SUPERUSER",
    "rename the database": "ALTER DATABASE postgres RENAME TO mine",
    "say it was migrated": "INSERT INTO schema_migration (name, migrated_at) VALUES ('9', now())",
    "write into a file": "COPY card_entry TO '/tmp/card'",
    "run a program": "COPY card_entry FROM PROGRAM 'true'",
    "shadow the erasures": (
        f"CREATE TEMPORARY TABLE erased_line (id INT, entry_id BIGINT, facts TEXT){THEN}"
        f"INSERT INTO erased_line SELECT 1, id, 'nothing' FROM card_entry{THEN}"
        "UPDATE card_entry SET facts = 'nothing'"
    ),
    "remove the audit log": "DELETE FROM audit_entry",
    "say that the time of the audit log is over": (
        f"{_OVER}{_CUT} FROM audit_entry{THEN}DELETE FROM audit_entry WHERE kind = 'list.seen'"
    ),
    "have the owner's function do it": (
        f"{_OVER}SELECT cut_audit_log('audit_entry', MAX(id) - 1, MAX(id), '2100-01-01')"
        " FROM audit_entry"
    ),
    "have it look elsewhere": (
        f"CREATE TEMPORARY TABLE audit_entry AS SELECT * FROM audit_entry{THEN}"
        "SELECT cut_audit_log('audit_entry', 0, 1, '2100-01-01')"
    ),
    "another function": (
        "CREATE OR REPLACE FUNCTION cut_audit_log(r regclass, u BIGINT, s BIGINT, m TIMESTAMP)"
        " RETURNS void LANGUAGE sql AS ''"
    ),
    "shadow what was let go": (
        f"CREATE TEMPORARY TABLE audit_cut AS SELECT 1000 AS last_entry{THEN}"
        "DELETE FROM audit_entry"
    ),
}


def everything() -> list[Any]:
    """All lines that are append-only, and what guards them."""
    tables = [
        list(database.execute(f"SELECT * FROM public.{each} ORDER BY id"))
        for each in append_only.TABLES
    ]
    guards = "SELECT tgname, tgenabled, pg_get_functiondef(tgfoid) FROM pg_trigger"
    rights = "SELECT relname, relowner, relacl::text FROM pg_class WHERE relname = ANY(?)"
    return [
        tables,
        list(database.execute(f"{guards} WHERE NOT tgisinternal ORDER BY tgname")),
        list(database.execute(f"{rights} ORDER BY relname", [list(append_only.TABLES)])),
    ]


@pytest.mark.parametrize("attack", ATTACKS)
def test_whoever_has_the_applications_role_undoes_nothing(
    attack: str, space: Workspace, two_roles: TwoRoles
) -> None:
    before = everything()
    assert CardEntry.select().exists()
    with psycopg.connect(two_roles.worker) as connection, pytest.raises(psycopg.Error):
        for statement in ATTACKS[attack].split(THEN):
            connection.execute(statement)
    assert everything() == before
    assert seals.verify().findings == seals.verify(seals.LOG).findings == []


def test_it_cannot_grant_itself_more(space: Workspace, two_roles: TwoRoles) -> None:
    """PostgreSQL warns, and grants nothing."""
    before = everything()
    with psycopg.connect(two_roles.worker) as connection:
        connection.execute("GRANT ALL ON card_entry TO CURRENT_USER")
    assert everything() == before
    assert roles.excess(WORKER, append_only.RULES) == []


def test_all_of_them_succeed_in_the_role_of_the_owner_or_need_more_than_it_has(
    space: Workspace, two_roles: TwoRoles
) -> None:
    """So it is the role that refuses, and not a slip of the pen."""
    done = []
    for attack, statements in ATTACKS.items():
        with psycopg.connect(two_roles.owner) as connection:
            with contextlib.suppress(psycopg.Error):
                for statement in statements.split(THEN):
                    connection.execute(statement)
                done.append(attack)
            connection.rollback()
    assert {"alter the table", "drop the trigger", "another guard", "empty the table"} <= {*done}
    assert {"delete a seal", "change a seal", "drop the schema", "a table in ours"} <= {*done}
    shadows = {"shadow the erasures", "shadow what was let go"}
    assert not shadows & {*done}, "the guard names the schema, whoever asks"
    assert not {"remove the audit log", "have the owner's function do it"} & {*done}


# ------------------------------------------------------------------------------ the work of a day


def test_the_main_job_is_done_in_a_role_that_owns_nothing(
    two_roles: TwoRoles, tmp_path: Path
) -> None:
    home = tmp_path / "office"
    home.mkdir()
    call("init", "--database", two_roles.worker, cwd=home, env=two_roles.environment).done()
    assert two_roles.owner not in (home / "servicing.toml").read_text("utf-8")
    for line in (
        f"book sample --policies 120 --as-of {DAY} --out book.csv --premiums premiums.csv",
        f"book import book.csv --joined {DAY}",
        "book import premiums.csv --premiums",
        f"book import book.csv --joined {DAY} --dry-run",
        f"walk --on {DAY}",
        f"dispatch --now {NOON}",
        "tasks list",
        "tasks done 1 --note spoke",
        "card C000001",
        "persistency",
        "scorecard",
        "simulate",
        "losses",
        "agents left A00001",
        "handover --from A00001 --rule balanced --apply --why retired",
        "halt news --why wrong",
        "resume news --why right",
        "audit seal",
        "audit verify",
        "evidence C000001",
        "keys rotate",
        "backup book.backup",
        "years list",
        "client deceased C000002 --on 2026-05-01",
    ):
        call(*line.split(), cwd=home).done()


def test_another_machine_makes_its_workspace_without_the_owner(
    two_roles: TwoRoles, tmp_path: Path
) -> None:
    """Its tables are there, and nothing is to be made."""
    made(two_roles, tmp_path / "one")
    home = tmp_path / "two"
    call("--home", home, "init", "--database", two_roles.worker, cwd=tmp_path).done()
    call("walk", "--on", DAY, cwd=home).done()


def test_workers_share_the_walk_in_a_role_that_owns_nothing(
    two_roles: TwoRoles, tmp_path: Path
) -> None:
    opened = made(two_roles, tmp_path / "home")
    assert not job_queue.lacks_something()
    ownership.prepare_jobs(opened.settings.servicing, opened.home)
    sql = """
        SELECT COUNT(*) FROM pg_class WHERE relname LIKE 'procrastinate%' AND relkind = 'r'
            AND NOT has_table_privilege(oid, 'SELECT')
    """.replace("%", "%%")
    assert database.value(sql) == 0


def test_lines_of_the_audit_log_go_when_their_time_is_over(
    two_roles: TwoRoles, tmp_path: Path
) -> None:
    made(two_roles, tmp_path / "home")
    then = cast.at("2021-06-01", "10:00")
    audit_log.record("list.seen", then, clients=1)
    seals.seal(then + datetime.timedelta(days=1), seals.LOG)
    later = then + datetime.timedelta(days=181)
    assert expiring.audit(later - datetime.timedelta(days=180), later) == 1
    assert [each.kind for each in AuditEntry.select()] == ["audit.expired"]
    assert seals.verify(seals.LOG).findings == []


def test_an_erasure_is_done_and_proved(space: Workspace) -> None:
    from servicing.operations import erasures
    from servicing.rights.erasing import Order

    cast.change(cast.policy("P900"), status="surrendered", ended_on=cast.day("2026-05-20"))
    Message.update(state="delivered").execute()
    order = Order("PIPL 47(1)(3)", "ops", NOW.date(), NOW)
    assert erasures.erase(space, "C900", order).found.proofs
    assert seals.verify().findings == []


# ----------------------------------------------------------------------------------- an older book


@pytest.fixture
def older(two_roles: TwoRoles, tmp_path: Path) -> Workspace:
    """A book of the version before, whose owner has granted its use; the worker's, not yet opened."""
    home = tmp_path / "home"
    workspace.create(home, two_roles.worker, owner_url=two_roles.owner)
    database.connect(two_roles.owner, home)
    database.execute("DROP FUNCTION refresh_statistics(regclass)")
    database.execute("DELETE FROM schema_migration WHERE name = ?", [LAST])
    database.database.close()
    return workspace.at(home, {})


LAST = "0042_owner"


def known() -> list[str]:
    return [name for (name,) in database.execute("SELECT name FROM schema_migration ORDER BY name")]


def test_a_role_that_owns_nothing_leaves_an_older_book_as_it_is(
    older: Workspace, two_roles: TwoRoles
) -> None:
    with refuses(errors.UnusableDatabase, "let the owner say `servicing database migrate`"):
        older.open()
    database.connect(two_roles.owner, older.home)
    assert LAST not in known()
    told = call("status", cwd=older.home)
    assert "servicing database migrate" in told.refused()


def test_its_owner_carries_it_forward_and_the_role_works_on(
    older: Workspace, two_roles: TwoRoles
) -> None:
    told = call("database", "migrate", cwd=older.home, env=two_roles.environment).done()
    assert told.out == "The database is up to date; steps applied: 1.\n"
    again = call("database", "migrate", cwd=older.home, env=two_roles.environment).done()
    assert "steps applied: 0" in again.out
    call("walk", "--on", DAY, cwd=older.home).done()


def test_any_command_of_the_owner_carries_it_forward(older: Workspace, two_roles: TwoRoles) -> None:
    call("walk", "--on", DAY, cwd=older.home, env=two_roles.environment).done()
    call("walk", "--on", DAY, cwd=older.home).done()


def test_what_a_later_migration_makes_is_used_at_once(two_roles: TwoRoles, tmp_path: Path) -> None:
    made(two_roles, tmp_path / "home")
    with psycopg.connect(two_roles.owner) as connection:
        connection.execute(
            "CREATE TABLE later (id BIGINT GENERATED BY DEFAULT AS IDENTITY, t TEXT)"
        )
    database.execute("INSERT INTO later (t) VALUES ('x')")
    assert database.value("SELECT t FROM later") == "x"
    with pytest.raises(peewee.ProgrammingError, match="permission denied"):
        database.execute("UPDATE later SET t = 'y'")
    call("database", "migrate", cwd=tmp_path / "home", env=two_roles.environment).done()
    database.connect(two_roles.worker, tmp_path)
    database.execute("UPDATE later SET t = 'y'")


# ----------------------------------------------------------------------------- what needs the owner


def test_years_are_the_owners(space: Workspace, two_roles: TwoRoles) -> None:
    Message.update(state="delivered").execute()
    database.execute("UPDATE task SET state = 'done'")
    for what in ("close", "detach", "attach"):
        told = call("years", what, "2026", cwd=space.home)
        assert "does not own the tables" in told.refused()
        call("years", what, "2026", cwd=space.home, env=two_roles.environment).done()
    call("years", "detach", "2026", cwd=space.home, env=two_roles.environment).done()
    call("walk", "--on", "2026-06-02", cwd=space.home).done()
    call("audit", "verify", cwd=space.home).done()
    database.connect(two_roles.worker, space.home)
    assert roles.excess(WORKER, append_only.RULES) == []
    with pytest.raises(peewee.ProgrammingError, match="permission denied"):
        database.execute("DELETE FROM card_entry_now")


def test_a_restore_is_the_owners(space: Workspace, two_roles: TwoRoles, tmp_path: Path) -> None:
    file = tmp_path / "book.backup"
    backups.save(space, file)
    database.connect(two_roles.owner, space.home)
    database.execute("DROP SCHEMA public CASCADE")
    database.execute("CREATE SCHEMA public")
    database.database.close()
    again = tmp_path / "again"
    workspace.create(again, two_roles.worker, owner_url=two_roles.owner)
    with refuses(errors.UnusableDatabase, "does not own the tables"):
        backups.restore(workspace.at(again, {}), file, NOW)
    restored = owners(two_roles, again)
    restored.open()
    backups.restore(restored, file, NOW)
    assert roles.current() == WORKER
    assert cast.policy("P001").client.client_no == "C001"
    assert roles.excess(WORKER, append_only.RULES) == []
    call("walk", cwd=again, now=NOW).done()


def test_a_book_in_use_is_handed_to_another_role(two_roles: TwoRoles, tmp_path: Path) -> None:
    """The owner has worked alone until now."""
    home = tmp_path / "home"
    workspace.create(home, two_roles.owner)
    told = call("database", "grant", WORKER, cwd=home).done()
    assert told.out.startswith(f"{WORKER} may work with the book")
    env = {"SERVICING_SERVICING_DATABASE": two_roles.worker}
    call("walk", "--on", DAY, cwd=home, env=env).done()
    told = call("status", "--format", "json", cwd=home, env=env).document()
    assert told["advice"] == []


TOO_MUCH = [
    ("postgres", "superuser"),
    (OWNER, "owner"),
    ("nobody_there", "createuser nobody_there"),
]


@pytest.mark.parametrize(("role", "why"), TOO_MUCH)
def test_a_role_that_could_undo_the_guard_is_refused(
    role: str, why: str, two_roles: TwoRoles, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    workspace.create(home, two_roles.owner)
    assert why in call("database", "grant", role, cwd=home).refused()


def test_a_role_that_is_refused_once_it_has_the_rest_has_been_granted_nothing(
    another: str, two_roles: TwoRoles, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    workspace.create(home, two_roles.owner)
    with psycopg.connect(two_roles.owner) as connection:
        connection.execute("GRANT UPDATE (kind) ON card_entry TO PUBLIC")
    try:
        assert "card_entry" in call("database", "grant", another, cwd=home).refused()
        with psycopg.connect(two_roles.owner) as connection:
            may = "SELECT has_table_privilege(%s, 'policy', 'SELECT')"
            assert connection.execute(may, [another]).fetchone() == (False,)
    finally:
        with psycopg.connect(two_roles.owner) as connection:
            connection.execute("REVOKE ALL ON card_entry FROM PUBLIC")


def test_an_owner_of_another_database_makes_nothing_there(
    two_roles: TwoRoles, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    elsewhere = two_roles.owner.replace(two_roles.name, "postgres")
    asked = ("init", "--database", two_roles.worker)
    env = {"SERVICING_SERVICING_OWNER_DATABASE": elsewhere}
    told = call(*asked, cwd=tmp_path, env=env).refused()
    assert "another database" in told
    assert not (tmp_path / "servicing.toml").exists()
    assert postgres_server.execute("SELECT to_regclass('card_entry')::text") == (None,)


EXTRAS = {
    "ALTER ROLE {role} CREATEROLE": "createrole",
    "GRANT pg_write_all_data TO {role}": "predefined role",
    "GRANT CREATE ON SCHEMA public TO {role}": "create on schema",
    "GRANT CREATE ON DATABASE {database} TO {role}": "create on database",
    "GRANT {owner} TO {role}": "owner",
    "GRANT TRUNCATE ON card_entry TO {role}": "card_entry",
    "GRANT UPDATE (kind) ON card_entry TO {role}": "card_entry",
    "GRANT DELETE ON audit_entry TO {role}": "audit_entry",
    "GRANT INSERT ON audit_cut TO {role}": "audit_cut",
}


@pytest.fixture
def another(postgres_server: PostgresServer) -> Iterator[str]:
    """A role that may do more than it should; it goes again."""
    postgres_server.execute("CREATE ROLE book_another LOGIN")
    yield "book_another"
    postgres_server.execute("DROP ROLE book_another")


@pytest.mark.parametrize("extra", EXTRAS)
def test_whatever_undoes_the_guard_is_found(
    extra: str,
    another: str,
    two_roles: TwoRoles,
    postgres_server: PostgresServer,
    tmp_path: Path,
) -> None:
    workspace.create(tmp_path / "home", two_roles.owner)
    names = {"role": another, "owner": OWNER, "database": two_roles.name}
    postgres_server.execute(extra.format_map(names), two_roles.name)
    try:
        assert EXTRAS[extra] in roles.excess(another, append_only.RULES)
    finally:
        postgres_server.execute(f"DROP OWNED BY {another}", two_roles.name)


# --------------------------------------------------------------------------------------- is it told


def told(space: Workspace, is_wanted: bool) -> tuple[list[str], list[str]]:
    found = health.status([], NOW.date(), NOW, (), is_wanted)
    return [each.code for each in found.needs], [each.code for each in found.advice]


def test_one_role_is_told_as_advice_or_as_a_need_where_that_is_wanted(
    workspace: Workspace,
) -> None:
    codes = [] if database.is_sqlite() else ["not_guarded"]
    assert told(workspace, False) == ([], codes)
    assert told(workspace, True) == (codes, [])


def test_two_roles_have_nothing_told(two_roles: TwoRoles, tmp_path: Path) -> None:
    opened = made(two_roles, tmp_path / "home")
    assert told(opened, False) == told(opened, True) == ([], [])


def test_sqlite_has_no_roles(tmp_path: Path) -> None:
    call("init", "--database", "sqlite:///servicing.db", cwd=tmp_path).done()
    assert "roles are PostgreSQL's" in call("database", "grant", "x", cwd=tmp_path).refused()
    assert call("database", "migrate", cwd=tmp_path).done().out.endswith("steps applied: 0.\n")


def test_every_migration_is_applied_by_either(two_roles: TwoRoles, tmp_path: Path) -> None:
    made(two_roles, tmp_path / "home")
    assert database.pending(ALL_MIGRATIONS) == set()


@cast.on_postgresql
def test_where_there_is_one_role_it_is_the_owner(workspace: Workspace) -> None:
    cast.everybody(issued="2026-05-01")
    cast.walk_only("2026-06-01", workspace)
    with ownership.as_owner(workspace.settings.servicing, workspace.home):
        assert years.close("2026", NOW).name == "2026"
