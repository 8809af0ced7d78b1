"""Since when suspended policies are, of those whose cards tell the day on which the book said so."""

import json

import peewee


def up(migrator, db):
    """The last line that suspended a policy; of one that joined the book suspended nobody knows it.

    The day is that of the file which said so, as of today; a line without one has its own.
    """
    mark = "?" if isinstance(db, peewee.SqliteDatabase) else "%s"
    sql = """
        SELECT p.id, COALESCE(b.joined_on, e.at), e.facts FROM policy p
        JOIN card_entry e ON e.client_id = p.client_id AND e.policy_id = p.id
        LEFT JOIN book_import b ON b.imported_at = e.at AND b.joined_on IS NOT NULL
        WHERE p.status = 'suspended' AND e.kind = 'status.changed' ORDER BY e.id
    """
    days = {}
    for policy_id, at, facts in db.execute_sql(sql).fetchall():
        if json.loads(facts or "{}").get("status", [None])[-1] == "suspended":
            days[policy_id] = str(at)[:10]
    for policy_id, day in days.items():
        db.execute_sql(
            f"UPDATE policy SET suspended_on = {mark} WHERE id = {mark}", [day, policy_id]
        )
