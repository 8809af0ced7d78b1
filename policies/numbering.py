"""The ids that the rows of a table get: behind the highest, or from a number on."""

import peewee

from policies import database

LEAPS = "_leap"
"""How the name of a trigger ends that lets the first row of its table leap."""

LEAP = """
CREATE TRIGGER {table}_leap AFTER INSERT ON {table} WHEN NEW.id < {first}
    BEGIN UPDATE {table} SET id = {first} WHERE id = NEW.id; END
"""


def begin_at(model: type[peewee.Model], first: int) -> None:
    """The next row of the table gets this id, the others follow.

    SQLite gives the number behind the highest, so there a trigger lets the first row leap.
    """
    table = database.table_of(model)
    if not database.is_sqlite():
        sequence = f"pg_get_serial_sequence('{table}', 'id')"
        database.database.execute_sql(f"SELECT setval({sequence}, %s, FALSE)", [first])
        return
    freely(model)
    database.database.execute_sql(LEAP.strip().format(table=table, first=int(first)))


def freely(model: type[peewee.Model]) -> None:
    """The first row has leapt. With a trigger SQLite would write down all rows twice."""
    if database.is_sqlite():
        name = f"{database.table_of(model)}{LEAPS}"
        database.database.execute_sql(f"DROP TRIGGER IF EXISTS {name}")
