"""Who has died or may have, how long the family is spared, and which client somebody of it is."""

STATEMENTS = """
ALTER TABLE client ADD COLUMN deceased_on DATE;
ALTER TABLE client ADD COLUMN death_asked_on DATE;
ALTER TABLE client ADD COLUMN bereaved_until DATE;
ALTER TABLE relation ADD COLUMN client_no TEXT NOT NULL DEFAULT '';
CREATE INDEX client_death_asked ON client (death_asked_on) WHERE death_asked_on IS NOT NULL;
CREATE INDEX relation_client_no ON relation (client_no) WHERE client_no <> ''
"""


def up(migrator, db):
    """Add the columns, and the indexes by which they are looked up."""
    for statement in STATEMENTS.split(";"):
        db.execute_sql(statement)
