"""Which row of a file the book has agreed with, and how often what it speaks of has changed.

Whoever changes a policy, a client or an agent, by whatever way, counts its revision up: the database
does it. A mark holds as long as the three revisions are those of its day.
"""

import peewee

SERIAL = {True: "INTEGER", False: "BIGINT"}
REVISED = ("policy", "client", "agent")

TABLE = """
CREATE TABLE row_mark (
    policy_id {serial} PRIMARY KEY,
    mark BIGINT NOT NULL,
    policy_revision INTEGER NOT NULL,
    client_revision INTEGER NOT NULL,
    agent_revision INTEGER NOT NULL
)
"""
COLUMN = "ALTER TABLE {table} ADD COLUMN revision INTEGER NOT NULL DEFAULT 0"

REVISED_BY_SQLITE = """
CREATE TRIGGER {table}_revised AFTER UPDATE ON {table} WHEN NEW.revision <> OLD.revision + 1
    BEGIN UPDATE {table} SET revision = OLD.revision + 1 WHERE id = NEW.id; END
"""
OTHERS_BY_SQLITE = [
    """
    CREATE TRIGGER team_revises AFTER UPDATE ON team
        BEGIN UPDATE agent SET team_id = team_id WHERE team_id = NEW.id; END
    """,
    """
    CREATE TRIGGER branch_revises AFTER UPDATE ON branch
        BEGIN
            UPDATE agent SET team_id = team_id
            WHERE team_id IN (SELECT id FROM team WHERE branch_id = NEW.id);
        END
    """,
    """
    CREATE TRIGGER policy_unmarked AFTER DELETE ON policy
        BEGIN DELETE FROM row_mark WHERE policy_id = OLD.id; END
    """,
]

REVISE_BY_POSTGRESQL = """
CREATE FUNCTION revised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.revision := OLD.revision + 1; RETURN NEW; END $$
"""
REVISED_BY_POSTGRESQL = """
CREATE TRIGGER {table}_revised BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION revised()
"""
OTHERS_BY_POSTGRESQL = [
    """
    CREATE FUNCTION team_revises() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN UPDATE agent SET team_id = team_id WHERE team_id = NEW.id; RETURN NULL; END $$
    """,
    """
    CREATE TRIGGER team_revises AFTER UPDATE ON team
        FOR EACH ROW EXECUTE FUNCTION team_revises()
    """,
    """
    CREATE FUNCTION branch_revises() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE agent SET team_id = team_id
        WHERE team_id IN (SELECT id FROM team WHERE branch_id = NEW.id);
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER branch_revises AFTER UPDATE ON branch
        FOR EACH ROW EXECUTE FUNCTION branch_revises()
    """,
    """
    CREATE FUNCTION policy_unmarked() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN DELETE FROM row_mark WHERE policy_id = OLD.id; RETURN NULL; END $$
    """,
    """
    CREATE TRIGGER policy_unmarked AFTER DELETE ON policy
        FOR EACH ROW EXECUTE FUNCTION policy_unmarked()
    """,
]


def up(migrator, db):
    """Add the columns, make the table, and have the database count."""
    is_sqlite = isinstance(db, peewee.SqliteDatabase)
    db.execute_sql(TABLE.format(serial=SERIAL[is_sqlite]))
    if not is_sqlite:
        db.execute_sql(REVISE_BY_POSTGRESQL)
    trigger = REVISED_BY_SQLITE if is_sqlite else REVISED_BY_POSTGRESQL
    for table in REVISED:
        db.execute_sql(COLUMN.format(table=table))
        db.execute_sql(trigger.format(table=table))
    for statement in OTHERS_BY_SQLITE if is_sqlite else OTHERS_BY_POSTGRESQL:
        db.execute_sql(statement)
