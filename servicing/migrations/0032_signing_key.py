"""Which keys the book's services sign with: a fingerprint, so that a machine with others is found.

The keys themselves stand in a file of the workspace, or in the environment. The secret that older
versions kept in `secret` is moved there when keys are first asked for.
"""

STATEMENT = """
    CREATE TABLE signing_key (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        fingerprint TEXT NOT NULL
    )
"""


def up(migrator, db):
    """Make the table; a service that signs writes its row."""
    db.execute_sql(STATEMENT)
