"""What was worked out from files is kept with the digest of all it was worked out from."""

STATEMENT = """
    CREATE TABLE kept (name TEXT PRIMARY KEY, digest TEXT NOT NULL, value TEXT NOT NULL DEFAULT '')
"""


def up(migrator, db):
    """Make the table."""
    db.execute_sql(STATEMENT)
