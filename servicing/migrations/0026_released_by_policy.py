"""What was released of a policy is found by the policy, and so are the clients who have had it.

The one may live again with another client; of the others "why" tells what the policy carried for them.
"""


def up(migrator, db):
    """Make the indexes; few touchpoints and few lines are in them."""
    db.execute_sql(
        "CREATE INDEX touchpoint_released ON touchpoint (policy_id)"
        " WHERE scope = 'policy' AND released"
    )
    db.execute_sql(
        "CREATE INDEX card_entry_moved ON card_entry (policy_id) WHERE kind = 'client.changed'"
    )
