"""One process keeps the clock of a database: who it is, and until when it may be counted on."""


def up(migrator, db):
    """Make the table."""
    db.execute_sql(
        "CREATE TABLE clock_keeper (name TEXT PRIMARY KEY, holder TEXT NOT NULL,"
        " until DOUBLE PRECISION NOT NULL)"
    )
