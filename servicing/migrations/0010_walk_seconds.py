"""How long the walk of a day took, for whoever watches that it stays short."""


def up(migrator, db):
    """Add the column; of days walked before nobody knows."""
    db.execute_sql("ALTER TABLE walked_day ADD COLUMN seconds DOUBLE PRECISION")
