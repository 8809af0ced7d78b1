"""The service card: everything known of Lin Wei, done for him, and still to come."""

import dataclasses
import datetime
import json
from decimal import Decimal

import msgspec
import peewee
import pytest

from policies.dates import days_between, work_calendar
from policies.grace import Grace
from policies.models import Client
from policies.plan import Plan
from servicing.card import card as cards
from servicing.card import policy_timeline
from servicing.card.card import Card, PolicyCard, PremiumLine, ReferredClient
from servicing.card.policy_timeline import TimelineLine
from servicing.card.queries import OpenTask
from servicing.channels import Directory, Routes
from servicing.channels.memory import Memory
from servicing.core import errors, output
from servicing.core.models import CardEntry, Message
from servicing.desk import tasks
from servicing.dispatch import dispatcher as dispatching
from servicing.dispatch.claims import Dispatcher
from servicing.messages import suppressions
from servicing.operations.workspace import Workspace
from tests import cast
from tests.refusals import refuses
from tests.servicing import books, owed

pytestmark = cast.on_one

Book = peewee.Database
WALKER = cast.walker(owed.THREE_YEARS)
CHINA = work_calendar("CN")


def card_of(client_no: str = "C001", on: str = "2025-09-30", plan: Plan = owed.THREE_YEARS) -> Card:
    return cards.card(dataclasses.replace(WALKER.writer, plan=plan), CHINA, client_no, cast.day(on))


def policy_of(found: Card, policy_no: str = "P001") -> PolicyCard:
    return next(each for each in found.policies if each.policy_no == policy_no)


def lines_of(found: Card, policy_no: str = "P001", *keys: str) -> list[tuple[str, str, str, str]]:
    """Of a policy's timeline: day, touchpoint, state, and who carries it."""
    return [
        (each.due_on.isoformat(), each.touchpoint, each.state, each.carried_by)
        for each in policy_of(found, policy_no).timeline
        if each.touchpoint in keys or not keys
    ]


def timeline_of(
    policy_no: str, on: str, start: str | None = None, end: str | None = None
) -> list[TimelineLine]:
    days = (cast.maybe_day(start), cast.maybe_day(end))
    return policy_timeline.policy_timeline(
        owed.THREE_YEARS, CHINA, policy_no, days, cast.day(on), Grace()
    )


# ----------------------------------------------------------------------------------------- profile


def test_it_says_who_the_client_is(book: Book) -> None:
    people = cast.everybody()
    consented = {"marketing_consent": True, "consent_on": cast.day("2025-08-31")}
    written_to = {"email": "lin.wei@example.com", "channel": "email", "language": "en"}
    abroad = {"timezone": "America/New_York", "phone": "", "phone_given": "ask his wife"}
    cast.change(people.lin_wei, **consented, **written_to, **abroad)
    found = card_of()
    assert (found.client_no, found.name, found.gender) == ("C001", "林伟", "M")
    assert (found.birthday, found.language, found.timezone) == (
        *(datetime.date(1984, 2, 29), "en", "America/New_York"),
    )
    assert (found.phone, found.phone_given) == ("", "ask his wife")
    assert (found.email, found.channel) == ("lin.wei@example.com", "email")
    assert (found.marketing_consent, found.consent_on) == (True, datetime.date(2025, 8, 31))


def test_it_says_what_each_policy_is_and_who_serves_it(book: Book) -> None:
    people = cast.people()
    facts = {"sum_assured": Decimal(500_000), "currency": "CNY", "premium_term_years": 20}
    policy = cast.give_policy(
        people.lin_wei, "P001", "2025-08-31", delivered_on="2025-09-04", **facts
    )
    cast.give_premium(policy, "2025-08-31", paid_on="2025-08-31")
    cast.give_premium(policy, "2027-08-31")
    cast.give_premium(policy, "2026-08-31")
    found = policy_of(card_of())
    assert dataclasses.replace(found, timeline=[]) == PolicyCard(
        policy_no="P001",
        product="安心终身寿险",
        status="in_force",
        issue_date=datetime.date(2025, 8, 31),
        ended_on=None,
        delivered_on=datetime.date(2025, 9, 4),
        suspended_on=None,
        annual_premium="12000.00",
        sum_assured="500000.00",
        currency="CNY",
        payment_mode="annual",
        premium_term_years=20,
        paid_to=datetime.date(2026, 8, 31),
        agent_no="A001",
        agent_name="陈燕",
        team="一部",
        branch="上海",
        served_from=datetime.date(2025, 8, 31),
        is_left_out=False,
        timeline=[],
        premiums=[
            PremiumLine(datetime.date(2025, 8, 31), "12000.00", datetime.date(2025, 8, 31)),
            PremiumLine(datetime.date(2026, 8, 31), "12000.00", None),
            PremiumLine(datetime.date(2027, 8, 31), "12000.00", None),
        ],
    )


def test_an_agent_without_a_team_has_none_on_the_card(book: Book) -> None:
    people = cast.everybody()
    cast.change(people.chen_yan, team=None)
    assert (policy_of(card_of()).team, policy_of(card_of()).branch) == ("", "")


def test_it_shows_the_policies_in_the_order_they_were_issued(book: Book) -> None:
    cast.everybody(issued=["2025-08-31", "2024-01-01", "2025-08-30"])
    assert [each.policy_no for each in card_of().policies] == ["P002", "P003", "P001"]


def test_it_says_who_referred_whom(book: Book) -> None:
    people = cast.everybody()
    cast.change(people.lin_wei, referred_by="C900")
    for number, name in (("C011", "李娜"), ("C010", "王芳")):
        Client.create(client_no=number, name=name, referred_by="C001")
    found = card_of()
    assert (found.referred_by, found.referred_by_name) == ("C900", "周明")
    assert found.referrals == [
        ReferredClient(client_no="C010", name="王芳"),
        ReferredClient(client_no="C011", name="李娜"),
    ]
    assert [each.name for each in card_of("C900").referrals] == ["林伟"]


def test_who_was_referred_by_somebody_unknown_keeps_the_number(book: Book) -> None:
    people = cast.everybody()
    cast.change(people.lin_wei, referred_by="C404")
    assert (card_of().referred_by, card_of().referred_by_name) == ("C404", "")


def test_who_was_referred_by_nobody_has_referred_nobody(book: Book) -> None:
    cast.everybody()
    assert (card_of().referred_by, card_of().referrals) == ("", [])


def test_nobody_else_is_on_the_card(book: Book) -> None:
    cast.everybody()
    cast.walk_only("2025-09-30", WALKER)
    found = json.dumps(output.plain(card_of()), ensure_ascii=False)
    assert "P900" not in found and "周明" not in found


@pytest.mark.parametrize("client_no", ["C404", "", "c001", "P001"])
def test_a_client_who_does_not_exist_is_refused_by_number(book: Book, client_no: str) -> None:
    cast.everybody()
    with refuses(errors.ClientNotFound, match="in this book"):
        card_of(client_no)


def test_a_client_without_policies_has_a_card(book: Book) -> None:
    cast.people()
    assert card_of().policies == []


# ---------------------------------------------------------------------------------- past and future


def test_it_shows_what_was_and_what_is_to_come_in_a_year(book: Book) -> None:
    people = cast.everybody(served_from="2025-09-30")
    cast.give_premium(people.policies[0], "2026-08-31")
    cast.walk_only("2025-09-30", WALKER)
    tasks.done(cast.task("month_1").id, cast.at("2025-09-30"))
    assert lines_of(card_of()) == [
        ("2025-09-30", "month_1", "queued + done", "P001"),
        ("2025-12-31", "month_4", "planned", "P001"),
        ("2026-02-28", "birthday", "planned", "P001"),
        ("2026-03-31", "month_7", "planned", "P001"),
        ("2026-06-30", "month_10", "planned", "P001"),
        ("2026-08-01", "renewal", "planned", "P001"),
        ("2026-08-24", "renewal", "planned", "P001"),
        ("2026-08-31", "renewal", "planned", "P001"),
        ("2026-09-15", "renewal", "planned", "P001"),
        ("2026-09-30", "news", "planned", "P001"),
    ]


def test_today_is_to_come_until_it_is_walked_and_then_it_was(book: Book) -> None:
    cast.everybody(served_from="2025-09-30")
    assert lines_of(card_of())[0] == ("2025-09-30", "month_1", "planned", "P001")
    cast.walk_only("2025-09-30", WALKER)
    assert lines_of(card_of())[:2] == [
        ("2025-09-30", "month_1", "queued + open", "P001"),
        ("2025-12-31", "month_4", "planned", "P001"),
    ]


def test_what_is_planned_is_what_the_walks_then_make(book: Book) -> None:
    """The card reads the timeline forwards, the walk backwards."""
    people = cast.everybody(
        issued=["2025-01-30", "2025-08-31", "2026-02-10"], served_from="2026-02-10"
    )
    cast.change(people.lin_wei, marketing_consent=True)
    cast.give_premium(people.policies[1], "2026-03-15", paid_on="2026-03-10")
    first, last = cast.day("2026-02-10"), cast.day("2026-03-31")
    card = card_of(on="2026-02-10")
    planned = {
        (each.policy_no, line.due_on, line.touchpoint, line.carried_by, line.task_on)
        for each in card.policies
        for line in each.timeline
        if line.due_on <= last
    }
    for day in days_between(first, last):
        cast.walk_only(day, WALKER)
    card = card_of(on="2026-03-31")
    made = {
        (each.policy_no, line.due_on, line.touchpoint, line.carried_by, line.task_on)
        for each in card.policies
        for line in each.timeline
        if line.state != "planned"
    }
    assert planned == made
    assert {each[2] for each in made} == {
        "delivery",
        "month_1",
        "month_7",
        "news",
        "birthday",
        "renewal",
    }


def test_a_line_says_why_and_when_its_task_is(book: Book) -> None:
    people = cast.everybody(issued="2026-01-16", served_from="2026-02-16")
    cast.change(people.lin_wei, channel="none")
    cast.walk_only("2026-02-16", WALKER)
    line = next(
        each
        for each in policy_of(card_of(on="2026-02-16")).timeline
        if each.touchpoint == "month_1"
    )
    assert (line.state, line.reason) == ("suppressed + open", "client_wants_none + due")
    assert (line.due_on, line.task_on) == (cast.day("2026-02-16"), cast.day("2026-02-24"))


def test_a_plan_that_was_edited_does_not_promise_again_what_was_given(book: Book) -> None:
    cast.everybody()
    cast.walk_only("2025-12-31", WALKER)
    month_4 = owed.touchpoint("month_4")
    step = msgspec.structs.replace(month_4.due[0], months=5)
    edited = owed.only(msgspec.structs.replace(month_4, due=(step,)))
    found = card_of(on="2026-01-05", plan=edited)
    assert lines_of(found) == [("2025-12-31", "month_4", "queued + open", "P001")]


def test_what_a_dropped_touchpoint_gave_stays_on_the_card(book: Book) -> None:
    cast.everybody()
    cast.walk_only("2025-09-30", WALKER)
    found = card_of(plan=owed.only(owed.touchpoint("month_4")))
    assert [line[1] for line in lines_of(found)] == ["month_1", "month_4"]


def test_an_ended_policy_has_a_past_and_no_future(book: Book) -> None:
    people = cast.everybody()
    cast.walk_only("2025-09-30", WALKER)
    cast.change(people.policies[0], status="surrendered", ended_on=cast.day("2025-10-15"))
    assert lines_of(card_of(on="2025-10-20")) == [
        ("2025-09-30", "month_1", "queued + open", "P001")
    ]
    assert "month_4" in [line[1] for line in lines_of(card_of(on="2025-10-20"), "P002")]


# -------------------------------------------------------------------------------------- one for all

FIVE = ["2024-12-05", "2025-01-10", "2025-01-15", "2025-01-20", "2025-01-25"]


def five_policies() -> None:
    people = cast.people()
    cast.change(people.lin_wei, marketing_consent=True)
    for number, issued in enumerate(FIVE, 1):
        cast.give_policy(people.lin_wei, f"P00{number}", issued, served_from="2026-02-01")


def test_all_five_policies_show_the_cover_and_who_carries_it(book: Book) -> None:
    five_policies()
    cast.walk_only("2026-02-05", WALKER)
    cast.walk_only("2026-02-28", WALKER)
    found = card_of(on="2026-02-28")
    for policy in found.policies:
        assert lines_of(found, policy.policy_no, "news", "birthday")[:4] == [
            ("2026-02-05", "news", "queued", "P001"),
            ("2026-02-28", "birthday", "queued", "P001"),
            ("2026-03-05", "news", "planned", "P001"),
            ("2026-04-05", "news", "planned", "P001"),
        ]
        visits = lines_of(found, policy.policy_no, "visit")
        assert [line[3] for line in visits] == ["P001"] * len(visits)
        assert visits[0][0] == "2026-06-05"


def test_a_policy_is_not_covered_by_what_was_before_it_or_after_it(book: Book) -> None:
    five_policies()
    people = cast.lin_wei()
    cast.give_policy(people, "P006", "2026-03-01", served_from="2026-03-01")
    cast.change(cast.policy("P005"), status="surrendered", ended_on=cast.day("2026-03-01"))
    cast.change(cast.policy("P004"), status="suspended")
    for day in ("2026-02-05", "2026-03-05"):
        cast.walk_only(day, WALKER)
    found = card_of(on="2026-03-05")
    news = {
        policy.policy_no: [line[0] for line in lines_of(found, policy.policy_no, "news")][:3]
        for policy in found.policies
    }
    assert news["P001"] == news["P002"] == ["2026-02-05", "2026-03-05", "2026-04-05"]
    assert news["P006"][:2] == ["2026-03-05", "2026-04-05"]
    assert news["P005"] == ["2026-02-05"]


def test_what_is_of_one_policy_is_on_that_policy_only(book: Book) -> None:
    cast.everybody(issued=["2025-08-31", "2025-06-30", "2025-06-30"])
    cast.walk_only("2025-09-30", WALKER)
    found = card_of()
    assert lines_of(found, "P001", "month_1") == [
        ("2025-09-30", "month_1", "queued + open", "P001")
    ]
    assert lines_of(found, "P002", "month_1") == []


# ------------------------------------------------------------------------------- a policy's timeline


def test_a_policys_timeline_is_what_its_card_shows(book: Book) -> None:
    cast.everybody(served_from="2025-09-30")
    cast.walk_only("2025-09-30", WALKER)
    assert timeline_of("P001", on="2025-09-30") == policy_of(card_of()).timeline


SPANS = [
    (None, "2025-12-31", ["month_1", "month_4"]),
    ("2025-10-01", "2025-12-31", ["month_4"]),
    ("2025-12-31", "2025-12-31", ["month_4"]),
    ("2026-01-01", "2026-03-30", ["birthday"]),
    ("2025-10-01", "2025-12-30", []),
    ("2026-01-01", "2025-01-01", []),
]


def test_a_timeline_is_cut_at_both_ends(book: Book) -> None:
    cast.everybody(served_from="2025-09-30")
    cast.walk_only("2025-09-30", WALKER)
    for start, end, keys in SPANS:
        found = [line.touchpoint for line in timeline_of("P001", "2025-09-30", start, end)]
        assert found == keys, (start, end)


def test_a_timeline_can_look_further_than_a_year(book: Book) -> None:
    cast.everybody()
    found = timeline_of("P001", on="2025-09-30", end="2027-12-31")
    assert max(line.due_on for line in found) > cast.day("2027-11-01")


def test_a_policy_that_does_not_exist_is_refused_by_number(book: Book) -> None:
    with refuses(errors.PolicyNotFound, match="'P404'"):
        timeline_of("P404", on="2025-09-30")


# --------------------------------------------------------------------------- open items and the trail


def test_it_shows_what_is_open_and_what_waits(book: Book) -> None:
    cast.everybody()
    cast.walk_only("2025-09-30", WALKER)
    tasks.done(cast.task("month_1", "P002").id, cast.at("2025-09-30"))
    cast.change(cast.message("month_1", "P003"), state="accepted")
    found = card_of()
    assert found.open_tasks == [
        OpenTask(
            id=cast.task("month_1", number).id,
            show_on=cast.day("2025-09-30"),
            due_on=cast.day("2025-09-30"),
            touchpoint="month_1",
            policy_no=number,
            desk="",
        )
        for number in ("P001", "P003")
    ]
    assert [each.policy_no for each in found.waiting_messages] == ["P001", "P002"]
    first = found.waiting_messages[0]
    assert (first.state, first.channel) == ("queued", "sms")
    assert first.send_from == cast.at("2025-09-30", "09:00")
    assert first.is_preview and first.body.startswith("【示例人寿】林伟先生，您的安心终身寿险")


def test_the_trail_tells_the_whole_story_in_order(workspace: Workspace) -> None:
    cast.everybody()
    cast.walk_only("2025-09-30", WALKER)
    memory = Memory()
    directory = Directory({"memory": memory}, Routes("memory", "memory"))
    worker = Dispatcher(owed.STANDARD, WALKER.composer, WALKER.rules, directory, lambda: 0.0)
    dispatching.dispatch(worker, lambda: cast.at("2025-09-30", "09:30"))
    tasks.done(cast.task("month_1").id, cast.at("2025-09-30", "10:00"), "已通话")
    moved = books.row("P001", agent_no="A900", phone="+12025550142", marketing_consent="yes")
    books.take_in(workspace, moved, on="2025-09-30", time="11:00")
    ended = books.row("P001", agent_no="A900", status="surrendered", ended_on="2025-09-30")
    books.take_in(workspace, ended, on="2025-09-30", time="12:00")
    lines = [line for line in card_of().trail if line.policy_no in ("P001", "")]
    assert [(line.kind, line.policy_no, line.touchpoint) for line in lines] == [
        ("message.queued", "P001", "month_1"),
        ("message.accepted", "P001", "month_1"),
        ("task.done", "P001", "month_1"),
        ("consent.given", "", ""),
        ("contact.changed", "", ""),
        ("agent.changed", "P001", ""),
        ("status.changed", "P001", ""),
    ]
    assert [f"{line.at.astimezone(workspace.zone):%H:%M}" for line in lines] == [
        *("06:00", "09:30", "10:00", "11:00", "11:00", "11:00", "12:00"),
    ]
    facts = {line.kind: line.facts for line in lines}
    assert facts["task.done"] == {"note": "已通话", "agent_no": "A001"}
    assert facts["consent.given"] == {"marketing_consent": [None, True]}
    assert facts["contact.changed"] == {"phone": ["+12025550111", "+12025550142"]}
    assert facts["agent.changed"] == {"agent_no": ["A001", "A900"]}
    assert facts["status.changed"]["status"] == ["in_force", "surrendered"]


def test_the_trail_can_only_grow(book: Book) -> None:
    people = cast.everybody()
    cast.walk_only("2025-09-30", WALKER)
    tasks.done(cast.task("month_1", "P002").id, cast.at("2025-09-30"))
    before = card_of().trail
    assert {line.kind for line in before} == {"message.queued", "task.done"}
    rewrite = CardEntry.update(facts="{}").where(CardEntry.client == people.lin_wei)
    forget = CardEntry.delete().where(CardEntry.client == people.lin_wei)
    made_otherwise = Message.update(made_at=None).where(Message.client == people.lin_wei)
    for query in (rewrite, forget, made_otherwise):
        with pytest.raises(peewee.DatabaseError, match="append-only"), book.atomic():
            query.execute()
    assert card_of().trail == before
    tasks.done(cast.task("month_1").id, cast.at("2025-09-30"))
    assert card_of().trail[: len(before)] == before
    assert len(card_of().trail) == len(before) + 1


# ---------------------------------------------------------------------------------------------- JSON


def test_a_card_goes_through_json_and_back(book: Book) -> None:
    five_policies()
    cast.walk_only("2026-02-05", WALKER)
    found = card_of(on="2026-02-05")
    read = json.loads(json.dumps(output.plain(found), ensure_ascii=False))
    assert list(read) == [each.name for each in dataclasses.fields(Card)]
    assert read["birthday"] == "1984-02-29" and read["marketing_consent"] is True
    policies = [
        PolicyCard(
            **{
                **each,
                **{
                    name: cast.maybe_day(each[name])
                    for name in (
                        *("issue_date", "ended_on", "delivered_on", "suspended_on"),
                        *("paid_to", "served_from"),
                    )
                },
                "timeline": [
                    TimelineLine(
                        **{
                            **line,
                            "due_on": cast.day(line["due_on"]),
                            "task_on": cast.maybe_day(line["task_on"]),
                        }
                    )
                    for line in each["timeline"]
                ],
            }
        )
        for each in read["policies"]
    ]
    assert policies == found.policies
    assert [datetime.datetime.fromisoformat(line["at"]) for line in read["trail"]] == [
        line.at for line in found.trail
    ]


SINCE = [
    # a refusal by the clock of UTC; its day by the book's, eight hours ahead
    ("2026-05-31T15:59", "2026-05-31"),
    ("2026-05-31T16:00", "2026-06-01"),
]


@pytest.mark.parametrize(("at", "on"), SINCE)
def test_a_refusal_holds_since_a_day_of_the_book(book: Book, at: str, on: str) -> None:
    cast.everybody()
    since = datetime.datetime.fromisoformat(at).replace(tzinfo=datetime.UTC)
    suppressions.suppress("marketing", "C001", "opted_out", "reply", since)
    found = card_of(on="2026-06-02")
    assert (found.consent.is_given, str(found.consent.on)) == (False, on)
