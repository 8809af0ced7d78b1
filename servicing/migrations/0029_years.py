"""Years that were closed, and what happens once of those that were taken away.

PostgreSQL keeps a closed year in partitions. Of a year that is not there any more the book still knows
which occurrences it had that a later day could name again.
"""

import peewee

STATEMENTS = """
CREATE TABLE closed_year (
    name TEXT PRIMARY KEY,
    first_touchpoint BIGINT NOT NULL,
    next_touchpoint BIGINT NOT NULL,
    first_entry BIGINT NOT NULL,
    next_entry BIGINT NOT NULL,
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    closed_at TIMESTAMP NOT NULL,
    detached_at TIMESTAMP
);
CREATE TABLE occurrence (
    scope TEXT NOT NULL,
    subject_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    occurrence TEXT NOT NULL,
    PRIMARY KEY (scope, subject_id, key, occurrence)
){by_key}
"""


def up(migrator, db):
    """Make the tables; nothing is in them until a year is closed."""
    by_key = " WITHOUT ROWID" if isinstance(db, peewee.SqliteDatabase) else ""
    for statement in STATEMENTS.format(by_key=by_key).split(";\n"):
        db.execute_sql(statement)
