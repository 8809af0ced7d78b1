"""Changes of agent that only the cards know of so far become the policies' past agents."""

import datetime
import json

import peewee


def up(migrator, db):
    """A line a change; a change of client has put the same one on two cards."""
    mark = "?" if isinstance(db, peewee.SqliteDatabase) else "%s"
    sql = "SELECT policy_id, at, facts FROM card_entry WHERE kind = 'agent.changed' ORDER BY id"
    told = [
        (policy_id, str(at)[:10], json.loads(facts)["agent_no"][0])
        for policy_id, at, facts in db.execute_sql(sql).fetchall()
    ]
    agents = dict(db.execute_sql("SELECT agent_no, id FROM agent").fetchall()) if told else {}
    for policy_id, day, agent_no in dict.fromkeys(told):
        if agent_no in agents:
            db.execute_sql(
                "INSERT INTO past_agent (policy_id, agent_id, until)"
                f" VALUES ({mark}, {mark}, {mark})",
                [policy_id, agents[agent_no], datetime.date.fromisoformat(day)],
            )
