"""On which day the tasks of touchpoints were done, and which cases were closed on a day.

Plans count from both. A task that was done before is counted from by none: its moment is known, but not
by which calendar it would have to be read.
"""

STATEMENTS = [
    """
    CREATE TABLE done_task (
        task_id BIGINT PRIMARY KEY,
        key TEXT NOT NULL,
        policy_id BIGINT NOT NULL,
        client_id BIGINT NOT NULL,
        done_on DATE NOT NULL
    )
    """,
    "CREATE INDEX done_task_on ON done_task (done_on)",
    "CREATE INDEX done_task_policy ON done_task (policy_id, done_on)",
    "CREATE INDEX done_task_client ON done_task (client_id, done_on)",
    "CREATE INDEX case_file_closed ON case_file (ended_on, client_id) WHERE ended_on IS NOT NULL",
]


def up(migrator, db):
    """Make the table and the indexes."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
