"""Who may do what in PostgreSQL: the owner of the tables, and the roles that work with them.

Only an owner changes tables, triggers and functions. A role that was granted the use of a book reads
and writes rows, and of a table that is append-only adds them: whatever it says, the database refuses
the rest. SQLite has no roles.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

import peewee

from policies import database

Columns = Collection[str]


class Rules(NamedTuple):
    """What is done with rows in the work of a day, table by table."""

    append_only: Mapping[str, Columns]
    """Tables to which rows are added, each with the columns that may be changed."""
    read_only: Collection[str]
    """Tables that the owner alone writes."""
    rows_go: Collection[str]
    """Tables of which rows are removed; a name that ends with `_` is the beginning of several."""


NO_RULES = Rules({}, (), ())


def current() -> str:
    """The role in which we are connected."""
    return str(database.value("SELECT current_user"))


def whereabouts() -> str:
    """The server and the database that we are connected to, as one text."""
    return str(database.value(_WHEREABOUTS))


_WHEREABOUTS = """
    SELECT EXTRACT(EPOCH FROM pg_postmaster_start_time()) || ' ' || current_database()
"""


def may_alter() -> bool:
    """Whether our role may alter the tables: it owns them, or may make them where none are."""
    if database.is_sqlite():
        return True
    return bool(database.value(_MAY_ALTER, [database.HISTORY]))


_MAY_ALTER = """
    SELECT COALESCE(
        (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass(?)),
        has_schema_privilege(current_schema(), 'CREATE'), FALSE)
"""


def refresh_statistics(models: Iterable[type[peewee.Model]]) -> None:
    """Let PostgreSQL know at once how large its tables have become; SQLite's plans do not ask.

    Only their owner may look through tables for that, so a function of the owner's does it.
    """
    if not database.is_sqlite():
        for model in models:
            table = database.table_of(model)
            database.execute("SELECT refresh_statistics(?::regclass)", [table])


# ---------------------------------------------------------------------------------- what is granted


def exists(role: str) -> bool:
    """Whether the server knows the role."""
    return bool(database.value("SELECT COUNT(*) FROM pg_roles WHERE rolname = ?", [role]))


def granted() -> list[str]:
    """The roles to whom our role has granted the use of the book, those of later tables included."""
    return [name for (name,) in database.execute(_GRANTED)]


_GRANTED = """
    SELECT DISTINCT r.rolname FROM pg_default_acl d
    CROSS JOIN LATERAL aclexplode(d.defaclacl) a JOIN pg_roles r ON r.oid = a.grantee
    WHERE d.defaclnamespace = current_schema()::regnamespace AND d.defaclobjtype = 'r'
        AND d.defaclrole = current_user::regrole AND a.grantee <> d.defaclrole
    ORDER BY r.rolname
"""


def grant(role: str, rules: Rules) -> None:
    """Grant a role what works with the book, and nothing else; it may be said again.

    The numbers of what is append-only are the database's to give. What is made later is read and added
    to until this is said again.
    """
    with database.writing():
        quoted = database.value("SELECT quote_ident(?)", [role])
        for statement in _statements(quoted, rules):
            database.execute(statement)


def _statements(role: str, rules: Rules) -> Iterator[str]:
    schema = database.value("SELECT quote_ident(current_schema())")
    if database.value("SELECT has_schema_privilege('public', current_schema(), 'CREATE')"):
        yield f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC"  # servers before PostgreSQL 15
    yield f"GRANT USAGE ON SCHEMA {schema} TO {role}"
    for table in _ours("relkind IN ('r', 'p')"):
        yield f"REVOKE ALL ON {table} FROM {role}"
        yield f"GRANT {_rights(table, rules)} ON {table} TO {role}"
    for sequence in _ours("relkind = 'S'"):
        yield f"REVOKE ALL ON {sequence} FROM {role}"
        yield f"GRANT USAGE, SELECT ON {sequence} TO {role}"
    for function in _our_functions():
        yield f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC"
        yield f"GRANT EXECUTE ON FUNCTION {function} TO {role}"
    by_default = f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema}"
    yield f"{by_default} GRANT SELECT, INSERT ON TABLES TO {role}"
    yield f"{by_default} GRANT USAGE, SELECT ON SEQUENCES TO {role}"


def _ours(condition: str) -> list[str]:
    """The tables, or other relations, of our schema that belong to us."""
    sql = f"""
        SELECT quote_ident(relname) FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND {condition}
            AND pg_has_role(relowner, 'USAGE') ORDER BY relname
    """
    return [name for (name,) in database.execute(sql)]


def _our_functions() -> list[str]:
    """The functions of our schema that belong to us; what they do is theirs to bound."""
    sql = """
        SELECT CAST(CAST(oid AS regprocedure) AS text) FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND prokind = 'f'
            AND pg_has_role(proowner, 'USAGE') ORDER BY oid
    """
    return [name for (name,) in database.execute(sql)]


def _rights(table: str, rules: Rules) -> str:
    if table in rules.read_only:
        return "SELECT"
    goes = any(table == each or _begins(table, each) for each in rules.rows_go)
    removed = ", DELETE" if goes else ""
    if (kept := _kept(table, rules.append_only)) is None:
        return f"SELECT, INSERT, UPDATE{removed}"
    added = ", ".join(each for each in _columns(table) if each != "id")
    may_change = ", ".join(rules.append_only[kept])
    changed = f", UPDATE ({may_change})" if may_change else ""
    return f"SELECT, INSERT ({added}){changed}{removed}"


def _begins(table: str, name: str) -> bool:
    return name.endswith("_") and table.startswith(name)


def _kept(table: str, append_only: Collection[str]) -> str | None:
    """Which append-only table it is, or a year's part of; None: of none."""
    return next(
        (each for each in append_only if table == each or table.startswith(f"{each}_")), None
    )


def _columns(table: str) -> list[str]:
    sql = """
        SELECT attname FROM pg_attribute
        WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
    """
    return [name for (name,) in database.execute(sql, [table])]


# --------------------------------------------------------------------------------- what is too much


def excess(role: str, rules: Rules) -> list[str]:
    """What a role may do that undoes the guard of what is append-only, as codes; nothing: it holds."""
    found = [code for code, sql in _EXCESS.items() if database.value(sql, [role])]
    tables = [each for each in _all_tables() if _kept(each, rules.append_only)]
    return found + [table for table in tables if _may_change(role, table, rules)]


_EXCESS = {
    "superuser": "SELECT rolsuper FROM pg_roles WHERE rolname = ?",
    "owner": """
        SELECT COALESCE(BOOL_OR(pg_has_role(r.rolname, c.relowner, 'MEMBER')), FALSE)
        FROM pg_class c, pg_roles r WHERE r.rolname = ?
            AND c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
    """,
    "create on schema": "SELECT has_schema_privilege(CAST(? AS name), current_schema(), 'CREATE')",
    "create on database": """
        SELECT has_database_privilege(CAST(? AS name), current_database(), 'CREATE')
    """,
    "createrole": "SELECT rolcreaterole FROM pg_roles WHERE rolname = ?",
    "predefined role": """
        SELECT COALESCE(BOOL_OR(pg_has_role(r.rolname, g.oid, 'MEMBER')), FALSE)
        FROM pg_roles r, pg_roles g WHERE r.rolname = ? AND g.rolname IN (
            'pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program')
    """,
}
"""By what a person calls it in PostgreSQL: the question whether a role has it."""


def _all_tables() -> list[str]:
    sql = """
        SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')
            AND relnamespace = current_schema()::regnamespace ORDER BY relname
    """
    return [name for (name,) in database.execute(sql)]


def _may_change(role: str, table: str, rules: Rules) -> bool:
    """Whether it may write, change or remove more of a table's rows than is meant."""
    refused = "INSERT, " if table in rules.read_only else ""
    refused += "DELETE, TRUNCATE, TRIGGER"
    if database.value("SELECT has_table_privilege(CAST(? AS name), ?, ?)", [role, table, refused]):
        return True
    kept = _kept(table, rules.append_only)
    allowed = list(rules.append_only[kept]) if kept else []
    return bool(database.value(_MAY_CHANGE_MORE, [role, table, allowed]))


_MAY_CHANGE_MORE = """
    SELECT COALESCE(BOOL_OR(has_column_privilege(CAST(? AS name), attrelid, attnum, 'UPDATE')), FALSE)
    FROM pg_attribute WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped
        AND attname <> ALL(CAST(? AS text[]))
"""
