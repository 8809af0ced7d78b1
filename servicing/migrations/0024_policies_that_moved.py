"""From whom a client's policies came and to whom they went, without reading the whole card."""


def up(migrator, db):
    """Make the index; few lines are in it."""
    db.execute_sql(
        "CREATE INDEX card_entry_moves ON card_entry (client_id) WHERE kind = 'client.changed'"
    )
