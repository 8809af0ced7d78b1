"""What a day costs grows with what is due, not with what has been: no statement reads a whole table.

Every statement that the services run here is asked for its plan, as SQLite would carry it out.
"""

import datetime
import zoneinfo
from collections.abc import Callable, Iterator

import msgspec
import peewee
import pytest

from policies import cover, database, referrals, stage, tier
from policies.grace import Grace
from policies.models import Client, PastAgent, Policy
from policies.persistency import collection, reinstatement, units
from policies.persistency.rules import Limits
from policies.persistency.selection import Selection
from servicing.breaker import queries as breaker
from servicing.card import card, covering, review
from servicing.card.covering import Heir, Other, Word
from servicing.card.queries import around
from servicing.case_reports import daily, figures, weeks
from servicing.case_reports.figures import Span
from servicing.cases import desks, person, shelf, telling
from servicing.cases import queries as cases
from servicing.channels import Accepted, Answer, Lookup, Outgoing, Rejected, Unknown
from servicing.channels.memory import Memory
from servicing.core import touched, trail
from servicing.core.done_models import DoneTask
from servicing.core.models import Message, Touchpoint
from servicing.core.runtime import never
from servicing.core.settings import Capacity, Settings
from servicing.core.states import LEASE
from servicing.core.touched import TouchedRow
from servicing.corrections import queries as corrections
from servicing.corrections import sweep
from servicing.desk import agenda, search_keys, tasks, worklist
from servicing.desk.of_desks import queries as of_desks
from servicing.desk.of_desks import work
from servicing.dispatch import digits, receipts, replies
from servicing.dispatch import queries as dispatches
from servicing.dispatch.receipts import Receipt
from servicing.dispatch.replies import Incoming
from servicing.explain import why
from servicing.leads import queries as leads
from servicing.messages import history, queries, suppressions
from servicing.messages.queries import Wanted
from servicing.operations import health, metrics
from servicing.projections import simulate
from servicing.reassignment import orphans, succession
from servicing.reassignment.succession import Request
from servicing.reports import earned, losses, questions
from servicing.rights.queries import covers_of
from servicing.schedule import giving_back, waking
from servicing.schedule import queries as schedules
from servicing.schedule.load import Load
from servicing.surveys import last
from servicing.surveys import queries as surveys
from servicing.surveys.queries import Part
from servicing.tiers import granting, night, stages
from servicing.tiers.granting import Grant
from servicing.tiers.scoring import Rules
from servicing.tiers.stages import of_plan
from tests import cast
from tests.servicing import desk_questions, looked_up, owed
from tests.servicing.cases import opened
from tests.servicing.dispatched import TEN, WALKER, by, dispatch
from tests.servicing.handed_over import hand_over
from tests.servicing.looked_up import Heard
from tests.servicing.web.visits import give_account

Book = peewee.Database
ON = datetime.date(2025, 9, 30)
LATER = TEN + LEASE
ISSUED = datetime.date(2023, 3, 4)


@pytest.fixture
def heard(book: Book) -> Iterator[Heard]:
    """What is said to the book."""
    with looked_up.listening(book) as heard:
        yield heard


def half_answered(message: Outgoing) -> Answer:
    return [Accepted(f"SM{message.id}"), Unknown(), Rejected("number", "1"), Unknown()][
        message.id % 4
    ]


class Half(Memory):
    def find(self, message: Outgoing) -> Lookup:
        return Lookup("found", (f"SM-{message.id}",)) if message.id % 2 else Lookup("absent")


@cast.on_sqlite
def test_a_dispatch_and_what_comes_back_read_no_whole_table(book: Book, heard: Heard) -> None:
    people = cast.everybody()
    cast.change(people.lin_wei, marketing_consent=True, email="lin.wei@example.com")
    cast.walk_only(ON, WALKER)
    dispatch(by(Half(half_answered)))
    dispatch(by(Half(half_answered)), LATER)
    message = Message.get_by_id(1)
    receipts.apply(Receipt(message.id, "memory", "SM1", "delivered"), LATER)
    replies.take(Incoming("twilio", "IN1", "+12025550111", "好的"), ON, LATER)
    replies.take(Incoming("twilio", "IN2", "+12025550111", "STOP"), ON, LATER)
    suppressions.suppress("email", "lin.wei@example.com", "wrong", "smtp 550", LATER)
    sweep.sweep(owed.STANDARD, ON, LATER)
    assert heard.faults() == []


@cast.on_sqlite
def test_a_walk_reads_no_whole_table(book: Book, heard: Heard) -> None:
    people = cast.everybody(issued="2025-03-04", served_from="2026-06-03")
    cast.change(people.lin_wei, marketing_consent=True)
    cast.give_premium(people.policies[0], "2026-06-04")
    cast.walk_on("2026-06-04", WALKER)
    cast.walk_on("2026-06-04", WALKER)
    assert heard.faults() == []


@cast.on_sqlite
def test_what_follows_a_suspension_or_a_loss_reads_no_whole_table(book: Book, heard: Heard) -> None:
    people, day = cast.everybody(issued="2025-03-04"), cast.day("2026-05-04")
    cast.change(people.policies[0], status="suspended", suspended_on=day)
    cast.change(people.policies[1], status="surrendered", ended_on=day)
    after = cast.walker(owed.AFTER_SERVICE)
    cast.walk_on("2026-06-04", after)
    cast.change(people.policies[0], status="in_force", suspended_on=None)
    touched.note([TouchedRow(people.lin_wei.id, each) for each in ("suspended", "ended")])
    giving_back.bring_up_to_date(after, cast.day("2026-06-04"), cast.at("2026-06-04"))
    assert heard.faults() == []
    found = {each.key for each in Touchpoint.select().where(Touchpoint.anchor_on == day)}
    assert found == {"rescue", "lost"}


@cast.on_sqlite
def test_what_came_in_of_the_second_year_reads_no_whole_table(book: Book, heard: Heard) -> None:
    people, last = cast.everybody(issued="2025-03-04"), cast.day("2026-03-31")
    cast.give_premium(people.policies[0], "2026-03-04", paid_on="2026-03-20")
    cast.give_premium(people.policies[1], "2026-03-04")
    span = collection.Span(last.replace(day=1), last, last)
    force, grace = units.force(), Grace(60, {"年金": 30})
    assert collection.collection("agent", span, grace, Limits(), force).total.paid == 1
    assert len(list(collection.still_open(span, grace, Limits(), force))) == 1
    reinstatement.reinstatements(last.replace(day=1), last, last)
    assert heard.faults() == []


@cast.on_sqlite
def test_what_agents_earn_and_what_a_family_lacks_reads_no_whole_table(
    book: Book, heard: Heard
) -> None:
    people, last = cast.everybody(issued="2025-03-04"), cast.day("2026-03-31")
    cast.give_premium(people.policies[0], "2026-03-04", paid_on="2026-03-20")
    of = Policy.get(Policy.policy_no == "P002")
    PastAgent.create(policy=of, agent=people.sun_li, until=last)
    covering.add_beneficiary(of, Heir("周明", "spouse"), Word("x", TEN, last))
    covering.add_other(people.lin_wei, Other("他司", "life", None, "CNY"), Word("x", TEN, last))
    grace, by_agent = Grace(60, {"年金": 30}), Limits(agent_ids=[people.chen_yan.id])
    grace.lay_down()
    for limits in (Limits(), by_agent):
        found = list(earned.instalments(last.replace(day=1), last, last, grace, limits))
        assert [each.is_paid for each in found] == [True]
    covers = cover.load(cover.SHIPPED / "standard.toml")
    shown = review.review(people.lin_wei, last, covers, "CNY", review.Reader(["C900"]))
    assert len(shown.persons[0].policies) == 4
    covers_of(people.lin_wei.id)
    assert heard.faults() == []


@cast.on_sqlite
def test_a_night_of_tiers_and_the_stages_of_an_agent_read_no_whole_table(
    book: Book, heard: Heard
) -> None:
    people = cast.everybody(issued="2025-03-04")
    Client.create(client_no="C010", name="钱多", referred_by="C001")
    rules = Rules(tier.load(tier.SHIPPED / "basic.toml"), "CNY", True)
    for day in ("2026-05-11", "2026-05-12", "2026-07-01"):
        night.run(rules, cast.day(day), cast.at(day), never)
        line = trail.Entry(people.lin_wei.id, None, None, "policy.changed", "{}")
        trail.write([line], cast.at(day))
    until = cast.day("2026-08-01")
    grant = Grant("personal", until, "新生儿", "hejing")
    granting.grant(people.lin_wei, grant, rules, cast.day("2026-07-01"), cast.at("2026-07-01"))
    known, hers = of_plan(stage.load(stage.SHIPPED / "standard.toml"), owed.STANDARD), units.force()
    with database.snapshot():
        stages.count(known, [people.chen_yan.id], lambda each: hers[each].agent_no, ON)
    stages.clients(known, "before", [people.chen_yan.id], ON, 10)
    around(people.lin_wei, stages.furthest(known, ON))
    walker = cast.walker(
        owed.only(msgspec.structs.replace(owed.touchpoint("month_1"), tiers=("personal",)))
    )
    cast.walk_on("2026-07-04", walker)
    sweep.sweep(walker.plan, ON, LATER)
    assert heard.faults() == []


@cast.on_sqlite
def test_surveys_their_answers_and_leads_read_no_whole_table(book: Book, heard: Heard) -> None:
    people = cast.everybody()
    digits.asked_at("+12025550111", ON)
    last.last_answers(["C001", "C900"], TEN.tzinfo or datetime.UTC)
    hers = frozenset([people.chen_yan.id])
    for agents in (None, hers):
        part = Part(by="team", agents=agents)
        surveys.sent(part, ON, ON)
        surveys.scored(part, ON, ON)
        surveys.closed(part, ON, ON)
        leads.counted_by_agent(ON, ON, agents)
        leads.open_leads(agents, ON)
    leads.facts([people.lin_wei.id], ON)
    leads.leads_of([people.lin_wei.id])
    leads.ran_out(ON, 100)
    leads.matches(0)
    leads.referrers(["C001"])
    assert heard.faults() == []


@cast.on_sqlite
def test_tasks_of_desks_read_no_whole_table(book: Book, heard: Heard) -> None:
    cast.everybody()
    call = msgspec.structs.replace(owed.touchpoint("month_1"), id="call", desk="callback")
    cast.walk_only(ON, cast.walker(owed.only(call)))
    users = [
        give_account("lihua", "operations"),
        give_account("chenyan", "agent", agent_no="A001"),
        give_account("root", "administrator"),
        give_account("shanghai", "manager", branch="上海"),
    ]
    of_desks.for_nobody(ON)
    for user in users[:2]:
        desks.put(user, ["callback"], TEN)
    for user in users:
        reader = work.reader(user, "callback")
        assert reader is not None
        for view in ("due", "later"):
            of_desks.listed("callback", view, ON, reader, 30)
        of_desks.of_number(1, reader)
        of_desks.ended_by(user.login, TEN, reader)
    of_desks.for_nobody(ON)
    list(tasks.open_tasks(ON, desk="callback"))
    assert heard.faults() == []


@cast.on_sqlite
def test_what_follows_a_closed_case_or_a_task_reads_no_whole_table(
    book: Book, heard: Heard
) -> None:
    people, day = cast.everybody(issued="2025-03-04"), cast.day("2026-05-04")
    owed.deeds(people.policies[0], day)
    after = cast.walker(owed.AFTER_SERVICE)
    cast.walk_on("2026-06-04", after)
    DoneTask.delete().execute()
    rows = ("case_closed", "task_done")
    touched.note([TouchedRow(people.lin_wei.id, each) for each in rows])
    giving_back.bring_up_to_date(after, cast.day("2026-06-04"), cast.at("2026-06-04"))
    owed.deeds(people.policies[0], cast.day("2026-05-01"))
    touched.note([TouchedRow(people.lin_wei.id, each) for each in rows])
    giving_back.bring_up_to_date(after, cast.day("2026-06-04"), cast.at("2026-06-04"))
    card.card(after.writer, after.calendar, "C001", cast.day("2026-06-04"))
    why.why(after, people.policies[0].policy_no, "thanks", None, cast.day("2026-06-04"))
    agenda.agenda(after.plan, after.calendar, cast.agent(), cast.day("2026-05-04"), 31)
    first, last = cast.day("2026-06-05"), cast.day("2026-06-06")
    simulate.simulate(after, cast.day("2026-06-04"), first, last, Capacity())
    assert heard.faults() == []
    found = {each.key for each in Touchpoint.select().where(Touchpoint.anchor_on == day)}
    assert found == {"thanks", "asked", "met"}
    cancelled = Message.select().where(Message.reason.in_(["not_done"]))
    assert {each.touchpoint.key for each in cancelled} == {"asked", "met"}


@cast.on_sqlite
def test_cases_read_no_whole_table(book: Book, heard: Heard) -> None:
    cast.everybody()
    case = opened.complaint(policy_no="P001", about="A001")
    opened.done(case, *opened.TO_CLOSED)
    opened.complaint()
    telling.of_number(opened.CHINA, case.id)
    wanted = [cases.Wanted(), cases.Wanted(state="closed"), cases.Wanted(overdue_on=ON)]
    for each in (*wanted, cases.Wanted(owner="lihua"), cases.Wanted(kind="complaint")):
        with database.snapshot():
            list(cases.cases(each))
    for user in (give_account("lihua", "operations"), give_account("root", "administrator")):
        for view in shelf.VIEWS:
            for asked in (shelf.Asked(view), shelf.Asked(view, "complaint", "received")):
                list(shelf.lines(user, ["complaint"], asked, ON, 30))
                list(shelf.lines(user, ["complaint", "quality"], asked, ON, 30))
            list(shelf.lines(user, [], shelf.Asked(view, state="closed", is_ended=True), ON, 30))
        person.of_person(user, case.client)
    weeks.week(opened.CHINA.kind("complaint"), ON)
    weeks.month("complaint", ON)
    daily.daily(ON)
    figures.counts([each.cases for each in figures.week("complaint", Span(ON, ON))])
    for each in (
        *figures.week("complaint", Span(ON, ON)),
        *figures.month("complaint", Span(ON, ON)),
    ):
        figures.rows(each.cases)
    assert heard.faults() == []


@cast.on_sqlite
def test_looking_east_reads_no_whole_table(book: Book, heard: Heard) -> None:
    people = cast.everybody(issued="2025-03-04", served_from="2026-06-03")
    cast.change(people.lin_wei, timezone="Pacific/Auckland", birthday=cast.day("1980-06-05"))
    walked = cast.walk_on("2026-06-04", WALKER)
    assert walked.early and walked.early.by_touchpoint == {"birthday": 1}
    assert heard.faults() == []


@cast.on_sqlite
def test_what_people_look_at_reads_no_whole_table(book: Book, heard: Heard) -> None:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    list(history.listed(on=ON))
    for state in ("unknown", "queued", "sending"):
        list(history.listed(state=state))
    for each in (Wanted(state="unknown"), Wanted(ON, "failed")):
        queries.alike(each)
        queries.numbers(each, 9, 9)
    queries.queue(9)
    queries.states_of_days([ON])
    queries.owners(["+12025550111", "C001"])
    history.account(ON)
    history.life(1, WALKER.writer)
    history.causes(ON, TEN)
    history.retry(queries.failed(ON, "failed", "content_refused"), TEN)
    metrics.providers(["memory", "twilio"], TEN)
    health.status(["memory"], ON, TEN)
    metrics.ready(TEN)
    list(tasks.open_tasks(ON))
    tasks.next_day_with_tasks(ON)
    card.card(WALKER.writer, WALKER.calendar, "C001", ON)
    worklist.of_agent(cast.windows(), cast.agent(), "chenyan", ON, TEN)
    Load({cast.agent().id: "A001"}, ON)
    referrals.tree("C001", ON)
    assert heard.faults() == []


@cast.on_sqlite
def test_what_agents_and_managers_ask_reads_no_whole_table(book: Book, heard: Heard) -> None:
    people = cast.everybody()
    cast.walk_only(ON, WALKER)
    search_keys.bring_up_to_date(lambda: False)
    grace, agent = WALKER.composer.grace, cast.agent()
    heard.told.clear()
    desk_questions.look_for(agent, "P001", people.lin_wei, ON, grace)
    desk_questions.month_of(agent, "P001", ON, TEN, grace)
    desk_questions.day_of(cast.windows(), agent, ON, TEN)
    desk_questions.around(card.card(WALKER.writer, WALKER.calendar, "C001", ON), agent, ON)
    desk_questions.keep_filters()
    assert any("client_word" in each for each in heard.told)
    assert heard.faults() == []


def corrected(client: Client, issued: str) -> None:
    """The book has another day of issue for each of a client's policies."""
    for each in client.policies:
        cast.change(each, issue_date=cast.day(issued))
    touched.note([TouchedRow(client.id, "issue")])


@cast.on_sqlite
def test_what_is_given_back_is_looked_up_for_all_clients_at_once(book: Book, heard: Heard) -> None:
    people = cast.everybody()
    cast.walk_on(ON, WALKER)
    some = [Client.create(client_no=f"C10{number}", name="林伟") for number in range(8)]
    for each in some:
        cast.give_policy(each, f"P{each.client_no}")
    corrected(people.lin_wei, "2025-08-29")
    corrected(people.zhou_ming, "2025-08-29")
    giving_back.bring_up_to_date(WALKER, ON, LATER)
    assert "P001 month_1" in cast.touchpoints_on("2025-09-29")
    for each in some[:2]:
        corrected(each, "2025-08-29")
    two = statements(heard, lambda: giving_back.give_back(WALKER, ON, LATER))
    for each in some[2:]:
        corrected(each, "2025-08-29")
    assert two == statements(heard, lambda: giving_back.give_back(WALKER, ON, LATER))
    assert heard.faults() == []


def statements(heard: Heard, do: Callable[[], object]) -> int:
    """How many statements something takes."""
    before = heard.count
    do()
    return heard.count - before


@cast.on_sqlite
@pytest.mark.parametrize("rule", [None, "balanced"])
def test_a_handover_reads_what_it_hands_over_and_no_whole_table(
    rule: succession.Rule | None, book: Book, heard: Heard
) -> None:
    people = cast.everybody()
    cast.give_policy(people.zhou_ming, "P901", agent=people.he_jing)
    cast.walk_only(ON, WALKER)
    wish = Request("A001", to_no=None if rule else "A000", rule=rule)
    succession.preview(wish, ON)
    hand_over(wish, left_on=ON)
    cast.walk_on(ON + datetime.timedelta(1), WALKER)
    orphans.report(owed.THREE_YEARS, LATER.date())
    assert heard.faults() == []


@cast.on_sqlite
def test_whom_a_day_wakes_is_found_by_its_date(book: Book, heard: Heard) -> None:
    people = cast.everybody()
    cast.walk_only(ON, WALKER)
    cast.change(people.zhou_ming, bereaved_until=ON)
    cast.change(people.policies[0], status="matured", ended_on=ON + datetime.timedelta(1))
    waking.wake(ON + datetime.timedelta(1), ISSUED)
    assert heard.faults("client", "policy", "touchpoint", "message", "task") == []


@cast.on_sqlite
def test_the_largest_trees_of_a_book_are_found_by_indexes(book: Book, heard: Heard) -> None:
    people = cast.everybody()
    cast.change(people.zhou_ming, referred_by="C001")
    assert referrals.centres(ON, 20).centres
    assert heard.faults("client", "policy") == []


@cast.on_sqlite
def test_a_statement_that_reads_a_whole_table_is_found(book: Book, heard: Heard) -> None:
    database.execute("SELECT id FROM message WHERE body = ?", ("x",))
    assert len(heard.faults()) == 1


# ------------------------------------------------------- what finds few rows, and was in another order

FEW = {
    "those of which nobody can say whether they left": lambda: dispatches.unknown(TEN, 10),
    "what waits of a touchpoint": lambda: breaker.queued_of("month_1"),
    "of whom a death is asked": schedules.unasked,
    "what another client had": lambda: corrections.taken_back_of_another_client([1, 2], ISSUED),
    "what lives again": lambda: corrections.take_again([1, 2]),
    "service and loss": lambda: losses.losses(
        questions.question(Settings(), LATER.date(), Selection(), definition="paid"),
        ["month_1"],
        zoneinfo.ZoneInfo("Asia/Shanghai"),
    ),
}


@cast.on_sqlite
@pytest.mark.parametrize("question", FEW)
def test_what_asks_for_few_rows_reads_no_others(question: str, book: Book, heard: Heard) -> None:
    people = cast.everybody(issued=ISSUED)
    cast.give_premium(people.policies[0], "2024-03-04")
    FEW[question]()
    assert heard.faults("policy") == []
