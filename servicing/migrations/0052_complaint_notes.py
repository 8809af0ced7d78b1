"""Complaints that stand as notes on cards become cases of the complaint desk.

Nobody has written down what became of them, so each is open, received on the day of its note, with the
time of a simple complaint. The note stays on the card as it is: it is the line of its case there. One
whose words are gone, since they were too old or their client was erased, makes no case.
"""

import datetime
import json

import peewee

NOTES = "SELECT client_id, at, facts FROM card_entry WHERE kind = 'complaint.written' ORDER BY id"

CASE = """
    INSERT INTO case_file (kind, client_id, received_on, recorded_at, source, channel, categories,
        about_login, persons, spokesmen, desk, owner, state, is_open, is_quiet, moved_on, due_on, moves)
    VALUES ('complaint', ?, ?, ?, '', '', '', '', 1, 1, 'complaint', '', 'received', TRUE, TRUE, ?, ?, 1)
"""

ENTRY = """
    INSERT INTO case_entry (case_id, at, done_on, step, from_state, to_state, done_by, text, reason,
        person, categories, length, is_restricted)
    VALUES (?, ?, ?, 'opened', '', 'received', ?, ?, '', '', '', 0, FALSE)
"""

CLOCK = """
    INSERT INTO case_clock (case_id, clock, rule, started_on, due_on)
    VALUES (?, 'decision', 'complaint_simple', ?, ?)
"""

SIMPLE = datetime.timedelta(days=15)


def up(migrator, db):
    """A case for each note that has its words."""
    is_sqlite = isinstance(db, peewee.SqliteDatabase)

    def run(sql, values=()):
        return db.execute_sql(sql if is_sqlite else sql.replace("?", "%s"), values)

    for client_id, at, facts in run(NOTES).fetchall():
        said = json.loads(facts or "{}")
        if not said.get("text"):
            continue
        day = datetime.date.fromisoformat(str(at)[:10])
        due = day + SIMPLE
        run(CASE, [client_id, day, at, day, due])
        (number,) = run("SELECT MAX(id) FROM case_file").fetchone()
        run(ENTRY, [number, at, day, said.get("by") or "", said["text"]])
        run(CLOCK, [number, day, due])
