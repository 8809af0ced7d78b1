"""The floor of the walk: one transaction of hand-written SQL, and one loop over what it has found.

It knows the standard plan and an ordinary day (mid-month, after a working day), and nothing else:
no month ends, no holidays, no days to catch up, no reasons, no providers. As the walk, it writes no
texts: a message is composed when it leaves.

python walk_day.py DATABASE DAY
"""

import sys
import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from import_book import opened

HOUSE = Path(__file__).parent.parent.parent
YEARS = 120

OWED = (
    "{0}.issue_date <= :day AND {0}.served_from <= :day AND ({0}.ended_on IS NULL OR {0}.ended_on > :day)"
    " AND {0}.status <> 'applied'"
)
SERVED = OWED + " AND {0}.status <> 'suspended'"
CARRIES = (
    "NOT EXISTS (SELECT 1 FROM policy q WHERE q.client_id = p.client_id AND "
    "(q.issue_date < p.issue_date OR (q.issue_date = p.issue_date AND q.id < p.id)) AND "
    + SERVED.format("q")
    + ")"
)
FIND = """
    INSERT INTO touchpoint (key, scope, occurrence, policy_id, client_id, anchor_on, due_on, found_on)
    SELECT d.key, d.scope, d.occurrence, p.id, p.client_id, d.anchor_on, :day, :day FROM due d
"""
FINDS = (
    f"{FIND} CROSS JOIN policy p ON p.issue_date = d.anchor_on"
    f" WHERE d.anchor = 'issue' AND d.scope = 'policy' AND {SERVED.format('p')}",
    f"{FIND} CROSS JOIN policy p ON p.issue_date = d.anchor_on"
    f" WHERE d.anchor = 'issue' AND d.scope = 'client' AND {SERVED.format('p')} AND {CARRIES}",
    f"{FIND} CROSS JOIN client c ON c.birthday = d.anchor_on CROSS JOIN policy p ON p.client_id = c.id"
    f" WHERE d.anchor = 'birthday' AND {SERVED.format('p')} AND {CARRIES}",
    f"{FIND} CROSS JOIN premium i ON i.due_date = d.anchor_on CROSS JOIN policy p ON p.id = i.policy_id"
    f" WHERE d.anchor = 'premium_due' AND (i.paid_on IS NULL OR i.paid_on > :day)"
    f" AND i.amount > 0 AND p.status <> 'paid_up' AND {OWED.format('p')}",
)
FOUND = """
    SELECT t.id, t.key, t.occurrence, p.id, c.id, c.phone, c.email, c.channel, c.marketing_consent,
           p.agent_id
    FROM touchpoint t JOIN policy p ON p.id = t.policy_id JOIN client c ON c.id = t.client_id
    WHERE t.found_on = ?
"""
NO_TEXT = ("", "{}", "", "", 0, "")
TABLES = {
    "message": "touchpoint_id, policy_id, client_id, agent_id, channel, address, message_class,"
    " template, locale, params, subject, body, parts, encoding,"
    " state, reason, planned_on, send_from, send_until, made_at",
    "task": "touchpoint_id, policy_id, client_id, due_on, show_on, closes_on, state, reason",
    "card_entry": "client_id, policy_id, touchpoint_id, at, kind, facts",
}


def main(database: str, on: str) -> None:
    day = date.fromisoformat(on)
    plan = tomllib.loads((HOUSE / "policies/plans/standard.toml").read_text(encoding="utf-8"))
    dues = list(falling_due(plan["touchpoint"], day))
    steps = {(due[0], due[2]): step for due, step in dues}
    connection = opened(database)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("CREATE TEMP TABLE due (key, scope, occurrence, anchor, anchor_on)")
    connection.executemany("INSERT INTO due VALUES (?, ?, ?, ?, ?)", [due for due, _ in dues])
    for find in FINDS:
        connection.execute(find, {"day": on})
    rows_of = made(connection.execute(FOUND, (on,)), steps, day)
    for (table, columns), rows in zip(TABLES.items(), rows_of, strict=True):
        marks = ", ".join("?" * len(columns.split(",")))
        connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
    connection.execute("COMMIT")
    connection.close()


def falling_due(touchpoints: list[dict], day: date) -> Iterator[tuple[tuple[str, ...], dict]]:
    """(key, scope, occurrence, anchor, anchor day), and what is done then."""
    for each in touchpoints:
        for step in each["due"]:
            for anchor in anchors(step, day):
                count = occurrence(each, step, anchor, day)
                yield (each["id"], each["scope"], count, each["anchor"], str(anchor)), each | step


def anchors(step: dict, day: date) -> list[date]:
    if "days" in step:
        return [day - timedelta(step["days"])]
    first, every = step["months"], step.get("every_months")
    months = range(first, 12 * YEARS, every) if every else [first]
    return [back(day, count) for count in months]


def back(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, day.day)


def occurrence(touchpoint: dict, step: dict, anchor: date, day: date) -> str:
    if touchpoint["anchor"] == "premium_due":
        return f"{anchor}{step['days']:+d}d"
    half, quarter = (day.month + 5) // 6, (day.month + 2) // 3
    names = {1: f"{day:%Y-%m}", 3: f"{day:%Y}-Q{quarter}", 6: f"{day:%Y}-H{half}", 12: f"{day:%Y}"}
    return names.get(step.get("every_months"), "once")


def made(found: Iterator[tuple], steps: dict[tuple, dict], day: date) -> tuple[list, list, list]:
    """The rows of messages, tasks and card entries."""
    booked: set[int] = set()
    messages, tasks, entries = [], [], []
    on, next_day, last_day = str(day), str(day + timedelta(1)), str(day + timedelta(7))
    closes_on, now = str(day + timedelta(30)), f"{day} 00:00:00"
    opens, closes = f"{day} 01:00:00", f"{last_day} 12:00:00"
    for row in found:
        touchpoint, key, count, policy, client, phone, email, channel, consent, agent = row
        step = steps[key, count]
        ids = (touchpoint, policy, client)
        if step["owner"] != "task":
            channel = channel or ("sms" if phone or not email else "email")
            address = {"sms": phone, "email": email}.get(channel, "")
            state, planned_on = "suppressed", on
            if address and (consent or step["class"] == "service"):
                state = "queued"
                if step["class"] == "marketing":
                    planned_on = next_day if client in booked else on
                    booked.add(client)
            way = (channel, address, step["class"], step["template"])
            made_at = now if (state, planned_on) == ("queued", on) else None
            row = (*ids, agent, *way, *NO_TEXT, state, "due", planned_on, opens, closes, made_at)
            messages.append(row)
            if not made_at:
                told = (f"message.{state}", '{"reason": "due"}')
                entries.append((client, policy, touchpoint, now, *told))
        if step["owner"] != "message":
            tasks.append((*ids, on, on, closes_on, "open", "due"))
    return messages, tasks, entries


if __name__ == "__main__":
    main(*sys.argv[1:])
