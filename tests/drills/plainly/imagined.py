"""The files of a random week: what they say now, and how a row of them is corrected.

It knows what the files say, and nothing of what follows from it.
"""

import datetime
import random
from collections.abc import Iterator

from tests.drills.plainly import world
from tests.drills.plainly.events import Booked, Event, Imported, Related
from tests.drills.plainly.world import Row

Day = datetime.date

PRODUCTS = ("Term Life", "Whole Life", "Hospital")
SURNAMES = ("Brand", "Klein", "Vogt", "Adams", "Lindt", "Moore", "Sanz")

STATUSES = ("in_force",) * 8 + ("suspended", "applied", "grace", "paid_up")
"""In which policies join, as often as that."""


def after(day: Day, days: int) -> Day:
    return day + datetime.timedelta(days=days)


class Imagined:
    """A book of several branches, and its ledger."""

    def __init__(self, dice: random.Random, begins: Day, days: int) -> None:
        self.dice = dice
        self.begins, self.days = begins, days
        self.policies: dict[str, Row] = {}
        self.ledger: dict[tuple[str, str], Row] = {}
        self.was: list[tuple[str, Row]] = []
        """Rows as they were before a correction, so that it can be undone."""
        self.absent: set[str] = set()
        """Policies that complete files leave out."""
        self.halted: set[str] = set()
        self.numbers = 0
        """Of policies and clients that came later."""
        self.agents = [self._agent(number) for number, _ in enumerate(world.AGENTS, 1)]
        for number in range(1, dice.randint(5, 9)):
            self._new_client(number)

    def _agent(self, number: int) -> Row:
        branch = "East" if number < 3 else self.dice.choice(["West", "North"])
        names = {"agent_no": f"A{number}", "agent_name": f"Agent {number}"}
        phone = f"+1202555020{number}"
        return {**names, "agent_phone": phone, "team": f"Team {number}", "branch": branch}

    def _new_client(self, number: int) -> None:
        roll = self.dice
        born = after(self.begins, roll.randint(-2, self.days))
        client = {
            "client_no": f"C{number}",
            "client_name": f"Client {roll.choice(SURNAMES)}",
            "birthday": in_some_year(born, roll),
            "phone": f"+120255501{number:02}",
            "email": f"Client{number}@mail.example",
            "language": roll.choice(["en", "zh_CN"]),
            "timezone": roll.choice(world.ZONES),
            "channel": roll.choice(["sms", "sms", "email", "", "none"]),
            "marketing_consent": roll.choice(["yes", "yes", "no", ""]),
        }
        for _ in range(roll.randint(1, 3)):
            self.new_policy(client, self.begins)

    def new_policy(self, client: Row, today: Day) -> Row:
        """A policy that the next file has."""
        roll = self.dice
        self.numbers += 1
        number = f"K{self.numbers:03}"
        age = roll.randint(0, 8) if roll.random() < 0.35 else roll.randint(20, 900)
        issued = after(today, -age)
        delivered = after(issued, roll.randint(0, 4)) if roll.random() < 0.6 else None
        self.policies[number] = {
            "policy_no": number,
            "issue_date": str(issued),
            "delivered_on": str(delivered) if delivered and delivered <= today else "",
            "annual_premium": "1200",
            "product": roll.choice(PRODUCTS),
            "status": roll.choice(STATUSES),
            "ended_on": "",
            "suspended_on": "",
            **client,
            **roll.choice(self.agents),
        }
        for due in self._instalments(today):
            owed = roll.choice([0, *range(100, 900, 50)])
            row = {"amount": str(owed), "paid_on": roll.choice(["", "", due])}
            row["paid_on"] = row["paid_on"] if row["paid_on"] <= str(today) else ""
            self.ledger[number, due] = {"policy_no": number, "due_date": due, **row}
        return self.policies[number]

    def _instalments(self, today: Day) -> list[str]:
        if self.dice.random() < 0.4:
            return []
        due = after(today, self.dice.choice([-47, -44, -16, -13, -2, 0, 3, 6, 8, 12, 20]))
        return [str(due)]

    # -------------------------------------------------------------------------- to pick and correct

    def some_kin(self) -> Iterator[Event]:
        """Two clients are of one family."""
        one, other = self.some_policy()["client_no"], self.some_policy()["client_no"]
        if one != other:
            yield Related(one, other)

    def all(self) -> tuple[Row, ...]:
        """The whole book."""
        return tuple(dict(row) for row in self.policies.values())

    def some_policy(self) -> Row:
        return self.dice.choice(list(self.policies.values()))

    def some_instalment(self) -> Row | None:
        return self.dice.choice(list(self.ledger.values())) if self.ledger else None

    def ledger_of(self, number: str) -> tuple[Row, ...]:
        return tuple(dict(each) for (no, _), each in self.ledger.items() if no == number)

    def correct(self, number: str, what: str, day: Day, **facts: str) -> Iterator[Event]:
        """A changed row is imported, alone or with the whole file around it."""
        row = self.policies[number]
        self.was.append((number, dict(row)))
        row.update(facts)
        rows = self.all() if self.dice.random() < 0.2 else (dict(row),)
        yield Imported(rows, day, f"{what} of {number}: {facts}")

    def correct_client(self, what: str, day: Day, **facts: str) -> Iterator[Event]:
        """All rows of a client."""
        client_no = self.some_policy()["client_no"]
        yield from self.correct_all("client_no", client_no, what, day, facts)

    def correct_all(
        self, column: str, value: str, what: str, day: Day, facts: Row
    ) -> Iterator[Event]:
        """All rows with that value in a column."""
        mine = [row for row in self.policies.values() if row[column] == value]
        for row in mine:
            row.update(facts)
        yield Imported(tuple(dict(row) for row in mine), day, f"{what} of {value}: {facts}")

    def move_instalment(self, row: Row, to: Day) -> Iterator[Event]:
        """The ledger has another date for it."""
        number, was, due = row["policy_no"], row["due_date"], str(to)
        if (number, due) not in self.ledger:
            del self.ledger[number, was]
            self.ledger[number, due] = {**row, "due_date": due}
            yield Booked(self.ledger_of(number), f"moved from {was}", is_complete=True)


def in_some_year(day: Day, dice: random.Random) -> str:
    """A birthday on that day of the year."""
    year = dice.choice([1952, 1976, 1988]) if (day.month, day.day) == (2, 29) else 0
    return str(day.replace(year=year or dice.randint(1950, 1999)))
