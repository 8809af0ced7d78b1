"""A workspace of an earlier version is brought up to date with everything that is in it."""

import re
import shutil
from pathlib import Path

import peewee
import pytest

from policies import database
from policies.models import PastAgent, Policy
from servicing.channels.memory import Memory
from servicing.core import models
from servicing.core.case_models import Case, CaseClock, CaseEntry
from servicing.core.models import Message, Suppression, Task
from tests import cast
from tests.servicing.cases import opened
from tests.servicing.dispatched import by, dispatch

ONE_POLICY = """
    INSERT INTO agent (id, agent_no, name, phone, email) VALUES (1, 'A001', '陈燕', '', '');
    INSERT INTO client (id, client_no, name, phone) VALUES (1, 'C001', '林伟', '+12025550111');
    INSERT INTO policy (id, policy_no, client_id, agent_id, issue_date, annual_premium, served_from)
        VALUES (1, 'P001', 1, 1, '2025-08-31', 1200000, '2025-08-31');
    INSERT INTO touchpoint
        (id, key, scope, occurrence, policy_id, client_id, anchor_on, due_on, found_on)
        VALUES (1, 'month_1', 'policy', 'once', 1, 1, '2025-08-31', '2025-09-30', '2025-09-30');
    INSERT INTO message (touchpoint_id, policy_id, client_id, agent_id, channel, address,
        message_class, template, locale, params, subject, body, parts, encoding, state, reason,
        planned_on, send_from, send_until)
        VALUES (1, 1, 1, 1, 'sms', '+12025550111', 'service', 'month_1', 'zh_CN', '{}', '', 'x', 1,
        'UCS-2', 'queued', 'due', '2025-09-30', '2025-09-30 01:00:00', '2025-10-07 12:00:00');
    INSERT INTO task
        (touchpoint_id, policy_id, client_id, due_on, show_on, closes_on, state, reason, note)
        VALUES (1, 1, 1, '2025-09-30', '2025-09-30', '2025-10-30', 'open', 'due', 'kept')
"""


@pytest.fixture
def earlier(empty_database_url: str, tmp_path: Path) -> None:
    """A database as version 0.1 left it: without providers, replies and opt-outs."""
    book, service = tmp_path / "book", tmp_path / "service"
    for folder, migration in (
        (book, database.MIGRATIONS / "0001_book.py"),
        (service, models.MIGRATIONS / "0002_service.py"),
    ):
        folder.mkdir()
        shutil.copy(migration, folder)
    database.connect(empty_database_url, tmp_path)
    database.migrate([book, service])
    for statement in ONE_POLICY.split(";"):
        database.execute(statement)


def test_what_waited_before_the_upgrade_leaves_after_it(earlier: None) -> None:
    assert database.migrate(models.ALL_MIGRATIONS) == [
        "0004_past_agents",
        "0007_relations",
        "0013_handing",
        "0019_left_out",
        "0020_deceased",
        "0023_person",
        "0030_row_marks",
        "0037_erased",
        "0060_suspended_on",
        "0070_mourning_by_its_end",
        "0074_past_suspensions",
        "0075_bounced_premiums",
        "0079_past_agents_by_agent",
        "0082_how_clients_came",
        "0086_family_days",
        "0003_providers",
        "0005_past_agents_from_cards",
        "0006_people",
        "0008_handed_over",
        "0009_clock_keeper",
        "0010_walk_seconds",
        "0011_trail_seal",
        "0012_halt",
        "0014_released",
        "0015_suppressions",
        "0017_day_walks",
        "0018_touched",
        "0021_doubt",
        "0022_text_before_sending",
        "0024_policies_that_moved",
        "0025_plan_editions",
        "0026_released_by_policy",
        "0027_kept",
        "0028_lean_rows",
        "0029_years",
        "0031_user_sessions",
        "0032_signing_key",
        "0034_logins",
        "0038_erasures",
        "0039_second_factors",
        "0040_openid",
        "0041_audit",
        "0042_owner",
        "0044_lean_indexes",
        "0045_asked",
        "0046_recorded_today",
        "0048_client_search",
        "0049_morning_mail",
        "0050_cases",
        "0051_checks",
        "0052_complaint_notes",
        "0053_callbacks",
        "0054_case_turns",
        "0055_case_reports",
        "0056_case_lists",
        "0057_escalation",
        "0058_callback_list",
        "0059_callback_links",
        "0061_suspended_by_the_cards",
        "0063_what_went_up_and_came_of",
        "0065_one_order_of_cases",
        "0066_what_is_counted_from",
        "0068_desk_tasks",
        "0076_contacts_by_time",
        "0077_leads",
        "0080_policy_review",
        "0081_surveys",
        "0083_leads_by_their_end",
        "0084_tiers",
        "0087_greetings",
        "0088_client_events",
    ]
    assert dispatch(by(Memory())) == {"accepted": 1}
    message = Message.get()
    assert (message.state, message.provider, message.past_refs) == ("accepted", "memory", "")


def test_a_worker_from_before_texts_were_made_at_the_claim_sends_no_empty_message(
    book: peewee.Database,
) -> None:
    cast.everybody()
    cast.walk_only("2025-09-30")
    as_it_waits = cast.message("month_1")
    assert (as_it_waits.state, as_it_waits.body) == ("queued", "")
    with pytest.raises(peewee.PeeweeException, match="message_has_text"), book.atomic():
        Message.update(state="sending").where(Message.id == as_it_waits.id).execute()
    assert cast.message("month_1").state == "queued"


def test_open_tasks_are_still_there_and_one_may_come_without_a_touchpoint(earlier: None) -> None:
    database.migrate(models.ALL_MIGRATIONS)
    task = Task.get()
    assert (task.touchpoint_id, task.state, task.note) == (1, "open", "kept")
    day = cast.day("2025-10-01")
    reply = Task.create(
        touchpoint=None,
        policy=1,
        client=1,
        due_on=day,
        show_on=day,
        closes_on=day,
        state="open",
        reason="client_replied",
    )
    assert Task.get_by_id(reply.id).touchpoint_id is None


def test_a_change_of_agent_that_only_the_card_knows_of_is_remembered_once(earlier: None) -> None:
    database.execute(
        "INSERT INTO agent (id, agent_no, name, phone, email) VALUES (2, 'A002', '孙丽', '', '')"
    )
    for client_id in (1, 2):  # handed on to another client on the same day: it is on both cards
        database.execute(
            "INSERT INTO client (id, client_no, name, phone) SELECT 2, 'C002', '周明', ''"
            " WHERE NOT EXISTS (SELECT 1 FROM client WHERE id = 2)"
        )
        database.execute(
            "INSERT INTO card_entry (client_id, policy_id, at, kind, facts)"
            " VALUES (?, 1, '2026-03-01 02:00:00', 'agent.changed', ?)",
            [client_id, '{"agent_no": ["A002", "A001"]}'],
        )
    database.migrate(models.ALL_MIGRATIONS)
    assert [(each.policy_id, each.agent_id, str(each.until)) for each in PastAgent.select()] == [
        (1, 2, "2026-03-01")
    ]


def test_a_complaint_that_stands_as_a_note_becomes_an_open_case(earlier: None) -> None:
    notes = (
        ("complaint.written", '{"text": "无人回电", "by": "chen"}'),
        ("complaint.written", '{"by": "chen"}'),  # its words are gone
        ("note.written", '{"text": "喜欢下午来电", "by": "chen"}'),
    )
    for kind, facts in notes:
        database.execute(
            "INSERT INTO card_entry (client_id, policy_id, at, kind, facts)"
            " VALUES (1, NULL, '2026-03-02 02:00:00', ?, ?)",
            [kind, facts],
        )
    database.migrate(models.ALL_MIGRATIONS)
    (case,) = Case.select()
    assert (case.kind, case.client_id, case.state, case.is_open, case.is_quiet, case.moves) == (
        *("complaint", 1, "received", True, True, 1),
    )
    assert (str(case.received_on), str(case.due_on)) == ("2026-03-02", "2026-03-17")
    (entry,) = CaseEntry.select()
    assert (entry.case_id, entry.text, entry.done_by) == (case.id, "无人回电", "chen")
    (clock,) = CaseClock.select()
    assert (clock.case_id, clock.clock, str(clock.due_on)) == (case.id, "decision", "2026-03-17")
    assert opened.done(case, *opened.TO_CLOSED).state == "closed"


SUSPENDED_BEFORE = """
    INSERT INTO policy
        (id, policy_no, client_id, agent_id, issue_date, annual_premium, served_from, status)
        VALUES (2, 'P002', 1, 1, '2025-08-31', 1200000, '2025-08-31', 'suspended'),
               (3, 'P003', 1, 1, '2025-08-31', 1200000, '2025-08-31', 'suspended'),
               (4, 'P004', 1, 1, '2025-08-31', 1200000, '2025-08-31', 'grace');
    INSERT INTO card_entry (client_id, policy_id, at, kind, facts) VALUES
        (1, 2, '2026-01-05 01:00:00', 'status.changed', '{"status": ["in_force", "suspended"]}'),
        (1, 2, '2026-02-05 01:00:00', 'status.changed', '{"status": ["suspended", "in_force"]}'),
        (1, 2, '2026-04-05 01:00:00', 'status.changed', '{"status": ["grace", "suspended"]}'),
        (1, 4, '2026-01-05 01:00:00', 'status.changed', '{"status": ["grace", "suspended"]}'),
        (1, 4, '2026-02-05 01:00:00', 'status.changed', '{"status": ["suspended", "grace"]}'),
        (1, 3, '2026-05-31 18:00:00', 'status.changed', '{"status": ["grace", "suspended"]}');
    INSERT INTO book_import
        (imported_at, file, kind, joined_on, rows, added, changed, unchanged, rejected)
        VALUES ('2026-05-31 18:00:00', 'book.csv', 'book', '2026-06-01', 1, 0, 1, 0, 0)
"""


def test_the_day_of_a_suspension_is_that_of_the_cards_last_word(earlier: None) -> None:
    for statement in SUSPENDED_BEFORE.split(";"):
        database.execute(statement)
    database.migrate(models.ALL_MIGRATIONS)
    days = {each.policy_no: each.suspended_on for each in Policy.select()}
    assert {number: str(day) for number, day in days.items() if day} == {
        "P002": "2026-04-05",
        "P003": "2026-06-01",  # the file was of that day, by the clock of the book
    }


TAKES_AWAY = re.compile(
    r"DROP (TABLE|COLUMN)|RENAME|SET NOT NULL|drop_column|drop_table|rename_", re.I
)


def test_migrations_only_add_unless_they_say_that_they_take_away() -> None:
    """Workers of the version before go on while a new one brings the schema up to date."""
    scripts = [
        path for folder in models.ALL_MIGRATIONS for path in sorted(folder.glob("[0-9]*.py"))
    ]
    assert len(scripts) > 5
    for script in scripts:
        text = script.read_text("utf-8")
        assert not TAKES_AWAY.search(text) or "contract:" in text, script.name


STORED = """
    INSERT INTO barred (kind, subject, why, since, source) VALUES
        ('email', 'Ilse@Mail.Example', 'wrong', '2026-01-01 10:00:00', 'smtp 550'),
        ('email', 'ilse@mail.example', 'opted_out', '2026-02-01 10:00:00', 'operator'),
        ('email', 'ILSE@mail.example', 'opted_out', '2026-03-01 10:00:00', 'ops'),
        ('email', 'nora@mail.example', 'opted_out', '2026-01-02 10:00:00', 'operator'),
        ('email', 'Paul@Mail.Example', 'wrong', '2026-01-03 10:00:00', 'smtp 550'),
        ('sms', '+1 2025550111', 'opted_out', '2026-01-04 10:00:00', 'reply'),
        ('sms', '+12025550112', 'wrong', '2026-01-05 10:00:00', 'twilio 30005'),
        ('marketing', 'Ca', 'opted_out', '2026-01-06 10:00:00', 'unsubscribe link'),
        ('marketing', 'CA', 'opted_out', '2026-01-07 10:00:00', 'unsubscribe link')
"""

KEPT = [
    ("email", "ilse@mail.example", "opted_out", "2026-01-01", "operator"),
    ("email", "nora@mail.example", "opted_out", "2026-01-02", "operator"),
    ("email", "paul@mail.example", "wrong", "2026-01-03", "smtp 550"),
    ("sms", "+12025550111", "opted_out", "2026-01-04", "reply"),
    ("sms", "+12025550112", "wrong", "2026-01-05", "twilio 30005"),
    ("marketing", "Ca", "opted_out", "2026-01-06", "unsubscribe link"),
    ("marketing", "CA", "opted_out", "2026-01-07", "unsubscribe link"),
]


def test_addresses_that_were_stopped_are_compared_in_one_form(
    earlier: None, tmp_path: Path
) -> None:
    script = models.MIGRATIONS / "0003_providers.py"
    shutil.copy(script, tmp_path / "service")
    database.migrate([tmp_path / "book", tmp_path / "service"])
    database.execute(STORED)
    database.migrate(models.ALL_MIGRATIONS)
    kept = [
        (each.kind, each.subject, each.why, str(each.since.date()), each.source)
        for each in Suppression.select().order_by(Suppression.since)
    ]
    assert kept == KEPT
