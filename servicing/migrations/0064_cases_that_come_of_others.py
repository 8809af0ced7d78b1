"""What has come of a case is found by the case: its page names it, however many cases there are."""

CAUSED = """
    CREATE INDEX case_file_caused_by ON case_file (caused_by) WHERE caused_by IS NOT NULL
"""


def up(migrator, db):
    """Make the index."""
    db.execute_sql(CAUSED)
