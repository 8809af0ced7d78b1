"""The floor of persistency: one hand-written aggregate query over the whole book, by agent.

It knows the rules of one definition at month 13 and nothing else: no open cohorts, no reasons, no
past agents, no other grace than 60 days, no other mode than annual.

python judge.py DATABASE in-force|paid BEFORE
"""

import json
import sqlite3
import sys

MONTHS = (
    "MIN(date(p.issue_date, '+{0} months'),"
    " date(p.issue_date, 'start of month', '+{1} months', '-1 day'))"
)
COUNTED = (
    "p.payment_mode <> 'single' AND p.status NOT IN ('free_look_cancelled', 'transferred_out')"
)
ENDS = MONTHS.format(13, 14)
QUERIES = {
    "in-force": f"""
        SELECT +p.agent_id, COUNT(*), SUM(p.annual_premium),
               SUM(CASE WHEN p.ended_on IS NULL OR p.ended_on > {ENDS} THEN p.annual_premium ELSE 0 END)
        FROM policy p
        WHERE +p.issue_date < ? AND {COUNTED} AND NOT (p.status = 'claim' AND p.ended_on <= {ENDS})
        GROUP BY +p.agent_id
    """,
    "paid": f"""
        SELECT +p.agent_id, COUNT(*), SUM(p.annual_premium),
               SUM(CASE WHEN i.paid_on <= date(i.due_date, '+60 days')
                   OR (p.status = 'paid_up' AND i.paid_on IS NULL) THEN p.annual_premium ELSE 0 END)
        FROM policy p
        LEFT JOIN premium i ON i.policy_id = p.id AND i.due_date = {MONTHS.format(12, 13)}
        WHERE +p.issue_date < ? AND {COUNTED} AND NOT (p.status = 'claim' AND p.ended_on <=
              date(p.issue_date, 'start of month', '+15 months', '-1 day'))
        GROUP BY +p.agent_id
    """,
}


def main(database: str, definition: str, before: str) -> None:
    connection = sqlite3.connect(database)
    numbers = dict(connection.execute("SELECT id, agent_no FROM agent"))
    rows = connection.execute(QUERIES[definition], [before])
    told = {numbers[agent]: [count, counted, kept] for agent, count, counted, kept in rows}
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
