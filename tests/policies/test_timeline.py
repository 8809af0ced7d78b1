"""The rules of dates (domain.md §4), each as a table or a sentence; nothing here needs a database."""

from collections.abc import Iterable
from datetime import date

import pytest

from policies import dates, plan, status, timeline
from policies.dates import months_after
from policies.plan import Plan, Step
from policies.timeline import ClientDates, Instalment, PolicyDates
from tests import cast
from tests.cast import Day, day, maybe_day

CN = dates.work_calendar("CN")
STANDARD = plan.load(cast.STANDARD)
EVER = ("2000-01-01", "2060-12-31")


def policy(
    number: int = 1,
    issued: Day = "2025-08-31",
    *,
    served_from: Day | None = None,
    status: str = "in_force",
    ended_on: Day | None = None,
    delivered_on: Day | None = None,
    premiums: Iterable[tuple[Day, Day | None]] = (),
) -> PolicyDates:
    return PolicyDates(
        id=number,
        policy_no=f"P{number:03}",
        issue_date=day(issued),
        served_from=day(served_from or issued),
        status=status,
        ended_on=maybe_day(ended_on),
        delivered_on=maybe_day(delivered_on),
        premiums=tuple(Instalment(day(due), maybe_day(paid), amount=100) for due, paid in premiums),
    )


def timeline_of(
    *policies: PolicyDates,
    between: tuple[Day, Day] = EVER,
    birthday: Day | None = None,
    by: Plan = STANDARD,
    keys: str = "",
) -> list[str]:
    """What falls due, such as `2025-09-30 P001 month_1`; only some keys if they are named."""
    client = ClientDates(maybe_day(birthday), policies)
    found = timeline.client_timeline(by, CN, client, day(between[0]), day(between[1]))
    return [
        f"{owed.due.due_on} {owed.policy_no} {owed.due.key}"
        for owed in found
        if not keys or owed.due.key in keys.split()
    ]


def days_of(lines: list[str]) -> list[str]:
    return [line.split()[0] for line in lines]


def plan_of(
    *due: Step, scope: str = "policy", anchor: str = "issue", owner: str = "message"
) -> Plan:
    """A plan of one touchpoint `it` with these steps."""
    touchpoint = plan.Touchpoint(
        id="it",
        title={"en": "It"},
        anchor=anchor,  # type: ignore[arg-type]
        due=due,
        kind="basic",
        scope=scope,  # type: ignore[arg-type]
        owner=owner,  # type: ignore[arg-type]
        template="month_1",
    )
    assert not list(plan.mistakes(touchpoint))
    return Plan(name="test", title={}, touchpoints=(touchpoint,), digest="")


# --- Months and month ends ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("issued", "days"),
    [
        ("2025-08-31", "2025-09-03 2025-09-30 2025-12-31 2026-03-31 2026-06-30"),
        ("2025-08-30", "2025-09-02 2025-09-30 2025-12-30 2026-03-30 2026-06-30"),
        ("2024-04-30", "2024-05-03 2024-05-30 2024-08-30 2024-11-30 2025-02-28"),
        ("2023-04-30", "2023-05-03 2023-05-30 2023-08-30 2023-11-30 2024-02-29"),
        ("2025-01-31", "2025-02-03 2025-02-28 2025-05-31 2025-08-31 2025-11-30"),
        ("2024-01-31", "2024-02-03 2024-02-29 2024-05-31 2024-08-31 2024-11-30"),
        ("2024-02-29", "2024-03-03 2024-03-29 2024-06-29 2024-09-29 2024-12-29"),
        ("2025-12-15", "2025-12-18 2026-01-15 2026-04-15 2026-07-15 2026-10-15"),
    ],
)
def test_the_first_year_is_counted_from_the_day_of_issue(issued: str, days: str) -> None:
    first_year = timeline_of(
        policy(issued=issued), keys="delivery month_1 month_4 month_7 month_10"
    )
    keys = ("delivery", "month_1", "month_4", "month_7", "month_10")
    assert first_year == [
        f"{each} P001 {key}" for each, key in zip(days.split(), keys, strict=True)
    ]


def test_monthly_news_over_ten_years_never_drifts() -> None:
    news = days_of(timeline_of(policy(), between=("2025-08-31", "2036-09-30"), keys="news"))
    assert news == [str(months_after(date(2025, 8, 31), months)) for months in range(13, 134)]
    assert news[:6] == [
        *("2026-09-30", "2026-10-31", "2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28"),
    ]
    assert "2028-02-29" in news


def test_the_years_after_the_first_begin_where_the_plan_says() -> None:
    first = {
        key: days_of(timeline_of(policy(issued="2024-03-12"), keys=key))[:2]
        for key in ("news", "event", "visit")
    }
    assert first == {
        "news": ["2025-04-12", "2025-05-12"],
        "event": ["2025-06-12", "2025-09-12"],
        "visit": ["2025-09-12", "2026-03-12"],
    }


# --- Working days -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nominal", "due"),
    [
        ("2026-02-13", "2026-02-13"),
        ("2026-02-14", "2026-02-14"),
        *((f"2026-02-{number}", "2026-02-24") for number in range(15, 25)),
        ("2026-02-25", "2026-02-25"),
    ],
)
def test_a_visit_on_a_day_off_is_paid_on_the_next_working_day(nominal: str, due: str) -> None:
    issued = months_after(day(nominal), -18)
    visits = timeline_of(policy(issued=issued), between=("2026-02-01", "2026-03-31"), keys="visit")
    assert visits == [f"{due} P001 visit"]


def test_a_message_keeps_its_day_and_only_its_task_moves_to_a_working_day() -> None:
    facts = ClientDates(None, (policy(issued="2026-01-17"),))
    (owed,) = (
        owed
        for owed in timeline.client_timeline(
            STANDARD, CN, facts, date(2026, 2, 1), date(2026, 2, 28)
        )
        if owed.due.key == "month_1"
    )
    assert owed.due.due_on == date(2026, 2, 17)
    assert owed.due.task_on == date(2026, 2, 24)


def test_a_touchpoint_without_a_task_has_no_working_day() -> None:
    for due in timeline.falling_due(STANDARD, CN, date(2026, 2, 17)):
        assert due.task_on == (None if due.key in ("news", "event", "birthday") else due.task_on)
        if due.key in ("delivery", "month_1"):
            assert due.task_on == date(2026, 2, 24)


def test_on_a_day_off_messages_fall_due_and_visits_do_not() -> None:
    keys = {due.key for due in timeline.falling_due(STANDARD, CN, date(2026, 2, 17))}
    assert "news" in keys
    assert "visit" not in keys


def test_the_first_working_day_answers_for_the_visits_of_all_days_off_before_it() -> None:
    dues = timeline.falling_due(STANDARD, CN, date(2026, 2, 24))
    visits = {due.anchor_on for due in dues if due.key == "visit"}
    for nominal in dates.days_between(date(2026, 2, 15), date(2026, 2, 24)):
        assert months_after(nominal, -18) in visits
    assert months_after(date(2026, 2, 14), -18) not in visits


# --- Scope: one client with five policies -------------------------------------------------------

FIVE = tuple(
    policy(number, issued)
    for number, issued in enumerate(
        ("2020-01-05", "2020-03-17", "2021-06-30", "2022-08-31", "2023-02-28"), 1
    )
)


def test_five_policies_get_one_news_a_month_and_one_visit_a_half_year() -> None:
    lines = timeline_of(*FIVE, between=("2025-01-01", "2025-12-31"), keys="news event visit")
    assert [line for line in lines if "news" in line] == [
        f"2025-{month:02}-05 P001 news" for month in range(1, 13)
    ]
    assert [line for line in lines if "event" in line] == [
        f"2025-{month:02}-05 P001 event" for month in (1, 4, 7, 10)
    ]
    assert [line for line in lines if "visit" in line] == [
        *("2025-01-06 P001 visit", "2025-07-07 P001 visit"),  # the 5ths are days off
    ]


def test_five_policies_are_each_owed_what_is_owed_to_a_policy() -> None:
    new = [policy(number, "2025-08-31") for number in range(1, 6)]
    lines = timeline_of(*new, between=("2025-09-30", "2025-09-30"))
    assert lines == [f"2025-09-30 P00{number} month_1" for number in range(1, 6)]


def test_the_earliest_policy_in_force_carries_what_is_owed_to_the_client() -> None:
    cases = {
        "in_force": "P001",
        "grace": "P001",
        "paid_up": "P001",
        "suspended": "P002",
        "applied": "P002",
    }
    for stated, carrier in cases.items():
        pair = (policy(1, "2020-01-05", status=stated), policy(2, "2020-03-17"))
        news = timeline_of(*pair, between=("2025-05-01", "2025-05-31"), keys="news")
        assert [line.split()[1] for line in news] == [carrier], status


def test_of_two_policies_of_one_day_the_first_in_the_book_carries() -> None:
    pair = (policy(2, "2020-01-05"), policy(1, "2020-01-05"))
    news = timeline_of(*pair, between=("2025-05-01", "2025-05-31"))
    assert news == ["2025-05-05 P001 news"]


def test_another_carrier_inside_a_month_gives_no_second_news() -> None:
    pair = (policy(1, "2020-01-05", ended_on="2025-05-10"), policy(2, "2020-03-17"))
    news = timeline_of(*pair, between=("2025-04-01", "2025-07-31"), keys="news")
    assert news == [
        *("2025-04-05 P001 news", "2025-05-05 P001 news"),
        *("2025-06-17 P002 news", "2025-07-17 P002 news"),
    ]


def test_a_carrier_that_leaves_before_its_day_hands_the_month_over() -> None:
    pair = (policy(1, "2020-01-05", ended_on="2025-05-05"), policy(2, "2020-03-17"))
    news = timeline_of(*pair, between=("2025-05-01", "2025-05-31"), keys="news")
    assert news == ["2025-05-17 P002 news"]


def test_another_carrier_inside_a_half_year_gives_no_second_visit() -> None:
    pair = (policy(1, "2020-01-06", ended_on="2025-01-20"), policy(2, "2020-03-17"))
    visits = timeline_of(*pair, between=("2024-07-01", "2025-12-31"), keys="visit")
    assert visits == ["2024-07-08 P001 visit", "2025-01-06 P001 visit", "2025-09-17 P002 visit"]


def test_a_day_asked_for_alone_remembers_the_period_before_it() -> None:
    pair = (policy(1, "2020-01-06", ended_on="2025-01-20"), policy(2, "2020-03-17"))
    assert timeline_of(*pair, between=("2025-03-17", "2025-03-17"), keys="visit") == []


def test_what_is_owed_to_a_client_once_is_owed_once_whoever_carries_it() -> None:
    once = plan_of(Step(months=2), scope="client")
    pair = (policy(1, "2025-01-05", ended_on="2025-03-20"), policy(2, "2025-02-10"))
    assert timeline_of(*pair, by=once) == ["2025-03-05 P001 it"]


def test_an_earlier_policy_that_ended_long_ago_does_not_hide_the_others() -> None:
    pair = (
        policy(1, "2010-01-05", status="terminated", ended_on="2012-01-05"),
        policy(2, "2020-03-17"),
    )
    news = timeline_of(*pair, between=("2025-05-01", "2025-05-31"))
    assert news == ["2025-05-17 P002 news"]


@pytest.mark.parametrize(
    ("months", "name"),
    [(1, "2026-05"), (3, "2026-Q2"), (6, "2026-H1"), (12, "2026"), (2, "12158x2m")],
)
def test_a_period_is_a_stretch_of_the_calendar(months: int, name: str) -> None:
    assert timeline.period(date(2026, 5, 31), months) == name


def test_every_month_lies_in_exactly_one_period_of_each_length() -> None:
    for length in (1, 2, 3, 4, 5, 6, 12, 24):
        names = [timeline.period(months_after(date(2020, 1, 1), n), length) for n in range(240)]
        runs = [
            name for number, name in enumerate(names) if number == 0 or names[number - 1] != name
        ]
        assert len(runs) == len(set(runs))
        assert all(names.count(name) == length for name in runs[1:-1])


# --- Joining late -------------------------------------------------------------------------------


def test_a_policy_of_ten_years_that_joins_today_is_owed_nothing_from_before() -> None:
    old = policy(issued="2016-03-12", served_from="2026-03-13")
    lines = timeline_of(old, between=("2000-01-01", "2026-06-30"), birthday="1984-02-29")
    assert lines == [
        "2026-04-12 P001 news",
        "2026-05-12 P001 news",
        "2026-06-12 P001 event",
        "2026-06-12 P001 news",
    ]


def test_the_day_of_joining_is_served_and_the_day_before_is_not() -> None:
    for served_from, served in [("2025-09-30", True), ("2025-10-01", False)]:
        late = policy(issued="2025-08-31", served_from=served_from)
        assert bool(timeline_of(late, keys="month_1")) is served


def test_a_policy_that_joins_before_it_is_issued_is_served_from_its_issue() -> None:
    early = policy(issued="2026-02-28", served_from="2026-01-01")
    lines = timeline_of(early, between=("2026-01-01", "2026-03-31"), birthday="1984-02-15")
    assert lines == ["2026-03-03 P001 delivery", "2026-03-28 P001 month_1"]


def test_a_period_half_gone_when_the_client_joins_is_not_made_up_for() -> None:
    late = policy(issued="2020-01-05", served_from="2025-05-06")
    assert timeline_of(late, between=("2025-05-01", "2025-06-30"), keys="news") == [
        "2025-06-05 P001 news"
    ]


# --- Status -------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["in_force", "grace", "paid_up"])
def test_service_is_owed_in_force_in_grace_and_paid_up(status: str) -> None:
    assert timeline_of(policy(status=status), keys="month_1") == ["2025-09-30 P001 month_1"]


@pytest.mark.parametrize("status", ["suspended", "applied"])
def test_suspension_pauses_service(status: str) -> None:
    assert timeline_of(policy(status=status), birthday="1984-02-29") == []


def test_a_suspended_policy_is_still_reminded_of_its_premium() -> None:
    reminders = timeline_of(policy(status="suspended", premiums=[("2026-08-31", None)]))
    assert [line.split()[2] for line in reminders] == ["renewal"] * 5
    assert timeline_of(policy(status="applied", premiums=[("2026-08-31", None)])) == []


@pytest.mark.parametrize("status", sorted(status.ENDED))
def test_the_end_of_a_policy_ends_its_timeline_that_day(status: str) -> None:
    for ended_on, lines in [
        ("2025-12-30", ["2025-09-30 P001 month_1"]),
        ("2025-12-31", ["2025-09-30 P001 month_1"]),
        ("2026-01-01", ["2025-09-30 P001 month_1", "2025-12-31 P001 month_4"]),
    ]:
        ended = policy(status=status, ended_on=ended_on)
        assert timeline_of(ended, keys="month_1 month_4 month_7 renewal news") == lines


def test_an_ended_policy_is_reminded_of_nothing() -> None:
    gone = policy(status="surrendered", ended_on="2026-08-20", premiums=[("2026-08-31", None)])
    assert timeline_of(gone, keys="renewal") == ["2026-08-01 P001 renewal"]


def test_reinstatement_resumes_service_without_making_up_for_what_was_missed() -> None:
    resumed = policy(issued="2020-01-05", served_from="2025-06-20")
    assert timeline_of(resumed, between=("2025-05-01", "2025-08-31"), keys="news event visit") == [
        *("2025-07-05 P001 event", "2025-07-05 P001 news", "2025-07-07 P001 visit"),
        "2025-08-05 P001 news",
    ]


# --- Premiums -----------------------------------------------------------------------------------


def test_an_unpaid_premium_is_spoken_of_five_times() -> None:
    reminders = timeline_of(policy(premiums=[("2026-08-31", None)]), keys="renewal")
    assert days_of(reminders) == [
        *("2026-08-01", "2026-08-24", "2026-08-31", "2026-09-15", "2026-10-15"),
    ]


@pytest.mark.parametrize(
    ("paid_on", "spoken_of"),
    [
        ("2026-07-31", 0),
        ("2026-08-01", 0),
        ("2026-08-02", 1),
        ("2026-08-24", 1),
        ("2026-08-31", 2),
        ("2026-09-01", 3),
        ("2026-09-15", 3),
        ("2026-10-15", 4),
        ("2026-10-16", 5),
    ],
)
def test_reminders_stop_the_moment_the_premium_is_paid(paid_on: str, spoken_of: int) -> None:
    reminders = timeline_of(policy(premiums=[("2026-08-31", paid_on)]), keys="renewal")
    assert len(reminders) == spoken_of


def test_without_a_ledger_nobody_is_reminded() -> None:
    assert timeline_of(policy(), keys="renewal") == []


def test_every_premium_is_reminded_of_by_itself() -> None:
    monthly = policy(premiums=[("2026-08-31", "2026-08-20"), ("2026-09-30", None)])
    reminders = timeline_of(monthly, keys="renewal")
    assert days_of(reminders) == [
        *("2026-08-01", "2026-08-31"),  # of the first, until it was paid; then of the second
        *("2026-09-23", "2026-09-30", "2026-10-15", "2026-11-14"),
    ]


def test_months_before_a_premium_are_counted_back_from_it() -> None:
    ahead = plan_of(Step(months=-1), Step(months=0), anchor="premium_due")
    lines = timeline_of(policy(premiums=[("2026-03-31", None)]), by=ahead)
    assert lines == ["2026-02-28 P001 it", "2026-03-31 P001 it"]


# --- Birthdays and deliveries -------------------------------------------------------------------


def test_a_child_of_a_leap_day_is_greeted_every_year() -> None:
    greetings = timeline_of(
        policy(issued="2020-01-05"),
        birthday="1984-02-29",
        between=("2024-01-01", "2028-12-31"),
        keys="birthday",
    )
    assert days_of(greetings) == [
        *("2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"),
    ]


def test_five_policies_mean_one_birthday_a_year() -> None:
    greetings = timeline_of(
        *FIVE, birthday="1990-11-05", between=("2025-01-01", "2026-12-31"), keys="birthday"
    )
    assert greetings == ["2025-11-05 P001 birthday", "2026-11-05 P001 birthday"]


def test_nobody_is_greeted_whose_birthday_is_not_known() -> None:
    assert timeline_of(policy(), keys="birthday") == []


def test_a_client_born_after_the_day_is_not_greeted_on_it() -> None:
    child = policy(issued="2020-01-05")
    assert days_of(timeline_of(child, birthday="2024-05-01", keys="birthday"))[0] == "2024-05-01"


def test_what_is_counted_from_delivery_waits_for_the_receipt() -> None:
    after = plan_of(Step(days=10), anchor="delivered", owner="task")
    assert timeline_of(policy(), by=after) == []
    received = policy(delivered_on="2026-02-06")
    assert timeline_of(received, by=after) == ["2026-02-24 P001 it"]


# --- One and the same ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "scope", "anchor", "occurrences"),
    [
        ([Step(months=1)], "policy", "issue", ["once"]),
        ([Step(days=3)], "client", "issue", ["once"]),
        ([Step(days=3), Step(months=1)], "policy", "issue", ["3d", "1m"]),
        (
            [Step(months=12, every_months=6, until_months=24)],
            "policy",
            "issue",
            ["12m", "18m", "24m"],
        ),
        (
            [Step(months=12, every_months=6, until_months=24)],
            "client",
            "issue",
            ["2026-H2", "2027-H1", "2027-H2"],
        ),
        (
            [Step(days=-7), Step(days=0), Step(months=0)],
            "policy",
            "premium_due",
            ["2026-08-31-7d", "2026-08-31+0d", "2026-08-31+0m"],
        ),
    ],
)
def test_an_occurrence_is_named_by_what_makes_it_the_same(
    due: list[Step], scope: str, anchor: str, occurrences: list[str]
) -> None:
    client = ClientDates(None, (policy(premiums=[("2026-08-31", None)]),))
    found = timeline.client_timeline(
        plan_of(*due, scope=scope, anchor=anchor), CN, client, *map(day, EVER)
    )
    assert [owed.due.occurrence for owed in found] == occurrences


def test_a_plan_that_moves_a_touchpoint_does_not_owe_it_twice() -> None:
    client = ClientDates(None, (policy(),))
    names = {
        owed.due.occurrence
        for due in ([Step(months=4)], [Step(months=5)], [Step(days=100)])
        for owed in timeline.client_timeline(plan_of(*due), CN, client, *map(day, EVER))
    }
    assert names == {"once"}


def test_a_timeline_is_in_order_of_its_days() -> None:
    days = days_of(timeline_of(*FIVE, birthday="1990-11-05", between=("2020-01-01", "2027-12-31")))
    assert days == sorted(days)


def test_the_whole_of_a_long_life_is_a_short_list() -> None:
    """The walk's list of anchor dates stays small, however old a policy can be."""
    assert len(list(timeline.falling_due(STANDARD, CN, date(2026, 3, 31)))) < 2500
