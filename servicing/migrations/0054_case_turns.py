"""Cases stand in the order of what is left of their clocks, whoever's they are; those without one last.

So a page of a list reads as many cases as it shows, of however many that are open.
"""

TURN = "(due_on IS NULL), due_on, id"


def up(migrator, db):
    """Make the indexes: of all open cases, those of an owner, desk, kind, state; of ended ones."""
    db.execute_sql(f"CREATE INDEX case_file_turn ON case_file ({TURN}) WHERE is_open")
    for name in ("owner", "desk", "kind", "state"):
        db.execute_sql(
            f"CREATE INDEX case_file_{name}_turn ON case_file ({name}, {TURN}) WHERE is_open"
        )
    db.execute_sql("CREATE INDEX case_file_ended_turn ON case_file (state, id) WHERE NOT is_open")
