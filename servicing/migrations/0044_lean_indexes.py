"""PostgreSQL finds by smaller indexes what it has found by larger ones.

What falls due, and what is handed over, comes in the order of time. So a day or a moment needs no more
than a note for each stretch of the table. With the moments gone from the index of addresses, the
messages to one address share an entry of it. Against a client's cap counts what leaves, or may yet: what
never will is in that index no more. SQLite keeps its own: it has no such notes.
"""

import peewee

ON_POSTGRESQL = [
    "DROP INDEX touchpoint_due_on",
    "CREATE INDEX touchpoint_due_on ON touchpoint USING brin (due_on)"
    " WITH (pages_per_range = 32, autosummarize = on)",
    "DROP INDEX message_handed_over",
    "CREATE INDEX message_handed_over ON message USING brin (claimed_at)"
    " WITH (pages_per_range = 32, autosummarize = on)",
    "DROP INDEX message_address",
    "CREATE INDEX message_address ON message (address) WHERE claimed_at IS NOT NULL",
    "DROP INDEX message_marketing",
    "CREATE INDEX message_marketing ON message (client_id, planned_on) WHERE message_class = 'marketing'"
    " AND state IN ('queued', 'sending', 'accepted', 'delivered', 'undelivered', 'unknown')",
]


def up(migrator, db):
    """Make the indexes anew."""
    if isinstance(db, peewee.SqliteDatabase):
        return
    for statement in ON_POSTGRESQL:
        db.execute_sql(statement)
