"""What may happen to a book between its walks: corrections and back, deaths, stops, complete files."""

import string
from collections.abc import Callable, Iterator
from typing import Literal

from tests.drills.plainly import world
from tests.drills.plainly.events import (
    Booked,
    Did,
    Died,
    Event,
    Halted,
    Imported,
    Lives,
    Mended,
    Resumed,
    Said,
    Stopped,
)
from tests.drills.plainly.imagined import PRODUCTS, SURNAMES, Day, Imagined, after, in_some_year

ENDS = ("surrendered", "claim", "matured", "terminated")
NEAR = [*range(-6, 0), *range(1, 7), -30, 31]
"""Days by which a date is corrected."""

AFTER_ISSUE = ("delivered_on", "ended_on", "suspended_on")
"""Columns of days that are none before the day of issue."""

WORDS: dict[str, Literal["stop", "start", ""]] = {
    "STOP": "stop",
    "Stop.": "stop",
    "ＴＤ": "stop",
    "退 订": "stop",
    "回复TD": "stop",
    "START": "start",
    "start!": "start",
    "End of May suits me": "",
}
"""What clients answer, and how we have to take it."""

# ------------------------------------------------------------------------- corrections of a policy


def issue_date(book: Imagined, day: Day) -> Iterator[Event]:
    row = book.some_policy()
    moved = after(Day.fromisoformat(row["issue_date"]), book.dice.choice(NEAR))
    if str(moved) <= min(row[name] or str(day) for name in AFTER_ISSUE):
        yield from book.correct(row["policy_no"], "issue date", day, issue_date=str(moved))


def delivery(book: Imagined, day: Day) -> Iterator[Event]:
    row = book.some_policy()
    moved = str(after(day, -book.dice.randint(0, 5)))
    if moved >= row["issue_date"]:
        said = book.dice.choice([moved, moved, ""])
        yield from book.correct(row["policy_no"], "delivery", day, delivered_on=said)


def product(book: Imagined, day: Day) -> Iterator[Event]:
    number = book.some_policy()["policy_no"]
    yield from book.correct(number, "product", day, product=book.dice.choice(PRODUCTS))


def agent(book: Imagined, day: Day) -> Iterator[Event]:
    number = book.some_policy()["policy_no"]
    yield from book.correct(number, "agent", day, **book.dice.choice(book.agents))


def agent_name(book: Imagined, day: Day) -> Iterator[Event]:
    named = book.dice.choice(book.agents)
    named["agent_name"] += "e"
    yield from book.correct_all("agent_no", named["agent_no"], "agent", day, dict(named))


def _status(book: Imagined, day: Day, allowed: dict[str, str]) -> Iterator[Event]:
    row = book.some_policy()
    if row["status"] in allowed:
        said = allowed[row["status"]]
        yield from book.correct(row["policy_no"], "status", day, status=said, suspended_on="")


def suspension(book: Imagined, day: Day) -> Iterator[Event]:
    allowed = {"in_force": "suspended", "grace": "suspended", "suspended": "in_force"}
    yield from _status(book, day, allowed)


def activation(book: Imagined, day: Day) -> Iterator[Event]:
    yield from _status(book, day, {"applied": "in_force"})


def grace(book: Imagined, day: Day) -> Iterator[Event]:
    yield from _status(book, day, {"in_force": "grace", "grace": "in_force"})


def paid_up(book: Imagined, day: Day) -> Iterator[Event]:
    yield from _status(book, day, {"in_force": "paid_up", "grace": "paid_up"})


def end(book: Imagined, day: Day) -> Iterator[Event]:
    row = book.some_policy()
    on = str(after(day, -book.dice.randint(0, 2)))
    if row["status"] in ("in_force", "grace", "suspended") and on >= row["issue_date"]:
        said = {"status": book.dice.choice(ENDS), "ended_on": on}
        yield from book.correct(row["policy_no"], "end", day, **said)


def end_undone(book: Imagined, day: Day) -> Iterator[Event]:
    """A claim that was refused, a surrender booked by mistake."""
    ended = [number for number, row in book.policies.items() if row["ended_on"]]
    if ended:
        number = book.dice.choice(ended)
        yield from book.correct(number, "end undone", day, status="in_force", ended_on="")


def undone(book: Imagined, day: Day) -> Iterator[Event]:
    """The dates of a row are put back to what they were before a correction."""
    if book.was:
        number, before = book.dice.choice(book.was)
        dated = {name: before[name] for name in ("issue_date", "delivered_on")}
        row = {**book.policies[number], **dated}
        if row["issue_date"] <= min(row[name] or str(day) for name in AFTER_ISSUE):
            yield from book.correct(number, "undone", day, **dated)


def added(book: Imagined, day: Day) -> Iterator[Event]:
    of = book.some_policy()
    client = {name: of[name] for name in world.CLIENT_COLUMNS}
    row = book.new_policy(client, day)
    yield Imported((dict(row),), day, "a new policy")
    if mine := book.ledger_of(row["policy_no"]):
        yield Booked(mine, "its ledger")


def again(book: Imagined, day: Day) -> Iterator[Event]:
    """The whole book once more, as it was sent this morning or the day before."""
    yield Imported(book.all(), day, "the whole book again")


# ------------------------------------------------------------------------- corrections of a client


def birthday(book: Imagined, day: Day) -> Iterator[Event]:
    born = after(day, book.dice.randint(-2, 4))
    yield from book.correct_client("birthday", day, birthday=in_some_year(born, book.dice))


def name(book: Imagined, day: Day) -> Iterator[Event]:
    said = f"Client {book.dice.choice(SURNAMES)}e"
    yield from book.correct_client("name", day, client_name=said)


def phone(book: Imagined, day: Day) -> Iterator[Event]:
    number = book.dice.randint(30, 60)
    said = f"{world.LONDON}79460{number:03}" if number > 50 else f"+120255501{number}"
    yield from book.correct_client("phone", day, phone=said)


def email(book: Imagined, day: Day) -> Iterator[Event]:
    said = f"client{book.dice.randint(30, 60)}@mail.example"
    said = book.dice.choice([said, said.title(), said.upper()])
    yield from book.correct_client("email", day, email=said)


def channel(book: Imagined, day: Day) -> Iterator[Event]:
    said = book.dice.choice(["sms", "email", "none"])
    yield from book.correct_client("channel", day, channel=said)


def language(book: Imagined, day: Day) -> Iterator[Event]:
    said = book.dice.choice(["en", "zh_CN"])
    yield from book.correct_client("language", day, language=said)


def zone(book: Imagined, day: Day) -> Iterator[Event]:
    said = book.dice.choice(world.ZONES)
    yield from book.correct_client("time zone", day, timezone=said)


def consent(book: Imagined, day: Day) -> Iterator[Event]:
    said = book.dice.choice(["yes", "no"])
    yield from book.correct_client("consent", day, marketing_consent=said)


# -------------------------------------------------------------------- clients who are others by now


def moved(book: Imagined, day: Day) -> Iterator[Event]:
    """A policy goes to another client, with what the file says of that one."""
    number, to = book.some_policy()["policy_no"], book.some_policy()
    facts = {name: to[name] for name in world.CLIENT_COLUMNS}
    yield from book.correct(number, "client", day, **facts)


def renumbered(book: Imagined, day: Day) -> Iterator[Event]:
    """All policies of a client come under another number; one more thing may be corrected with it."""
    client_no = book.some_policy()["client_no"]
    book.numbers += 1
    facts = {"client_no": f"C{book.numbers:03}"}
    if book.dice.random() < 0.3:
        born = after(day, book.dice.randint(-2, 4))
        facts["birthday"] = in_some_year(born, book.dice)
    yield from book.correct_all("client_no", client_no, "number", day, facts)


def split(book: Imagined, day: Day) -> Iterator[Event]:
    """One policy comes under another number, of the same person as far as the file says."""
    book.numbers += 1
    number = book.some_policy()["policy_no"]
    yield from book.correct(number, "number", day, client_no=f"C{book.numbers:03}")


# -------------------------------------------------------------------------------------- the ledger


def payment(book: Imagined, day: Day) -> Iterator[Event]:
    row = book.some_instalment()
    if row:
        row["paid_on"] = "" if row["paid_on"] else str(after(day, -book.dice.randint(0, 2)))
        yield Booked((dict(row),), "paid" if row["paid_on"] else "bounced")


def amount(book: Imagined, day: Day) -> Iterator[Event]:
    row = book.some_instalment()
    if row:
        row["amount"] = book.dice.choice(["0", str(book.dice.randint(100, 900))])
        yield Booked((dict(row),), "amount")


def instalment_moved(book: Imagined, day: Day) -> Iterator[Event]:
    """To a date of which no reminder has come yet."""
    row = book.some_instalment()
    if row:
        yield from book.move_instalment(row, after(day, book.dice.randint(8, 20)))


def instalment_moved_late(book: Imagined, day: Day) -> Iterator[Event]:
    """To a date of which some reminders should have come already."""
    row = book.some_instalment()
    if row:
        due = Day.fromisoformat(row["due_date"])
        yield from book.move_instalment(row, after(due, book.dice.choice(NEAR)))


# ---------------------------------------------------------------------------------- complete files


def complete(book: Imagined, day: Day) -> Iterator[Event]:
    """All of a branch, but for some that this file and the next ones leave out."""
    branch = book.dice.choice(book.agents)["branch"]
    mine = [row for row in book.policies.values() if row["branch"] == branch]
    if mine and book.dice.random() < 0.7:
        book.absent.add(book.dice.choice(mine)["policy_no"])
    rows = tuple(dict(row) for row in mine if row["policy_no"] not in book.absent)
    if rows:
        yield Imported(rows, day, f"all of {branch}", is_complete=True)


def named_again(book: Imagined, day: Day) -> Iterator[Event]:
    if book.absent:
        number = book.dice.choice(sorted(book.absent))
        book.absent.discard(number)
        yield Imported((dict(book.policies[number]),), day, f"{number} is there again")


# ------------------------------------------------------------------------------- people and machines


def word(book: Imagined, day: Day) -> Iterator[Event]:
    said = book.dice.choice(list(WORDS))
    yield Said(book.some_policy()["phone"], said, WORDS[said])


def stop(book: Imagined, day: Day) -> Iterator[Event]:
    """Of a number, an address or marketing, in some spelling; or it is lifted."""
    row, is_lifted = book.some_policy(), book.dice.random() < 0.4
    is_by_email = row["channel"] == "email" and book.dice.random() < 0.8
    subject = row["email" if is_by_email else book.dice.choice(["phone", "email", "client_no"])]
    spelled = subject
    if "@" in subject:
        spelled = book.dice.choice([subject.upper(), subject.lower(), subject.title()])
    elif subject[0] == "+":
        spelled = book.dice.choice([subject, f"{subject[:5]} {subject[5:8]}-{subject[8:]}"])
    yield Stopped(spelled, _small(subject), is_lifted)


def _small(subject: str) -> str:
    letters = string.ascii_uppercase if "@" in subject else ""
    return "".join(each.lower() if each in letters else each for each in subject)


def death(book: Imagined, day: Day) -> Iterator[Event]:
    on = after(day, -book.dice.randint(0, 20))
    yield Died(book.some_policy()["client_no"], on)


def alive(book: Imagined, day: Day) -> Iterator[Event]:
    claims = [row for row in book.policies.values() if row["status"] == "claim"]
    row = book.dice.choice([*claims, *claims, book.some_policy()])
    yield Lives(row["client_no"])


def kin(book: Imagined, day: Day) -> Iterator[Event]:
    yield from book.some_kin()


def halt(book: Imagined, day: Day) -> Iterator[Event]:
    key = book.dice.choice(list(world.TEMPLATES))
    if key not in book.halted:
        book.halted.add(key)
        yield Halted(key)


def resume(book: Imagined, day: Day) -> Iterator[Event]:
    if book.halted:
        key = book.dice.choice(sorted(book.halted))
        book.halted.discard(key)
        if book.dice.random() < 0.5:
            yield Mended(world.TEMPLATES[key])
        yield Resumed(key)


def mend(book: Imagined, day: Day) -> Iterator[Event]:
    yield Mended(book.dice.choice([*world.TEMPLATES.values(), "t_grace"]))


def task_done(book: Imagined, day: Day) -> Iterator[Event]:
    yield Did(book.some_policy()["agent_no"], book.dice.randrange(20))


Kind = Callable[[Imagined, Day], Iterator[Event]]

KINDS: dict[str, tuple[Kind, int]] = {
    "issue date": (issue_date, 8),
    "delivery": (delivery, 5),
    "birthday": (birthday, 6),
    "name": (name, 3),
    "phone": (phone, 3),
    "email": (email, 3),
    "channel": (channel, 4),
    "language": (language, 3),
    "time zone": (zone, 3),
    "consent": (consent, 4),
    "product": (product, 2),
    "agent": (agent, 4),
    "agent's name": (agent_name, 2),
    "suspension": (suspension, 7),
    "activation": (activation, 3),
    "grace": (grace, 2),
    "end": (end, 4),
    "end undone": (end_undone, 3),
    "paid up": (paid_up, 3),
    "undone": (undone, 5),
    "moved to another client": (moved, 3),
    "renumbered": (renumbered, 3),
    "split": (split, 2),
    "added": (added, 4),
    "again": (again, 3),
    "payment": (payment, 8),
    "amount": (amount, 3),
    "instalment moved": (instalment_moved, 4),
    "instalment moved late": (instalment_moved_late, 4),
    "complete": (complete, 6),
    "named again": (named_again, 3),
    "word": (word, 4),
    "stop": (stop, 6),
    "death": (death, 3),
    "alive": (alive, 4),
    "kin": (kin, 1),
    "halt": (halt, 3),
    "resume": (resume, 4),
    "mend": (mend, 2),
    "task done": (task_done, 8),
}
"""What happens between walks and dispatches, with how often."""

SWITCHED_OFF: dict[str, str] = {}
"""Kinds that do not happen yet, and why."""
