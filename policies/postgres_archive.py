"""A file that says it is a `pg_dump` of our database: read before anything is done with it.

Such a file is a list of statements, which `pg_restore` carries out with all rights of the database's
user. Of one that nobody vouches for each statement is compared with what our own migrations make.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from policies import copies, database, errors
from policies.copies import Content
from policies.notices import Invalid, notice

_BEGINS = re.compile(r'COPY public\.(?P<table>\w+) \((?P<columns>[\w", ]+)\) FROM stdin;')
_ENDS = r"\."
_NUMBERS = re.compile(r"SELECT pg_catalog\.setval\('public\.\w+', \d+, (?:true|false)\);")
_OF_A_YEAR = re.compile(r"(?P<table>touchpoint|message|task|card_entry)_\w+")
_NULL = r"\N"


class Part(NamedTuple):
    """Something that a dump makes, by PostgreSQL's word for its kind."""

    kind: str
    name: str


Parts = Mapping[Part, str]
"""What a dump makes: each part with its statements."""

_HEAD = re.compile(r"-- Name: (?P<name>.*); Type: (?P<kind>[A-Z ]+); Schema: .*; Owner: .*")
_SETTINGS = (
    "statement_timeout|lock_timeout|idle_in_transaction_session_timeout|transaction_timeout"
    "|client_encoding|standard_conforming_strings|check_function_bodies|xmloption"
    "|client_min_messages|row_security|default_tablespace|default_table_access_method"
)
_OF_THE_SESSION = re.compile(
    rf"SET (?:{_SETTINGS}) = ['\w]*;|SELECT pg_catalog\.set_config\('search_path', '', false\);"
    r"|\\(?:un)?restrict \w+|--.*|"
)
"""Lines of a dump that make nothing."""


def parts(lines: Iterable[str]) -> Parts:
    """What the statements of a dump make, as `pg_restore` or `pg_dump` writes them without the rows."""
    found: dict[Part, list[str]] = {}
    part = Part("", "")
    for line in lines:
        text = line.rstrip("\n")
        if head := _HEAD.fullmatch(text):
            part = Part(head["kind"], head["name"])
            found.setdefault(part, [])
        elif not _OF_THE_SESSION.fullmatch(text):
            found.setdefault(part, []).append(text)
    return {part: "\n".join(texts) for part, texts in found.items()}


def check_parts(found: Parts, ours: Parts) -> None:
    """Raises `Invalid`, which names the first of all that is foreign, changed or missing."""
    is_parted = any(each.kind == "TABLE ATTACH" for each in found)
    told = [
        notice("part_changed" if part in ours else "part_foreign", **_named(part))
        for part, text in sorted(found.items())
        if ours.get(part) != text and not (is_parted and _is_of_a_year(part, text))
    ]
    told += [
        notice("part_missing", **_named(part))
        for part in sorted(ours)
        if part not in found and not (is_parted and _is_of_a_year(part, ours[part]))
    ]
    copies.refuse(told)


def _named(part: Part) -> dict[str, Any]:
    return {"kind": part.kind.lower() or "–", "name": errors.shorten(part.name) or "–"}


_YEARS = r"(?:touchpoint|message|task|card_entry)(?:_\w+)?"
_PLAIN = re.compile(
    r"(?!(?s:.*)\w\()"  # no function is called
    rf"(?:CREATE TABLE public\.{_YEARS} \(|ALTER TABLE (?:ONLY )?public\.{_YEARS}\s"
    rf"|CREATE (?:UNIQUE )?INDEX \w+ ON (?:ONLY )?public\.{_YEARS} |ALTER INDEX public\.{_YEARS} )"
    r"[^;$\\]*;"
)
_REFERS = re.compile(r"REFERENCES public\.\w+\(id\)")
_GUARD = re.compile(
    r"CREATE FUNCTION public\.occurrence_is_new\(\) RETURNS trigger\n    LANGUAGE plpgsql\n"
    r"    AS (?P<quote>\$\w*\$)(?:(?!(?P=quote))(?s:.))*(?P=quote);"
    r"|CREATE TRIGGER occurrence_is_new BEFORE INSERT ON public\.touchpoint"
    r" FOR EACH ROW WHEN [^;\\]*EXECUTE FUNCTION public\.occurrence_is_new\(\);"
)


def _is_of_a_year(part: Part, text: str) -> bool:
    """Whether it makes nothing but a part of a table that is parted by years, or what guards those.

    How many there are, and from which row to which, only the book knows. What guards them is made
    anew when the book is in its place.
    """
    return bool(_PLAIN.fullmatch(_REFERS.sub("", text)) or _GUARD.fullmatch(text))


def content(lines: Iterable[str]) -> Content:
    """What the rows of a dump tell, as `pg_restore` writes them; raises `Invalid` for what is no dump."""
    try:
        return _told(lines)
    except Invalid:
        raise
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
        history=tuple(names),
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
        elif not table:
            if not _OF_THE_SESSION.fullmatch(line) and not _NUMBERS.fullmatch(line):
                raise Invalid("copy_has_statements")
        elif line == _ENDS:
            table = ""
        elif table in _READ:
            yield table, dict(zip(columns, line.split("\t"), strict=False))
