"""What was released of a policy is found by the policy: it may live again with another client."""


def up(migrator, db):
    """Make the index; few touchpoints are in it."""
    db.execute_sql(
        "CREATE INDEX touchpoint_released ON touchpoint (policy_id)"
        " WHERE scope = 'policy' AND released"
    )
