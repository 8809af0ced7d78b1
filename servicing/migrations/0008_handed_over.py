"""What a provider was handed lately is found by an index: the pages show how it is doing."""


def up(migrator, db):
    """Make the index."""
    db.execute_sql(
        "CREATE INDEX message_handed_over ON message (provider, claimed_at)"
        " WHERE claimed_at IS NOT NULL"
    )
