"""The floor of the walk on PostgreSQL: one transaction of hand-written SQL and COPY.

The same statements and rows as those of `walk_day.py`, in PostgreSQL's words; it knows as
little besides.

python walk_day_postgresql.py ADDRESS DAY
"""

import sys
import tomllib
from datetime import date

import psycopg
from walk_day import FINDS, FOUND, HOUSE, TABLES, falling_due, made

DUE = "CREATE TEMP TABLE due (key text, scope text, occurrence text, anchor text, anchor_on date)"


def main(address: str, on: str) -> None:
    day = date.fromisoformat(on)
    plan = tomllib.loads((HOUSE / "policies/plans/standard.toml").read_text(encoding="utf-8"))
    dues = list(falling_due(plan["touchpoint"], day))
    steps = {(due[0], due[2]): step for due, step in dues}
    with psycopg.connect(address) as connection:
        connection.execute(DUE)
        put(
            connection, "due", "key, scope, occurrence, anchor, anchor_on", [due for due, _ in dues]
        )
        connection.execute("ANALYZE due")
        for find in FINDS:
            sql = find.replace("CROSS JOIN", "JOIN").replace(":day", "%(day)s::date")
            connection.execute(sql, {"day": on})
        connection.execute("ANALYZE touchpoint")
        found = connection.execute(FOUND.replace("?", "%s"), (on,))
        rows_of = made(found, steps, day)
        for (table, columns), rows in zip(TABLES.items(), rows_of, strict=True):
            put(connection, table, columns, rows)


def put(connection: psycopg.Connection, table: str, columns: str, rows: list) -> None:
    with connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


if __name__ == "__main__":
    main(*sys.argv[1:])
