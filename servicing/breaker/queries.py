"""The breaker's questions to the database, a function each."""

import datetime
from collections import Counter
from collections.abc import Collection, Iterable

from policies import database, dialect, models, records
from policies.records import Moment, Record
from servicing.core import packed_texts
from servicing.core.packed_texts import Stored

ALL = ""
"""The key of the row that counts a day as a whole; that it is there says that the day was counted."""

_GONE = ("sending", "accepted", "delivered", "unknown")
"""States of a message whose text its address has, or may have."""


# ------------------------------------------------------------------------------- a day's touchpoints


class KeyCount(Record, frozen=True):
    """How many touchpoints of a key fall due on a day."""

    key: str
    touchpoints: int


class RecordedCount(Record, frozen=True):
    """How many touchpoints of a key are recorded for a day."""

    key: str
    every: int
    known: int
    """Those of policies that an earlier walk knew."""


def is_counted(day: datetime.date) -> bool:
    """Whether the day was counted ahead, or walked."""
    sql = f"""
        SELECT EXISTS (SELECT 1 FROM forecast WHERE key = '{ALL}' AND day = ?)
            OR EXISTS (SELECT 1 FROM walked_day WHERE day = ?)
    """
    return bool(database.value(sql, [day, day]))


def keep_forecast(day: datetime.date, counted: Counter[str], now: datetime.datetime) -> None:
    """Keep the counts of a day; those that were kept first stand."""
    at = models.stored(now)
    rows = [(day, key, number, at) for key, number in {ALL: counted.total(), **counted}.items()]
    sql = "INSERT INTO forecast (day, key, touchpoints, made_at) VALUES (?, ?, ?, ?)"
    database.execute_many(f"{sql} ON CONFLICT DO NOTHING", rows)


def forecast_of(day: datetime.date) -> Counter[str]:
    """The forecast of a day by key; empty where there is none."""
    sql = "SELECT key, touchpoints FROM forecast WHERE day = ?"
    return _by_key(records.listed(KeyCount, sql, [day]))


def busiest(day: datetime.date, looks_back: int) -> Counter[str]:
    """By key, the most of one day among the last `looks_back` walked days before `day`.

    Left out is what was too much and is not accepted by a person; what they have accepted of `day`
    itself counts.
    """
    sql = f"""
        SELECT key, MAX(touchpoints) FROM volume
        WHERE verdict <> 'over' AND (day < ? OR day = ? AND verdict = 'accepted') AND day >= COALESCE((
            SELECT MIN(day) FROM (SELECT day FROM volume WHERE key = '{ALL}' AND day < ?
                                  ORDER BY day DESC LIMIT {looks_back:d}) AS lately), ?)
        GROUP BY key
    """
    return _by_key(records.listed(KeyCount, sql, [day] * 4))


def recorded(day: datetime.date, policy_mark: int) -> list[RecordedCount]:
    """The touchpoints due on a day by key, and those of policies up to the one with that id."""
    sql = """
        SELECT key, COUNT(*), SUM(CASE WHEN policy_id <= ? THEN 1 ELSE 0 END)
        FROM touchpoint WHERE due_on = ? AND NOT released GROUP BY key
    """
    return records.listed(RecordedCount, sql, [policy_mark, day])


def keep_volume(day: datetime.date, counted: Counter[str], over: Collection[str]) -> None:
    """Keep what a day has brought, and of which keys it was too much; what was accepted stays so."""
    rows = [(day, key, count, "over" if key in over else "usual") for key, count in counted.items()]
    rows.append((day, ALL, counted.total(), "usual"))
    sql = """
        INSERT INTO volume (day, key, touchpoints, verdict) VALUES (?, ?, ?, ?)
        ON CONFLICT (day, key) DO UPDATE SET touchpoints = excluded.touchpoints,
            verdict = CASE WHEN excluded.verdict = 'usual' AND volume.verdict = 'accepted'
                           THEN 'accepted' ELSE excluded.verdict END
    """
    database.execute_many(sql, rows)


def days_counted(first: datetime.date, last: datetime.date) -> dict[datetime.date, int]:
    """By day how many touchpoints with a message its walk has found; it must have been walked."""
    sql = f"SELECT day, touchpoints FROM volume WHERE key = '{ALL}' AND day BETWEEN ? AND ?"
    return {each.day: each.touchpoints for each in records.listed(DayCount, sql, [first, last])}


class DayCount(Record, frozen=True):
    """How many touchpoints fell due on a day."""

    day: datetime.date
    touchpoints: int


def _by_key(rows: Iterable[KeyCount]) -> Counter[str]:
    return Counter({each.key: each.touchpoints for each in rows})


# -------------------------------------------------------------------------------------------- halts


class StoredHalt(Record, frozen=True):
    """A halt as it is stored, with how many messages it holds."""

    kind: str
    subject: str
    cause: str
    facts: str
    """As JSON."""
    halted_at: Moment
    halted_by: str
    halted_why: str
    waiting: int
    resumed_at: Moment | None
    resumed_by: str
    resumed_why: str


class OpenHalt(Record, frozen=True):
    """The touchpoint or channel that a halt stops; of a message, it stops that one alone."""

    kind: str
    subject: str


class NewHalt(Record, frozen=True):
    """A halt when it begins."""

    kind: str
    subject: str
    cause: str
    facts: str
    """As JSON."""
    halted_at: Moment
    halted_by: str
    halted_why: str


def add_halt(halt: NewHalt) -> bool:
    """Add a halt, unless its subject is halted for that cause; answers whether it was added."""
    names = records.columns(NewHalt)
    values = {**records.named(halt), "halted_at": models.stored(halt.halted_at)}
    sql = f"INSERT INTO halt ({', '.join(names)}) VALUES ({dialect.marks(names)})"
    added = database.execute(f"{sql} ON CONFLICT DO NOTHING", list(values.values()))
    return bool(added.rowcount == 1)


def set_aside(message_ids: Iterable[int]) -> None:
    """Set queued messages aside: no claim looks at them again."""
    sql = "UPDATE message SET send_from = NULL WHERE id = ? AND state = 'queued'"
    database.execute_many(sql, [(number,) for number in message_ids])


def open_halts() -> list[OpenHalt]:
    """The touchpoints and channels that are halted at this moment."""
    sql = "SELECT DISTINCT kind, subject FROM halt WHERE resumed_at IS NULL AND kind <> 'message'"
    return records.listed(OpenHalt, sql)


class Party(Record, frozen=True):
    """A message that is held for its text, or whose text it repeats."""

    id: int
    state: str
    touchpoint: str
    client_no: str
    address: str


def parties(message_ids: Collection[int]) -> dict[int, Party]:
    """The messages by id, with whom they go to."""
    found = {}
    for some in database.chunks(message_ids):
        sql = f"""
            SELECT m.id, m.state, t.key, c.client_no, m.address FROM message m
            JOIN touchpoint t ON t.id = m.touchpoint_id JOIN client c ON c.id = m.client_id
            WHERE m.id IN ({dialect.marks(some)})
        """
        found.update({each.id: each for each in records.listed(Party, sql, some)})
    return found


class Hold(Record, frozen=True):
    """A halt of one message, by its id."""

    subject: str
    halted_at: Moment


def holds() -> dict[int, datetime.datetime]:
    """The messages that are held each by itself, by id, and since when."""
    sql = f"""
        SELECT subject, {dialect.moment("halted_at")} FROM halt
        WHERE kind = 'message' AND resumed_at IS NULL
    """
    return {int(each.subject): each.halted_at for each in records.listed(Hold, sql)}


def end_holds(message_ids: Collection[int], now: datetime.datetime) -> None:
    """What holds messages that wait no more has ended; nobody has let them go."""
    sql = "UPDATE halt SET resumed_at = ? WHERE kind = 'message' AND resumed_at IS NULL"
    rows = [(models.stored(now), str(each)) for each in message_ids]
    database.execute_many(f"{sql} AND subject = ?", rows)


def let_go(message_ids: Collection[int]) -> set[int]:
    """Those of the messages that a person has let go although they repeat a text."""
    found: set[int] = set()
    for some in database.chunks(message_ids):
        sql = f"""
            SELECT subject FROM halt WHERE kind = 'message' AND resumed_by <> ''
            AND subject IN ({dialect.marks(some)})
        """
        subjects = database.execute(sql, [str(each) for each in some]).fetchall()
        found |= {int(subject) for (subject,) in subjects}
    return found


def halts(*, is_all: bool) -> list[StoredHalt]:
    """The open halts, or all there were, the oldest first."""
    queued = "FROM message m WHERE m.state = 'queued'"
    of_touchpoint = (
        "EXISTS (SELECT 1 FROM touchpoint t WHERE t.id = m.touchpoint_id AND t.key = halt.subject)"
    )
    sql = f"""
        SELECT kind, subject, cause, facts, {dialect.moment("halted_at")}, halted_by, halted_why,
               CASE WHEN resumed_at IS NOT NULL THEN 0
                    WHEN kind = 'message' THEN 1
                    WHEN kind = 'channel' THEN (SELECT COUNT(*) {queued} AND m.channel = halt.subject)
                    ELSE (SELECT COUNT(*) {queued} AND {of_touchpoint}) END,
               {dialect.moment("resumed_at")}, resumed_by, resumed_why
        FROM halt WHERE {"1 = 1" if is_all else "resumed_at IS NULL"} ORDER BY id
    """
    return records.listed(StoredHalt, sql)


class RepetitionsAccepted(Record, frozen=True):
    """The last message there was when a person accepted that a touchpoint repeats texts."""

    touchpoint: str
    message_id: int


def repetitions_accepted() -> dict[str, int]:
    """By touchpoint the last message, by id, of which a person has accepted that it repeats texts."""
    sql = (
        "SELECT subject, MAX(message_mark) FROM halt WHERE kind = 'touchpoint'"
        " AND cause = 'repeated' AND resumed_at IS NOT NULL GROUP BY subject"
    )
    return {each.touchpoint: each.message_id for each in records.listed(RepetitionsAccepted, sql)}


# ----------------------------------------------------------------------------------------- messages


def last_message() -> int:
    """The highest id of a message; 0 where there is none."""
    return int(database.value("SELECT COALESCE(MAX(id), 0) FROM message"))


def queued_of(touchpoint: str) -> list[int]:
    """The queued messages of a touchpoint, by id."""
    in_order = dialect.unindexed("m.id")
    sql = f"""
        SELECT m.id FROM message m JOIN touchpoint t ON t.id = m.touchpoint_id
        WHERE m.state = 'queued' AND t.key = ? ORDER BY {in_order}
    """
    return database.numbers(sql, [touchpoint])


def texts_sent(addresses: Collection[str], since: datetime.datetime) -> dict[tuple[str, str], int]:
    """The texts sent to these addresses since then, each by its address and words: the message."""
    found: dict[tuple[str, str], int] = {}
    for some in database.chunks(addresses):
        sql = (
            "SELECT id, subject, body, packed_text, address FROM message"
            f" WHERE address IN ({dialect.marks(some)})"
            f" AND claimed_at > ? AND claimed_at IS NOT NULL AND state IN ({dialect.quoted(_GONE)})"
        )
        # streamed: what is executed stands in the log, addresses and all
        sent = list(records.read(_Sent, sql, [*some, models.stored(since)]))
        said = packed_texts.read(sent)
        found |= {(each.address, said[each.id].body): each.id for each in sent}
    return found


class _Sent(Stored, frozen=True):
    """A message that has gone, its text as it is stored."""

    address: str
