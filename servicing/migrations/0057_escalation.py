"""Cases go one up before their time is over: how far one has gone, for which due day, and to whom.

A step is taken once for each day on which a case was due: the database refuses a second one.
"""

STATEMENTS = [
    "ALTER TABLE case_file ADD COLUMN escalation TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE case_file ADD COLUMN escalated_due DATE",
    "ALTER TABLE case_file ADD COLUMN escalated_to TEXT NOT NULL DEFAULT ''",
    """
    CREATE INDEX case_file_escalated ON case_file (escalated_to, due_on)
        WHERE is_open AND escalated_to <> ''
    """,
    """
    CREATE UNIQUE INDEX case_entry_escalated ON case_entry (case_id, set_on, reason)
        WHERE step = 'escalated'
    """,
]


def up(migrator, db):
    """Make the columns and their indexes."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
