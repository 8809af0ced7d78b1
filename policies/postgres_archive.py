"""A file that says it is a `pg_dump` of our database: read before anything is done with it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from policies import copies, database
from policies.copies import Content
from policies.notices import Invalid

_BEGINS = re.compile(r'COPY public\.(?P<table>\w+) \((?P<columns>[\w", ]+)\) FROM stdin;')
_ENDS = r"\."
_OF_A_YEAR = re.compile(r"(?P<table>touchpoint|message|task|card_entry)_\w+")
_NULL = r"\N"


def content(lines: Iterable[str]) -> Content:
    """What the rows of a dump tell, as `pg_restore` writes them; raises `Invalid` for what is no dump."""
    try:
        return _told(lines)
    except (KeyError, ValueError):  # it has tables that are called like ours
        raise Invalid("not_a_copy", kind="PostgreSQL") from None


def _told(lines: Iterable[str]) -> Content:
    counts: Counter[str] = Counter()
    names, moments = [], [""]
    for table, row in _rows(lines):
        counts[table] += 1
        if table == "message" and row["state"] in copies.WAITING:
            counts["waiting"] += 1
        elif table == database.HISTORY:
            names.append(row["name"])
        if (column := copies.MOMENTS.get(table)) and row[column] != _NULL:
            moments.append(row[column])
    if not names:
        raise Invalid("not_a_copy", kind="PostgreSQL")
    return Content(
        migration=max(names),
        last_at=copies.moment(max(moments)) if max(moments) else None,
        policies=counts["policy"],
        clients=counts["client"],
        messages=counts["message"],
        waiting=counts["waiting"],
        accounts=counts["user_account"],
    )


_READ = {"message", "policy", "client", "user_account", database.HISTORY, *copies.MOMENTS}


def _rows(lines: Iterable[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows of the tables that tell something; a year's part of a table is the table."""
    table = ""
    columns: list[str] = []
    for line in lines:
        line = line.removesuffix("\n")
        if not table and (begun := _BEGINS.fullmatch(line)):
            of_a_year = _OF_A_YEAR.fullmatch(begun["table"])
            table = of_a_year["table"] if of_a_year else begun["table"]
            columns = begun["columns"].replace('"', "").split(", ")
        elif line == _ENDS:
            table = ""
        elif table in _READ:
            yield table, dict(zip(columns, line.split("\t"), strict=False))
