"""Greetings have caps of their own: a message says that it is one."""

STATEMENTS = (
    "ALTER TABLE message ADD COLUMN is_greeting BOOLEAN",
    "CREATE INDEX message_greeting ON message (client_id, planned_on) WHERE is_greeting",
)


def up(migrator, db):
    """Add the column, empty for all other messages and for those of before, and the index."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
