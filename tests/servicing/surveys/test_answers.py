"""What clients answer by SMS and by link: what counts, what is kept, what is nobody's answer."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
from itsdangerous import URLSafeSerializer

from policies import database
from policies.case_moves import Given
from policies.models import Client
from servicing.cases import stepping
from servicing.cases.stepping import Order
from servicing.core.case_models import Case, CaseClock
from servicing.core.models import Message, Reply, Suppression, Task
from servicing.core.reasons import Reason
from servicing.core.survey_models import SurveyInvitation
from servicing.operations.workspace import Workspace
from servicing.surveys import figures, signed
from servicing.web import app as pages
from tests import cast
from tests.servicing.surveys import asking
from tests.servicing.surveys.asking import DAY, NOW, ON, Asked, answers
from tests.servicing.web.visits import statements

ZHOU = "+12025550119"


class Clock:
    """The moment, which a test moves on."""

    def __init__(self) -> None:
        self.now = NOW + datetime.timedelta(hours=1)

    def __call__(self) -> datetime.datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def space(database_url: str, tmp_path: Path) -> Iterator[Workspace]:
    yield from asking.live(tmp_path / "home", database_url)


@pytest.fixture
def asked(space: Workspace, clock: Clock) -> Asked:
    """Lin Wei was visited and is asked how satisfied he is."""
    found = Asked(space, pages.create(space, clock).test_client())
    found.visited()
    found.morning()
    return found


def tasks_of_replies() -> list[str]:
    query = Task.select().where(Task.reason == Reason.REPLIED.value).order_by(Task.id)
    return [each.note for each in query]


# ------------------------------------------------------------------------------------------ by SMS


DIGITS = ["5", " 5 ", "５", "5.", "5。"]


@pytest.mark.parametrize("body", DIGITS)
def test_a_digit_answers_in_whatever_width_it_is_typed(asked: Asked, body: str) -> None:
    assert "1-5" in asked.texts()[0]
    assert asked.replies(body, "IN1") == 200
    assert answers() == [(5, "sms", "counted")]
    assert tasks_of_replies() == [] and Reply.get().meaning == "answer"


NO_ANSWERS = ["6", "0", "10", "555", "5 stars", "好", "-5", ""]


@pytest.mark.parametrize("body", NO_ANSWERS)
def test_what_is_no_answer_of_the_scale_is_the_agent_s_task(asked: Asked, body: str) -> None:
    asked.replies(body, "IN1")
    assert answers() == [] and tasks_of_replies() == [body]


STOPS = ["T", "TD", "退订", "STOP", "N", "R", "回T退订"]


@pytest.mark.parametrize("body", STOPS)
def test_a_word_that_ends_messages_goes_before_everything(asked: Asked, body: str) -> None:
    asked.replies(body, "IN1")
    stops = [each.subject for each in Suppression.select()]
    assert (answers(), stops) == ([], ["+12025550111"] if body != "回T退订" else stops)


def test_a_digit_where_nothing_was_asked_is_the_agent_s_task(asked: Asked) -> None:
    asked.replies("5", "IN1", sender=ZHOU)
    assert answers() == [] and tasks_of_replies() == ["5"]


def test_the_first_answer_counts_and_the_second_is_kept(asked: Asked) -> None:
    asked.replies("5", "IN1")
    asked.replies("1", "IN2")
    asked.replies("1", "IN2")
    assert answers() == [(5, "sms", "counted"), (1, "sms", "second")]
    assert not Case.select().exists(), "only the first opens a case"


def test_a_late_digit_is_kept_and_not_counted(asked: Asked, clock: Clock) -> None:
    clock.now += 15 * DAY
    asked.replies("1", "IN1")
    assert answers() == [(1, "sms", "late")] and not Case.select().exists()


def test_on_the_last_day_it_counts(asked: Asked, clock: Clock) -> None:
    clock.now += 14 * DAY
    asked.replies("4", "IN1")
    assert answers() == [(4, "sms", "counted")]


def test_at_one_number_one_question_waits(asked: Asked, clock: Clock) -> None:
    cast.change(Client.get(Client.client_no == "C900"), phone="+12025550111")
    asked.visited("P900", ON)
    asked.morning(ON + DAY)
    held = cast.message("how", "P900")
    assert (held.state, held.reason) == ("suppressed", "question_open")
    asked.replies("4", "IN1")
    assert answers() == [(4, "sms", "counted")]
    assert SurveyInvitation.get().client.client_no == "C001"


def test_once_it_was_answered_the_other_of_the_number_may_be_asked(asked: Asked) -> None:
    asked.replies("4", "IN1")
    cast.change(Client.get(Client.client_no == "C900"), phone="+12025550111")
    asked.visited("P900", ON)
    asked.morning(ON + DAY)
    assert cast.message("how", "P900").state == "accepted"
    asked.replies("2", "IN2")
    assert answers() == [(4, "sms", "counted"), (2, "sms", "counted")]


def test_where_two_questions_are_open_nobody_guesses(asked: Asked) -> None:
    """Two numbers became one after both were asked."""
    asked.visited("P900", ON)
    asked.morning(ON + DAY)
    assert asking.invited() == 2
    cast.change(Client.get(Client.client_no == "C900"), phone="+12025550111")
    Message.update(address="+12025550111").execute()
    asked.replies("5", "IN1")
    assert answers() == [] and tasks_of_replies() == ["5"]


# ------------------------------------------------------------------------------------------ by link


@pytest.mark.parametrize(
    ("language", "first"), [("en", "How satisfied"), ("zh-CN", "您对我们这次的服务满意吗")]
)
def test_the_page_asks_in_both_languages_the_reader_s_first(
    asked: Asked, language: str, first: str
) -> None:
    page = asked.opens(language=language)
    assert page.status_code == 200
    text = page.text
    both = ("How satisfied are you", "您对我们这次的服务满意吗")
    assert min(both, key=text.index).startswith(first[:5])
    assert [text.count(f'name="score" value="{each}"') for each in range(7)] == [
        0,
        1,
        1,
        1,
        1,
        1,
        0,
    ]


def test_scanners_that_open_it_answer_nothing(asked: Asked) -> None:
    for _ in range(3):
        asked.opens()
        asked.browser.head(asked.path(), base_url=asking.BASE)
        asked.opens(f"{asked.path()}?score=5")
    assert answers() == []


def test_one_press_answers_and_the_second_is_kept(asked: Asked) -> None:
    path = asked.path()
    assert "Thank you for your answer" in asked.presses(score="5").text
    assert "Your first answer counts" in asked.opens().text
    assert "Your first answer stands" in asked.presses(path, score="1").text
    assert answers() == [(5, "link", "counted"), (1, "link", "second")]


@pytest.mark.parametrize("score", ["6", "0", "", "五", "5; DROP"])
def test_a_press_of_something_else_answers_nothing(asked: Asked, score: str) -> None:
    assert asked.presses(score=score).status_code == 200
    assert answers() == []


def test_after_the_last_day_it_says_so_and_counts_nothing(asked: Asked, clock: Clock) -> None:
    clock.now += 15 * DAY
    assert "no longer counted" in asked.opens().text
    assert "it was kept and is not counted" in asked.presses(score="1").text
    assert answers() == [(1, "link", "late")] and not Case.select().exists()


def test_after_90_days_it_has_ended(asked: Asked, clock: Clock) -> None:
    clock.now += 91 * DAY
    assert asked.opens().status_code == asked.presses(score="5").status_code == 410
    assert answers() == []


def test_a_forged_link_asks_the_database_nothing(asked: Asked) -> None:
    path = asked.path()
    token = path.removeprefix(signed.PATH)
    ours = asked.space.keys
    others = [by_key(each) for each in ("another key", ours.callback_key, ours.link_key)]
    forged = ["x", token[:-2], token + "x"] + others
    asked.opens(f"{signed.PATH}x")  # what is only asked once
    for each in forged:
        with statements() as told:
            assert asked.opens(f"{signed.PATH}{each}").status_code == 404
            assert asked.presses(f"{signed.PATH}{each}", score="5").status_code == 404
        assert told == [], each
    assert answers() == []


def by_key(key: str, touchpoint: int = 1) -> str:
    """A link that was signed with a key, about nobody."""
    return str(URLSafeSerializer([key], salt="survey").dumps([touchpoint, "abcdefghij"]))


def test_the_number_of_another_touchpoint_leads_nowhere(asked: Asked) -> None:
    """A book that was restored gives numbers again; the mark is no other touchpoint's."""
    of = SurveyInvitation.get().touchpoint_id
    path = signed.PATH + by_key(asked.space.keys.survey_key, of)
    assert asked.opens(path).status_code == asked.presses(path, score="5").status_code == 410
    assert answers() == []


def test_who_was_erased_or_has_died_is_not_asked_on(asked: Asked) -> None:
    path = asked.path()
    cast.change(cast.lin_wei(), deceased_on=ON)
    assert asked.presses(path, score="5").status_code == 410
    cast.change(cast.lin_wei(), deceased_on=None, erased_on=ON)
    assert asked.presses(path, score="5").status_code == 410
    assert answers() == []


# -------------------------------------------------------------------------------- what comes of it


def test_who_is_not_satisfied_is_called_within_two_working_days(asked: Asked) -> None:
    assert "Somebody will call you soon" in asked.presses(score="2").text
    case = Case.get()
    assert (case.kind, case.desk, case.client.client_no) == ("detractor", "callback", "C001")
    assert case.about.agent_no == "A001", "who neither takes it nor sees it"
    clock = CaseClock.get()
    assert (clock.rule, clock.due_on) == ("detractor", datetime.date(2025, 10, 10))


def test_who_is_satisfied_is_not(asked: Asked) -> None:
    assert "Somebody will call" not in asked.presses(score="3").text
    assert not Case.select().exists()


def test_one_press_more_makes_a_complaint_of_it_once(asked: Asked) -> None:
    path = asked.path()
    asked.presses(path, score="1")
    for _ in range(2):
        assert "complaint is registered" in asked.presses(path, do="complain").text
    detractor, complaint = Case.select().order_by(Case.id)
    assert (complaint.kind, complaint.source) == ("complaint", "survey")
    assert complaint.caused_by == detractor.id


def test_nobody_complains_who_has_not_answered(asked: Asked) -> None:
    asked.presses(do="complain")
    assert not Case.select().exists()


def test_they_are_asked_once_more_and_the_second_answer_replaces_nothing(
    asked: Asked, clock: Clock
) -> None:
    asked.presses(score="1")
    case = Case.get()
    for step in ("call", "finish"):
        order = Order(case.id, step, "root", ON, Given("what was said"))
        stepping.step(asked.space.ground, order, ON, clock.now)
    assert asked.morning(ON + 30 * DAY) == {"accepted": 1}, "although it is within 90 days"
    clock.now += 30 * DAY
    asked.replies("5", "IN1")
    assert answers() == [(1, "link", "counted"), (5, "sms", "counted")]
    with database.snapshot():
        found = figures.total(None, ON, ON + 60 * DAY)
    assert (found.sent, found.figures["csat"].mean, found.again["csat"].mean) == (1, 1, 5)


def test_a_third_time_within_a_year_nobody_is_asked(asked: Asked) -> None:
    on = ON + 100 * DAY
    asked.visited("P002", on - DAY)
    assert asked.morning(on)["accepted"] == 1
    later = ON + 300 * DAY
    asked.visited("P003", later - DAY)
    asked.morning(later)
    assert (cast.message("how", "P003").state, cast.message("how", "P003").reason) == (
        *("cancelled", "surveyed_often"),
    )


def test_two_that_leave_at_once_are_one(asked: Asked) -> None:
    on = ON + 100 * DAY
    for each in ("P002", "P003"):
        asked.visited(each, on - DAY)
    asked.morning(on)
    found = sorted(cast.message("how", each).state for each in ("P002", "P003"))
    assert found == ["accepted", "cancelled"]
