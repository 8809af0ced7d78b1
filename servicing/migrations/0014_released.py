"""What the book takes back gives its occurrence free; what is carried on remembers its first policy."""

STATEMENTS = """
ALTER TABLE touchpoint ADD COLUMN released BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE touchpoint ADD COLUMN anchor_policy_id BIGINT;
DROP INDEX touchpoint_policy;
DROP INDEX touchpoint_client;
CREATE UNIQUE INDEX touchpoint_policy ON touchpoint (policy_id, key, occurrence)
    WHERE scope = 'policy' AND NOT released;
CREATE UNIQUE INDEX touchpoint_client ON touchpoint (client_id, key, occurrence)
    WHERE scope = 'client' AND NOT released;
"""


def up(migrator, db):
    """Add the columns, and make both indexes once more without what was released."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
