"""An index by the days on which mournings end, of the few clients who mourn."""


def up(migrator, db):
    """Add it."""
    db.execute_sql(
        "CREATE INDEX client_bereaved_until ON client (bereaved_until)"
        " WHERE bereaved_until IS NOT NULL"
    )
