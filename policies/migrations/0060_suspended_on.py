"""Since when a policy is suspended, and indexes by the ends and suspensions that plans count from."""


def up(migrator, db):
    """Add the column and the indexes."""
    db.execute_sql("ALTER TABLE policy ADD COLUMN suspended_on DATE")
    for column in ("suspended_on", "ended_on"):
        db.execute_sql(
            f"CREATE INDEX policy_{column} ON policy ({column}) WHERE {column} IS NOT NULL"
        )
