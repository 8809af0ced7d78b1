"""Which numbers of the book are one person."""

STATEMENTS = """
ALTER TABLE client ADD COLUMN person_id BIGINT;
CREATE INDEX client_person ON client (person_id) WHERE person_id IS NOT NULL
"""


def up(migrator, db):
    """Add the column, and the index by which the other numbers are looked up."""
    for statement in STATEMENTS.split(";"):
        db.execute_sql(statement)
