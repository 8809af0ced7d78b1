"""What an agent has recorded today is found by who has recorded it, and when.

And what the cards of some clients tell of their tasks is found without reading the lines of all messages
that they have had in years.
"""

TOLD = "'note.written', 'task.done', 'task.postponed', 'task.reopened', 'task.skipped'"


def up(migrator, db):
    """Make the indexes; what nobody has done, and the lines of messages, are not in them."""
    db.execute_sql(
        "CREATE INDEX task_done_by ON task (done_by_id, ended_at) WHERE done_by_id IS NOT NULL"
    )
    db.execute_sql(f"CREATE INDEX card_entry_told ON card_entry (client_id) WHERE kind IN ({TOLD})")
