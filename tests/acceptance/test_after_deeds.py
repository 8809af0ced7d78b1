"""After a complaint was closed, after a task was done: the touchpoints that docs/plan.md shows."""

import datetime
import re
from pathlib import Path

import pytest

from policies.plan import SHIPPED
from tests.acceptance.frontdoor import MORNING, call
from tests.acceptance.office import ILSE, Office

ROOT = Path(__file__).parents[2]
ROW = {**ILSE, "issue_date": "2026-05-09", "birthday": "", "status": "in_force"}
OTHER = {**ROW, "policy_no": "K2"}
THANKS, ASKED = "complaint_thanks", "how_was_it"
CLOSING = (
    ("accept", "--text", "ours"),
    ("investigate", "--text", "on leave"),
    ("offer", "--text", "a colleague"),
    ("decide", "--text", "justified"),
    ("inform", "--text", "called her"),
    ("follow_up", "--date", "2026-12-01"),
    ("close",),
)


def documented() -> str:
    """The block of docs/plan.md that has the two touchpoints."""
    text = (ROOT / "docs" / "plan.md").read_text("utf-8")
    (found,) = (each for each in re.findall(r"```toml\n(.*?)```", text, re.S) if THANKS in each)
    return str(found)


class Counting(Office):
    """The standard plan, and behind it what the documents show."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.plan = home / "plans" / "standard.toml"
        self.plan.parent.mkdir(exist_ok=True)
        texts = home / "templates" / "messages" / "en"
        texts.mkdir(parents=True, exist_ok=True)
        for name in (THANKS, ASKED):
            (texts / f"{name}.sms.txt").write_text(f"{name}: {{{{ client_name }}}}\n", "utf-8")
            text = f"Subject: {name}\n\n{{{{ agent_name }}}}\n"
            (texts / f"{name}.email.txt").write_text(text, "utf-8")
        self.plans(documented())

    def plans(self, *more: str) -> None:
        """The plan is the standard one with some touchpoints more."""
        standard = (SHIPPED / "standard.toml").read_text("utf-8")
        self.plan.write_text("\n".join((standard, *more)), "utf-8")
        self("plan", "check", self.plan).done()

    def at(self, day: str, hour: int = 10) -> None:
        """It is that day."""
        on = datetime.date.fromisoformat(day)
        self.now = (MORNING + (on - MORNING.date())).replace(hour=hour)

    def complains(self, received: str, client: str = "C1") -> int:
        """The number of a complaint that is opened."""
        asked = ("--client", client, "--received", received, "--text", f"nobody calls {received}")
        opened = self("cases", "open", "complaint", *asked, "--format", "json").done().document()
        return int(opened["case"])

    def closes(self, case: int, on: str = "") -> None:
        """The complaint is settled, on a day or today."""
        for step in CLOSING:
            self("cases", "step", case, *step, *(("--on", on) if on else ())).done()

    def task_of(self, touchpoint: str, on: str, policy_no: str = "K1") -> int:
        """The number of an open task."""
        rows = self("tasks", "list", "--on", on, "--format", "json").done().document()
        (found,) = (
            each["id"]
            for each in rows
            if (each["touchpoint"], each["policy_no"]) == (touchpoint, policy_no)
        )
        return int(found)

    def days_of(self, touchpoint: str, policy_no: str = "K1") -> list[str]:
        """The days of a touchpoint on the timeline of a policy."""
        span = ("--from", "2026-05-01", "--to", "2027-12-31")
        rows = self("book", "timeline", policy_no, *span, "--format", "csv").done().table()
        return [row["due_on"] for row in rows if row["touchpoint"] == touchpoint]

    def of(self, touchpoint: str) -> list[tuple[str, str]]:
        """The state and the reason of each message of a touchpoint."""
        return [(state, reason) for key, state, reason in self.messages() if key == touchpoint]


@pytest.fixture
def office(tmp_path: Path) -> Counting:
    return Counting(tmp_path / "office")


def test_a_week_after_a_complaint_was_closed_the_client_is_thanked_once(office: Counting) -> None:
    office.book(ROW, OTHER, joined="2026-05-11")
    office.at("2026-06-01")
    office.closes(office.complains("2026-06-01"))
    assert office.days_of(THANKS) == ["2026-06-08"]
    office.at("2026-06-08")
    office.walk("2026-06-08")
    assert office.dispatch("2026-06-08 10:00")["accepted"] >= 1
    assert [each for each in office.sent("2026-06-08") if THANKS in each] == [
        f"{THANKS}: Ilse Brandt"
    ], "of two policies"
    told = office("why", "K1", THANKS, "--on", "2026-06-08").done().out
    assert "Counted from case closed 2026-06-01: day +7 is 2026-06-08." in told
    assert "Thanks after a complaint" in office("card", "C1").done().out
    office.walk("2026-06-09")
    assert [state for state, _ in office.of(THANKS)] == ["accepted"]


def test_the_day_after_the_task_was_done_the_client_is_asked(office: Counting) -> None:
    office.book(ROW, OTHER, joined="2026-05-11")
    office.walk("2026-06-09")
    office.at("2026-06-10")
    office("tasks", "done", office.task_of("month_1", "2026-06-10")).done()
    assert office.days_of(ASKED) == ["2026-06-11"]
    assert office.days_of(ASKED, "K2") == [], "its task is not done"
    office.at("2026-06-11")
    office.walk("2026-06-11")
    assert office.of(ASKED) == [("queued", "due")]
    told = office("why", "K1", ASKED, "--on", "2026-06-11").done().out
    assert "Counted from task done 2026-06-10: day +1 is 2026-06-11." in told


def test_each_closing_is_one_of_its_own(office: Counting) -> None:
    office.book(ROW, joined="2026-05-11")
    for day in ("2026-06-01", "2026-06-03"):
        office.at(day)
        office.closes(office.complains(day))
    office.at("2026-06-08")
    office.walk("2026-06-08")
    office.at("2026-06-10")
    office.walk("2026-06-10")
    assert len(office.of(THANKS)) == 2
    assert office.days_of(THANKS) == ["2026-06-08", "2026-06-10"]


def test_two_closed_on_one_day_are_thanked_for_together(office: Counting) -> None:
    office.book(ROW, joined="2026-05-11")
    office.at("2026-06-01")
    both = [office.complains("2026-05-30"), office.complains("2026-06-01")]
    for each in both:
        office.closes(each)
    office.at("2026-06-07")
    without = office.home.parent / "without.toml"
    without.write_bytes((SHIPPED / "standard.toml").read_bytes())
    told = office("plan", "diff", without, "--format", "json").done().document()
    assert told["changed"]["fewer"][THANKS] == 1
    office.at("2026-06-08")
    office.walk("2026-06-08")
    assert len(office.of(THANKS)) == 1


ENDS = [
    ("withdraw", ("--text", "all is well"), 0),
    ("refuse", ("--reason", "no_harm", "--text", "none"), 0),
    ("forward", ("--text", "to the hospital"), 0),
    (None, (), 1),
]


@pytest.mark.parametrize(("step", "said", "thanked"), ENDS)
def test_only_the_ends_that_are_meant_are_counted_from(
    office: Counting, step: str | None, said: tuple[str, ...], thanked: int
) -> None:
    office.book(ROW, joined="2026-05-11")
    office.at("2026-06-01")
    case = office.complains("2026-06-01")
    if step:
        office("cases", "step", case, step, *said).done()
    else:
        office.closes(case)
    office.at("2026-06-08")
    office.walk("2026-06-08")
    assert len(office.of(THANKS)) == thanked


def test_without_an_outcome_each_end_counts(office: Counting) -> None:
    office.plans(documented().replace('outcome = "closed"', ""))
    office.book(ROW, joined="2026-05-11")
    office.at("2026-06-01")
    withdrawn = ("withdraw", "--text", "all is well")
    office("cases", "step", office.complains("2026-06-01"), *withdrawn).done()
    office.at("2026-06-08")
    office.walk("2026-06-08")
    assert len(office.of(THANKS)) == 1


def test_who_complains_again_is_not_thanked_until_that_is_over(office: Counting) -> None:
    office.book(ROW, joined="2026-05-11")
    office.at("2026-06-01")
    office.closes(office.complains("2026-06-01"))
    office.at("2026-06-08")
    again = office.complains("2026-06-08")
    office.walk("2026-06-08")
    assert office.of(THANKS) == [("cancelled", "complaint_open")]
    office("cases", "step", again, "withdraw", "--text", "all is well").done()
    office.dispatch("2026-06-08 15:00")
    assert [state for state, _ in office.of(THANKS)] == ["accepted"]


def test_a_day_on_which_nothing_ran_is_caught_up(office: Counting) -> None:
    office.book(ROW, joined="2026-05-11")
    office.walk("2026-05-31")
    office.at("2026-06-01")
    office.closes(office.complains("2026-06-01"))
    office.at("2026-06-10")
    office.walk("2026-06-10")
    assert office.of(THANKS) == [("queued", "found_late")]


def test_a_closing_that_is_recorded_later_is_followed_inside_the_window(office: Counting) -> None:
    office.book(ROW, joined="2026-05-11")
    office.at("2026-06-01")
    case = office.complains("2026-06-01")
    office.at("2026-06-10")
    office.walk("2026-06-10")
    office.closes(case, on="2026-06-02")
    office.at("2026-06-11")
    office.walk("2026-06-11")
    assert [state for state, _ in office.of(THANKS)] == ["queued"]
    assert office.days_of(THANKS) == ["2026-06-09"]


def test_why_judges_a_past_day_by_what_was_done_until_then(office: Counting) -> None:
    office.book(ROW, joined="2026-05-11")
    office.at("2026-06-01")
    case = office.complains("2026-06-01")
    office.at("2026-06-09")
    office.walk("2026-06-09")
    office.at("2026-08-25")
    office.closes(case, on="2026-06-02")
    office.walk("2026-08-25")
    assert office.of(THANKS) == [], "nothing is made up for that long"
    told = office("why", "K1", THANKS, "--on", "2026-06-09").done().out
    assert "It is counted from a date that the book does not have: case closed." in told


AT_ONCE = """
[[touchpoint]]
id = "thanks_at_once"
title = { en = "Thanks at once" }
anchor = "task_done"
task = "month_1"
due = [{ days = 0 }]
kind = "basic"
owner = "both"
template = "how_was_it"
"""


def test_on_the_same_day_it_is_found_by_the_next_walk_or_dispatch(office: Counting) -> None:
    office.plans(documented(), AT_ONCE)
    office.book(ROW, joined="2026-05-11")
    office.at("2026-06-10", hour=6)
    office.walk("2026-06-10")
    office.at("2026-06-10")
    done = office.task_of("month_1", "2026-06-10")
    office("tasks", "done", done).done()
    assert office.of("thanks_at_once") == []
    office.dispatch("2026-06-10 10:30")
    assert [state for state, _ in office.of("thanks_at_once")] == ["accepted"]
    assert ("thanks_at_once", "2026-06-10") in office.tasks("2026-06-10")


def test_what_is_undone_takes_back_what_has_not_left_and_done_again_makes_it_once(
    office: Counting,
) -> None:
    office.plans(documented(), AT_ONCE)
    office.book(ROW, joined="2026-05-11")
    office.at("2026-06-10", hour=8)
    office.walk("2026-06-10")
    done = office.task_of("month_1", "2026-06-10")
    office("tasks", "done", done).done()
    office.walk("2026-06-10")
    assert office.of("thanks_at_once") == [("queued", "due")]
    office("tasks", "undo", done).done()
    office.walk("2026-06-10")
    assert office.of("thanks_at_once") == [("cancelled", "not_done")]
    assert "thanks_at_once" not in dict(office.tasks("2026-06-10"))
    told = office("why", "K1", "thanks_at_once", "--on", "2026-06-10").done().out
    assert "the task is not done on that day" in told
    office("tasks", "done", done).done()
    office.walk("2026-06-10")
    office.dispatch("2026-06-10 11:00")
    states = sorted(state for state, _ in office.of("thanks_at_once"))
    assert states.count("accepted") == 1 and "queued" not in states
    office.at("2026-06-11")
    office.walk("2026-06-11")
    assert office.of(ASKED) == [("queued", "due")]


def row(**keys: str) -> str:
    """A touchpoint of a plan, and what is wrong about it."""
    usual = {"id": "a", "title": {"en": "A"}, "kind": "basic", "owner": "task"}
    lines = {each: f'"{value}"' for each, value in usual.items() if isinstance(value, str)}
    lines |= {"title": '{ en = "A" }', "due": "[{ days = 1 }]"}
    lines |= keys
    return "\n".join(("[[touchpoint]]", *(f"{key} = {value}" for key, value in lines.items())))


CASE, TASK = {"anchor": '"case_closed"', "scope": '"client"'}, {"anchor": '"task_done"'}
REFUSED = [
    ([row(**CASE)], 'anchor = "case_closed" needs case', "case_closed"),
    ([row(**TASK)], 'anchor = "task_done" needs task', "task_done"),
    ([row(case='"complaint"')], 'case needs anchor = "case_closed"', "case"),
    ([row(**TASK, task='"month_1"', outcome='"closed"')], "outcome needs anchor", "outcome"),
    ([row(task='"month_1"')], 'task needs anchor = "task_done"', "task"),
    ([row(**CASE, case='"moan"')], 'case = "moan" is no kind of case: callback, complaint', "moan"),
    (
        [row(**CASE, case='"complaint"', outcome='["closed", "decided"]')],
        'outcome = "decided" is no end of a case of kind "complaint": closed, refused',
        "decided",
    ),
    (
        [row(anchor='"case_closed"', case='"complaint"')],
        'anchor "case_closed" needs scope = "client"',
        "client",
    ),
    (
        [row(**TASK, task='"month_99"')],
        'task = "month_99" is no touchpoint of this plan',
        "month_99",
    ),
    (
        [row(**TASK, task='"birthday"')],
        'task = "birthday" is a touchpoint without a task',
        "birthday",
    ),
    ([row(**TASK, task='"a"')], "counted from its own task, for ever: a → a", "a → a"),
    (
        [row(**TASK, task='"b"'), row(**TASK, id='"b"', task='"a"')],
        "counted from its own task, for ever: a → b → a",
        "a → b → a",
    ),
    (
        [row(**TASK, task='"month_1"', due="[{ months = 1, every_months = 1 }]")],
        'anchor = "task_done" comes with each of them',
        "every_months",
    ),
    (
        [row(**TASK, task='"month_1"', due="[{ days = -1 }]")],
        "falls before the task_done date",
        "-1",
    ),
]


@pytest.mark.parametrize(("touchpoints", "sentence", "names"), REFUSED)
def test_what_cannot_be_counted_from_is_refused_by_name(
    office: Counting, touchpoints: list[str], sentence: str, names: str
) -> None:
    standard = (SHIPPED / "standard.toml").read_text("utf-8")
    office.plan.write_text("\n".join((standard, *touchpoints)), "utf-8")
    told = office("plan", "check", office.plan).refused()
    assert sentence in told and "touchpoint 'a'" in told
    chinese = {"SERVICING_SERVICING_LOCALE": "zh_CN"}
    answer = call("--home", office.home, "plan", "check", office.plan, cwd=office.home, env=chinese)
    assert answer.code == 1 and names in answer.err


def test_what_counts_from_a_task_of_the_client_is_the_clients(office: Counting) -> None:
    standard = (SHIPPED / "standard.toml").read_text("utf-8")
    visit = row(id='"seen"', scope='"client"')
    office.plan.write_text("\n".join((standard, visit, row(**TASK, task='"seen"'))), "utf-8")
    told = office("plan", "check", office.plan).refused()
    assert 'task = "seen" is owed to the client' in told


def test_a_kind_of_our_own_is_counted_from_as_well_and_an_edit_of_it_is_noticed(
    office: Counting,
) -> None:
    office.book(ROW, joined="2026-05-11")
    shipped = SHIPPED.parent / "cases" / "complaint.toml"
    own = office.home / "cases" / "moan.toml"
    own.parent.mkdir(exist_ok=True)
    own.write_text(shipped.read_text("utf-8"), "utf-8")
    office.plans(documented().replace('case = "complaint"', 'case = "moan"'))
    office.walk("2026-05-11")
    own.unlink()
    assert 'case = "moan" is no kind of case' in office("walk", "--on", "2026-05-12").refused()


def test_the_manual_says_what_is_counted_from(office: Counting) -> None:
    rows = office("plan", "show", "--locale", "en", "--format", "json").done().document()
    when = {each["touchpoint"]: each["when"] for each in rows}
    assert when[THANKS] == "case closed (complaint) +7 days"
    assert when[ASKED] == "task done (First care call) +1 day"
    rows = office("plan", "show", "--locale", "zh_CN", "--format", "json").done().document()
    when = {each["touchpoint"]: each["when"] for each in rows}
    assert (when[THANKS], when[ASKED]) == ("结案（投诉）后7天", "任务完成（首月关怀）后1天")


def test_a_plan_without_them_would_send_less(office: Counting) -> None:
    office.book(ROW, joined="2026-05-11")
    office.at("2026-06-01")
    office.closes(office.complains("2026-06-01"))
    without = office.home.parent / "without.toml"
    without.write_bytes((SHIPPED / "standard.toml").read_bytes())
    told = office("plan", "diff", without, "--format", "json").done().document()
    assert told["changed"]["fewer"][THANKS] == 1
