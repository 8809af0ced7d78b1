"""The floor of the import on PostgreSQL: csv.reader and COPY, in one transaction.

The rows are those of `import_book.py`, which checks nothing and trusts every cell.

python import_book_postgresql.py ADDRESS BOOK.csv JOINED
"""

import csv
import itertools
import sys
from pathlib import Path

import psycopg
from import_book import BATCH, TABLES, sorted_out

NUMBERED = [table for table, columns in TABLES.items() if columns.startswith("id,")]


def main(address: str, book: str, joined: str) -> None:
    with psycopg.connect(address) as connection:
        with Path(book).open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            next(rows)
            ids: dict[str, dict] = {table: {} for table in TABLES}
            while batch := list(itertools.islice(rows, BATCH)):
                for table, values in sorted_out(batch, ids, joined).items():
                    put(connection, table, values)
        for table in NUMBERED:  # whoever adds the next row goes on from here
            connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), MAX(id)) FROM {table}"
            )


def put(connection: psycopg.Connection, table: str, rows: list[tuple]) -> None:
    with connection.cursor().copy(f"COPY {table} ({TABLES[table]}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


if __name__ == "__main__":
    main(*sys.argv[1:])
