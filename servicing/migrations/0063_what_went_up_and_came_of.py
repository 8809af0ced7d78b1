"""What went up to somebody stands in the order of its clocks; what came of a case is found by it."""

STATEMENTS = [
    """
    CREATE INDEX case_file_went_up_turn ON case_file (escalated_to, due_on, id)
        WHERE is_open AND escalated_to <> ''
    """,
    "CREATE INDEX case_file_caused_by ON case_file (caused_by) WHERE caused_by IS NOT NULL",
]


def up(migrator, db):
    """Make the indexes."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
