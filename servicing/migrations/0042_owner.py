"""What the owner of the tables does for a role that works with them, and a guard that it cannot shadow.

A table of a session, made under the name of one of ours, is found before it: the guard of the card
would have asked it what an erasure has written down. So the guard names the schema.
"""

import peewee

STATEMENTS = [
    """
    CREATE OR REPLACE FUNCTION card_is_erased_only() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        written_down pg_catalog.text;
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            EXECUTE pg_catalog.format(
                'SELECT x.facts FROM %%I.erased_line x WHERE x.entry_id = $1'
                ' ORDER BY x.id DESC LIMIT 1', TG_TABLE_SCHEMA) INTO written_down USING OLD.id;
            IF (NEW.id, NEW.client_id, NEW.policy_id, NEW.touchpoint_id, NEW.at, NEW.kind)
                IS NOT DISTINCT FROM
                (OLD.id, OLD.client_id, OLD.policy_id, OLD.touchpoint_id, OLD.at, OLD.kind)
                AND NEW.facts = written_down
            THEN RETURN NEW; END IF;
        END IF;
        RAISE EXCEPTION 'the card is append-only';
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION refresh_statistics(of_table regclass) RETURNS void LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
    $$ BEGIN EXECUTE format('ANALYZE %%s', of_table); END $$
    """,
]


def up(migrator, db):
    """Make the guard anew, and the function; SQLite has no roles."""
    if not isinstance(db, peewee.SqliteDatabase):
        for statement in STATEMENTS:
            db.execute_sql(statement)
