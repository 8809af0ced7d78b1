"""Cases are opened, moved and ended; the card tells it, and whom they are about never sees them."""

import datetime
import json
import threading
from pathlib import Path
from typing import Any

import peewee
import pytest

from policies import case_file, database
from policies.case_moves import Given
from policies.models import Policy
from servicing.card import telling as telling_of_cards
from servicing.card.card import TrailLine
from servicing.cases import desks, opening, queries, recusal, stepping, telling
from servicing.cases.opening import Request
from servicing.cases.queries import CaseLine, Wanted
from servicing.cases.stepping import Order
from servicing.core import errors, seals, trail
from servicing.core.account_models import User
from servicing.core.audit_models import AuditEntry
from servicing.core.case_models import Case, CaseClock, CaseEntry
from servicing.core.models import CardEntry
from tests import cast
from tests.refusals import refuses
from tests.servicing.cases.opened import (
    BY,
    CHINA,
    NOW,
    SAID,
    TO_CLOSED,
    TO_DECIDED,
    TODAY,
    complaint,
    done,
    ground,
)
from tests.servicing.web.visits import give_account


@pytest.fixture
def people(book: peewee.Database) -> cast.Cast:
    return cast.everybody(issued="2025-06-01")


def listed(**wanted: Any) -> list[CaseLine]:
    with database.snapshot():
        return list(queries.cases(Wanted(**wanted)))


def step(
    case: Case, name: str, given: Given = SAID, *, on: str = "2026-03-09", by: str = BY
) -> Case:
    return stepping.step(CHINA, Order(case.id, name, by, cast.day(on), given), TODAY, NOW)


# --- What comes of a case -----------------------------------------------------------------------


def test_a_problem_that_becomes_a_complaint_opens_it(people: cast.Cast) -> None:
    asked = Request("problem", cast.day("2026-03-02"), "premium in cash", BY, "C001", "P001")
    problem = opening.open_case(CHINA, asked, TODAY, NOW)
    assert step(problem, "complaint").state == "complaint"
    found = Case.get(Case.kind == "complaint")
    assert (found.caused_by, found.client, found.policy) == (
        problem.id,
        cast.lin_wei(),
        cast.policy(),
    )
    assert found.received_on == cast.day("2026-03-09")
    assert CaseEntry.get(CaseEntry.case == found).text == SAID.text


def test_a_measure_that_a_complaint_wants_is_a_case_of_its_own(people: cast.Cast) -> None:
    case = complaint(policy_no="P001")
    for each in ("accept", "investigate", "improvement", "improvement"):
        case = step(case, each)
    assert case.state == "investigating", "the complaint stays where it is"
    first, second = Case.select().where(Case.kind == "improvement").order_by(Case.id)
    assert [each.caused_by for each in (first, second)] == [case.id] * 2
    assert (first.client, first.policy, first.desk) == (cast.lin_wei(), cast.policy(), "quality")
    assert str(first.due_on) == "2026-03-24", "15 days from the day of the step"
    assert stepping.opened_by_last(CHINA.kind("complaint"), case) == second


ITEMS = [
    ("CN", "", "2026-02-11", "2026-02-25"),
    ("CN", "", "2026-03-02", "2026-03-09"),
    ("CN", "", "2026-04-30", "2026-05-11"),
    ("GB", "ENG", "2026-04-02", "2026-04-13"),
    ("US", "", "2026-06-01", "2026-06-08"),
    ("DE", "", "2026-06-01", None),
]
"""Country, when a problem item was found, and the last of 5 working days; elsewhere it has no clock."""


@pytest.mark.parametrize(("country", "part", "found", "due"), ITEMS)
def test_a_problem_item_has_five_working_days(
    people: cast.Cast, country: str, part: str, found: str, due: str | None
) -> None:
    asked = Request("problem", cast.day(found), "premium in cash", BY, "C001", "P001")
    case = opening.open_case(ground(country, part), asked, TODAY, NOW)
    assert case.due_on == cast.maybe_day(due)


def test_a_company_gives_problem_items_another_time(people: cast.Cast, tmp_path: Path) -> None:
    (tmp_path / "clocks").mkdir()
    rule = (
        '[[rule]]\nname = "problem"\nlength = 3\nunit = "calendar_days"\nvalid_from = 2000-01-01\n'
    )
    (tmp_path / "clocks" / "cn.toml").write_text(rule, "utf-8")
    asked = Request("problem", cast.day("2026-03-02"), "premium in cash", BY, "C001", "P001")
    case = opening.open_case(ground(home=tmp_path), asked, TODAY, NOW)
    assert str(case.due_on) == "2026-03-05"
    assert not step(case, "complaint").due_on, "passed on, it stands still"


@pytest.mark.parametrize("when", ["accept", "responsibility"])
def test_whom_it_is_about_may_be_found_later(people: cast.Cast, when: str) -> None:
    desks.put(give_account("chen", "agent", agent_no="A001"), ["complaint"], NOW)
    case = complaint(client_no="C900")  # whom somebody else serves
    if when != "accept":
        step(case, "accept")
    step(case, "assign", SAID._replace(person="chen"))
    with refuses(errors.AgentNotFound):
        step(case, when, SAID._replace(person="nobody"))
    case = step(case, when, SAID._replace(person="A001"))
    assert (case.about, case.owner) == (cast.agent("A001"), ""), "it is the desk's again"
    with refuses(errors.CaseRefused, "about"):
        step(case, "apology", by="chen")
    assert step(case, "record").about == cast.agent("A001"), "who says nothing changes nothing"


# --- Clocks -------------------------------------------------------------------------------------

DUE = [
    ("2026-02-09", "2026-02-24", "2026-03-11", "2026-04-10"),
    ("2026-03-02", "2026-03-17", "2026-04-01", "2026-05-01"),
    ("2025-09-21", "2025-10-06", "2025-10-21", "2025-11-20"),
]


@pytest.mark.parametrize(("received", "simple", "complex_", "special"), DUE)
def test_a_complaint_is_due_by_its_category(
    people: cast.Cast, received: str, simple: str, complex_: str, special: str
) -> None:
    for category, due in (("simple", simple), ("complex", complex_), ("special", special)):
        assert complaint(received, categories=(category,)).due_on == cast.day(due)
    assert complaint(received).due_on == cast.day(simple), "nobody has said that it is complex"


def test_its_time_runs_from_receipt_though_it_is_recorded_later(people: cast.Cast) -> None:
    case = complaint("2026-02-09")
    assert (case.received_on, case.recorded_at) == (datetime.date(2026, 2, 9), NOW)
    assert case.due_on == datetime.date(2026, 2, 24)


def test_in_england_a_summary_and_a_final_answer_are_due(people: cast.Cast) -> None:
    case = complaint("2026-04-02", on=ground("GB", "ENG"))
    found = {each.clock: each.due_on for each in queries.clocks(case.id)}
    assert found == {"summary": datetime.date(2026, 4, 9), "final": datetime.date(2026, 5, 28)}
    assert case.due_on == datetime.date(2026, 4, 9)


def test_the_company_may_count_working_days(people: cast.Cast, tmp_path: Path) -> None:
    (tmp_path / "clocks").mkdir()
    rule = '[[rule]]\nname = "complaint_simple"\nlength = 15\nunit = "working_days"\n'
    (tmp_path / "clocks" / "cn.toml").write_text(f"{rule}valid_from = 2020-01-01\n", "utf-8")
    case = complaint("2026-02-09", on=ground(home=tmp_path))
    assert case.due_on == datetime.date(2026, 3, 6)


def test_what_is_found_to_be_complex_has_more_time(people: cast.Cast) -> None:
    case = complaint("2026-03-02", categories=("service_attitude",))
    assert case.due_on == datetime.date(2026, 3, 17)
    case = step(case, "accept", SAID._replace(categories=("complex",)))
    assert case.categories == "complex service_attitude"
    assert case.due_on == datetime.date(2026, 4, 1)


def test_an_extension_is_a_fact_with_approver_and_notice(people: cast.Cast) -> None:
    give_account("wang", "manager", team="一部")
    case = complaint("2026-03-02", categories=("complex",))
    done(case, "accept")
    with refuses(errors.CaseRefused, "somebody who has approved it"):
        step(case, "extend")
    case = step(case, "extend", SAID._replace(person="wang"), on="2026-03-20")
    assert case.due_on == datetime.date(2026, 5, 1), "as long as what is special"
    entry = CaseEntry.get(CaseEntry.step == "extend")
    assert (entry.person, entry.length, entry.text) == ("wang", 30, "as it was said")


def test_time_that_is_over_is_not_extended(people: cast.Cast) -> None:
    give_account("wang", "manager", team="一部")
    case = complaint("2026-03-02", categories=("complex",))
    done(case, "accept")
    approved = SAID._replace(person="wang")
    with refuses(errors.CaseRefused, "2026-04-01"):
        step(case, "extend", approved, on="2026-04-02")
    assert stepping.of_number(case.id).moves == 2, "nothing of it is written"
    assert step(case, "extend", approved, on="2026-04-01").due_on == datetime.date(2026, 5, 1)


def test_a_decision_stops_the_clock(people: cast.Cast) -> None:
    case = done(complaint("2026-03-02"), *TO_DECIDED, on="2026-03-12")
    (clock,) = queries.clocks(case.id)
    assert (clock.stopped_on, case.due_on) == (datetime.date(2026, 3, 12), None)


@pytest.mark.parametrize("state", ["received", "accepted", "investigating", "offered", "decided"])
def test_it_is_withdrawn_from_any_open_state_and_its_clock_ends_that_day(
    people: cast.Cast, state: str
) -> None:
    case = complaint("2026-03-02")
    for name in TO_DECIDED:
        if stepping.of_number(case.id).state != state:
            done(case, name)
    case = done(case, "withdraw", on="2026-03-11")
    (clock,) = queries.clocks(case.id)
    assert clock.stopped_on == datetime.date(2026, 3, 11 if state != "decided" else 9)
    assert (case.state, case.is_open, case.ended_on) == (
        *("withdrawn", False),
        datetime.date(2026, 3, 11),
    )


# --- From receipt to end ------------------------------------------------------------------------


def test_its_steps_are_dated_entries(people: cast.Cast) -> None:
    case = done(complaint("2026-03-02"), "apology", *TO_CLOSED[:-1], on="2026-03-05")
    case = done(case, "close", on="2026-03-06")
    told = telling.of_number(CHINA, case.id)
    assert [(each.step, str(each.done_on)) for each in told.entries] == [
        ("opened", "2026-03-02"),
        *((each, "2026-03-05") for each in ("apology", *TO_CLOSED[:-1])),
        ("close", "2026-03-06"),
    ]
    assert (told.state, told.is_open, told.next) == ("closed", False, [])


def test_what_is_missing_to_close_it_is_told(people: cast.Cast) -> None:
    case = done(complaint(), *TO_DECIDED, "inform")
    assert telling.of_number(CHINA, case.id).missing == ["follow_up"]
    with refuses(errors.CaseRefused, "before 'close' this has to be done: follow_up"):
        done(case, "close")
    assert done(case, "follow_up", "close").state == "closed"


def test_a_review_is_decided_and_told_before_it_is_closed(people: cast.Cast) -> None:
    case = done(complaint(), *TO_DECIDED, "inform", "review", "decide_review", "follow_up")
    with refuses(errors.CaseRefused, "inform_review"):
        done(case, "close_review")
    assert done(case, "inform_review", "closed").state == "closed"


def test_a_case_is_never_reopened(people: cast.Cast) -> None:
    case = done(complaint(), *TO_CLOSED)
    for each in case_file.load(case_file.SHIPPED / "complaint.toml", CHINA.rules.names).step:
        with refuses(errors.CaseRefused, "never reopened"):
            done(case, each.id)
    with pytest.raises(peewee.DatabaseError, match="never reopened"), database.database.atomic():
        Case.update(is_open=True).where(Case.id == case.id).execute()


def test_entries_are_append_only_but_for_their_words(people: cast.Cast) -> None:
    complaint()
    for change in ({"step": "accept"}, {"done_by": "x"}, {"done_on": TODAY}):
        with pytest.raises(peewee.DatabaseError, match="append-only"), database.database.atomic():
            CaseEntry.update(**change).execute()
    with pytest.raises(peewee.DatabaseError, match="append-only"), database.database.atomic():
        CaseEntry.delete().execute()
    assert CaseEntry.update(text="").execute() == 1


def test_of_two_at_once_one_is_told_so(people: cast.Cast) -> None:
    case = complaint()
    order = Order(case.id, "accept", BY, TODAY, SAID, seen_moves=case.moves)
    stepping.step(CHINA, order, TODAY, NOW)
    with refuses(errors.CaseMovedMeanwhile):
        stepping.step(CHINA, order._replace(step="apology"), TODAY, NOW)


def test_many_who_act_at_once_leave_one_move(people: cast.Cast) -> None:
    case = complaint()
    said: list[str] = []

    def act() -> None:
        database.database.connect()
        try:
            stepping.step(CHINA, Order(case.id, "accept", BY, TODAY, SAID), TODAY, NOW)
            said.append("done")
        except errors.ServicingError as error:
            said.append(error.notice.code)
        finally:
            database.database.close()

    crew = [threading.Thread(target=act) for _ in range(4)]
    for each in crew:
        each.start()
    for each in crew:
        each.join()
    assert sorted(said).count("done") == 1
    assert set(said) <= {"done", "case_moved_meanwhile", "case_step_not_now"}
    assert CaseEntry.select().where(CaseEntry.step == "accept").count() == 1


# --- What comes again, together or from nobody --------------------------------------------------

AGAIN = [
    ("2026-03-31", ("service_attitude",), True),
    ("2026-06-01", ("service_attitude", "complex"), False),  # the 92nd day after its end
    ("2026-05-30", ("service_attitude", "complex"), True),  # the 90th
    ("2026-05-31", ("service_attitude",), False),
    ("2026-03-31", ("service_attitude", "sales"), True),
    ("2026-03-31", ("sales",), False),
    ("2026-03-31", (), False),
]


@pytest.mark.parametrize(("received", "categories", "is_repeat"), AGAIN)
def test_what_comes_again_on_the_same_subject_names_the_case_before(
    people: cast.Cast, received: str, categories: tuple[str, ...], is_repeat: bool
) -> None:
    first = complaint("2026-02-02", categories=("service_attitude",))
    done(first, "withdraw", on="2026-03-01")
    again = complaint(received, categories=categories)
    assert again.repeat_of == (first.id if is_repeat else None)
    assert complaint(received, categories=categories, client_no="C900").repeat_of is None


def test_whether_it_repeats_is_judged_again_when_it_is_sorted(people: cast.Cast) -> None:
    first = complaint(policy_no="P001", categories=("product_trade", "sales"))
    again = complaint(policy_no="P001")
    assert again.repeat_of == first.id, "of the same policy, and nobody has said what it is"
    assert step(again, "accept", SAID._replace(categories=("claims",))).repeat_of is None
    assert step(again, "nature", SAID._replace(categories=("sales",))).repeat_of == first.id
    assert complaint().repeat_of is None, "of no policy, and unsorted"


def test_another_policy_is_another_subject(people: cast.Cast) -> None:
    complaint(policy_no="P001")
    assert complaint(policy_no="P002").repeat_of is None
    assert complaint(policy_no="P001").repeat_of


MEANWHILE = [
    ("the same form again", {}, True),
    ("other words", {"text": "nobody answers still"}, False),
    ("another policy", {"policy_no": "P002"}, False),
    ("about somebody", {"about": "A001"}, False),
    ("sorted otherwise", {"categories": ("sales",)}, False),
    ("another source", {"source": "regulator"}, False),
    ("another channel", {"channel": "letter"}, False),
    ("more people", {"persons": 3}, False),
    ("somebody else's", {"by": "wang"}, False),
]


@pytest.mark.parametrize(
    ("which", "said", "is_same"), MEANWHILE, ids=[each[0] for each in MEANWHILE]
)
def test_a_form_that_is_sent_twice_opens_one_case_and_another_form_another(
    people: cast.Cast, which: str, said: dict[str, Any], is_same: bool
) -> None:
    first = complaint(policy_no="P001", is_once=True)
    again = complaint(is_once=True, **{"policy_no": "P001"} | said)
    assert (again.id == first.id) == is_same, which


def test_a_problem_of_a_policy_that_is_another_s_by_now_becomes_a_complaint_all_the_same(
    people: cast.Cast,
) -> None:
    asked = Request("problem", cast.day("2026-03-02"), "premium in cash", BY, "C001", "P001")
    problem = opening.open_case(CHINA, asked, TODAY, NOW)
    cast.change(cast.policy("P001"), client=people.zhou_ming)
    step(problem, "complaint")
    found = Case.get(Case.kind == "complaint")
    assert (found.client, found.policy) == (cast.lin_wei(), None)


def test_one_of_nobody_is_registered(people: cast.Cast) -> None:
    case = complaint(client_no="")
    assert (case.client_id, case.due_on) == (None, datetime.date(2026, 3, 17))
    assert done(case, *TO_CLOSED).state == "closed"
    assert CardEntry.select().count() == 0


def test_five_speak_for_many_and_twenty_are_a_major_event(people: cast.Cast) -> None:
    with refuses(errors.CaseRefused, "at most 5"):
        complaint(persons=30, spokesmen=6)
    few, many = complaint(persons=19, spokesmen=5), complaint(persons=20)
    told = [telling.of_number(CHINA, each.id).is_major for each in (few, many)]
    assert told == [False, True]


WRONG: list[tuple[dict[str, Any], type[errors.ServicingError], str]] = [
    ({"client_no": "C404"}, errors.ClientNotFound, "C404"),
    ({"policy_no": "P404"}, errors.PolicyNotFound, "P404"),
    ({"policy_no": "P900"}, errors.CaseRefused, "P900 is not the client's"),
    ({"client_no": "", "policy_no": "P001"}, errors.CaseRefused, "P001 is not the client's"),
    ({"source": "press"}, errors.CaseRefused, "no source 'press'; there are: client, proxy"),
    ({"channel": "pigeon"}, errors.CaseRefused, "no channel 'pigeon'"),
    ({"categories": ("rude",)}, errors.CaseRefused, "no category 'rude'"),
    ({"categories": ("simple", "complex")}, errors.CaseRefused, "'simple' or 'complex'"),
    ({"about": "A404"}, errors.AgentNotFound, "A404"),
    ({"text": "  "}, errors.CaseRefused, "needs words"),
    ({"persons": 2, "spokesmen": 3}, errors.CaseRefused, "2 have come"),
    ({"caused_by": 99}, errors.CaseNotFound, "99"),
]


@pytest.mark.parametrize(("said", "kind", "told"), WRONG)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    people: cast.Cast, said: dict[str, Any], kind: type[errors.ServicingError], told: str
) -> None:
    with refuses(kind, told):
        complaint(**said)
    assert [each.select().count() for each in (Case, CaseEntry, CaseClock)] == [0, 0, 0]


def test_nothing_is_received_or_done_ahead_of_today(people: cast.Cast) -> None:
    with refuses(errors.CaseRefused, "2026-06-02"):
        complaint("2026-06-02")
    with refuses(errors.CaseRefused, "2026-06-02"):
        done(complaint(), "accept", on="2026-06-02")


# --- The card -----------------------------------------------------------------------------------


def test_the_card_says_that_there_is_a_matter_and_never_its_words(people: cast.Cast) -> None:
    done(complaint(policy_no="P001"), "accept", "apology", "withdraw")
    lines = list(CardEntry.select().order_by(CardEntry.id))
    assert [each.kind for each in lines] == [
        "case.opened",
        "case.moved",
        "case.noted",
        "case.ended",
    ]
    assert {each.client_id for each in lines} == {people.lin_wei.id}
    assert all("nobody answers" not in each.facts for each in lines)
    assert [json.loads(each.facts)["stands"] for each in lines] == [
        *("received", "accepted", "accepted", "withdrawn")
    ]


def test_whom_it_is_about_reads_that_there_is_a_matter_and_no_more(people: cast.Cast) -> None:
    done(complaint(about="A001"), "accept", "responsibility")
    lines = [
        TrailLine(each.at, each.kind, "", "", json.loads(each.facts))
        for each in trail.of_client(people.lin_wei.id)
    ]
    read = [telling_of_cards.told(each, "en", {}) for each in lines]
    assert [(each.sentence, each.details, each.who) for each in read] == [
        ("A matter was opened", ["no. 1"], ""),
        ("A matter went on", ["no. 1"], ""),
        ("A matter was worked on", ["no. 1"], ""),
    ]


def test_the_seal_covers_the_lines_of_a_case(people: cast.Cast) -> None:
    complaint()
    assert seals.seal(NOW + datetime.timedelta(days=1)) == 1
    assert seals.verify().findings == []


def test_a_penalty_is_on_no_card_and_in_the_restricted_trail_alone(people: cast.Cast) -> None:
    case = done(complaint(), *TO_DECIDED)
    before = CardEntry.select().count()
    done(case, "penalty")
    assert CardEntry.select().count() == before
    assert "penalty" not in [each.step for each in telling.of_number(CHINA, case.id).entries]
    restricted = telling.of_number(CHINA, case.id, restricted=True).entries
    assert [each.step for each in restricted] == ["penalty"]
    (line,) = AuditEntry.select().where(AuditEntry.kind == "case.restricted")
    assert line.client_id is None
    assert "as it was said" not in line.facts


# --- Desks and recusal --------------------------------------------------------------------------


@pytest.fixture
def staff(people: cast.Cast) -> dict[str, User]:
    """Two of the complaint desk, one of them Chen Yan; her manager, and his."""
    for login, role, of in (
        ("chen", "agent", {"agent_no": "A001"}),
        ("he", "manager", {"team": "一部"}),
        ("over", "manager", {"branch": "上海"}),
        ("far", "manager", {"branch": "北京"}),
        ("lihua", "operations", {}),
        ("admin", "administrator", {}),
    ):
        give_account(login, role, **of)
    found = {each.login: each for each in User.select()}
    for login in ("chen", "lihua"):
        desks.put(found[login], ["complaint"], NOW)
    return found


def seen_by(user: User) -> set[int]:
    return {each.id for each in Case.select().where(recusal.seen(user))}


def test_a_desk_sees_its_cases_and_a_manager_those_of_the_unit(staff: dict[str, User]) -> None:
    ours, theirs = complaint(), complaint(client_no="C900")
    nobodys = complaint(client_no="")
    assert seen_by(staff["lihua"]) == {ours.id, theirs.id, nobodys.id}
    assert seen_by(staff["he"]) == seen_by(staff["over"]) == {ours.id}
    assert seen_by(staff["far"]) == {theirs.id}
    assert seen_by(staff["admin"]) == {ours.id, theirs.id, nobodys.id}


def test_it_is_kept_from_the_agent_whom_it_is_about(staff: dict[str, User]) -> None:
    case = complaint(about="A001")
    assert seen_by(staff["chen"]) == set()
    assert case.id in seen_by(staff["he"])
    for name in ("chen", "A001"):
        with refuses(errors.CaseRefused, "is recused"):
            done(case, "accept", by=name)
    with refuses(errors.CaseRefused, "chen is recused"):
        step(case, "assign", Given(person="chen"))
    with refuses(errors.CaseRefused, "is recused"):
        complaint(about="A001", by="chen")
    assert step(case, "assign", Given(person="lihua"), by="lihua").owner == "lihua"


def test_it_is_kept_from_the_manager_whom_it_is_about_and_from_who_reports_to_them(
    staff: dict[str, User],
) -> None:
    case = complaint(about="he")
    assert case.id not in seen_by(staff["he"]) | seen_by(staff["chen"])
    assert case.id in seen_by(staff["over"]) & seen_by(staff["lihua"])
    with refuses(errors.CaseRefused, "chen is recused"):
        done(case, "accept", by="chen")
    higher = complaint(about="over")
    assert higher.id not in seen_by(staff["over"]) | seen_by(staff["he"]) | seen_by(staff["chen"])


def test_who_is_of_no_desk_takes_no_step_of_it(staff: dict[str, User]) -> None:
    case = complaint()
    with refuses(errors.CaseRefused, "'accept' is not for he to do, but for: complaint"):
        done(case, "accept", by="he")
    assert done(case, "apology", by="he").state == "received"
    assert done(case, "accept", by="lihua").state == "accepted"
    desks.put(staff["lihua"], [], NOW)
    with refuses(errors.CaseRefused, "not for lihua"):
        done(case, "investigate", by="lihua")


# --- Lists --------------------------------------------------------------------------------------


def test_a_list_has_what_is_due_first_before_the_others(staff: dict[str, User]) -> None:
    late, soon = complaint("2026-03-02"), complaint("2026-02-09")
    decided = done(complaint("2026-01-05"), *TO_DECIDED)
    ended = done(complaint("2026-03-02", client_no="C900"), "withdraw")
    step(late, "assign", Given(person="lihua"))
    assert [each.case for each in listed()] == [soon.id, late.id, decided.id]
    assert [each.case for each in listed(state="withdrawn")] == [ended.id]
    assert [each.case for each in listed(owner="lihua")] == [late.id]
    assert [each.case for each in listed(owner="complaint")] == [soon.id, decided.id]
    assert [each.case for each in listed(kind="callback")] == []


@pytest.mark.parametrize(("on", "is_overdue"), [("2026-03-17", False), ("2026-03-18", True)])
def test_it_is_overdue_from_the_day_after(people: cast.Cast, on: str, is_overdue: bool) -> None:
    complaint("2026-03-02")
    assert len(listed(overdue_on=cast.day(on))) == is_overdue


def test_a_callback_runs_inside_the_free_look(people: cast.Cast) -> None:
    asked = Request("callback", cast.day("2026-02-10"), "receipt signed", BY, "C001", "P001")
    case = opening.open_case(CHINA, asked, TODAY, NOW)
    assert (case.state, case.due_on) == ("waiting_receipt", datetime.date(2026, 2, 25))
    assert Policy.get_by_id(case.policy_id).policy_no == "P001"
    assert case.about_id == people.chen_yan.id, "nobody answers about himself"


def test_the_date_of_a_step_begins_its_clock_anew(people: cast.Cast) -> None:
    asked = Request("callback", cast.day("2026-02-08"), "by hand", BY, "C001", "P001")
    case = opening.open_case(CHINA, asked, TODAY, NOW)
    given = Given(date=cast.day("2026-02-10"))
    assert step(case, "receipt", given).due_on == datetime.date(2026, 2, 25)
    (clock,) = queries.clocks(case.id)
    assert clock.started_on == datetime.date(2026, 2, 10)


def test_what_waits_for_a_step_has_no_clock_before_it(people: cast.Cast) -> None:
    asked = Request(
        *("callback", cast.day("2026-02-05"), "issued", BY, "C001", "P001"), source="new_contract"
    )
    case = opening.open_case(CHINA, asked, TODAY, NOW)
    assert (case.due_on, queries.clocks(case.id)) == (None, [])
    assert step(case, "receipt", Given(date=cast.day("2026-02-10"))).due_on is not None
    with refuses(errors.CaseRefused, f"case {case.id}"):
        opening.open_case(CHINA, asked, TODAY, NOW)
