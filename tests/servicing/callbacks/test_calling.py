"""Clients are called: attempts within hours, answers, problem items; never by whom it is about."""

import datetime
import threading
from pathlib import Path
from typing import Any

import peewee
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies import case_moves, database
from policies.case_moves import Given, Who
from policies.interview import Answer
from servicing.callbacks import answer_file, calling
from servicing.callbacks.calling import Call
from servicing.cases import desks, stepping
from servicing.cases.stepping import Order
from servicing.core import errors
from servicing.core.callback_models import CallbackAnswer, CallbackCall
from servicing.core.case_models import Case, CaseEntry
from servicing.core.models import CardEntry
from tests import cast
from tests.refusals import refuses
from tests.servicing.callbacks.called import (
    INTERVIEW,
    NOW,
    answer,
    attempt,
    case,
    follow,
    house,
    said,
)
from tests.servicing.cases.opened import CHINA
from tests.servicing.web.visits import give_account


@pytest.fixture
def people(book: peewee.Database) -> cast.Cast:
    """Of all contracts the receipt is signed on 10 February 2026."""
    found = cast.everybody(issued="2026-02-05", delivered_on="2026-02-10")
    follow("2026-02-10")
    return found


# --- Attempts -----------------------------------------------------------------------------------


OF_CALLS = ["attempt", "again", "link", "letter", "clean", "problem"]


@pytest.mark.parametrize("name", OF_CALLS)
def test_what_belongs_to_a_call_is_recorded_with_it_alone(people: cast.Cast, name: str) -> None:
    """Else a call-back could end as done without one question asked."""
    if name in ("again", "letter"):
        attempt("P900", "2026-02-11 10:00", "busy")
    found, day = case("P900"), cast.day("2026-02-12")
    told = Given("they were content", reason="busy" if name in ("attempt", "again") else "")
    with refuses(errors.CaseRefused, "recorded with the call"):
        stepping.step(CHINA, Order(found.id, name, "root", day, told), day, cast.at(day))
    kind, who = CHINA.kind("callback"), Who("root", case_moves.EVERYWHERE)
    possible = {each.id for each in case_moves.next_steps(kind, stepping.standing(found), who)}
    assert not possible & set(OF_CALLS)


@pytest.mark.parametrize("outcome", ["busy", "no_answer", "refused", "wrong_number"])
def test_four_things_may_come_of_a_call_that_nobody_answers(
    people: cast.Cast, outcome: Any
) -> None:
    done = attempt("P900", "2026-02-11 10:00", outcome)
    assert [(each.outcome, each.state) for each in done] == [(outcome, "attempting")]
    entry = CaseEntry.get(CaseEntry.step == "attempt")
    assert (entry.reason, entry.done_on) == (outcome, datetime.date(2026, 2, 11))
    call = CallbackCall.get()
    assert call.called_at == cast.at("2026-02-11", "10:00")
    assert (call.recorded_at, call.edition) == (cast.at("2026-03-20", "21:00"), "")


def test_a_client_of_three_contracts_is_called_once_and_three_are_recorded(
    people: cast.Cast,
) -> None:
    done = attempt("P002", "2026-02-11 10:00")
    assert [each.policy_no for each in done] == ["P002", "P001", "P003"]
    assert CallbackCall.select().count() == 3
    with refuses(errors.CaseRefused, "same part of the day"):
        attempt("P003", "2026-02-11 11:59", hours_between=0)
    assert case("P900").state == "open"


def test_the_second_attempt_is_another_step(people: cast.Cast) -> None:
    attempt("P900", "2026-02-11 10:00")
    attempt("P900", "2026-02-11 13:00", "busy")
    steps = [each.step for each in CaseEntry.select().where(CaseEntry.case == case("P900"))]
    assert steps == ["opened", "receipt", "attempt", "again"]


HOURS = [
    ("2026-02-11 08:59", "nobody is called at 08:59; the hours are from 09:00 to 20:00"),
    ("2026-02-11 20:00", "nobody is called at 20:00"),
    ("2026-02-11 12:30", "called at 11:00; between two calls at least 2 hours"),
    ("2026-02-11 09:00", "called at 11:00, in the same part of the day \\(09:00 to 12:00\\)"),
]


@pytest.mark.parametrize(("when", "told"), HOURS)
def test_a_call_outside_the_rules_is_refused_in_a_sentence(
    people: cast.Cast, when: str, told: str
) -> None:
    attempt("P001", "2026-02-11 11:00")
    before = CallbackCall.select().count()
    with refuses(errors.CaseRefused, told):
        attempt("P002", when)
    assert CallbackCall.select().count() == before, "nothing of it is written"


def test_three_a_day_are_the_most(people: cast.Cast) -> None:
    for time in ("10:00", "13:00", "18:00"):
        attempt("P001", f"2026-02-11 {time}")
    with refuses(errors.CaseRefused, "called 3 times on 2026-02-11, and 3 a day"):
        attempt("P001", "2026-02-11 15:30")
    attempt("P001", "2026-02-12 10:00")


def test_the_company_may_call_more_often(people: cast.Cast) -> None:
    attempt("P001", "2026-02-11 09:00", hours_between=0, parts_from=(10, 11))
    attempt("P001", "2026-02-11 10:30", hours_between=0, parts_from=(10, 11))


def test_whoever_has_two_numbers_is_one_person_on_the_phone(people: cast.Cast) -> None:
    cast.change(people.zhou_ming, person_id=people.lin_wei.id)
    cast.change(cast.lin_wei(), person_id=people.lin_wei.id)
    assert len(attempt("P900", "2026-02-11 10:00")) == 4
    with refuses(errors.CaseRefused, "same part"):
        attempt("P001", "2026-02-11 10:00", hours_between=0)


def test_a_call_is_not_recorded_before_it_is_made(people: cast.Cast) -> None:
    with refuses(errors.CaseRefused, "2026-03-21 10:00 is still to come; it is 2026-03-20 21:00"):
        attempt("P001", "2026-03-21 10:00")


def test_nobody_is_called_before_the_receipt_is_signed(book: peewee.Database) -> None:
    cast.everybody(issued="2026-02-05")
    follow("2026-02-06")
    with refuses(errors.CaseRefused, "waiting_receipt"):
        attempt("P001", "2026-02-11 10:00")
    cast.change(cast.policy(), delivered_on=cast.day("2026-02-10"))
    done = attempt("P001", "2026-02-11 10:00")
    assert [each.policy_no for each in done] == ["P001"], "the job need not have run before"


# --- Answers ------------------------------------------------------------------------------------


def test_seven_times_yes_is_done_and_in_time(people: cast.Cast) -> None:
    (done,) = answer("P001", "2026-02-25 10:00", payment="na")
    assert (done.state, done.in_time, done.problem) == ("done_clean", True, None)
    assert done.due == datetime.date(2026, 2, 25)
    call = CallbackCall.get()
    assert (call.outcome, call.edition) == ("answered", INTERVIEW.edition)
    told = {each.question: each.answer for each in CallbackAnswer.select()}
    assert told == said(payment="na")
    assert case("P002").state == "open", "of that one was not spoken"


def test_one_call_about_three_contracts_has_three_records(people: cast.Cast) -> None:
    others: dict[str, dict[str, Answer]] = {"P003": said(), "P002": said(cover="no")}
    done = answer("P001", "2026-02-11 10:00", others=others)
    assert [(each.policy_no, each.state) for each in done] == [
        ("P001", "done_clean"),
        ("P003", "done_clean"),
        ("P002", "done_problem"),
    ]
    assert len({call.called_at for call in CallbackCall.select()}) == 1


PROBLEMS: list[tuple[Answer, bool]] = [
    ("yes", False),
    ("no", True),
    ("unclear", True),
    ("na", False),
]


@pytest.mark.parametrize(("surrender", "is_problem"), PROBLEMS)
def test_what_is_answered_no_or_unclear_opens_a_problem_item(
    people: cast.Cast, surrender: Answer, is_problem: bool
) -> None:
    (done,) = answer("P001", "2026-02-11 10:00", surrender=surrender, note="she was surprised")
    assert done.state == ("done_problem" if is_problem else "done_clean")
    found = Case.get_or_none(Case.kind == "problem")
    assert (found is not None) == is_problem
    if found:
        assert (found.id, found.caused_by, found.policy) == (done.problem, done.case, cast.policy())
        text = CaseEntry.get(CaseEntry.case == found).text
        assert "a surrender may bring a loss" in text and text.endswith("she was surprised")
        assert "Are you the applicant" not in text, "only what is a problem"


def test_a_call_after_the_free_look_is_done_and_not_in_time(people: cast.Cast) -> None:
    (done,) = answer("P001", "2026-02-26 10:00")
    assert (done.state, done.in_time) == ("done_clean", False)


def test_a_client_who_calls_himself_does_so_at_any_hour(people: cast.Cast) -> None:
    attempt("P001", "2026-02-11 18:30")
    with refuses(errors.CaseRefused, "nobody is called at 20:30"):
        answer("P001", "2026-02-11 20:30")
    answer("P001", "2026-02-11 20:30", channel="incoming")
    with refuses(errors.CaseRefused, "pigeon"):
        answer("P002", "2026-02-12 10:00", channel="pigeon")


def test_what_was_answered_is_not_answered_again(people: cast.Cast) -> None:
    answer("P001", "2026-02-11 10:00")
    with refuses(errors.CaseRefused, "never reopened"):
        answer("P001", "2026-02-12 10:00", surrender="no")
    others = {"P001": said()}
    with refuses(errors.CaseRefused, "no call-back of policy P001 is open .* P002, P003"):
        answer("P002", "2026-02-12 10:00", others=others)
    assert case("P002").state == "open"


def test_calls_and_answers_cannot_be_edited(people: cast.Cast) -> None:
    answer("P001", "2026-02-11 10:00")
    changes = (
        "UPDATE callback_call SET called_at = recorded_at",
        "DELETE FROM callback_call",
        "UPDATE callback_answer SET answer = 'yes'",
        "DELETE FROM callback_answer",
    )
    for change in changes:
        with pytest.raises(peewee.DatabaseError, match="append-only"), database.writing():
            database.execute(change)


def test_the_card_tells_that_there_was_a_call_and_not_what_was_said(people: cast.Cast) -> None:
    answer("P001", "2026-02-11 10:00", note="his wife signed")
    lines = list(CardEntry.select().where(CardEntry.kind == "case.ended"))
    assert [each.policy_id for each in lines] == [cast.policy().id]
    assert not [each for each in CardEntry.select() if "wife" in str(each.facts)]


# --- Who calls ----------------------------------------------------------------------------------


def test_the_desk_calls_and_the_agent_never_does_about_himself(people: cast.Cast) -> None:
    mei = give_account("mei", "operations")
    with refuses(errors.CaseRefused, "mei"):
        attempt("P001", "2026-02-11 10:00", by="mei")
    desks.put(mei, ["callback"], cast.at("2026-02-10"))
    attempt("P001", "2026-02-11 10:00", by="mei")
    chen = give_account("chen", "agent", agent_no="A001")
    desks.put(chen, ["callback"], cast.at("2026-02-10"))
    for by in ("chen", "A001"):
        with refuses(errors.CaseRefused, by):
            answer("P001", "2026-02-11 15:00", by=by)
    assert answer("P900", "2026-02-11 15:00", by="chen"), "of another agent she may"


def test_neither_does_who_serves_the_contract_by_now(people: cast.Cast) -> None:
    jing = give_account("jing", "agent", agent_no="A000")
    desks.put(jing, ["callback"], cast.at("2026-02-10"))
    cast.change(cast.policy("P001"), agent=people.he_jing)
    with refuses(errors.CaseRefused, "jing"):
        answer("P001", "2026-02-11 10:00", by="jing")
    done = attempt("P002", "2026-02-11 10:00", by="jing")
    assert [each.policy_no for each in done] == ["P002", "P003"], "but for her own"
    others = {"P001": said()}
    with refuses(errors.CaseRefused, "jing"):
        answer("P002", "2026-02-11 15:00", by="jing", others=others)
    assert case("P002").state == "attempting", "nothing of it is written"


def test_a_complaint_is_not_answered_like_a_call_back(people: cast.Cast) -> None:
    answer("P001", "2026-02-11 10:00", surrender="no")
    problem = Case.get(Case.kind == "problem")
    problem_call = Call(problem.id, cast.at("2026-02-12"), "root")

    with refuses(errors.CaseRefused, "is no call-back"):
        calling.attempt(house(), problem_call, "busy", NOW)


def test_of_two_who_call_at_once_one_is_told_so(people: cast.Cast) -> None:
    said: list[str] = []

    def act(policy_no: str) -> None:
        with database.database.connection_context():
            try:
                attempt(policy_no, "2026-02-11 10:00")
                said.append("done")
            except errors.CaseRefused as refused:
                said.append(refused.notice.code)

    crew = [threading.Thread(target=act, args=[each]) for each in ("P001", "P002", "P003", "P001")]
    for each in crew:
        each.start()
    for each in crew:
        each.join()
    assert sorted(said) == [*["call_too_soon"] * 3, "done"]
    assert CallbackCall.select().count() == 3, "one call, three records"


# --- The file -----------------------------------------------------------------------------------


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "answers.toml"
    path.write_text(text, "utf-8")
    return path


YES = "".join(f'{each.id} = "Yes"\n' for each in INTERVIEW.questions)


def test_a_file_says_what_was_answered(tmp_path: Path) -> None:
    text = f'note = " ok "\n[answers]\n{YES}[policies.P002]\ncover = "不清楚"\n[policies.P003]\n'
    found = answer_file.read(written(tmp_path, text), INTERVIEW)
    assert (found.answers, found.note, found.channel) == (said(), "ok", "phone")
    assert found.others == {"P002": said(cover="unclear"), "P003": said()}


def test_a_sheet_that_is_filled_in_is_read(tmp_path: Path) -> None:
    for locale in ("en", "zh_CN"):
        sheet = "\n".join(answer_file.sheet(INTERVIEW, locale))
        filled = sheet.replace(' = ""', ' = "yes"').replace('note = "yes"', 'note = ""')
        assert answer_file.read(written(tmp_path, filled), INTERVIEW).answers == said()
        with refuses(errors.BadSetting, "answers.applicant"):
            answer_file.read(written(tmp_path, sheet), INTERVIEW)


MISTAKEN = [
    (f"[answers]\n{YES}weather = 'yes'\n", "answers.weather"),
    (f"[answers]\n{YES}".replace('cover = "Yes"', 'cover = "perhaps"'), "'perhaps' is no answer"),
    (f"[answers]\n{YES}".replace('cover = "Yes"\n', ""), "answers are missing: cover"),
    (f"[answers]\n{YES}".replace('applicant = "Yes"', 'applicant = "na"'), "answers.applicant"),
    (f"[answers]\n{YES}[policies.P002]\ncover = 'maybe'\n", "policies.P002.cover"),
    (f"questions = 'callback@0'\n[answers]\n{YES}", "callback@0"),
    (f"colour = 1\n[answers]\n{YES}", "colour"),
    ("[answers]\napplicant = true\n", "answers.applicant: True is no answer"),
    ("note = ''\n", "answers"),
    ("[answers\n", "line 1"),
]


@pytest.mark.parametrize(("text", "told"), MISTAKEN)
def test_a_mistaken_file_is_refused_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    with refuses(errors.ServicingError, told):
        answer_file.read(written(tmp_path, text), INTERVIEW)


# --- Whatever happens ---------------------------------------------------------------------------

MOVES = st.lists(
    st.tuples(
        st.sampled_from(["P001", "P002", "P003", "P900"]),
        st.sampled_from(["busy", "refused", "clean", "problem", "cancelled"]),
        st.integers(11, 28),
        st.sampled_from(["08:00", "09:30", "11:00", "13:00", "16:00", "18:10", "21:00"]),
    ),
    max_size=12,
)


@cast.on_sqlite
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MOVES)
def test_no_history_loses_a_call_back_or_calls_out_of_hours(
    people: cast.Cast, moves: list[tuple[str, str, int, str]]
) -> None:
    class Undone(Exception):
        pass

    with pytest.raises(Undone), database.writing():
        for policy_no, what, day, time in moves:
            when = f"2026-02-{day} {time}"
            try:
                if what == "cancelled":
                    cast.change(cast.policy(policy_no), status="free_look_cancelled")
                    follow(when[:10])
                elif what in ("clean", "problem"):
                    answer(policy_no, when, cover="no" if what == "problem" else "yes")
                else:
                    attempt(policy_no, when, what)  # type: ignore[arg-type]
            except errors.CaseRefused:
                pass
        _agree()
        raise Undone


def _agree() -> None:
    assert Case.select().where(Case.kind == "callback").count() == 4
    for each in Case.select().where(Case.kind == "callback"):
        calls = list(each.calls)
        answered = [call for call in calls if call.outcome == "answered"]
        assert len(answered) == (each.state in ("done_clean", "done_problem"))
        assert (
            len(calls) - len(answered)
            == each.entries.where(CaseEntry.step.in_(["attempt", "again"])).count()
        )
        problems = Case.select().where(Case.caused_by == each.id).count()
        assert problems == (each.state == "done_problem")
    hours = {call.called_at.hour + 8 for call in CallbackCall.select()}
    assert all(9 <= hour < 20 for hour in hours)
