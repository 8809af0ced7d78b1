"""The lean floor of the walk: only what any program must do, in tables that hold only the answers.

It records what is owed on an ordinary day, what may be written until when, and what is to be done.

python walk_lean.py DATABASE DAY: with the tables of `lean_book.sql`
"""

import sys
import tomllib
from datetime import date, timedelta
from pathlib import Path

from import_book import opened

PLAN = Path(__file__).parent.parent.parent / "policies/plans/standard.toml"
OWED = """{0}.issue_date <= :day AND {0}.served_from <= :day AND {0}.status <> 'applied'
    AND ({0}.ended_on IS NULL OR {0}.ended_on > :day)"""
SERVED = OWED + " AND {0}.status <> 'suspended'"
FIRST = f"""{SERVED.format("p")} AND NOT EXISTS (SELECT 1 FROM policy q WHERE q.client_id = p.client_id
    AND (q.issue_date, q.id) < (p.issue_date, p.id) AND {SERVED.format("q")})"""
ASKED = OWED.format("p") + " AND i.amount > 0 AND (i.paid_on IS NULL OR i.paid_on > :day)"
ISSUED = "policy p ON p.issue_date = d.anchor_on"
BORN = "client c ON c.birthday = d.anchor_on CROSS JOIN policy p ON p.client_id = c.id"
DUE = "premium i ON i.due_date = d.anchor_on CROSS JOIN policy p ON p.id = i.policy_id"
FIND = """INSERT INTO touchpoint (key, occurrence, subject, policy_id, client_id, anchor_on, due_on)
    SELECT d.key, d.occurrence, {0}, p.id, p.client_id, d.anchor_on, :day FROM due d CROSS JOIN {1}
    WHERE d.anchor = '{2}' AND d.scope = '{3}' AND {4}"""
FINDS = (
    FIND.format("p.id", ISSUED, "issue", "policy", SERVED.format("p")),
    FIND.format("-p.client_id", ISSUED, "issue", "client", FIRST),
    FIND.format("-c.id", BORN, "birthday", "client", FIRST),
    FIND.format("p.id", DUE, "premium_due", "policy", ASKED + " AND p.status <> 'paid_up'"),
)
FOUND = """SELECT t.id, t.key, t.occurrence, c.* FROM touchpoint t JOIN client c ON c.id = t.client_id
    WHERE t.id > ?"""


def dues(day):  # key, occurrence, anchor, scope and anchor day of what falls due; and the step
    names = {None: "once", 1: f"{day:%Y-%m}", 12: f"{day:%Y}"}
    names[3], names[6] = f"{day:%Y}-Q{(day.month + 2) // 3}", f"{day:%Y}-H{(day.month + 5) // 6}"
    for each in tomllib.loads(PLAN.read_text("utf-8"))["touchpoint"]:
        for step in each["due"]:
            days, first, every = (step.get(key) for key in ("days", "months", "every_months"))
            for months in range(first or 0, 1440 if every else (first or 0) + 1, every or 1):
                year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
                on = date(year, month + 1, day.day) - timedelta(days or 0)
                name = f"{on}{days:+d}d" if each["anchor"] == "premium_due" else names[every]
                yield (each["id"], name, each["anchor"], each["scope"], str(on)), each | step


def made(found, steps, day):  # the rows of messages and tasks
    booked, messages, tasks = set(), [], []
    on, later, until, closes = (str(day + timedelta(days)) for days in (0, 1, 7, 30))
    for touchpoint, key, count, client, _, phone, email, channel, consent in found:
        step, planned_on = steps[key, count], on
        if step["owner"] != "message":
            tasks.append((touchpoint, on, closes))
        if step["owner"] != "task":
            address = {"email": email, "sms": phone, "none": ""}.get(channel, phone or email)
            may_be = address and (consent or step["class"] == "service")
            if may_be and step["class"] == "marketing":
                planned_on = later if client in booked else on
                booked.add(client)
            messages.append((touchpoint, "queued" if may_be else "suppressed", planned_on, until))
    return messages, tasks


database, on = opened(sys.argv[1]), sys.argv[2]
steps = list(dues(date.fromisoformat(on)))
database.execute("BEGIN IMMEDIATE")
database.execute("CREATE TEMP TABLE due (key, occurrence, anchor, scope, anchor_on)")
database.executemany("INSERT INTO due VALUES (?, ?, ?, ?, ?)", [due for due, _ in steps])
(mark,) = database.execute("SELECT COALESCE(MAX(id), 0) FROM touchpoint").fetchone()
for find in FINDS:
    database.execute(find, {"day": on})
known = {due[:2]: step for due, step in steps}
messages, tasks = made(database.execute(FOUND, [mark]), known, date.fromisoformat(on))
database.executemany("INSERT INTO message VALUES (?, ?, ?, ?)", messages)
database.executemany("INSERT INTO task VALUES (?, ?, ?)", tasks)
database.execute("COMMIT")
