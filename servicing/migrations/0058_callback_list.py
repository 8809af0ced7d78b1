"""The list of the call-back desk: whom to call by what is left of the clock, and who waits for what.

The kind stands first in them: else SQLite takes another index of the kind's, and sorts what it finds.
Undated call-backs come first on both databases, so that nobody has to look for them at the end.
"""

import peewee

TO_CALL = """
    CREATE INDEX case_file_to_call ON case_file (kind, due_on{nulls_first}, id)
        WHERE is_open AND state IN ('open', 'attempting')
"""

UNSIGNED = """
    CREATE INDEX case_file_unsigned ON case_file (kind, received_on, id)
        WHERE is_open AND state = 'waiting_receipt'
"""

FIRST = {True: "", False: " NULLS FIRST"}
"""In an index of SQLite they come first anyway."""


def up(migrator, db):
    """Make the indexes."""
    nulls_first = FIRST[isinstance(db, peewee.SqliteDatabase)]
    db.execute_sql(TO_CALL.format(nulls_first=nulls_first))
    db.execute_sql(UNSIGNED)
