"""A random week: a book of several branches, and what happens to it moment by moment.

The same seed is the same week. It knows what the files say, and nothing of what follows from it.
"""

import datetime
import random
from collections.abc import Callable, Iterator

from tests.drills.plainly import world
from tests.drills.plainly.events import (
    At,
    Booked,
    CompleteLedger,
    Did,
    Dispatched,
    Event,
    Halted,
    Imported,
    Mended,
    Resumed,
    Said,
    Walked,
)
from tests.drills.plainly.world import Row

Day = datetime.date
Change = Callable[[Row, Day], str | None]

DISPATCHES = ("00:40", "09:40", "14:30", "18:30")
MOMENTS = ("05:10", "08:15", "11:20", "16:25", "21:30")
ENDS = ("surrendered", "claim", "matured", "terminated")
FIRST, LAST = Day(2025, 1, 20), Day(2026, 9, 1)
"""Between these days weeks begin: the working days of all of them are published."""

PRODUCTS = ("Term Life", "Whole Life", "Hospital")
SURNAMES = ("Brand", "Klein", "Vogt", "Adams", "Lindt", "Moore", "Sanz")


def after(day: Day, days: int) -> Day:
    return day + datetime.timedelta(days=days)


class Week:
    """The events of a seed, in their order."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._dice = random.Random(seed)
        self.begins = after(FIRST, self._dice.randrange((LAST - FIRST).days))
        self.days = self._dice.randint(7, 15)
        self._policies: dict[str, Row] = {}
        self._ledger: dict[tuple[str, str], Row] = {}
        self._was: list[tuple[str, Row]] = []
        """Rows as they were before a correction, so that it can be undone."""
        self._number = 0
        self._halted: set[str] = set()
        self._agents = [self._agent(number) for number, _ in enumerate(world.AGENTS, 1)]
        for number in range(1, self._dice.randint(5, 9)):
            self._new_client(number)

    # ------------------------------------------------------------------------------ the first book

    def _agent(self, number: int) -> Row:
        branch = "East" if number < 3 else self._dice.choice(["West", "North"])
        names = {"agent_no": f"A{number}", "agent_name": f"Agent {number}"}
        phone = f"+1202555020{number}"
        return {**names, "agent_phone": phone, "team": f"Team {number}", "branch": branch}

    def _new_client(self, number: int) -> None:
        roll = self._dice
        born = after(self.begins, roll.randint(-2, self.days)).replace(
            year=roll.randint(1950, 1999)
        )
        client = {
            "client_no": f"C{number}",
            "client_name": f"Client {roll.choice(SURNAMES)}",
            "birthday": str(born),
            "phone": f"+120255501{number:02}",
            "email": f"client{number}@mail.example",
            "language": roll.choice(["en", "zh_CN"]),
            "timezone": roll.choice(world.ZONES),
            "channel": roll.choice(["sms", "sms", "email", "", "none"]),
            "marketing_consent": roll.choice(["yes", "yes", "no", ""]),
        }
        for _ in range(roll.randint(1, 3)):
            self._new_policy(client, self.begins)

    def _new_policy(self, client: Row, today: Day) -> Row:
        roll = self._dice
        self._number += 1
        number = f"K{self._number:03}"
        is_young = roll.random() < 0.35
        age = roll.randint(0, 8) if is_young else roll.randint(20, 900)
        issued = after(today, -age)
        delivered = after(issued, roll.randint(0, 4)) if roll.random() < 0.6 else None
        self._policies[number] = {
            "policy_no": number,
            "issue_date": str(issued),
            "delivered_on": str(delivered) if delivered and delivered <= today else "",
            "annual_premium": "1200",
            "product": roll.choice(PRODUCTS),
            "status": roll.choice(["in_force"] * 7 + ["suspended", "applied", "grace"]),
            "ended_on": "",
            **client,
            **roll.choice(self._agents),
        }
        for due in self._instalments(today):
            row = {"amount": str(roll.randint(100, 900)), "paid_on": roll.choice(["", "", due])}
            row["paid_on"] = row["paid_on"] if row["paid_on"] <= str(today) else ""
            self._ledger[number, due] = {"policy_no": number, "due_date": due, **row}
        return self._policies[number]

    def _instalments(self, today: Day) -> list[str]:
        if self._dice.random() < 0.4:
            return []
        due = after(today, self._dice.choice([-47, -44, -16, -13, -2, 0, 3, 6, 8, 12, 20]))
        return [str(due)]

    # -------------------------------------------------------------------------------- day by day

    def events(self) -> Iterator[At]:
        """All that happens, the first book included."""
        joined = after(self.begins, -self._dice.choice([0, 0, 1, 3]))
        at = world.at(self.begins, "04:00")
        yield At(at, Imported(self._all(), joined, "the first book"))
        yield At(world.at(self.begins, "04:30"), Booked(tuple(self._ledger.values()), "the ledger"))
        away_until = self.begins
        for number in range(self.days):
            day = after(self.begins, number)
            if number and self._dice.random() < 0.12:
                away_until = after(day, self._dice.randint(1, 5))
            yield from self._day(day, is_away=day < away_until)

    def _all(self) -> tuple[Row, ...]:
        return tuple(dict(row) for row in self._policies.values())

    def _day(self, day: Day, *, is_away: bool) -> Iterator[At]:
        times = [(time, self._change) for time in MOMENTS if self._dice.random() < 0.55]
        if not is_away:
            times += [(world.WALK, self._walk), *((time, self._dispatch) for time in DISPATCHES)]
        for time, happens in sorted(times, key=lambda each: each[0]):
            for event in happens(day):
                yield At(world.at(day, time), event)

    def _walk(self, day: Day) -> Iterator[Event]:
        yield Walked(day)

    def _dispatch(self, day: Day) -> Iterator[Event]:
        yield Dispatched()

    def _change(self, day: Day) -> Iterator[Event]:
        kinds = [each for each in KINDS if each not in SWITCHED_OFF]
        kind = self._dice.choices(kinds, [KINDS[each][1] for each in kinds])[0]
        yield from KINDS[kind][0](self, day)

    # ------------------------------------------------------------------- corrections of a policy

    def some_policy(self) -> Row:
        return self._dice.choice(list(self._policies.values()))

    def correct(self, number: str, what: str, day: Day, **facts: str) -> Iterator[Event]:
        """A changed row is imported, alone or with the whole file around it."""
        row = self._policies[number]
        self._was.append((number, dict(row)))
        row.update(facts)
        rows = self._all() if self._dice.random() < 0.2 else (dict(row),)
        yield Imported(rows, day, f"{what} of {number}: {facts}")

    def correct_client(self, what: str, day: Day, **facts: str) -> Iterator[Event]:
        client_no = self.some_policy()["client_no"]
        yield from self._correct_all("client_no", client_no, what, day, facts)

    def _correct_all(
        self, column: str, value: str, what: str, day: Day, facts: Row
    ) -> Iterator[Event]:
        for row in self._policies.values():
            if row[column] == value:
                row.update(facts)
        rows = tuple(dict(row) for row in self._policies.values() if row[column] == value)
        yield Imported(rows, day, f"{what} of {value}: {facts}")

    def issue_date(self, day: Day) -> Iterator[Event]:
        row = self.some_policy()
        moved = after(Day.fromisoformat(row["issue_date"]), self._dice.choice(NEAR))
        delivered = row["delivered_on"] or str(day)
        last = min(str(day), delivered, row["ended_on"] or str(day))
        if str(moved) <= last:
            yield from self.correct(row["policy_no"], "issue date", day, issue_date=str(moved))

    def delivery(self, day: Day) -> Iterator[Event]:
        row = self.some_policy()
        moved = str(after(day, -self._dice.randint(0, 5)))
        if moved >= row["issue_date"]:
            said = self._dice.choice([moved, moved, ""])
            yield from self.correct(row["policy_no"], "delivery", day, delivered_on=said)

    def birthday(self, day: Day) -> Iterator[Event]:
        born = after(day, self._dice.randint(-2, 4)).replace(year=self._dice.randint(1950, 1999))
        yield from self.correct_client("birthday", day, birthday=str(born))

    def name(self, day: Day) -> Iterator[Event]:
        name = f"Client {self._dice.choice(SURNAMES)}e"
        yield from self.correct_client("name", day, client_name=name)

    def phone(self, day: Day) -> Iterator[Event]:
        phone = f"+120255501{self._dice.randint(30, 60)}"
        yield from self.correct_client("phone", day, phone=phone)

    def channel(self, day: Day) -> Iterator[Event]:
        channel = self._dice.choice(["sms", "email", "none"])
        yield from self.correct_client("channel", day, channel=channel)

    def language(self, day: Day) -> Iterator[Event]:
        language = self._dice.choice(["en", "zh_CN"])
        yield from self.correct_client("language", day, language=language)

    def consent(self, day: Day) -> Iterator[Event]:
        said = self._dice.choice(["yes", "no"])
        yield from self.correct_client("consent", day, marketing_consent=said)

    def product(self, day: Day) -> Iterator[Event]:
        number = self.some_policy()["policy_no"]
        yield from self.correct(number, "product", day, product=self._dice.choice(PRODUCTS))

    def agent(self, day: Day) -> Iterator[Event]:
        number = self.some_policy()["policy_no"]
        yield from self.correct(number, "agent", day, **self._dice.choice(self._agents))

    def agent_name(self, day: Day) -> Iterator[Event]:
        agent = self._dice.choice(self._agents)
        agent["agent_name"] += "e"
        yield from self._correct_all("agent_no", agent["agent_no"], "agent", day, dict(agent))

    def suspension(self, day: Day) -> Iterator[Event]:
        row = self.some_policy()
        allowed = {"in_force": "suspended", "grace": "suspended", "suspended": "in_force"}
        if row["status"] in allowed:
            status = allowed[row["status"]]
            yield from self.correct(row["policy_no"], "status", day, status=status)

    def activation(self, day: Day) -> Iterator[Event]:
        row = self.some_policy()
        if row["status"] == "applied":
            yield from self.correct(row["policy_no"], "status", day, status="in_force")

    def grace(self, day: Day) -> Iterator[Event]:
        row = self.some_policy()
        allowed = {"in_force": "grace", "grace": "in_force"}
        if row["status"] in allowed:
            status = allowed[row["status"]]
            yield from self.correct(row["policy_no"], "status", day, status=status)

    def end(self, day: Day) -> Iterator[Event]:
        row = self.some_policy()
        on = str(after(day, -self._dice.randint(0, 2)))
        if row["status"] in ("in_force", "grace", "suspended") and on >= row["issue_date"]:
            said = {"status": self._dice.choice(ENDS), "ended_on": on}
            yield from self.correct(row["policy_no"], "end", day, **said)

    def paid_up(self, day: Day) -> Iterator[Event]:
        row = self.some_policy()
        if row["status"] in ("in_force", "grace"):
            yield from self.correct(row["policy_no"], "status", day, status="paid_up")

    def end_undone(self, day: Day) -> Iterator[Event]:
        """A claim that was refused, a surrender booked by mistake."""
        ended = [number for number, row in self._policies.items() if row["ended_on"]]
        if ended:
            number = self._dice.choice(ended)
            yield from self.correct(number, "end undone", day, status="in_force", ended_on="")

    def undone(self, day: Day) -> Iterator[Event]:
        """The dates of a row are put back to what they were before a correction."""
        if self._was:
            number, before = self._dice.choice(self._was)
            dated = {name: before[name] for name in ("issue_date", "delivered_on")}
            ended = self._policies[number]["ended_on"] or str(day)
            if dated["issue_date"] <= min(ended, dated["delivered_on"] or ended):
                yield from self.correct(number, "undone", day, **dated)

    def moved(self, day: Day) -> Iterator[Event]:
        """A policy goes to another client, with what the file says of that one."""
        number, to = self.some_policy()["policy_no"], self.some_policy()
        facts = {name: to[name] for name in world.CLIENT_COLUMNS}
        yield from self.correct(number, "client", day, **facts)

    def added(self, day: Day) -> Iterator[Event]:
        of = self.some_policy()
        client = {name: of[name] for name in world.CLIENT_COLUMNS}
        row = self._new_policy(client, day)
        yield Imported((dict(row),), day, "a new policy")
        mine = [dict(each) for (no, _), each in self._ledger.items() if no == row["policy_no"]]
        if mine:
            yield Booked(tuple(mine), "its ledger")

    def again(self, day: Day) -> Iterator[Event]:
        """The whole book once more, as it was sent this morning or the day before."""
        yield Imported(self._all(), day, "the whole book again")

    # ------------------------------------------------------------------------------- the ledger

    def some_instalment(self) -> Row | None:
        return self._dice.choice(list(self._ledger.values())) if self._ledger else None

    def payment(self, day: Day) -> Iterator[Event]:
        row = self.some_instalment()
        if row:
            row["paid_on"] = "" if row["paid_on"] else str(after(day, -self._dice.randint(0, 2)))
            yield Booked((dict(row),), "paid" if row["paid_on"] else "bounced")

    def amount(self, day: Day) -> Iterator[Event]:
        row = self.some_instalment()
        if row:
            row["amount"] = self._dice.choice(["0", str(self._dice.randint(100, 900))])
            yield Booked((dict(row),), "amount")

    def instalment_moved(self, day: Day) -> Iterator[Event]:
        """To a date of which no reminder has come yet."""
        row = self.some_instalment()
        if row:
            yield from self._moves(row, after(day, self._dice.randint(8, 20)))

    def instalment_moved_late(self, day: Day) -> Iterator[Event]:
        """To a date of which some reminders should have come already."""
        row = self.some_instalment()
        if row:
            yield from self._moves(
                row, after(Day.fromisoformat(row["due_date"]), self._dice.choice(NEAR))
            )

    def _moves(self, row: Row, to: Day) -> Iterator[Event]:
        number, was, due = row["policy_no"], row["due_date"], str(to)
        if (number, due) not in self._ledger:
            del self._ledger[number, was]
            self._ledger[number, due] = {**row, "due_date": due}
            mine = [dict(each) for (no, _), each in self._ledger.items() if no == number]
            yield CompleteLedger(tuple(mine), f"moved from {was}")

    # ------------------------------------------------------------------------- people and machines

    def word(self, day: Day) -> Iterator[Event]:
        phone = self.some_policy()["phone"]
        yield Said(phone, self._dice.choice(["STOP", "TD", "退订", "START"]))

    def halt(self, day: Day) -> Iterator[Event]:
        key = self._dice.choice(list(world.TEMPLATES))
        if key not in self._halted:
            self._halted.add(key)
            yield Halted(key)

    def resume(self, day: Day) -> Iterator[Event]:
        if self._halted:
            key = self._dice.choice(sorted(self._halted))
            self._halted.discard(key)
            if self._dice.random() < 0.5:
                yield Mended(world.TEMPLATES[key])
            yield Resumed(key)

    def mend(self, day: Day) -> Iterator[Event]:
        yield Mended(self._dice.choice([*world.TEMPLATES.values(), "t_grace"]))

    def task_done(self, day: Day) -> Iterator[Event]:
        yield Did(self.some_policy()["agent_no"], self._dice.randrange(20))


NEAR = [*range(-6, 0), *range(1, 7), -30, 31]
"""Days by which a date is corrected."""

Kind = Callable[[Week, Day], Iterator[Event]]

KINDS: dict[str, tuple[Kind, int]] = {
    "issue date": (Week.issue_date, 8),
    "delivery": (Week.delivery, 5),
    "birthday": (Week.birthday, 6),
    "name": (Week.name, 3),
    "phone": (Week.phone, 3),
    "channel": (Week.channel, 4),
    "language": (Week.language, 3),
    "consent": (Week.consent, 4),
    "product": (Week.product, 2),
    "agent": (Week.agent, 4),
    "agent's name": (Week.agent_name, 2),
    "suspension": (Week.suspension, 7),
    "activation": (Week.activation, 3),
    "grace": (Week.grace, 2),
    "end": (Week.end, 4),
    "end undone": (Week.end_undone, 3),
    "paid up": (Week.paid_up, 2),
    "undone": (Week.undone, 5),
    "moved to another client": (Week.moved, 3),
    "added": (Week.added, 4),
    "again": (Week.again, 3),
    "payment": (Week.payment, 8),
    "amount": (Week.amount, 3),
    "instalment moved": (Week.instalment_moved, 4),
    "instalment moved late": (Week.instalment_moved_late, 4),
    "word": (Week.word, 4),
    "halt": (Week.halt, 3),
    "resume": (Week.resume, 4),
    "mend": (Week.mend, 2),
    "task done": (Week.task_done, 8),
}
"""What happens between walks and dispatches, with how often."""

SWITCHED_OFF: dict[str, str] = {
    "activation": "what fell due while it was applied for is made after a sibling's correction",
    "moved to another client": "the reading does not know yet when two clients are one person",
}
"""Kinds that do not happen yet, and why."""
