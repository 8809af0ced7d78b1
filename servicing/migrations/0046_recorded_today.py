"""What an agent has recorded today is found by who has recorded it, and when."""


def up(migrator, db):
    """Make the index; what nobody has done, and is open, missed or cancelled, is not in it."""
    db.execute_sql(
        "CREATE INDEX task_done_by ON task (done_by_id, ended_at) WHERE done_by_id IS NOT NULL"
    )
