"""The policies that an agent has served once are found by the agent: what they earned belongs to her."""


def up(migrator, db):
    """Make the index."""
    db.execute_sql("CREATE INDEX past_agent_agent_id ON past_agent (agent_id)")
