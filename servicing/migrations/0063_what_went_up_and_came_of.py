"""What went up stands in the order of its clocks; what came of a case, and the words it began with.

A complaint may begin with a note of the card, or with a client's reply: their digest is kept, so that
whom the complaint is kept from does not read them.
"""

STATEMENTS = [
    """
    CREATE INDEX case_file_went_up_turn ON case_file (escalated_to, due_on, id)
        WHERE is_open AND escalated_to <> ''
    """,
    "CREATE INDEX case_file_caused_by ON case_file (caused_by) WHERE caused_by IS NOT NULL",
    "ALTER TABLE case_file ADD COLUMN began_with TEXT NOT NULL DEFAULT ''",
]


def up(migrator, db):
    """Make the indexes and the column."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
