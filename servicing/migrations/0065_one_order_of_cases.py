"""Lists of cases have one order, `due_on NULLS LAST, id`, which plain indexes have; the others go.

With two sets of indexes a page that wanted the one order could be led to the other, and sort all.
"""

OTHERS = ("turn", "owner_turn", "desk_turn", "kind_turn", "state_turn")


def up(migrator, db):
    """Drop them."""
    for name in OTHERS:
        db.execute_sql(f"DROP INDEX IF EXISTS case_file_{name}")
