"""To whom nobody has spoken since a day is found by the tasks that were done on it."""


def up(migrator, db):
    """Make the index; what was not done is not in it."""
    db.execute_sql("CREATE INDEX task_done_at ON task (ended_at) WHERE state = 'done'")
