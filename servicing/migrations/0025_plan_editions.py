"""What an edition of the plan had is kept: a corrected date puts nothing into days that had no such step.

Days of the editions before this one are known by their own plan alone.
"""

STATEMENT = "CREATE TABLE plan_edition (edition TEXT PRIMARY KEY, steps TEXT NOT NULL)"


def up(migrator, db):
    """Make the table."""
    db.execute_sql(STATEMENT)
