"""No message is claimed without a text: a worker from before texts were made at the claim is stopped.

It takes a message as it waits, which by now is without a text. The database refuses that, the message
stays in its queue, and a worker of this version sends it.
"""

import peewee

BY_SQLITE = """
CREATE TRIGGER message_has_text BEFORE UPDATE OF state ON message
    WHEN NEW.state = 'sending' AND OLD.state = 'queued' AND NEW.body = ''
    BEGIN SELECT RAISE(ABORT, 'message_has_text: a message is claimed without a text'); END
"""

BY_POSTGRESQL = [
    """
    CREATE FUNCTION message_has_text() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'message_has_text: a message is claimed without a text';
    END $$
    """,
    """
    CREATE TRIGGER message_has_text BEFORE UPDATE OF state ON message FOR EACH ROW
        WHEN (NEW.state = 'sending' AND OLD.state = 'queued' AND NEW.body = '')
        EXECUTE FUNCTION message_has_text()
    """,
]


def up(migrator, db):
    """Make the trigger."""
    is_sqlite = isinstance(db, peewee.SqliteDatabase)
    for statement in [BY_SQLITE] if is_sqlite else BY_POSTGRESQL:
        db.execute_sql(statement)
