"""A backup of others is not trusted: what is not ours is refused by name, whoever vouches for it."""

import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import peewee
import pytest

from policies import backup, database, postgres_archive, signature
from policies.backup import Received
from policies.notices import Invalid
from servicing.core import errors
from servicing.core.models import ALL_MIGRATIONS
from servicing.operations import backups, job_queue
from servicing.years import years
from tests import cast
from tests.refusals import refuses
from tests.servicing.anew import Anew
from tests.servicing.operations.mornings import Once, a_morning, held

NOW = cast.at("2026-06-01", "10:00")


@pytest.fixture
def of_others(anew: Anew, tmp_path: Path) -> Path:
    """A backup of a morning's book, without the signature, as whoever changes it leaves it."""
    one, file = anew("one"), tmp_path / "book.backup"
    cast.everybody(issued="2026-05-01")
    a_morning(one, "2026-06-01", Once())
    backups.save(one, file)
    unsigned(file)
    return file


def unsigned(file: Path) -> None:
    os.truncate(file, file.stat().st_size - signature.LENGTH)


def changed(file: Path, script: str) -> None:
    """Somebody who knows SQLite has had the file in his hands."""
    connection = sqlite3.connect(file)
    connection.executescript(script)
    connection.close()


IN_THE_SCHEMA = (
    "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = {to} WHERE name = '{name}'"
)

TOUCHED = {
    "a trigger that redirects messages": (
        "CREATE TRIGGER reroute AFTER INSERT ON message"
        " BEGIN UPDATE message SET address = 'x' WHERE id = NEW.id; END",
        "trigger reroute is foreign",
    ),
    "a guard that is gone": (
        "DROP TRIGGER card_entry_no_update",
        "trigger card_entry_no_update is missing",
    ),
    "a guard that guards nothing": (
        "DROP TRIGGER card_entry_no_delete; CREATE TRIGGER card_entry_no_delete"
        " BEFORE DELETE ON card_entry BEGIN SELECT 1; END",
        "trigger card_entry_no_delete has been changed",
    ),
    "a leap that does more than leap": (
        "CREATE TRIGGER message_leap AFTER INSERT ON message WHEN NEW.id < 9"
        " BEGIN UPDATE message SET id = 9 WHERE id = NEW.id; DELETE FROM barred; END",
        "trigger message_leap has been changed",
    ),
    "a leap of a table that never leaps": (
        "CREATE TRIGGER client_leap AFTER INSERT ON client WHEN NEW.id < 9"
        " BEGIN UPDATE client SET id = 9 WHERE id = NEW.id; END",
        "trigger client_leap is foreign",
    ),
    "a leap from one number to another": (
        "CREATE TRIGGER message_leap AFTER INSERT ON message WHEN NEW.id < 9"
        " BEGIN UPDATE message SET id = 8 WHERE id = NEW.id; END",
        "trigger message_leap has been changed",
    ),
    "a table of theirs": ("CREATE TABLE notes (x)", "table notes is foreign"),
    "a view of theirs": (
        "CREATE VIEW everybody AS SELECT * FROM client",
        "view everybody is foreign",
    ),
    "a view in the place of a table": (
        "DROP TABLE barred; CREATE VIEW barred AS SELECT 1 AS id",
        "view barred is foreign; .*table barred is missing",
    ),
    "a table that a program fills": (
        "CREATE VIRTUAL TABLE words USING fts5(x)",
        "table words is foreign",
    ),
    "an index of theirs": ("CREATE INDEX quick ON client (name)", "index quick is foreign"),
    "an index that is gone": ("DROP INDEX touchpoint_policy", "index touchpoint_policy is missing"),
    "an index that is unique no more": (
        "DROP INDEX touchpoint_policy;"
        " CREATE INDEX touchpoint_policy ON touchpoint (policy_id, key, occurrence)",
        "index touchpoint_policy has been changed",
    ),
    "a column of theirs": (
        "ALTER TABLE client ADD COLUMN more TEXT",
        "table client has been changed",
    ),
    "a column that is worked out": (
        "ALTER TABLE client ADD COLUMN more TEXT AS (upper(name))",
        "table client has been changed",
    ),
    "another default": (
        IN_THE_SCHEMA.format(
            to="replace(sql, 'phone TEXT NOT NULL DEFAULT ''''', 'phone TEXT NOT NULL DEFAULT ''1''')",
            name="agent",
        ),
        "table agent has been changed",
    ),
    "statistics that are another table": (
        "ANALYZE; "
        + IN_THE_SCHEMA.format(to="'CREATE TABLE sqlite_stat1(a,b,c)'", name="sqlite_stat1"),
        "table sqlite_stat1 is foreign",
    ),
    "a guard that is there twice": (
        "PRAGMA writable_schema = ON; INSERT INTO sqlite_master SELECT * FROM sqlite_master"
        " WHERE name = 'card_entry_no_update'",
        "damaged|no copy",
    ),
    "a definition that is bytes": (
        IN_THE_SCHEMA.format(to="CAST(sql AS BLOB)", name="card_entry_no_update")
        + "; PRAGMA writable_schema = RESET; CREATE TABLE t (x)",
        "table t is foreign|damaged|no copy",
    ),
    "a name that steers a terminal": (
        'CREATE TABLE "\x1b]0;mine\x07" (x)',
        "is foreign",
    ),
    "more than a sentence holds": (
        "".join(f"CREATE TABLE t{number} (x);" for number in range(9)),
        "table t4 is foreign; and 4 more",
    ),
    "a history that is a view": (
        "CREATE TABLE h AS SELECT * FROM schema_migration; DROP TABLE schema_migration;"
        " CREATE VIEW schema_migration AS SELECT * FROM h",
        "is no copy of a SQLite database of servicing",
    ),
    "a history that is empty": (
        "DELETE FROM schema_migration",
        "is no copy of a SQLite database of servicing",
    ),
    "a migration that never was": (
        "DELETE FROM schema_migration WHERE name = '0028_lean_rows'",
        "trigger message_made_at is foreign",
    ),
    "migrations in an order that is none": (
        "UPDATE schema_migration SET id = -1 WHERE name = '0029_years';"
        "UPDATE schema_migration SET id = -2 WHERE name = '0028_lean_rows'",
        "migrated in an order that is not possible .0028_lean_rows",
    ),
    "a later version": (
        "UPDATE schema_migration SET name = '9999_later' WHERE name = '0029_years'",
        "9999_later",
    ),
    "a number that is a word": (
        "UPDATE policy SET annual_premium = 'much'",
        "values in policy.annual_premium that no book has",
    ),
    "a word that is bytes": (
        "UPDATE client SET name = CAST(name AS BLOB)",
        "values in client.name that no book has",
    ),
    "a day that is none": (
        "UPDATE client SET birthday = '2026-02-30'",
        "values in client.birthday that no book has",
    ),
    "a moment that is none": (
        "UPDATE message SET send_from = 'soon'",
        "values in message.send_from that no book has",
    ),
    "neither yes nor no": (
        "UPDATE touchpoint SET released = 2",
        "values in touchpoint.released that no book has",
    ),
    "letters that are none": (
        "UPDATE client SET name = CAST(x'ff41' AS TEXT)",
        "the copy is damaged",
    ),
    "a policy of nobody": (
        "PRAGMA foreign_keys = OFF; UPDATE policy SET client_id = 999",
        "rows of policy that refer to something that is not there",
    ),
    "a row without what it needs": (
        "PRAGMA writable_schema = ON;"
        "UPDATE sqlite_master SET sql = replace(sql, 'kind TEXT NOT NULL', 'kind TEXT')"
        " WHERE name = 'card_entry'; PRAGMA writable_schema = RESET;"
        "INSERT INTO card_entry (client_id, at, kind, facts) VALUES (1, '2026-01-01 00:00:00', NULL, '');"
        "PRAGMA writable_schema = ON;"
        "UPDATE sqlite_master SET sql = replace(sql, 'kind TEXT', 'kind TEXT NOT NULL')"
        " WHERE name = 'card_entry'",
        "the copy is damaged",
    ),
}
"""What somebody has done to a backup, and how it is refused."""


@cast.on_sqlite
@pytest.mark.parametrize("what", TOUCHED)
def test_what_is_not_ours_is_refused_by_name_and_nothing_is_replaced(
    of_others: Path, anew: Anew, what: str
) -> None:
    script, told = TOUCHED[what]
    changed(of_others, script)
    two = anew("two")
    before = held(two)
    with refuses((errors.UnreadableFile, errors.UnusableDatabase), match=told):
        backups.restore(two, of_others, NOW)
    database.connect(two.settings.servicing.database, two.home)
    assert held(two) == before
    assert not list(two.home.parent.glob("*.part*"))


TOUCHED_ON_A_SERVER = {
    "a function of theirs": (
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        r"function mine\(\) is foreign",
    ),
    "a trigger of theirs": (
        "CREATE TRIGGER reroute BEFORE INSERT ON message FOR EACH ROW"
        " EXECUTE FUNCTION card_is_append_only()",
        "trigger message reroute is foreign",
    ),
    "a guard that is gone": (
        "DROP TRIGGER card_entry_append_only ON card_entry",
        "trigger card_entry card_entry_append_only is missing",
    ),
    "a guard that guards nothing": (
        "CREATE OR REPLACE FUNCTION card_is_append_only() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RETURN NEW; END $$",
        r"function card_is_append_only\(\) has been changed",
    ),
    "a guard that is asleep": (
        "ALTER TABLE card_entry DISABLE TRIGGER card_entry_append_only",
        "trigger card_entry card_entry_append_only has been changed",
    ),
    "a view of theirs": (
        "CREATE VIEW everybody AS SELECT * FROM client",
        "view everybody is foreign",
    ),
    "a rule": (
        "CREATE RULE twice AS ON INSERT TO barred DO INSTEAD NOTHING",
        "rule barred twice is foreign",
    ),
    "a table of theirs": ("CREATE TABLE notes (x int)", "table notes is foreign"),
    "a column of theirs": (
        "ALTER TABLE client ADD COLUMN more text DEFAULT now()",
        "table client has been changed",
    ),
    "a check that calls something": (
        "ALTER TABLE client ADD CONSTRAINT slow CHECK (pg_sleep(0) IS NOT NULL)",
        "table client has been changed|check constraint client slow is foreign",
    ),
    "an index of theirs": (
        "CREATE INDEX quick ON client (lower(name))",
        "index quick is foreign",
    ),
    "an index that is gone": ("DROP INDEX touchpoint_policy", "index touchpoint_policy is missing"),
    "rights for everybody": (
        "ALTER TABLE client ENABLE ROW LEVEL SECURITY; CREATE POLICY all_of_it ON client USING (true)",
        "policy client all_of_it is foreign",
    ),
    "jobs that do more than ours": (
        "CREATE TABLE procrastinate_more (x int)",
        "table procrastinate_more is foreign",
    ),
    "a later version": (
        "INSERT INTO schema_migration (name, applied) VALUES ('9999_later', now())",
        "9999_later",
    ),
}
"""The same on a server, where a backup is a list of statements."""


@cast.on_postgresql
@pytest.mark.parametrize("what", TOUCHED_ON_A_SERVER)
def test_a_statement_that_is_not_ours_is_refused_by_name(
    anew: Anew, tmp_path: Path, what: str
) -> None:
    script, told = TOUCHED_ON_A_SERVER[what]
    one, file = anew("one"), tmp_path / "book.backup"
    database.database.connection().cursor().execute(script)
    backups.save(one, file)
    two = anew("two")
    before = held(two)
    with refuses((errors.UnreadableFile, errors.UnusableDatabase), match=told):
        backups.restore(two, file, NOW)
    database.connect(two.settings.servicing.database, two.home)
    assert held(two) == before
    made_for_it = "SELECT count(*) FROM pg_namespace WHERE nspname ~ '^servicing'"
    assert database.value(made_for_it) == 0


@cast.on_postgresql
def test_the_jobs_of_workers_are_ours(anew: Anew, tmp_path: Path) -> None:
    one, file = anew("one"), tmp_path / "book.backup"
    job_queue.prepare()
    backups.save(one, file)
    backups.restore(anew("two"), file, NOW)
    assert job_queue.is_there()


THEIRS = "CREATE OR REPLACE FUNCTION occurrence_is_new() RETURNS trigger LANGUAGE plpgsql AS"


@cast.on_postgresql
@pytest.mark.parametrize("script", ["", f"{THEIRS} 'BEGIN RETURN NULL; END'"])
def test_a_book_with_closed_years_is_ours_and_what_guards_them_is_made_anew(
    anew: Anew, tmp_path: Path, script: str
) -> None:
    one, file = anew("one"), tmp_path / "book.backup"
    cast.everybody(issued="2026-05-01")
    a_morning(one, "2026-06-01", Once())
    years.close("2025", NOW)
    if script:
        database.execute(script)
    backups.save(one, file)
    backups.restore(anew("two"), file, NOW)
    body = "SELECT prosrc FROM pg_proc WHERE proname = 'occurrence_is_new'"
    assert "by_calendar" in database.value(body)
    assert [each.year for each in years.listed()][0] == "2025"


LINES = {
    "SET session_authorization = postgres;": False,
    "DROP TABLE client;": False,
    "COPY public.client (id) FROM PROGRAM 'id';": False,
    "COPY public.client (id) TO '/tmp/x';": False,
    "SELECT pg_catalog.setval('public.client_id_seq', (SELECT 1), true);": False,
    "SELECT pg_catalog.setval('public.client_id_seq', 7, true);": True,
    "SET row_security = off;": True,
    "-- Data for Name: client; Type: TABLE DATA; Schema: public; Owner: -": True,
    "": True,
}
"""Lines between the rows of a dump, and whether a dump of ours has them."""


@pytest.mark.parametrize("line", LINES)
def test_between_the_rows_of_a_dump_stands_nothing_that_does_something(line: str) -> None:
    dump = [
        "COPY public.schema_migration (id, name, applied) FROM stdin;",
        "1\t0001_book\t2026-01-01 00:00:00",
        "DROP TABLE client;\tis\ta value",
        r"\.",
        line,
    ]
    try:
        is_ours = postgres_archive.content(dump).history[0] == "0001_book"
    except Invalid as error:
        is_ours = error.notice.code != "copy_has_statements"
    assert is_ours == LINES[line]


def test_a_backup_without_a_signature_says_so_before_it_is_restored(
    of_others: Path, anew: Anew
) -> None:
    """So is every backup of an earlier version."""
    told: list[Received] = []
    assert backups.restore(anew("two"), of_others, NOW, agree=told.append).policies == 4
    (copy,) = told
    assert (copy.voucher, copy.content.policies, copy.content.clients) == ("nobody", 4, 2)
    assert (copy.content.messages, copy.content.waiting, copy.content.accounts) == (8, 0, 0)
    assert copy.content.last_at == NOW


def test_a_backup_of_this_workspace_is_vouched_for(anew: Anew, tmp_path: Path) -> None:
    one, file = anew("one"), tmp_path / "book.backup"
    backups.save(one, file)
    assert vouched(file, one.keys.backup_keys, tmp_path) == "ours"


def vouched(file: Path, keys: Sequence[bytes], folder: Path) -> str:
    draft = folder / "draft"
    draft.touch()
    return signature.take_over(file, draft, keys)


def test_a_backup_of_another_workspace_is_told_apart(anew: Anew, tmp_path: Path) -> None:
    one, file = anew("one"), tmp_path / "book.backup"
    backups.save(one, file)
    told: list[Received] = []
    backups.restore(anew("two"), file, NOW, agree=told.append)
    assert [each.voucher for each in told] == ["others"]


def test_whoever_does_not_agree_keeps_what_is_there(of_others: Path, anew: Anew) -> None:
    def no(copy: Received) -> None:
        raise errors.BadArgument("restore_not_agreed_nobody")

    two = anew("two")
    before = held(two)
    with refuses(errors.BadArgument, match="nobody has agreed: nothing was replaced"):
        backups.restore(two, of_others, NOW, agree=no)
    assert held(two) == before


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "a letter of the content": lambda all_of_it: flipped(all_of_it, 300),
    "the digest": lambda all_of_it: flipped(all_of_it, -100),
    "the digest under the key": lambda all_of_it: flipped(all_of_it, -10),
    "the end is cut": lambda all_of_it: all_of_it[:-7],
    "something behind it": lambda all_of_it: all_of_it + b"more",
    "content in between": lambda all_of_it: (
        all_of_it[: -signature.LENGTH] + b"more" + all_of_it[-signature.LENGTH :]
    ),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_signature_that_does_not_fit_is_refused(anew: Anew, tmp_path: Path, what: str) -> None:
    one, file = anew("one"), tmp_path / "book.backup"
    backups.save(one, file)
    file.write_bytes(SPOILT[what](file.read_bytes()))
    with refuses(errors.UnreadableFile, match="signature that does not fit its content"):
        backups.restore(one, file, NOW)


@pytest.mark.parametrize("key", [b"ours", b"of others"])
def test_also_who_does_not_have_the_key_notices_that_content_was_changed(
    tmp_path: Path, key: bytes
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"content")
    signature.sign(file, b"ours")
    file.write_bytes(file.read_bytes().replace(b"content", b"consent"))
    with refuses(errors.UnreadableFile, match="does not fit"):
        vouched(file, [key], tmp_path)


def test_what_is_no_file_is_refused_without_waiting_for_it(anew: Anew, tmp_path: Path) -> None:
    one = anew("one")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for each, told in ((pipe, "no ordinary file"), (tmp_path, "no ordinary file|folder")):
        with refuses(errors.UnreadableFile, match=told):
            backups.restore(one, each, NOW)
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with refuses(errors.UnreadableFile, match="there is no such file"):
        backups.restore(one, tmp_path / "link", NOW)


def test_a_link_to_a_backup_is_that_backup(of_others: Path, anew: Anew) -> None:
    link = of_others.with_name("latest")
    link.symlink_to(of_others)
    assert backups.restore(anew("two"), link, NOW).policies == 4
    assert of_others.is_file(), "it was copied, not moved"


def test_a_file_larger_than_the_disk_is_refused_at_once(anew: Anew, tmp_path: Path) -> None:
    one, file = anew("one"), tmp_path / "book.backup"
    with file.open("wb") as sparse:
        sparse.truncate(1 << 45)
    with refuses(errors.UnreadableFile, match="no room beside the database"):
        backups.restore(one, file, NOW)


@cast.on_sqlite
def test_what_was_looked_through_is_what_becomes_the_book(of_others: Path, anew: Anew) -> None:
    """Whoever changes the file while somebody thinks about it changes nothing."""

    def meanwhile(copy: Received) -> None:
        changed(of_others, "DELETE FROM message; DROP TRIGGER card_entry_no_update")

    two = anew("two")
    backups.restore(two, of_others, NOW, agree=meanwhile)
    assert database.value("SELECT COUNT(*) FROM message WHERE state = 'accepted'") == 4
    with pytest.raises(peewee.IntegrityError, match="append-only"):
        database.execute("UPDATE card_entry SET kind = 'x'")


@cast.on_sqlite
def test_a_book_that_was_restored_and_not_walked_since_is_ours(anew: Anew, tmp_path: Path) -> None:
    """It has triggers that let the first numbers leap; a second backup of it is restored as well."""
    one, file, second = anew("one"), tmp_path / "book.backup", tmp_path / "second.backup"
    cast.everybody(issued="2026-05-01", served_from="2026-06-01")
    backups.save(one, file)
    two = anew("two")
    backups.restore(two, file, cast.at("2026-05-01", "10:00"))
    leaps = "SELECT COUNT(*) FROM sqlite_master WHERE name LIKE '%\\_leap' ESCAPE '\\'"
    assert database.value(leaps) == 2
    database.execute("ANALYZE")
    backups.save(two, second)
    assert backups.restore(anew("three"), second, NOW).policies == 4


def versions() -> list[str]:
    """The names of all migrations, in the order of their numbers."""
    return sorted(path.stem for folder in ALL_MIGRATIONS for path in folder.glob("[0-9]*.py"))


@cast.on_sqlite
@pytest.mark.parametrize("last", [each for each in versions() if each >= "0002"])
def test_a_backup_of_every_earlier_version_is_ours(anew: Anew, tmp_path: Path, last: str) -> None:
    """Made by the scripts up to there, as they came out, one release after the other."""
    file, folders = tmp_path / "old.db", []
    released = [each for each in versions() if each <= last]
    for number, name in enumerate(released):
        folder = tmp_path / f"release {number}"
        folder.mkdir()
        (script,) = (path for each in ALL_MIGRATIONS for path in each.glob(f"{name}.py"))
        (folder / script.name).write_bytes(script.read_bytes())
        folders.append(folder)
        database.connect(f"sqlite:///{file}", tmp_path)
        database.migrate(folders)
        database.database.close()
    two = anew("two")
    told: list[Received] = []
    backups.restore(two, file, NOW, agree=told.append)
    assert told[0].content.migration == last
    assert database.value("SELECT COUNT(*) FROM schema_migration") == len(versions())


def test_a_password_is_no_part_of_where_a_database_is(tmp_path: Path) -> None:
    url = "postgresql://book:secret@db.example/servicing"
    assert backup.place_of(url, tmp_path) == "servicing (db.example)"
    assert backup.place_of("sqlite:///servicing.db", tmp_path) == str(tmp_path / "servicing.db")
