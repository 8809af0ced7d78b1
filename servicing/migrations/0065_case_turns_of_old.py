"""Lists of cases have one order; the indexes of the order before it go.

`NULLS LAST` is read from an index on the day alone, by both databases.
"""

OLD = ("turn", "owner_turn", "desk_turn", "kind_turn", "state_turn")


def up(migrator, db):
    """Drop them."""
    for name in OLD:
        db.execute_sql(f"DROP INDEX case_file_{name}")
