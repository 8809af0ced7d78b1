"""Suppressions compare addresses without regard to case: what is stored is brought into that form.

Of two that become one, an opt-out wins over a wrong address, and the earlier date stays.
"""

import string

import peewee

LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)

INDEX = "CREATE INDEX client_email_key ON client ({lowered}) WHERE email <> ''"
LOWERED = {True: "LOWER(email)", False: '(LOWER(email COLLATE "C") COLLATE "default")'}


def up(migrator, db):
    """Bring the subjects into their form, and index the clients by the same."""
    is_sqlite = isinstance(db, peewee.SqliteDatabase)
    mark = "?" if is_sqlite else "%s"
    for rows in _by_key(db).values():
        if len(rows) > 1 or rows[0][1] != rows[0][2]:
            _make_one(db, rows, mark)
    db.execute_sql("DROP INDEX client_email")
    db.execute_sql(INDEX.format(lowered=LOWERED[is_sqlite]))


def _by_key(db):
    """By kind and normalised subject the suppressions that have it, the earliest first."""
    found = {}
    sql = "SELECT kind, id, subject, why, since, source FROM barred ORDER BY since, id"
    for kind, number, subject, why, since, source in db.execute_sql(sql).fetchall():
        key = _normalised(kind, subject)
        found.setdefault((kind, key), []).append((number, subject, key, why, since, source))
    return found


def _normalised(kind, subject):
    if kind == "email":
        return subject.strip().translate(LOWER)
    if kind == "sms" and subject.strip().startswith("+"):
        return "+" + "".join(each for each in subject if each in string.digits)
    return subject


def _make_one(db, rows, mark):
    """The earliest row stays, with the weightiest reason among them and the source of that."""
    kept, _, key, _, since, _ = rows[0]
    opted_out = [each for each in rows if each[3] == "opted_out"]
    *_, why, _, source = (opted_out or rows)[0]
    for number, *_ in rows[1:]:
        db.execute_sql(f"DELETE FROM barred WHERE id = {mark}", (number,))
    sets = ", ".join(f"{column} = {mark}" for column in ("subject", "why", "since", "source"))
    values = (key, why, since, source, kept)
    db.execute_sql(f"UPDATE barred SET {sets} WHERE id = {mark}", values)
