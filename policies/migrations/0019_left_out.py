"""What complete files have left out."""

STATEMENTS = """
ALTER TABLE policy ADD COLUMN left_out_times INTEGER NOT NULL DEFAULT 0;
ALTER TABLE book_import ADD COLUMN complete TEXT NOT NULL DEFAULT '';
ALTER TABLE book_import ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0
"""


def up(migrator, db):
    """Add the columns."""
    for statement in STATEMENTS.split(";"):
        db.execute_sql(statement)
