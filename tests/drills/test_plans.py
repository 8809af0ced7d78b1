"""A book of 200,000 policies on PostgreSQL, of twenty years and of forty: how it finds a day's rows.

PostgreSQL plans by what a table holds. So the book is large, has some weeks of past, and PostgreSQL has
counted it, before a day is walked and after it. A table that grows may be read as a whole only where
more than a fiftieth of it is due: a thirtieth of all clients is owed news on any day.

The server is told what servers with an SSD are told, that to read here and there costs hardly more than
to read on. As it comes it reads tables of this size as a whole somewhat earlier, and rightly.
"""

import datetime
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import peewee
import psycopg
import pytest

from policies import database, dialect
from policies.models import Agent, Policy
from servicing.breaker import queries as breaker
from servicing.card import card
from servicing.channels import Routes
from servicing.channels.memory import Memory
from servicing.core import touched, visibility
from servicing.core.account_models import User
from servicing.core.models import ClosedYear, Touchpoint
from servicing.core.touched import TouchedRow
from servicing.corrections import queries as corrections
from servicing.desk import agenda, client_search, search_keys, tasks
from servicing.dispatch import queries as dispatches
from servicing.explain import why
from servicing.messages import history
from servicing.operations import health
from servicing.projections import simulate
from servicing.schedule import giving_back, walk
from servicing.schedule import queries as schedules
from servicing.years import years as past_years
from tests import cast
from tests.servicing import desk_questions, owed
from tests.servicing.dispatched import by, dispatch
from tests.servicing.looked_up import GROWING

POLICIES = 200_000
DAY = datetime.date(2026, 6, 16)
"""An ordinary Tuesday."""
NOW, TEN = cast.at(DAY, "06:00"), cast.at(DAY, "10:00")
PAST_DAYS, WITH_A_PAST = 20, 20
"""So many days, in the book of so many years."""
Node = dict[str, Any]
"""A step of a plan."""
FIFTIETH, SMALL = 50, 50_000
"""Of a table of so few rows nobody minds how they are read."""
WALKER = replace(cast.walker(owed.AFTER_SERVICE, breaks=True), routes=Routes("memory", "memory"))

BOOK = """
SELECT setseed(0.5);
INSERT INTO branch (name) VALUES ('上海');
INSERT INTO team (branch_id, name) VALUES (1, '一部');
INSERT INTO agent (agent_no, name, phone, email, team_id)
SELECT 'A' || n, '陈燕', '+8618' || lpad(n::text, 9, '0'), '', 1 FROM generate_series(1, {agents}) n;
INSERT INTO client (client_no, name, birthday, phone, channel, marketing_consent, consent_on)
SELECT 'C' || n, '林伟', date '1960-01-01' + floor(random() * 14600)::int,
       '+8613' || lpad(n::text, 9, '0'), 'sms', random() < 0.7, '2020-01-01'
FROM generate_series(1, {clients}) n;
INSERT INTO policy (policy_no, client_id, agent_id, product, issue_date, status, ended_on, suspended_on,
                    delivered_on, annual_premium, currency, served_from)
SELECT 'P' || n, 1 + (n * 2) / 3, 1 + mod(n, {agents}), '安心终身寿险', issued,
       CASE WHEN mod(n, 20) = 0 THEN 'surrendered' WHEN mod(n, 100) = 7 THEN 'suspended'
           ELSE 'in_force' END,
       CASE WHEN mod(n, 20) = 0 THEN issued + ('{day}' - issued) / 2 END,
       CASE WHEN mod(n, 100) = 7 THEN date '{day}' - mod(n / 100, 700) END, issued + 4,
       1200000, 'CNY', issued
FROM (SELECT n, date '{day}' - 5 - floor(random() * 365 * {years})::int AS issued
      FROM generate_series(1, {policies} - 1) n) drawn;
INSERT INTO premium (policy_id, due_date, amount, paid_on)
SELECT p.id, due, 1200000, CASE WHEN due < '{day}' AND mod(p.id, 4) > 0 THEN due END
FROM policy p CROSS JOIN generate_series(1, {years}) n
CROSS JOIN LATERAL (SELECT (p.issue_date + make_interval(years => n))::date AS due) anniversary
WHERE due BETWEEN date '{day}' - 60 AND date '{day}' + 60 AND p.ended_on IS NULL;
INSERT INTO case_file (kind, client_id, received_on, recorded_at, source, channel, categories,
    about_login, persons, spokesmen, desk, owner, state, is_open, is_quiet, moved_on, ended_on, moves)
SELECT 'complaint', n, date '{day}' - mod(n, 7000), date '{day}' - mod(n, 7000), '', '', '', '', 1, 1,
       'complaint', '', 'closed', FALSE, TRUE, date '{day}' - mod(n, 7000), date '{day}' - mod(n, 7000), 9
FROM generate_series(1, {clients}) n;
INSERT INTO done_task (task_id, key, policy_id, client_id, done_on)
SELECT -p.id, CASE WHEN mod(p.id / 7000, 20) = 1 THEN 'delivery' ELSE 'month_4' END, p.id, p.client_id,
       date '{day}' - mod(p.id, 7000)::int
FROM policy p;
INSERT INTO book_import (imported_at, file, kind, joined_on, rows, added, changed, unchanged, rejected)
VALUES ('{day}', 'book.csv', 'book', '{day}', {policies}, {policies}, 0, 0, 0)
"""

PAST = """
INSERT INTO touchpoint (key, scope, occurrence, policy_id, client_id, anchor_on, due_on, found_on)
SELECT key, scope, occurrence || '-' || n, policy_id, client_id, anchor_on, due_on - n, due_on - n
FROM touchpoint CROSS JOIN generate_series({first}, {last}) n
WHERE due_on = '{day}';
INSERT INTO message (touchpoint_id, policy_id, client_id, agent_id, channel, address, message_class,
    template, locale, params, subject, body, parts, encoding, state, reason, planned_on, send_from,
    send_until, attempts, claimed_at, provider, provider_ref)
SELECT t.id, t.policy_id, t.client_id, p.agent_id, 'sms', c.phone, 'service', t.key, 'zh_CN', '{{}}', '',
    repeat('x', 200), 1, 'UCS-2', CASE WHEN mod(t.id, 4) > 0 THEN 'delivered' ELSE 'suppressed' END,
    CASE WHEN mod(t.id, 4) > 0 THEN 'due' ELSE 'no_consent' END, t.due_on, t.due_on, t.due_on + 7, 1,
    t.due_on, 'memory', 'SM' || t.id
FROM touchpoint t JOIN policy p ON p.id = t.policy_id JOIN client c ON c.id = t.client_id
WHERE t.id > {mark} AND t.due_on < '{day}' AND t.key IN (SELECT template FROM message);
INSERT INTO task (touchpoint_id, policy_id, client_id, due_on, show_on, closes_on, state, reason, note,
    ended_at)
SELECT id, policy_id, client_id, due_on, due_on, due_on + 30, 'done', 'due', '', due_on + 2
FROM touchpoint
WHERE id > {mark} AND due_on < '{day}' AND id NOT IN (
    SELECT touchpoint_id FROM message WHERE touchpoint_id > {mark});
INSERT INTO card_entry (client_id, policy_id, touchpoint_id, at, kind, facts)
SELECT client_id, policy_id, id, due_on, 'message.delivered', '{{"reason": "due"}}'
FROM touchpoint WHERE id > {mark} AND due_on < '{day}'
"""


@dataclass
class Heard:
    """Each statement that was said, by its text, with what is wrong with how its rows are found."""

    rows: dict[str, float]
    """By table how many rows it has."""
    told: dict[str, list[str]] = field(default_factory=dict)

    def look_at(self, cursor: Any, sql: str, values: Any) -> None:
        """Ask for the plan of a statement that is new."""
        if sql in self.told or not re.match(r"\s*(SELECT|WITH|UPDATE|INSERT|DELETE)\b", sql):
            return
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", values)
        ((plans,),) = cursor.fetchall()
        self.told[sql] = list(self._read_for_little(plans[0]["Plan"]))

    def _read_for_little(self, plan: Node) -> Iterator[str]:
        """The tables that are read as a whole for a few of their rows."""
        for node in _steps(plan):
            rows = self.rows.get(node.get("Relation Name", ""), 0)
            is_whole = node["Node Type"] == "Seq Scan" and rows > SMALL
            if is_whole and node["Plan Rows"] * FIFTIETH <= rows:
                yield f"{node['Relation Name']}: {node['Plan Rows']} of {rows:.0f}"

    def faults(self) -> list[str]:
        """What is wrong, each with the statement."""
        return [
            f"{each} <- {' '.join(sql.split())}" for sql, some in self.told.items() for each in some
        ]


def _steps(node: Node) -> Iterator[Node]:
    """A step and all below it."""
    yield node
    for each in node.get("Plans", []):
        yield from _steps(each)


@contextmanager
def listening(rows: dict[str, float]) -> Iterator[Heard]:
    """What is said to PostgreSQL: single statements, batches, and what is streamed."""
    heard, connection = Heard(rows), database.database.connection()

    class Listening(psycopg.Cursor[Any]):
        def execute(self, sql: Any, values: Any = None, **how: Any) -> Any:
            heard.look_at(psycopg.Cursor(connection), sql, values)
            return super().execute(sql, values, **how)

        def executemany(self, sql: Any, rows: Any, **how: Any) -> None:
            known = list(rows)
            for each in known[:1]:
                heard.look_at(psycopg.Cursor(connection), sql, each)
            super().executemany(sql, known, **how)

    class Streaming(psycopg.ServerCursor[Any]):
        def execute(self, sql: Any, values: Any = None, **how: Any) -> Any:
            heard.look_at(psycopg.Cursor(connection), sql, values)
            return super().execute(sql, values, **how)

    connection.cursor_factory, connection.server_cursor_factory = Listening, Streaming
    try:
        yield heard
    finally:
        connection.cursor_factory = psycopg.Cursor
        connection.server_cursor_factory = psycopg.ServerCursor


def write(statements: str, **values: object) -> None:
    """Run statements that check no foreign keys: what they write points where it should.

    Indexes are made afterwards, which takes half the time of keeping them.
    """
    is_parted = ClosedYear.select().exists()  # its indexes are made with the partitions
    indexes = database.execute(INDEXES.format(tables=dialect.quoted(GROWING))).fetchall()
    indexes = [] if is_parted else indexes
    for name, _ in indexes:
        database.execute(f"DROP INDEX {name}")
    database.execute("SET session_replication_role = replica")
    for each in statements.split(";\n"):
        database.execute(each.format(day=DAY, **values))
    database.execute("SET session_replication_role = origin")
    for _, made in indexes:
        database.execute(made)


INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename IN ({tables}) AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""


def counted() -> dict[str, float]:
    """The tables that grow, with the rows that PostgreSQL has counted in them."""
    database.execute("VACUUM (ANALYZE)")
    names = "|".join(GROWING)
    found = database.execute(
        "SELECT relname, reltuples FROM pg_class WHERE relkind = 'r' AND relname ~ ?",
        [f"^({names})(_[0-9]+|_now)?$"],
    )
    return dict(found.fetchall())


def a_morning() -> None:
    """What `servicing walk` does."""
    giving_back.bring_up_to_date(WALKER, DAY, NOW)
    walk.walk(WALKER, DAY, NOW)


def corrections_of_the_book() -> None:
    """An import has put right some hundred dates of issue."""
    some = list(range(1_000, 1_150))
    database.execute(
        f"UPDATE policy SET issue_date = issue_date - 1 WHERE client_id IN ({dialect.marks(some)})",
        some,
    )
    touched.note(TouchedRow(each, "issue") for each in some)
    giving_back.bring_up_to_date(WALKER, DAY, TEN)


def looked_at() -> None:
    """The card, the agent's day, why, and what operations look at."""
    card.card(WALKER.writer, WALKER.calendar, "C1000", DAY)
    agent = Agent.get_by_id(100)
    agenda.agenda(owed.STANDARD, WALKER.calendar, agent, DAY)
    list(tasks.open_tasks(DAY, agent.agent_no))
    one_share = card.card_of(
        *(WALKER.plan, WALKER.calendar, card.client_of("C1000"), DAY, WALKER.composer.grace),
        agent_id=agent.id,
    )
    assert one_share.client_no == "C1000"
    for user in (User(role="agent", agent=agent), User(role="manager", team=agent.team)):
        visibility.known(user, ["C1000", "C2000"], DAY)
        visibility.holders(user, ["P1000", "P2000"], DAY)
        for text in ("C1000", "P1000", "+8613000001000"):
            client_search.found(user, text, "CN", DAY)
        (theirs, *_) = agent.policies.where(Policy.ended_on.is_null()).limit(1)
        client_no = theirs.client.client_no
        visibility.client(user, client_no, DAY)
        visibility.client_with(user, client_no, theirs.policy_no, DAY, user.agent_id)
    asked_on_pages(agent, theirs)
    why.why(WALKER, "P1000", "news", None, DAY)
    health.status(["memory"], DAY, TEN)
    history.account(DAY)
    list(history.listed(on=DAY))
    breaker.queued_of("news")
    schedules.unasked()
    dispatches.unknown(TEN, 100)
    corrections.take_again([1, 2])


def asked_on_pages(agent: Agent, of: Policy) -> None:
    """What stands on the pages of agents and managers, the search and the client book among it."""
    grace = WALKER.composer.grace
    search_keys.bring_up_to_date(lambda: False)
    desk_questions.look_for(agent, of.policy_no, of.client, DAY, grace)
    desk_questions.month_of(agent, of.policy_no, DAY, TEN, grace)
    desk_questions.day_of(cast.windows(), agent, DAY, TEN)
    found = card.card(WALKER.writer, WALKER.calendar, of.client.client_no, DAY)
    desk_questions.around(found, agent, DAY)
    desk_questions.keep_filters()


def coming_days() -> None:
    """What falls due tomorrow, as somebody asks who plans."""
    with database.snapshot():
        for _ in simulate.listed(WALKER, DAY, DAY, DAY + datetime.timedelta(days=1)):
            pass


@cast.on_postgresql
@pytest.mark.parametrize("years", [20, 40])
def test_a_day_reads_only_what_is_due(book: peewee.Database, years: int) -> None:
    """What is counted from dates is asked for at either age; all else has nothing to do with it."""
    database.execute("SET random_page_cost = 1.1")
    sizes = {"policies": POLICIES, "clients": POLICIES * 2 // 3 + 1, "agents": POLICIES // 120}
    write(BOOK, years=years, **sizes)
    with listening(counted()) as heard:
        a_morning()
        coming_days()
    assert heard.faults() == []
    if years == WITH_A_PAST:
        write(PAST, mark=0, first=1, last=PAST_DAYS)
        looks_for_little()


@cast.on_postgresql
def test_it_reads_no_closed_year_as_a_whole(book: peewee.Database) -> None:
    """Of two closed years and what is written to, each as large as the past of the other book."""
    database.execute("SET random_page_cost = 1.1")
    sizes = {"policies": POLICIES, "clients": POLICIES * 2 // 3 + 1, "agents": POLICIES // 120}
    write(BOOK, years=WITH_A_PAST, **sizes)
    a_morning()
    for year in range(3):
        mark, days = database.last_id(Touchpoint), year * PAST_DAYS
        write(PAST, mark=mark * bool(year), first=days + 1, last=days + PAST_DAYS)
        if year < 2:
            past_years.close(str(year), TEN)
    looks_for_little()


def looks_for_little() -> None:
    """No statement of a day reads a table as a whole for a few of its rows."""
    with listening(counted()) as heard:
        for step in (a_morning, corrections_of_the_book, looked_at, coming_days):
            step()
        dispatch(by(Memory()), TEN, limit=1_000)
    assert heard.faults() == []
