"""The ids that the rows of a table get: behind the highest, or from a number on."""

import peewee

from policies import database


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
    database.database.execute_sql(
        f"CREATE TRIGGER {table}_leap AFTER INSERT ON {table} WHEN NEW.id < {first:d}"
        f" BEGIN UPDATE {table} SET id = {first:d} WHERE id = NEW.id; END"
    )


def freely(model: type[peewee.Model]) -> None:
    """The first row has leapt. With a trigger SQLite would write down all rows twice."""
    if database.is_sqlite():
        database.database.execute_sql(f"DROP TRIGGER IF EXISTS {database.table_of(model)}_leap")
