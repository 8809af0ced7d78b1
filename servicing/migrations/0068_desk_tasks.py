"""A task may be a desk's: the plan says so where it falls due, and a later plan changes nothing of it."""

STATEMENTS = (
    "ALTER TABLE task ADD COLUMN desk TEXT",
    "ALTER TABLE task ADD COLUMN done_by_login TEXT",
    "CREATE INDEX task_of_desk ON task (desk, show_on, id) WHERE state = 'open' AND desk IS NOT NULL",
    "CREATE INDEX task_done_by_login ON task (done_by_login, ended_at)"
    " WHERE done_by_login IS NOT NULL",
)


def up(migrator, db):
    """Add the columns, which are empty for what was given to agents, and the indexes."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
