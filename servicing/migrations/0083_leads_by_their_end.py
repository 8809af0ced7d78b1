"""Leads by the day of their end, of which the share of those that were won is counted."""

INDEX = "CREATE INDEX lead_ended_on ON lead (ended_on) WHERE ended_on IS NOT NULL"


def up(migrator, db):
    """Make the index."""
    db.execute_sql(INDEX)
