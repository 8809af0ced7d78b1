"""Each walk of a day is kept: a day that is opened again for later policies was walked by two."""

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
"""


def up(migrator, db):
    """Make the table; of each day walked before, the last walk is known."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
