"""How policies stand, and since when: suspensions and losses, and days of theirs that are corrected.

With dice of their own, so that the week around them is what it would be without.
"""

import random
from collections.abc import Iterator

from tests.drills.plainly.events import Event, Imported
from tests.drills.plainly.imagined import Day, Imagined, after
from tests.drills.plainly.world import Row


def some(book: Imagined, day: Day, dice: random.Random) -> Iterator[Event]:
    """One of them, or nothing."""
    row = dice.choice(list(book.policies.values()))
    near = str(after(day, -dice.randint(0, 3)))
    if row["ended_on"]:
        near = str(after(Day.fromisoformat(row["ended_on"]), dice.choice([-2, -1, 1, 2])))
        said = dice.choice([{"ended_on": near}, {"ended_on": near}, _again(row)])
    elif row["status"] == "suspended":
        ended = {"status": "terminated", "ended_on": near}
        said = dice.choice([{"suspended_on": near}] * 4 + [_again(row), ended])
    elif row["status"] in ("in_force", "grace"):
        ended = {"status": "surrendered", "ended_on": near}
        since = dice.choice([near, near, ""])
        said = dice.choice([{"status": "suspended", "suspended_on": since}, ended])
    else:
        return
    if row["issue_date"] <= min(said.get(name) or near for name in ("ended_on", "suspended_on")):
        row.update(said)
        yield Imported((dict(row),), day, f"standing of {row['policy_no']}: {said}")


def _again(row: Row) -> Row:
    """In service, as if nothing had been."""
    return {"status": "in_force", "ended_on": "", "suspended_on": ""}
