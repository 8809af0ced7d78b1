"""Since when a client's personal data are erased; nobody's are, of those that are there."""


def up(migrator, db):
    """Add the column."""
    db.execute_sql("ALTER TABLE client ADD COLUMN erased_on DATE")
