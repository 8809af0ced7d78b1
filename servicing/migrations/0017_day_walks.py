"""Each walk of a day is kept: a day that is opened again for later policies was walked by two.

And the time zones that clients have are found without reading the clients.
"""

STATEMENTS = """
CREATE TABLE day_walk (
    day DATE NOT NULL,
    since_policy BIGINT NOT NULL,
    policy_mark BIGINT NOT NULL,
    import_mark BIGINT NOT NULL,
    plan TEXT NOT NULL,
    walked_at TIMESTAMP NOT NULL,
    PRIMARY KEY (day, since_policy)
);
INSERT INTO day_walk (day, since_policy, policy_mark, import_mark, plan, walked_at)
    SELECT day, 0, policy_mark, import_mark, plan, walked_at FROM walked_day;
CREATE INDEX client_timezone ON client (timezone) WHERE timezone <> '';
"""


def up(migrator, db):
    """Make table and index; of each day walked before, the last walk is known."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
