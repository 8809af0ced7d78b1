"""What was recorded of a task is taken back for a while: by page and command the same function."""

import datetime
import json
from collections.abc import Callable

import peewee
import pytest

from policies.models import Client
from servicing.card import wording
from servicing.card.card import TrailLine
from servicing.core import errors, touched, trail
from servicing.core.done_models import DoneTask
from servicing.core.models import CardEntry, Task
from servicing.core.reasons import Reason
from servicing.core.touched import TouchedRow
from servicing.desk import queries, tasks, undoing
from servicing.month import asking
from servicing.month import queries as month
from servicing.month.asking import Word
from servicing.schedule import deaths, giving_back
from servicing.schedule.deaths import Report
from tests import cast
from tests.refusals import refuses
from tests.servicing import owed, stored

pytestmark = cast.on_one

Book = peewee.Database
WALKER = cast.walker(owed.THREE_YEARS)
WINDOWS = cast.windows(owed.STANDARD)
ON = cast.day("2025-09-30")
NOW = cast.at("2025-09-30", "14:30")
LATER = NOW + datetime.timedelta(minutes=1)


@pytest.fixture
def today(book: Book) -> cast.Cast:
    """The morning of the day on which every policy is a month old."""
    people = cast.everybody()
    cast.walk_only(ON, WALKER)
    return people


def number() -> int:
    return int(cast.task("month_1").id)


def do() -> None:
    tasks.done(number(), NOW, "已通话", "spoke")


def skip() -> None:
    tasks.skip(number(), NOW, "客户出国", "declined")


def postpone() -> None:
    tasks.postpone(number(), cast.day("2025-10-15"), ON, NOW, "节后", windows=WINDOWS)


def row() -> dict[str, object]:
    return dict(Task.select().where(Task.id == number()).dicts().get())


@pytest.mark.parametrize("reason", [Reason.DUE, Reason.LEVELLED, Reason.FOUND_LATE])
@pytest.mark.parametrize("act", [do, skip, postpone])
def test_a_task_is_as_it_was_before(
    today: cast.Cast, act: Callable[[], None], reason: Reason
) -> None:
    Task.update(reason=reason.value).where(Task.id == number()).execute()
    before = row()
    act()
    assert row() != before
    undoing.undo(number(), LATER, "A001")
    assert row() == before


def test_the_words_of_a_client_who_has_written_are_there_again(today: cast.Cast) -> None:
    of_reply = {"touchpoint": None, "reason": "client_replied", "note": "请给我回电话"}
    task = number()
    Task.update(**of_reply).where(Task.id == task).execute()
    tasks.done(task, NOW, "已回电", "spoke")
    undoing.undo(task, LATER)
    found = Task.get_by_id(task)
    assert (found.state, found.reason, found.note) == ("open", "client_replied", "请给我回电话")


def test_of_two_tasks_without_a_touchpoint_the_right_one_is_taken_back(today: cast.Cast) -> None:
    first, second = number(), int(cast.task("month_1", "P002").id)
    policy = cast.policy("P001")
    Task.update(touchpoint=None, policy=policy).where(Task.id << [first, second]).execute()
    tasks.done(first, NOW)
    tasks.skip(second, NOW)
    undoing.undo(first, LATER)
    assert (Task.get_by_id(first).state, Task.get_by_id(second).state) == ("open", "skipped")


@pytest.mark.parametrize(
    ("act", "undone", "told"),
    [
        (do, "done", "撤销：完成"),
        (skip, "skipped", "撤销：略过"),
        (postpone, "postponed", "撤销：延期"),
    ],
)
def test_the_card_keeps_both_lines(
    today: cast.Cast, act: Callable[[], None], undone: str, told: str
) -> None:
    act()
    undoing.undo(number(), LATER)
    kinds = [kind for kind in cast.trail_of(today.lin_wei) if kind.startswith("task.")]
    assert kinds == [f"task.{undone}", "task.reopened"]
    line = trail.of_client(today.lin_wei.id)[-1]
    facts = json.loads(line.facts)
    assert facts == {"undone": undone, "agent_no": "A001"}
    shown = TrailLine(line.at, line.kind, "P001", "month_1", facts)
    assert wording.headline(shown, "zh_CN").endswith("恢复待办")
    assert told in wording.details(shown, "zh_CN")


def test_what_it_takes_to_open_a_task_again_is_no_word_of_the_card(today: cast.Cast) -> None:
    Task.update(reason="levelled").where(Task.id == number()).execute()
    do()
    line = trail.of_client(today.lin_wei.id)[-1]
    facts = json.loads(line.facts)
    assert facts["reason_was"] == "levelled"
    shown = TrailLine(line.at, line.kind, "P001", "month_1", facts)
    assert wording.details(shown, "en") == ["已通话", "agent A001", "Spoke by phone"]


def test_it_can_be_done_again_and_is_done_once(today: cast.Cast) -> None:
    do()
    undoing.undo(number(), LATER)
    tasks.done(number(), LATER, "第二次", "met")
    assert cast.task("month_1").state == "done"
    client = today.lin_wei.id
    assert queries.last_contacts([client]) == {client: LATER.astimezone(datetime.UTC)}


def taken_back(people: cast.Cast) -> None:
    undoing.undo(number(), LATER)


def dead_and_alive(people: cast.Cast) -> None:
    deaths.deceased(WALKER, people.lin_wei, ON, Report("ops", ON, LATER))
    deaths.alive(WALKER, people.lin_wei, Report("ops", ON, LATER))


def suspended_and_back(people: cast.Cast) -> None:
    for status in ("suspended", "in_force"):
        cast.change(cast.policy("P001"), status=status)
        touched.note([TouchedRow(people.lin_wei.id, "status")])
        giving_back.bring_up_to_date(WALKER, ON, LATER)


@pytest.mark.parametrize(
    ("happened", "state"),
    [(taken_back, "open"), (dead_and_alive, "done"), (suspended_and_back, "done")],
)
def test_what_plans_count_goes_with_the_task_that_is_open_again(
    today: cast.Cast, happened: Callable[[cast.Cast], None], state: str
) -> None:
    tasks.done(number(), NOW, on=ON)
    happened(today)
    assert cast.task("month_1").state == state
    counted = DoneTask.select().where(DoneTask.task_id == number()).count()
    assert counted == (state == "done")
    if state == "open":
        tasks.done(number(), LATER, on=ON)


def test_a_call_that_was_taken_back_is_no_contact(today: cast.Cast) -> None:
    do()
    assert queries.last_contacts([today.lin_wei.id]) != {}
    undoing.undo(number(), LATER)
    assert queries.last_contacts([today.lin_wei.id]) == {}


def test_of_two_answers_that_are_owed_the_one_that_stands_is_a_contact(today: cast.Cast) -> None:
    """Nothing was due for them: only the lines of the card say which of them was taken back."""
    first, second = (owed_answer(today.lin_wei) for _ in range(2))
    tasks.done(first, NOW, outcome="spoke")
    tasks.done(second, LATER, outcome="spoke")
    undoing.undo(second, LATER)
    contact = {today.lin_wei.id: NOW.astimezone(datetime.UTC)}
    assert queries.last_contacts([today.lin_wei.id]) == contact
    undoing.undo(first, LATER)
    assert queries.last_contacts([today.lin_wei.id]) == {}


def owed_answer(client: Client) -> int:
    """A task for which nothing was due."""
    days = {"due_on": ON, "show_on": ON, "closes_on": ON}
    facts = {"state": "open", "reason": Reason.REPLIED.value, **days}
    return int(Task.create(policy=cast.policy(), client=client, **facts).id)


MINUTES = [(0, True), (14, True), (15, True), (16, False), (60, False)]


@pytest.mark.parametrize(("minutes", "is_undone"), MINUTES)
def test_for_a_quarter_of_an_hour(today: cast.Cast, minutes: int, is_undone: bool) -> None:
    do()
    moment = NOW + datetime.timedelta(minutes=minutes)
    if is_undone:
        undoing.undo(number(), moment, "A001")
    else:
        with refuses(errors.CannotUndo, match="older than 15 minutes"):
            undoing.undo(number(), moment, "A001")
    assert cast.task("month_1").state == ("open" if is_undone else "done")


def test_not_by_somebody_else(today: cast.Cast) -> None:
    do()
    with refuses(errors.CannotUndo, match="somebody else"):
        undoing.undo(number(), LATER, "A900")


def test_what_a_manager_has_moved_the_agent_does_not_take_back(today: cast.Cast) -> None:
    day = cast.day("2025-10-15")
    tasks.postpone(number(), day, ON, NOW, windows=WINDOWS, by="team")
    with refuses(errors.CannotUndo, match="somebody else"):
        undoing.undo(number(), LATER, "A001")
    assert cast.task("month_1").show_on == day


def test_not_once_something_else_has_happened_to_it(today: cast.Cast) -> None:
    postpone()
    tasks.postpone(number(), cast.day("2025-10-20"), ON, LATER, windows=WINDOWS)
    undoing.undo(number(), LATER)
    assert cast.task("month_1").show_on == cast.day("2025-10-15"), "the last of them only"
    before = stored.everything()
    with refuses(errors.CannotUndo, match="nothing to take back"):
        undoing.undo(number(), LATER)
    assert stored.everything() == before


def test_a_call_of_a_client_who_has_died_meanwhile_stays_done(today: cast.Cast) -> None:
    do()
    deaths.deceased(WALKER, today.lin_wei, ON, Report("ops", ON, LATER))
    with refuses(errors.CannotUndo, match="nothing to take back"):
        undoing.undo(number(), LATER)
    assert cast.task("month_1").state == "done"


def test_what_was_handed_over_anew_is_not_open_twice(today: cast.Cast) -> None:
    def hand_over(press: str) -> int:
        policies = month.policies("policy_no", ["P001"])
        asking.hand_over(Word(policies, {}, "请联系", "team", press), ON, NOW)
        return int(Task.select().where(Task.reason == Reason.MANAGER_ASKS).get().id)

    first = hand_over("one")
    tasks.done(first, NOW)
    hand_over("two")
    with refuses(errors.CannotUndo, match="nothing to take back"):
        undoing.undo(first, LATER)
    assert Task.select().where(Task.reason == Reason.MANAGER_ASKS).count() == 1


@pytest.mark.parametrize("state", ["open", "missed", "cancelled"])
def test_not_where_nothing_was_recorded(today: cast.Cast, state: str) -> None:
    Task.update(state=state).where(Task.id == number()).execute()
    with refuses(errors.CannotUndo, match="nothing to take back"):
        undoing.undo(number(), LATER)


@pytest.mark.parametrize("task_id", [404, 0, -1, 2**64])
def test_a_task_that_does_not_exist_is_refused_by_number(today: cast.Cast, task_id: int) -> None:
    with refuses(errors.TaskNotFound, match=f"no task {task_id}"):
        undoing.undo(task_id, NOW)


def test_two_who_take_it_back_at_once_do_so_once(today: cast.Cast) -> None:
    do()
    task_id = number()

    def undo() -> str:
        try:
            undoing.undo(task_id, LATER)
        except errors.CannotUndo:
            return "was"
        return "did"

    assert sorted(stored.at_once(undo, undo, undo)) == ["did", "was", "was"]
    assert CardEntry.select().where(CardEntry.kind == "task.reopened").count() == 1
