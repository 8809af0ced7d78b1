"""How a client came to the company, as the book says it."""


def up(migrator, db):
    """Add the column; empty: the book does not say it."""
    db.execute_sql("ALTER TABLE client ADD COLUMN source TEXT NOT NULL DEFAULT ''")
