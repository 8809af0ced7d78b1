"""Tasks that a manager has handed over: by whom, when, and by which press of a form."""

STATEMENTS = [
    """
    CREATE TABLE asked_task (
        task_id BIGINT PRIMARY KEY,
        policy_id BIGINT NOT NULL,
        asked_by TEXT NOT NULL,
        asked_at TIMESTAMP NOT NULL,
        press TEXT NOT NULL
    )
    """,
    "CREATE INDEX asked_task_at ON asked_task (asked_at)",
    "CREATE INDEX asked_task_policy ON asked_task (policy_id)",
    "CREATE INDEX asked_task_press ON asked_task (press)",
]


def up(migrator, db):
    """Make the table."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
