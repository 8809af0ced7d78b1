"""The floor of service and loss: one hand-written aggregate query over the whole book, by agent.

It knows the rules of `in-force` at month 13 and of tasks, and nothing else: no messages, no client's
touchpoints that a policy carried, no other home of the book than Shanghai.

python lost.py DATABASE BEFORE
"""

import json
import sqlite3
import sys

from judge import COUNTED, ENDS

QUERY = f"""
    SELECT agent_id, lost, COALESCE(recorded, 0), COUNT(*), SUM(lost AND NOT contact) FROM (
        SELECT agent_id, lost,
            (SELECT MAX(CASE WHEN x.state = 'done' AND x.ended_at < datetime(until, '+16 hours')
                    THEN 2 ELSE 1 END)
                FROM touchpoint t JOIN task x ON x.touchpoint_id = t.id
                WHERE NOT t.released AND t.scope = 'policy' AND t.policy_id = judged.id
                    AND +t.key IN ('delivery', 'month_1', 'month_4', 'month_7', 'month_10')
                    AND x.state <> 'cancelled') AS recorded,
            lost AND EXISTS (SELECT 1 FROM card_entry e WHERE e.client_id = judged.client_id
                AND e.kind = 'task.done' AND e.at < datetime(until, '+16 hours')
                AND e.at >= datetime(until, '-121 days', '+16 hours')) AS contact
        FROM (SELECT p.id, p.client_id, p.agent_id, COALESCE(p.ended_on <= {ENDS}, 0) AS lost,
                  CASE WHEN p.ended_on <= {ENDS} THEN p.ended_on ELSE {ENDS} END AS until
              FROM policy p
              WHERE +p.issue_date < ? AND {COUNTED}
                  AND NOT (p.status = 'claim' AND p.ended_on <= {ENDS}) LIMIT -1) AS judged
        LIMIT -1) AS each_one GROUP BY agent_id, lost, recorded
"""
NAMES = {
    (0, 2): "kept_served",
    (0, 1): "kept_unserved",
    (0, 0): "kept_no_record",
    (1, 2): "lost_served",
    (1, 1): "lost_unserved",
    (1, 0): "lost_no_record",
}


def main(database: str, before: str) -> None:
    connection = sqlite3.connect(database)
    numbers = dict(connection.execute("SELECT id, agent_no FROM agent"))
    told: dict[str, dict[str, int]] = {}
    for agent, lost, recorded, policies, alone in connection.execute(QUERY, [before]):
        of_agent = told.setdefault(numbers[agent], {})
        of_agent[NAMES[lost, recorded]] = policies
        if alone:
            of_agent["lost_no_contact"] = of_agent.get("lost_no_contact", 0) + alone
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
