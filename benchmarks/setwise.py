"""A book and its past, written set-wise by PostgreSQL: millions of rows in minutes, the same each time.

Like `book.py`'s in all that a walk's cost depends on: families of contracts, 20 years of dates of
issue, lapses, consents, addresses that nobody shares. What its past holds is what the standard plan
would have left: each touchpoint of each day with its message or task and what went on the card.
"""

from collections.abc import Callable, Mapping
from datetime import date

from benchmarks import book
from benchmarks.postgres import Server
from servicing.core import line_kinds

ADDED = """
INSERT INTO book_import (imported_at, file, kind, joined_on, rows, added, changed, unchanged, rejected)
VALUES ('{day}', 'book.csv', 'book', '{joined}', {policies}, {policies}, 0, 0, 0)
"""
BOOK = """
SELECT setseed(0.5);
INSERT INTO branch (name) SELECT '第' || n || '分公司' FROM generate_series(1, {branches}) n;
INSERT INTO team (branch_id, name)
SELECT 1 + (n - 1) / 8, (n - 1) % 8 + 1 || '部' FROM generate_series(1, {branches} * 8) n;
INSERT INTO agent (agent_no, name, phone, email, team_id)
SELECT 'A' || lpad(n::text, 6, '0'), '王伟', '+8618' || lpad(n::text, 9, '0'), 'a' || n || '@example.com',
       1 + (n - 1) / 20
FROM generate_series(1, {agents}) n;
INSERT INTO client (client_no, name, gender, birthday, phone, email, language, channel,
                    marketing_consent, consent_on, referred_by)
SELECT 'C' || lpad(n::text, 8, '0'), '陈秀英', CASE WHEN n % 2 = 0 THEN 'M' ELSE 'F' END,
       date '1960-01-01' + floor(random() * 14600)::int, '+8613' || lpad(n::text, 9, '0'),
       CASE WHEN n % 20 < 17 THEN 'c' || n || '@example.com' ELSE '' END,
       CASE WHEN random() < 0.975 THEN 'zh_CN' ELSE 'en' END,
       CASE WHEN n % 20 >= 17 OR random() < 0.84 THEN 'sms'
            WHEN random() < 0.75 THEN 'email' ELSE 'none' END,
       CASE WHEN random() < 0.7 THEN true WHEN random() < 0.67 THEN false END, '{day}',
       CASE WHEN random() < 0.4 THEN 'C' || lpad((1 + floor(random() * n))::text, 8, '0') ELSE '' END
FROM generate_series(1, {clients}) n;
INSERT INTO policy (policy_no, client_id, agent_id, product, issue_date, status, ended_on, delivered_on,
                    annual_premium, currency, payment_mode, premium_term_years, sum_assured, served_from)
SELECT 'P' || lpad(n::text, 10, '0'), client, agent, '安心两全保险', issued, status,
       CASE WHEN status = 'surrendered' THEN issued + floor(random() * ('{day}' - issued))::int END,
       CASE WHEN issued + 4 < '{day}' THEN issued + 4 END,
       120000 + floor(random() * 3480000)::int, 'CNY', 'annual', 20, 20000000, issued
FROM (
    SELECT n, 1 + (n - 1) / 30 * 20 + CASE WHEN r < 14 THEN r WHEN r < 22 THEN 14 + (r - 14) / 2
                                           WHEN r < 25 THEN 18 ELSE 19 END AS client,
           1 + (n - 1) / {per_agent} AS agent,
           date '{day}' - 1 - floor(random() * {issued_days})::int AS issued,
           CASE WHEN random() < 0.925 THEN 'in_force' WHEN random() < 0.33 THEN 'suspended'
                ELSE 'surrendered' END AS status
    FROM (SELECT n, (n - 1) % 30 AS r FROM generate_series(1, {policies}) n) numbered
) drawn;
"""
"""Of 30 policies 14 clients have one, 4 have two, one has three and one has five."""

PREMIUMS = """
INSERT INTO premium (policy_id, due_date, amount, paid_on)
SELECT p.id, due, p.annual_premium,
       CASE WHEN due < '{day}' AND (due < date '{day}' - {billed} OR p.id % 4 > 0)
            THEN due + (p.id % 4)::int END
FROM policy p CROSS JOIN generate_series(1, 15) n
CROSS JOIN LATERAL (SELECT (p.issue_date + make_interval(years => n))::date AS due) anniversary
WHERE due BETWEEN date '{day}' - {billed} - {past} AND date '{day}' + {billed}
  AND (p.ended_on IS NULL OR p.ended_on > due)
ORDER BY due, p.id
"""

ONCE = """
SELECT k.key, 'policy' AS scope, 'once' AS occurrence, p.id AS policy_id, p.client_id,
       p.issue_date AS anchor_on, (p.issue_date + k.after)::date AS due_on
FROM policy p CROSS JOIN (VALUES ('delivery', interval '3 days'), ('month_1', interval '1 month'),
    ('month_4', interval '4 months'), ('month_7', interval '7 months'),
    ('month_10', interval '10 months')) AS k (key, after)
WHERE p.ended_on IS NULL OR p.ended_on > p.issue_date + k.after
"""
RECURRING = """
SELECT k.key, 'client',
       CASE k.every WHEN 1 THEN to_char(due, 'YYYY-MM') WHEN 3 THEN to_char(due, 'YYYY-"Q"Q')
                    ELSE to_char(due, 'YYYY-"H"') || (extract(month FROM due)::int + 5) / 6 END,
       c.policy_id, c.client_id, c.issue_date, due::date
FROM carrier c CROSS JOIN (VALUES ('news', 13, 1), ('event', 15, 3), ('visit', 18, 6))
    AS k (key, first, every)
CROSS JOIN generate_series(0, 180) n
CROSS JOIN LATERAL (SELECT c.issue_date + make_interval(months => k.first + k.every * n) AS due) counted
WHERE n < 180 / k.every AND due < '{day}'
"""
BIRTHDAYS = """
SELECT 'birthday', 'client', to_char(due, 'YYYY'), c.policy_id, c.client_id, c.birthday, due::date
FROM carrier c CROSS JOIN generate_series(20, 66) n
CROSS JOIN LATERAL (SELECT c.birthday + make_interval(years => n) AS due) counted
WHERE due >= c.issue_date
"""
REMINDERS = """
SELECT 'renewal', 'policy', i.due_date || '-' || -k.days || 'd', p.id, p.client_id, i.due_date,
       i.due_date + k.days
FROM premium i JOIN policy p ON p.id = i.policy_id CROSS JOIN (VALUES (-30), (-7)) AS k (days)
"""
CARRIERS = """
CREATE TABLE carrier AS
SELECT DISTINCT ON (p.client_id) p.client_id, p.id AS policy_id, p.issue_date, c.birthday
FROM policy p JOIN client c ON c.id = p.client_id
WHERE p.ended_on IS NULL AND p.status <> 'suspended' ORDER BY p.client_id, p.issue_date, p.id
"""
OWED = f"""
CREATE TABLE owed AS
SELECT t.* FROM ({ONCE} UNION ALL {RECURRING} UNION ALL {BIRTHDAYS} UNION ALL {REMINDERS}) t
WHERE t.due_on >= '{{since}}' AND t.due_on < '{{day}}'
"""
TOUCHPOINTS = """
INSERT INTO touchpoint (key, scope, occurrence, policy_id, client_id, anchor_on, due_on, found_on)
SELECT t.*, t.due_on FROM owed t
WHERE t.due_on >= '{first}' AND t.due_on < '{until}' ORDER BY t.due_on, t.policy_id
"""
BASES = (
    """
    INSERT INTO text_base (id, digest, words)
    SELECT DISTINCT base_id::bigint, digest, base FROM words
    """,
    "SELECT setval(pg_get_serial_sequence('text_base', 'id'), (SELECT MAX(id) FROM text_base))",
)
"""What the texts are packed against, by the numbers that stand in them."""

MESSAGES = """
INSERT INTO message (touchpoint_id, policy_id, client_id, agent_id, channel, address, message_class,
    template, locale, params, subject, body, parts, encoding, state, reason, planned_on,
    send_from, send_until, attempts, claimed_at, provider, provider_ref, made_at, packed_text)
SELECT t.id, t.policy_id, t.client_id, p.agent_id, 'sms', c.phone, w.message_class, w.template,
    CASE WHEN may THEN w.locale ELSE '' END, '{{}}', '', '',
    CASE WHEN may THEN w.parts ELSE 0 END, CASE WHEN may THEN w.encoding ELSE '' END,
    CASE WHEN may THEN 'delivered' ELSE 'suppressed' END,
    CASE WHEN may THEN 'delivered' ELSE 'no_marketing_consent' END,
    t.due_on, t.due_on + time '01:00', t.due_on + 7 + time '12:00',
    CASE WHEN may THEN 1 ELSE 0 END, CASE WHEN may THEN t.due_on + time '02:00' END,
    CASE WHEN may THEN 'twilio' ELSE '' END, CASE WHEN may THEN 'SM' || md5(t.id::text) ELSE '' END,
    CASE WHEN may THEN t.due_on + time '00:00' END,
    CASE WHEN may THEN decode(w.packed, 'hex') END
FROM touchpoint t JOIN words w ON w.key = t.key JOIN policy p ON p.id = t.policy_id
JOIN client c ON c.id = t.client_id
CROSS JOIN LATERAL (
    SELECT w.message_class = 'service' OR coalesce(c.marketing_consent, false) AS may
) allowed
WHERE t.due_on >= '{first}' ORDER BY t.id
"""
TASKS = """
INSERT INTO task (touchpoint_id, policy_id, client_id, due_on, show_on, closes_on, state, reason,
                  ended_at, done_by_id)
SELECT t.id, t.policy_id, t.client_id, t.due_on, t.due_on, t.due_on + 30, state, 'due',
       CASE WHEN state <> 'open' THEN t.due_on + 5 + time '06:00' END,
       CASE WHEN state = 'done' THEN p.agent_id END
FROM touchpoint t JOIN policy p ON p.id = t.policy_id
CROSS JOIN LATERAL (SELECT CASE WHEN t.id % 2 = 0 AND t.due_on >= date '{day}' - 30 THEN 'open'
                                WHEN t.id % 10 = 1 THEN 'missed' ELSE 'done' END AS state) ended
WHERE t.key IN ('delivery', 'month_1', 'month_4', 'month_7', 'month_10', 'visit')
  AND t.due_on >= '{first}' ORDER BY t.id
"""
ENTRIES = """
INSERT INTO card_entry (client_id, touchpoint_id, at, kind, facts)
SELECT * FROM (
    SELECT m.client_id, m.touchpoint_id, m.planned_on + k.at AS at, k.kind, k.facts
    FROM message m JOIN (VALUES
        ('suppressed', '{suppressed}', time '00:00',
         '{{"reason": "no_marketing_consent"}}'),
        ('delivered', '{accepted}', time '02:00', '{{}}'),
        ('delivered', '{delivered}', time '02:01', '{{}}')) AS k (ended, kind, at, facts)
        ON k.ended = m.state
    WHERE m.planned_on >= '{first}'
    UNION ALL
    SELECT client_id, touchpoint_id, ended_at, 'task.' || state,
           CASE state WHEN 'done' THEN '{{"agent_no": "A000001", "outcome": "spoke"}}'
                      ELSE '{{"reason": "late"}}' END
    FROM task WHERE state <> 'open' AND due_on >= '{first}'
) told ORDER BY at, touchpoint_id
"""
_TOLD = ("suppressed", "accepted", "delivered")
"""What the lines about messages tell."""

WALKED = """
INSERT INTO walked_day (day, walked_at, plan, import_mark, policy_mark, seconds)
SELECT d, d, w.plan, w.import_mark, w.policy_mark, 1
FROM generate_series(timestamp '{first}', timestamp '{until}' - interval '1 day', interval '1 day') d
CROSS JOIN (VALUES ('{plan}', {import_mark}, {policy_mark})) AS w (plan, import_mark, policy_mark)
"""


def book_of(
    server: Server, name: str, policies: int, joined: date = book.DAY, ledger_years: int = 0
) -> None:
    """Fill a migrated database: so many policies, and the ledger about the day and of years before."""
    agents = -(-policies // book.POLICIES_PER_AGENT)
    values = {
        "day": book.DAY,
        "joined": joined,
        "policies": policies,
        "clients": -(-policies // 30) * 20,
        "agents": agents,
        "branches": -(-agents // (book.AGENTS_PER_TEAM * book.TEAMS_PER_BRANCH)),
        "per_agent": book.POLICIES_PER_AGENT,
        "issued_days": 365 * book.YEARS,
        "billed": book.BILLED.days,
        "past": 366 * ledger_years,
    }
    _run(server, name, [*BOOK.strip().split(";\n"), PREMIUMS, ADDED], values)


def past_of(
    server: Server,
    name: str,
    since: date,
    words: list[tuple[str, ...]],
    plan: str,
    close: Callable[[int], object] = lambda year: None,
) -> None:
    """Write the years between `since` and the day; `words` is what `texts_of` found elsewhere.

    `close` is told each calendar year that is over, before the next one is written.
    """
    rows = ", ".join("('" + "', '".join(_quoted(each) for each in row) + "')" for row in words)
    texts = (
        f"CREATE TABLE words AS SELECT *, 1 AS parts FROM (VALUES {rows})"
        " AS w (key, message_class, template, locale, packed, encoding, base_id, digest, base)"
    )
    last = "(SELECT MAX(id) FROM {})"
    values = {
        "day": book.DAY,
        "since": since,
        "plan": plan,
        "import_mark": last.format("book_import"),
        "policy_mark": last.format("policy"),
        **{state: line_kinds.stored(f"message.{state}") for state in _TOLD},
    }
    with_braces = texts.replace("{", "{{").replace("}", "}}")
    _run(server, name, [CARRIERS, OWED, with_braces, *BASES], values)
    for year in range(since.year, book.DAY.year + 1):
        first, until = max(since, date(year, 1, 1)), min(book.DAY, date(year + 1, 1, 1))
        steps = [TOUCHPOINTS, MESSAGES, TASKS, ENTRIES, WALKED]
        _run(server, name, steps, {**values, "first": first, "until": until})
        if until < book.DAY:
            close(year)
    _run(server, name, [f"DROP TABLE {table}" for table in ("carrier", "owed", "words")], values)


def texts_of(server: Server, name: str) -> list[tuple[str, ...]]:
    """One message that has left of each kind of touchpoint: what those before would have said."""
    sql = """
        SELECT DISTINCT ON (t.key)
               t.key, m.message_class, m.template, m.locale, encode(m.packed_text, 'hex'), m.encoding,
               b.id::text, b.digest, b.words
        FROM message m JOIN touchpoint t ON t.id = m.touchpoint_id
        JOIN text_base b
            ON b.id = ('x' || lpad(encode(substr(m.packed_text, 1, 3), 'hex'), 8, '0'))::bit(32)::int
        WHERE m.state = 'accepted' AND m.channel = 'sms' ORDER BY t.key, m.id
    """
    return server.rows(sql, name)


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _run(server: Server, name: str, statements: list[str], values: Mapping[str, object]) -> None:
    """In one session that checks no foreign keys: what is written here points where it should."""
    server.run(
        ["SET session_replication_role = replica", *(each.format(**values) for each in statements)],
        name,
    )
