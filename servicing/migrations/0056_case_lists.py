"""Open cases are listed in the order of their clocks, of a desk and of a kind as well: by an index.

With a hundred thousand open ones, a page of a list would sort all of them to show the first.
"""

STATEMENTS = [
    "CREATE INDEX case_file_desk ON case_file (desk, due_on) WHERE is_open",
    "CREATE INDEX case_file_untaken ON case_file (desk, owner, due_on) WHERE is_open",
    "CREATE INDEX case_file_kind ON case_file (kind, due_on) WHERE is_open",
]


def up(migrator, db):
    """Make the indexes."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
