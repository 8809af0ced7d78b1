"""What a row says already is not stored once more: the card tells that a message was made from its row.

Messages of before have no such moment; that they were made stands on the card as a line. The moment is
as little changed as a line is: the database refuses it.
"""

import peewee

COLUMN = "ALTER TABLE message ADD COLUMN made_at TIMESTAMP"

BY_SQLITE = [
    """
    CREATE TRIGGER message_made_at BEFORE UPDATE OF made_at ON message
        WHEN NEW.made_at IS NOT OLD.made_at
        BEGIN SELECT RAISE(ABORT, 'the card is append-only'); END
    """
]

BY_POSTGRESQL = [
    """
    CREATE TRIGGER message_made_at BEFORE UPDATE OF made_at ON message FOR EACH ROW
        WHEN (NEW.made_at IS DISTINCT FROM OLD.made_at) EXECUTE FUNCTION card_is_append_only()
    """,
]


def up(migrator, db):
    """Add the column and its lock."""
    is_sqlite = isinstance(db, peewee.SqliteDatabase)
    for statement in [COLUMN, *(BY_SQLITE if is_sqlite else BY_POSTGRESQL)]:
        db.execute_sql(statement)
