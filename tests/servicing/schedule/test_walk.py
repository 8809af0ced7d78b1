"""A day is walked: what falls due becomes touchpoints, messages and tasks, once, with reasons."""

import datetime
import json
import threading
from dataclasses import replace

import msgspec
import peewee
import pytest

from policies import models
from policies.dates import days_between
from policies.notices import notice
from policies.plan import Step
from policies.status import ENDED
from servicing.channels import Routes
from servicing.core import errors, trail
from servicing.core.models import CardEntry, Message, Task, Touchpoint, WalkedDay
from servicing.messages.waiting import previews
from servicing.operations.workspace import Workspace
from servicing.schedule import walk
from servicing.schedule.materialize import Walker
from tests import cast
from tests.refusals import english
from tests.servicing import books, owed, stored

Book = peewee.Database


def only(*keys: str) -> Walker:
    """A walker whose plan has these touchpoints of the standard plan; without any, all."""
    kept = [each for each in owed.THREE_YEARS.touchpoints if each.id in keys or not keys]
    return cast.walker(owed.only(*kept))


def due_dates(policy_no: str = "P001") -> list[tuple[str, str]]:
    """What a policy was given, and for which day."""
    rows = Touchpoint.select(Touchpoint.key, Touchpoint.due_on).join(models.Policy)
    found = rows.where(models.Policy.policy_no == policy_no).order_by(Touchpoint.due_on)
    return [(key, due_on.isoformat()) for key, due_on in found.tuples()]


# -------------------------------------------------------------------------- messages, tasks, reasons


def test_what_falls_due_becomes_a_message_and_a_task_with_the_reason(book: Book) -> None:
    people = cast.everybody()
    walked = cast.walk_only("2025-09-30")
    assert cast.touchpoints_on("2025-09-30") == [
        *("P001 month_1", "P002 month_1", "P003 month_1", "P900 month_1"),
    ]
    message, task = cast.message("month_1"), cast.task("month_1")
    assert (message.state, message.reason) == ("queued", "due")
    assert (message.channel, message.address) == ("sms", "+12025550111")
    assert (message.template, message.message_class) == ("month_1", "service")
    assert (message.body, message.params, message.attempts) == ("", "{}", 0), (
        "it is not written yet"
    )
    assert message.agent_id == people.chen_yan.id
    assert message.planned_on == datetime.date(2025, 9, 30)
    assert message.send_from == cast.at("2025-09-30", "09:00")
    assert message.send_until == cast.at("2025-10-07", "20:00")
    assert (task.state, task.reason) == ("open", "due")
    assert (task.due_on, task.show_on) == (datetime.date(2025, 9, 30),) * 2
    assert task.closes_on == datetime.date(2025, 10, 30)
    assert (walked.touchpoints, walked.messages, walked.tasks, walked.skipped) == (4, 4, 4, 0)
    assert walked.by_touchpoint == {"month_1": 4}
    assert walked.by_reason == {"due": 8}


def test_the_card_tells_what_was_queued_and_why(book: Book) -> None:
    people = cast.everybody()
    cast.walk_only("2025-09-30")
    (entry,) = trail.of_client(people.zhou_ming.id)
    assert (entry.kind, json.loads(entry.facts)) == (
        "message.queued",
        {"reason": "due", "channel": "sms"},
    )
    assert entry.at == cast.at("2025-09-30", "06:00")
    assert entry.policy_id == cast.policy("P900").id
    assert entry.touchpoint_id == cast.touchpoint("month_1", "P900").id


def test_the_first_year_of_a_policy_of_the_31st(book: Book) -> None:
    cast.everybody()
    for day in ("2025-09-03", "2025-09-30", "2025-12-31", "2026-03-31", "2026-06-30"):
        cast.walk_only(day, only())
    assert due_dates("P900") == [
        ("delivery", "2025-09-03"),
        ("month_1", "2025-09-30"),
        ("month_4", "2025-12-31"),
        ("month_7", "2026-03-31"),
        ("month_10", "2026-06-30"),
    ]


def test_delivery_is_a_message_and_a_task_of_the_agent(book: Book) -> None:
    cast.everybody(issued="2026-05-04")
    cast.walk_on("2026-05-07", only())
    message, task = cast.message("delivery"), cast.task("delivery")
    assert (message.template, message.channel) == ("delivery", "sms")
    assert (message.state, task.state, task.show_on) == (
        *("queued", "open", datetime.date(2026, 5, 7)),
    )


def test_a_touchpoint_is_recorded_even_where_its_message_may_not_be_sent(book: Book) -> None:
    people = cast.everybody(issued="2025-04-30", served_from="2026-05-30")
    cast.change(people.zhou_ming, marketing_consent=True, phone="")
    cast.change(people.lin_wei, marketing_consent=False)
    walked = cast.walk_only("2026-05-30")
    assert cast.touchpoints_on("2026-05-30") == ["P001 news", "P900 news"]
    refused = [(each.client_id, each.state, each.reason) for each in cast.messages_on("2026-05-30")]
    assert refused == [
        (people.lin_wei.id, "suppressed", "marketing_consent_withdrawn"),
        (people.zhou_ming.id, "suppressed", "no_phone"),
    ]
    assert all((each.body, each.parts) == ("", 0) for each in cast.messages_on("2026-05-30"))
    assert (walked.messages, walked.skipped) == (0, 2)
    assert cast.trail_of(people.lin_wei) == ["message.suppressed"]


def test_news_and_event_on_one_day_are_two_days_of_marketing(book: Book) -> None:
    people = cast.everybody(issued="2025-02-04", served_from="2026-05-04")
    cast.change(people.lin_wei, marketing_consent=True)
    cast.walk_only("2026-05-04")
    news, event = cast.message("news"), cast.message("event")
    assert [(each.planned_on.isoformat(), each.reason) for each in (news, event)] == [
        ("2026-05-04", "due"),
        ("2026-05-05", "cap_moved"),
    ]
    assert event.send_from == cast.at("2026-05-05", "09:00")
    assert event.send_until == cast.at("2026-05-11", "20:00")


def test_a_policy_is_written_to_in_the_time_zone_of_its_client(book: Book) -> None:
    people = cast.everybody()
    cast.change(people.lin_wei, timezone="America/New_York")
    cast.walk_only("2025-09-30")
    message = cast.message("month_1")
    assert message.send_from == cast.at("2025-09-30", "09:00", "-04:00")


# ------------------------------------------------------------------------------ twice, and at once


def test_a_day_walked_twice_is_walked_once(book: Book) -> None:
    cast.everybody(issued="2025-02-04", served_from="2026-05-04")
    cast.walk_on("2026-05-04")
    before = stored.everything()
    again = cast.walk_on("2026-05-04")
    assert (again.touchpoints, again.messages, again.tasks, again.skipped) == (0, 0, 0, 0)
    assert stored.everything() == before
    assert before["Touchpoint"], "something was due"


def test_a_day_walked_again_after_the_next_is_walked_once(book: Book) -> None:
    cast.everybody(served_from="2025-09-30")
    cast.walk_on("2025-09-30", only())
    cast.walk_on("2025-10-01", only())
    before = stored.everything()
    cast.walk_on("2025-09-30", only())
    assert stored.everything() == before


def test_a_missed_day_that_another_has_walked_meanwhile_is_walked_once(book: Book) -> None:
    """Two who begin at once both see that the day is missed; the second comes when it is done."""
    cast.everybody(issued="2025-08-30", served_from="2025-09-01")
    missed, today = cast.day("2025-09-30"), cast.day("2025-10-01")
    cast.walk_day(only(), missed, today, cast.at(today, "06:00"))
    before = stored.everything()
    cast.walk_day(only(), missed, today, cast.at(today, "06:01"))
    assert stored.everything() == before
    assert before["DayWalk"] and before["Touchpoint"], "something was due"


def test_two_who_walk_at_once_make_each_touchpoint_once(book: Book) -> None:
    people = cast.everybody(issued="2025-09-25")
    for number in range(10, 40):
        cast.give_policy(people.zhou_ming, f"P{number:03}", "2025-09-27")
    walker = only()
    results = stored.at_once(*[lambda: cast.walk_on("2025-09-30", walker)] * 3)
    once = Touchpoint.select().count()
    assert once == Message.select().count() == Task.select().count() == 34
    assert (
        sum(each.touchpoints + sum(d.touchpoints for d in each.caught_up) for each in results) == 34
    )
    assert cast.trail_of(people.zhou_ming).count("message.queued") == 31
    assert WalkedDay.select().count() == 6


# -------------------------------------------------------------------------------------- having slept


def test_after_three_days_of_sleep_what_is_late_goes_out_if_it_is_not_too_late(
    book: Book,
) -> None:
    """28 February is Lin Wei's birthday, and a month after 28 January."""
    people = cast.everybody(issued="2026-01-28", served_from="2026-02-27")
    cast.walk_on("2026-02-27", only())
    walked = cast.walk_on("2026-03-03", only())
    assert [each.on.isoformat() for each in walked.caught_up] == [
        *("2026-02-28", "2026-03-01", "2026-03-02"),
    ]
    care, greeting, task = cast.message("month_1"), cast.message("birthday"), cast.task("month_1")
    assert (care.state, care.reason, care.planned_on.isoformat()) == (
        *("queued", "found_late", "2026-03-03"),
    )
    assert care.send_until == cast.at("2026-03-07", "20:00"), (
        "lateness counts from the day it was due"
    )
    assert (greeting.state, greeting.reason, greeting.body) == ("skipped", "late", "")
    assert (task.state, task.reason) == ("open", "found_late")
    assert (task.due_on.isoformat(), task.show_on.isoformat()) == ("2026-02-28", "2026-03-03")
    found = cast.touchpoint("month_1")
    assert (found.due_on.isoformat(), found.found_on.isoformat()) == ("2026-02-28", "2026-03-03")
    assert "message.skipped" in cast.trail_of(people.lin_wei)
    assert walked.caught_up[0].by_reason["late"] == 1


def test_after_forty_days_of_sleep_nobody_gets_last_months_message(book: Book) -> None:
    people = cast.everybody(issued="2026-01-28", served_from="2026-02-27")
    cast.change(people.lin_wei, marketing_consent=True)
    cast.give_policy(people.lin_wei, "P010", "2024-12-31", served_from="2026-02-27")
    cast.walk_on("2026-02-27", only())
    cast.walk_on("2026-04-08", only())
    slept = datetime.date(2026, 2, 27)
    recorded = Touchpoint.select().where(Touchpoint.due_on > slept)
    assert (
        recorded.count()
        == Message.select().join(Touchpoint).where(Touchpoint.due_on > slept).count()
    )
    for each in recorded:
        message = each.messages.get()
        window = owed.touchpoint(each.key).message_window_days
        is_late = (datetime.date(2026, 4, 8) - each.due_on).days > window
        assert message.state == ("skipped" if is_late else "queued"), each.key
        assert bool(message.body) != is_late
        told = [line.kind for line in trail.of_touchpoint(each.client_id, each.id)]
        assert f"message.{message.state}" in told
    assert cast.task("month_1").state == "missed"
    assert cast.trail_of(people.lin_wei).count("task.missed") == 3


TASK_LATENESS = [
    ("2026-06-01", "open", "due", "2026-06-01"),
    ("2026-06-02", "open", "found_late", "2026-06-02"),
    ("2026-07-01", "open", "found_late", "2026-07-01"),  # the thirtieth day
    ("2026-07-02", "missed", "late", "2026-07-02"),
]


@pytest.mark.parametrize(("found_on", "state", "reason", "show_on"), TASK_LATENESS)
def test_a_task_found_late_is_worth_doing_for_thirty_days(
    book: Book, found_on: str, state: str, reason: str, show_on: str
) -> None:
    cast.everybody(issued="2026-05-29")
    cast.walk_day(
        only("delivery"), cast.day("2026-06-01"), cast.day(found_on), cast.at(found_on, "06:00")
    )
    task = cast.task("delivery")
    assert (task.state, task.reason, task.show_on.isoformat()) == (state, reason, show_on)
    assert task.closes_on.isoformat() == "2026-07-01"


def test_a_walk_that_is_told_to_end_leaves_the_rest_to_the_next(book: Book) -> None:
    cast.everybody(issued="2026-05-04", served_from="2026-05-04")
    is_over = iter([False, False, True])
    stopped = walk.walk(
        cast.walker(), cast.day("2026-05-09"), cast.at("2026-05-09"), lambda: next(is_over)
    )
    assert [each.on.day for each in stopped.caught_up] == [4, 5]
    assert [each.on.day for each in cast.walk_on("2026-05-09").caught_up] == [6, 7, 8]


def test_a_premium_paid_while_the_system_slept_is_not_asked_for(book: Book) -> None:
    cast.everybody(served_from="2026-09-14")
    cast.give_premium(cast.policy(), "2026-08-31", paid_on="2026-09-16")
    cast.walk_on("2026-09-14", only("renewal"))
    cast.walk_on("2026-09-18", only("renewal"))
    assert cast.touchpoint("renewal").due_on == cast.day("2026-09-15"), "it was owed that day"
    assert cast.message("renewal").state == "cancelled"
    assert cast.task("renewal").state == "cancelled"


def test_a_policy_that_ended_while_the_system_slept_is_not_called_about(book: Book) -> None:
    facts = {"status": "surrendered", "ended_on": "2026-06-03"}
    cast.everybody(issued="2026-05-02", served_from="2026-06-01", **facts)
    cast.walk_on("2026-06-01", only("month_1"))
    cast.walk_on("2026-06-04", only("month_1"))
    assert cast.touchpoint("month_1").due_on == cast.day("2026-06-02"), "it was owed that day"
    assert (cast.message("month_1").state, cast.message("month_1").reason) == (
        *("cancelled", "policy_ended"),
    )
    assert cast.task("month_1").state == "cancelled"


# ---------------------------------------------------------------------------------- joining the book


def test_a_book_imported_today_with_policies_ten_years_old_owes_nothing_from_before(
    book: Book,
) -> None:
    people = cast.everybody(issued="2016-05-04", served_from="2026-05-04")
    cast.change(people.lin_wei, marketing_consent=True)
    for policy in people.policies:
        cast.give_premium(policy, "2025-05-04")
        cast.give_premium(policy, "2026-05-04")
    walked = cast.walk_on("2026-05-04")
    assert walked.caught_up == []
    cast.walk_on("2026-05-10")
    assert {each.due_on for each in Touchpoint.select()} >= {cast.day("2026-05-04")}
    assert not Touchpoint.select().where(Touchpoint.due_on < cast.day("2026-05-04")).exists()
    assert not Message.select().where(Message.planned_on < cast.day("2026-05-04")).exists()


def test_an_empty_book_has_no_days_to_catch_up(book: Book) -> None:
    walked = cast.walk_on("2026-05-04")
    assert (walked.caught_up, walked.touchpoints) == ([], 0)


def test_policies_that_join_later_but_were_served_before_reopen_the_days_for_themselves(
    workspace: Workspace,
) -> None:
    cast.everybody(served_from="2026-03-28")
    cast.walk_on("2026-04-07", only())
    before = due_dates("P001")
    wang_fang = {"client_no": "C010", "client_name": "王芳", "phone": "+12025550121"}
    new = [
        books.row("P010", issue_date="2026-03-29", **wang_fang),
        books.row("P011", issue_date="2026-03-05", **wang_fang),
        books.row("P012", issue_date="2026-02-28", **wang_fang),
    ]
    books.take_in(workspace, *new, on="2026-04-07", joined="2026-03-30")
    walked = cast.walk_on("2026-04-09", only())
    assert [each.on.day for each in walked.caught_up] == [30, 31, 1, 2, 3, 4, 5, 6, 7, 8]
    assert before == [("month_7", "2026-03-31")] == due_dates("P001")
    assert due_dates("P010") == [("delivery", "2026-04-01")]
    assert due_dates("P011") == [("month_1", "2026-04-05")]
    assert due_dates("P012") == [], "its first month was over before it joined"
    assert cast.message("delivery", "P010").state == "skipped"
    assert cast.message("month_1", "P011").state == "queued"
    assert walk.days_to_walk(cast.day("2026-04-10")) == []


def test_reopened_days_are_walked_by_the_new_plan_for_the_new_policies_only(book: Book) -> None:
    """The plan gained touchpoints: nobody who was walked before gets them for days gone by."""
    people = cast.everybody(served_from="2026-03-28")
    cast.walk_on("2026-04-07", only())
    before = due_dates("P001")
    cast.give_policy(people.zhou_ming, "P910", "2026-03-01", served_from="2026-03-30")
    cast.joined("2026-03-30")
    gained = [after("day_30", days=30), after("day_215", days=215)]
    cast.walk_on("2026-04-08", cast.walker(owed.only(*owed.THREE_YEARS.touchpoints, *gained)))
    assert due_dates("P910") == [("day_30", "2026-03-31"), ("month_1", "2026-04-01")]
    assert due_dates("P001") == before, "2026-04-03 was its 215th day"


def after(key: str, **offset: int) -> Touchpoint:
    """Another touchpoint of the first year."""
    return msgspec.structs.replace(owed.touchpoint("month_1"), id=key, due=(Step(**offset),))


def test_what_is_imported_while_a_day_is_walked_is_served_all_the_same(
    workspace: Workspace,
) -> None:
    """The import comes after the walk has looked, and before it has remembered how far it looked."""
    cast.everybody(issued="2025-08-31", served_from="2025-09-30")
    new = books.row("P010", issue_date="2025-08-30")
    imports: list[threading.Thread] = []

    class Interrupted(Routes):
        def of(self, channel: str, address: str) -> str:
            if not imports:
                imports.append(
                    stored.in_a_thread(lambda: books.take_in(workspace, new, on="2025-09-30"))
                )
                stored.until_it_waits_for_us(imports[0])
            return super().of(channel, address)

    cast.walk_on("2025-09-30", replace(only(), routes=Interrupted("outbox", "outbox")))
    imports[0].join()
    cast.walk_on("2025-10-01", only())
    assert due_dates("P010") == [("month_1", "2025-09-30")]
    assert due_dates("P001") == [("month_1", "2025-09-30")]


# ------------------------------------------------------------------------------------- working days

SPRING_FESTIVAL = [
    ("2026-02-13", "2026-02-13"),
    ("2026-02-14", "2026-02-14"),  # a Saturday on which everybody works
    *[(f"2026-02-{day}", "2026-02-24") for day in range(15, 24)],
    ("2026-02-24", "2026-02-24"),
    ("2026-02-28", "2026-02-28"),  # another one
    ("2026-03-01", "2026-03-02"),
]


def test_a_task_of_the_spring_festival_waits_until_it_is_over(book: Book) -> None:
    people = cast.people()
    for due_on, _ in SPRING_FESTIVAL:
        issued = cast.day(due_on) - datetime.timedelta(days=3)
        cast.give_policy(people.lin_wei, due_on, issued)
    for due_on, task_on in SPRING_FESTIVAL:
        cast.walk_only(due_on, only("delivery"))
        message, task = cast.message("delivery", due_on), cast.task("delivery", due_on)
        assert (message.state, message.planned_on.isoformat()) == ("queued", due_on)
        assert [task.due_on.isoformat(), task.show_on.isoformat()] == [task_on, task_on], due_on
        assert task.closes_on == cast.day(task_on) + datetime.timedelta(days=30)


def test_visits_of_the_spring_festival_fall_due_when_it_is_over(book: Book) -> None:
    people = cast.everybody(issued="2024-08-16", served_from="2026-02-13")
    for number, day in enumerate(("2024-08-14", "2024-08-24"), 1):
        other = models.Client.create(client_no=f"C01{number}", name="王芳")
        cast.give_policy(
            other, f"P01{number}", day, agent=people.chen_yan, served_from="2026-02-13"
        )
    for day in days_between(cast.day("2026-02-13"), cast.day("2026-02-25")):
        cast.walk_only(day, only("visit"))
    assert [
        (key, day) for number in ("P011", "P001", "P900", "P012") for key, day in due_dates(number)
    ] == [
        ("visit", "2026-02-14"),
        ("visit", "2026-02-24"),
        ("visit", "2026-02-24"),
        ("visit", "2026-02-24"),
    ]


def test_a_message_of_saturday_goes_out_on_saturday_and_its_task_shows_on_monday(
    book: Book,
) -> None:
    cast.everybody(issued="2026-06-03")
    cast.walk_only("2026-06-06", only("delivery"))
    assert cast.message("delivery").send_from == cast.at("2026-06-06", "09:00")
    assert cast.task("delivery").show_on == cast.day("2026-06-08")
    cast.walk_only("2026-06-08", only("delivery"))
    assert Task.select().count() == Message.select().count() == 4


def test_another_country_has_other_working_days(book: Book) -> None:
    cast.everybody(issued="2026-02-13")
    cast.walk_only("2026-02-16", cast.walker(owed.only(owed.touchpoint("delivery")), country="US"))
    assert cast.task("delivery").due_on == cast.day("2026-02-17"), "Washington's birthday"


PUBLISHED = [("CN", "2026-12-31", False), ("CN", "2031-01-05", True), ("US", "2031-01-05", False)]


@pytest.mark.parametrize(("country", "on", "is_warned"), PUBLISHED)
def test_a_year_whose_holidays_are_not_published_is_told_loudly(
    book: Book, country: str, on: str, is_warned: bool
) -> None:
    walked = cast.walk_on(on, cast.walker(country=country))
    assert len(walked.warnings) == is_warned
    for each in walked.warnings:
        assert f"the holidays of {country} in {on[:4]} are not published" in english(each)


# -------------------------------------------------------------------------------------- client scope

FIVE = ["2024-12-05", "2025-01-10", "2025-01-15", "2025-01-20", "2025-01-25"]


def five_policies(**consent: bool) -> models.Client:
    people = cast.people()
    cast.change(people.lin_wei, **consent)
    for number, issued in enumerate(FIVE, 1):
        cast.give_policy(people.lin_wei, f"P00{number}", issued, served_from="2026-02-01")
    cast.joined("2026-02-01")
    return people.lin_wei


def anniversaries(months: int) -> list[datetime.date]:
    """From February 2026 on, every day that is one of the five policies' days of the month."""
    first = cast.day("2026-02-01")
    days = days_between(first, first + datetime.timedelta(days=31 * months))
    return [day for day in days if day.day in (5, 6, 7, 10, 15, 20, 25)]


def test_five_policies_of_one_client_are_one_news_a_month(book: Book) -> None:
    five_policies(marketing_consent=True)
    for day in anniversaries(4):
        cast.walk_only(day, only("news", "event"))
    news = Touchpoint.select().where(Touchpoint.key == "news").order_by(Touchpoint.due_on)
    assert [each.due_on.isoformat() for each in news] == [
        *("2026-02-05", "2026-03-05", "2026-04-05", "2026-05-05", "2026-06-05"),
    ]
    assert {each.policy.policy_no for each in news} == {"P001"}, "the earliest carries it"
    events = Touchpoint.select().where(Touchpoint.key == "event").order_by(Touchpoint.due_on)
    assert [each.due_on.isoformat() for each in events] == ["2026-03-05", "2026-06-05"]


def test_five_policies_of_one_client_are_one_visit_a_half_year(book: Book) -> None:
    five_policies()
    for day in anniversaries(12):
        cast.walk_only(day, only("visit"))
    visits = Touchpoint.select().order_by(Touchpoint.due_on)
    assert (
        [(each.due_on.isoformat(), each.occurrence) for each in visits]
        == [
            ("2026-06-05", "2026-H1"),
            ("2026-12-07", "2026-H2"),  # the 5th is a Saturday
        ][: visits.count()]
    )


def test_five_policies_of_one_client_are_one_birthday_greeting(book: Book) -> None:
    five_policies()
    cast.walk_only("2026-02-28", only())
    assert cast.touchpoints_on("2026-02-28") == ["P001 birthday"]


def test_when_the_earliest_policy_has_ended_the_next_carries_what_the_client_is_owed(
    book: Book,
) -> None:
    five_policies(marketing_consent=True)
    cast.walk_only("2026-02-05", only("news"))
    cast.change(cast.policy("P001"), status="surrendered", ended_on=cast.day("2026-02-08"))
    for day in anniversaries(1):
        if day.day > 5:
            cast.walk_only(day, only("news"))
    assert due_dates("P001") == [("news", "2026-02-05")]
    assert due_dates("P002") == [], "February has had its news"
    for day in ("2026-03-05", "2026-03-10", "2026-03-15"):
        cast.walk_only(day, only("news"))
    assert due_dates("P002") == [("news", "2026-03-10")]
    assert due_dates("P003") == []


# ---------------------------------------------------------------------------------- an edited plan


def test_a_plan_edited_from_four_to_five_months_does_not_owe_it_twice(book: Book) -> None:
    cast.everybody()
    month_4 = owed.touchpoint("month_4")
    later = msgspec.structs.replace(month_4.due[0], months=5)
    edited = cast.walker(owed.only(msgspec.structs.replace(month_4, due=(later,))))
    cast.walk_only("2025-12-31", only())
    cast.walk_only("2026-01-31", edited)
    assert due_dates("P001") == [("month_4", "2025-12-31")]


def test_a_policy_not_yet_served_by_the_old_plan_is_served_by_the_new_one(book: Book) -> None:
    cast.everybody(served_from="2026-01-01")
    month_4 = owed.touchpoint("month_4")
    later = msgspec.structs.replace(month_4.due[0], months=5)
    cast.walk_only(
        "2026-01-31", cast.walker(owed.only(msgspec.structs.replace(month_4, due=(later,))))
    )
    assert due_dates("P001") == [("month_4", "2026-01-31")]


def test_every_walked_day_says_by_which_plan(book: Book) -> None:
    cast.walk_only("2026-01-31")
    cast.walk_only("2026-02-01", only("month_4"))
    plans = [plan for (plan,) in WalkedDay.select(WalkedDay.plan).order_by(WalkedDay.day).tuples()]
    assert plans == [f"standard@{owed.STANDARD.digest}", "standard@edited"]


# ------------------------------------------------------------------------------------------ renewals

REMINDERS = ["2026-08-01", "2026-08-24", "2026-08-31", "2026-09-15", "2026-10-15"]
PAID = [
    (None, 5),
    ("2026-07-31", 0),
    ("2026-08-01", 0),
    ("2026-08-02", 1),
    ("2026-08-24", 1),
    ("2026-08-25", 2),
    ("2026-09-14", 3),
    ("2026-10-16", 5),
]


def test_reminders_stop_the_moment_the_premium_is_paid(book: Book) -> None:
    people = cast.everybody()
    for number, (paid_on, _) in enumerate(PAID):
        policy = cast.give_policy(people.lin_wei, f"P10{number}")
        cast.give_premium(policy, "2026-08-31", paid_on=paid_on)
    for day in REMINDERS:
        cast.walk_only(day, only("renewal"))
    for number, (paid_on, count) in enumerate(PAID):
        sent = [("renewal", day) for day in REMINDERS[:count]]
        assert due_dates(f"P10{number}") == sent, f"paid on {paid_on}"
    assert due_dates("P001") == [], "without an instalment nobody is asked for anything"


def test_each_reminder_has_words_of_its_own_and_from_the_fifteenth_day_an_agent(
    book: Book,
) -> None:
    cast.everybody()
    cast.give_premium(cast.policy(), "2026-08-31", amount="1234.50")
    for day in REMINDERS:
        cast.walk_only(day, only("renewal"))
    messages = list(Message.select().order_by(Message.planned_on))
    assert [each.template for each in messages] == [
        *("renewal_due", "renewal_due", "renewal_today", "renewal_grace", "renewal_grace"),
    ]
    texts = [each.text.body for each in previews(cast.walker().writer, messages).values()]
    assert all("¥1,234.50" in each and "2026年8月31日" in each for each in texts)
    assert any("2026年10月30日" in each for each in texts), "the end of grace"
    tasks = [each.due_on.isoformat() for each in Task.select().order_by(Task.due_on)]
    assert tasks == ["2026-09-15", "2026-10-15"]


def test_a_reminder_found_after_its_five_days_is_skipped(book: Book) -> None:
    cast.everybody()
    cast.give_premium(cast.policy(), "2026-08-31")
    found = cast.day("2026-08-30")
    cast.walk_day(only("renewal"), cast.day("2026-08-24"), found, cast.at(found, "06:00"))
    assert (cast.message("renewal").state, cast.message("renewal").reason) == ("skipped", "late")


# -------------------------------------------------------------------------------------------- status

STATUSES = [
    ("in_force", True, True),
    ("grace", True, True),
    ("paid_up", True, False),  # whatever the ledger still lists
    ("applied", False, False),
    ("suspended", False, True),  # premium reminders go on
    *[(status, False, False) for status in sorted(ENDED)],
]


def test_service_is_owed_only_while_the_policy_is_alive(book: Book) -> None:
    people = cast.people()
    for status, *_ in STATUSES:
        ended_on = "2026-03-01" if status in ENDED else None
        policy = cast.give_policy(people.lin_wei, status, status=status, ended_on=ended_on)
        cast.give_premium(policy, "2026-04-30")
    cast.walk_only("2026-03-31", only())
    for status, is_served, is_reminded in STATUSES:
        assert due_dates(status) == [
            *[("month_7", "2026-03-31")] * is_served,
            *[("renewal", "2026-03-31")] * is_reminded,
        ], status


ENDS = [("2026-03-30", False), ("2026-03-31", False), ("2026-04-01", True), (None, True)]


def test_a_policy_is_owed_service_until_the_day_before_it_ends(book: Book) -> None:
    people = cast.people()
    for ended_on, _ in ENDS:
        status = "surrendered" if ended_on else "in_force"
        cast.give_policy(people.lin_wei, f"to {ended_on}", status=status, ended_on=ended_on)
    cast.walk_only("2026-03-31", only())
    assert [bool(due_dates(f"to {day}")) for day, _ in ENDS] == [is_owed for _, is_owed in ENDS]


def test_a_reinstated_policy_is_not_given_what_it_missed(workspace: Workspace) -> None:
    """Suspended over the end of March, in force again in April: month_7 is gone for good."""
    cast.everybody(status="suspended", served_from="2026-03-29")
    cast.walk_on("2026-04-02", only())
    back = [books.row(number, status="in_force") for number in ("P001", "P002")]
    books.take_in(workspace, *back, on="2026-04-02")
    assert cast.policy("P001").served_from == cast.day("2026-04-02")
    cast.walk_on("2026-04-04", only())
    cast.walk_only("2026-06-30", only())
    assert due_dates("P001") == [("month_10", "2026-06-30")]
    assert due_dates("P003") == [], "still suspended"


# -------------------------------------------------------------------------------- all or nothing


def test_a_day_that_cannot_be_finished_leaves_nothing_behind(book: Book) -> None:
    cast.everybody(issued="2025-08-29", served_from="2025-09-27")

    class Broken(Routes):
        def of(self, channel: str, address: str) -> str:
            raise errors.BadSetting("channels", notice("not_a_file"))

    with pytest.raises(errors.BadSetting):
        cast.walk_on("2025-10-01", replace(only(), routes=Broken("outbox", "outbox")))
    last = WalkedDay.select(peewee.fn.MAX(WalkedDay.day)).scalar()
    assert last == cast.day("2025-09-28"), "the days before are walked"
    assert (Touchpoint.select().count(), Message.select().count(), Task.select().count()) == (
        0,
        0,
        0,
    )
    assert CardEntry.select().count() == 0
    cast.walk_on("2025-10-01", only())
    assert due_dates("P001") == [("month_1", "2025-09-29")]


SUMMARY_KEYS = ["on", "touchpoints", "messages", "tasks", "skipped", "by_touchpoint", "by_reason"]


def test_the_summary_is_what_scripts_rely_on(book: Book) -> None:
    cast.everybody(issued="2025-09-26")
    walked = walk.summary(cast.walk_on("2025-09-29", only()))
    assert list(walked) == [*SUMMARY_KEYS, "caught_up", "early"]
    assert walked["early"] is None
    assert walked["on"] == cast.day("2025-09-29")
    assert walked["by_touchpoint"] == {"delivery": 4}
    assert walked["by_reason"] == {"due": 8}
    assert [list(day) for day in walked["caught_up"]] == [SUMMARY_KEYS] * 3
