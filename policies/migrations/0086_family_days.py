"""Birthdays in the family may be kept by the lunar calendar; of relatives, too, a death is known."""

STATEMENTS = (
    "ALTER TABLE relation ADD COLUMN is_lunar BOOLEAN NOT NULL DEFAULT FALSE",
    "ALTER TABLE relation ADD COLUMN deceased_on DATE",
    "CREATE INDEX relation_birthday ON relation (birthday) WHERE birthday IS NOT NULL",
)


def up(migrator, db):
    """Add the columns, and the index by which a day finds the birthdays that come on it."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
