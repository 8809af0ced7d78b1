"""After a suspension, after a loss: the touchpoints that docs/plan.md shows, by the command line."""

import datetime
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from policies import plan
from policies.plan import SHIPPED
from tests.acceptance.frontdoor import MORNING, call
from tests.acceptance.office import ILSE, Office

ROOT = Path(__file__).parents[2]
ROW = {**ILSE, "issue_date": "2024-05-31", "birthday": "", "status": "in_force", "ended_on": ""}
BILL = {"policy_no": "K1", "due_date": "2026-05-31", "amount": "1200.00", "paid_on": ""}
SUSPENDED = {**ROW, "status": "suspended"}


def documented() -> str:
    """The block of docs/plan.md that has the two touchpoints."""
    text = (ROOT / "docs" / "plan.md").read_text("utf-8")
    (found,) = (
        each for each in re.findall(r"```toml\n(.*?)```", text, re.S) if '"lost_client"' in each
    )
    return str(found)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """The standard plan, and behind it what the documents show."""
    office = Office(tmp_path / "office")
    standard = (SHIPPED / "standard.toml").read_text("utf-8")
    (office.home / "plans").mkdir(exist_ok=True)
    (office.home / "plans" / "standard.toml").write_text(f"{standard}\n{documented()}", "utf-8")
    office("plan", "check", office.home / "plans" / "standard.toml").done()
    return office


def days_of(office: Office, touchpoint: str, first: str, last: str) -> list[str]:
    """The days of a touchpoint on the timeline of the policy."""
    asked = ("book", "timeline", "K1", "--from", first, "--to", last, "--format", "csv")
    rows = office(*asked).done().table()
    return [row["due_on"] for row in rows if row["touchpoint"] == touchpoint]


def state_of(office: Office, touchpoint: str, on: str) -> Sequence[str]:
    told = office.why("K1", touchpoint, on)
    return told["outcome"], told["task"]


def test_a_suspended_policy_is_rescued_on_the_days_of_the_plan(office: Office) -> None:
    office.book(ROW, joined="2026-05-01")
    office.book(BILL, premiums=True)
    office.book(SUSPENDED, joined="2026-07-31")
    assert days_of(office, "rescue", "2026-07-31", "2028-07-31") == [
        *("2026-07-31", "2026-08-07", "2026-08-31"),  # 30 August is a Sunday
        *("2026-10-29", "2027-01-27", "2027-08-02"),  # 31 July 2027 is a Saturday
        *("2028-01-31", "2028-05-31", "2028-06-30"),
    ]
    office.walk("2026-07-31")
    assert ("rescue", "2026-07-31") in office.tasks("2026-07-31")
    assert "suspended 2026-07-31" in office("card", "C1").done().out
    told = office("why", "K1", "rescue", "--on", "2026-07-31").done().out
    assert "Counted from suspension 2026-07-31: day +0 is 2026-07-31." in told
    later = office.why("K1", "rescue", "2026-08-07")
    assert later["outcome"] == "to_come"


def test_a_reinstatement_takes_the_rescue_back_and_another_suspension_brings_it(
    office: Office,
) -> None:
    office.book(ROW, joined="2026-05-01")
    office.book(BILL, premiums=True)
    office.book(SUSPENDED, joined="2026-07-31")
    office.walk("2026-07-31")
    office.book({**BILL, "paid_on": "2026-08-03"}, premiums=True)
    office.book(ROW, joined="2026-08-04")
    assert "rescue" not in dict(office.tasks("2026-08-04"))
    assert state_of(office, "rescue", "2026-07-31")[1] == "cancelled"
    told = office("why", "K1", "rescue", "--on", "2026-07-31").done().out
    assert "the policy is not suspended since that day" in told
    office.walk("2026-08-07")
    assert "rescue" not in dict(office.tasks("2026-08-07"))
    office.book(SUSPENDED, joined="2027-04-12")
    office.walk("2027-04-12")
    assert ("rescue", "2027-04-12") in office.tasks("2027-04-12")


LOST = [
    ("surrendered", "2026-06-01", True),
    ("terminated", "2026-06-01", True),
    ("claim", "2026-06-01", False),
    ("matured", "2026-06-01", False),
    ("transferred_out", "2026-06-01", False),
    ("converted", "2026-06-01", False),
    ("free_look_cancelled", "2026-06-01", False),
]


@pytest.mark.parametrize(("status", "ended_on", "is_lost"), LOST)
def test_who_has_left_is_called_a_week_later(
    office: Office, status: str, ended_on: str, is_lost: bool
) -> None:
    office.book(ROW, joined="2026-05-01")
    office.book({**ROW, "status": status, "ended_on": ended_on}, joined="2026-06-02")
    assert days_of(office, "lost_client", "2026-06-01", "2026-06-30") == ["2026-06-08"] * is_lost
    office.walk("2026-06-08")
    open_then = [each for each in office.tasks("2026-06-08") if each[0] == "lost_client"]
    assert open_then == [("lost_client", "2026-06-08")] * is_lost
    told = office("why", "K1", "lost_client", "--on", "2026-06-08").done().out
    assert ("It is owed because the policy had ended on 2026-06-01" in told) == is_lost
    assert ("It is counted from a date that the book does not have: end." in told) != is_lost


def test_a_loss_that_is_heard_of_late_is_followed_inside_the_window(office: Office) -> None:
    office.book(ROW, joined="2026-05-01")
    office.walk("2026-06-11")
    office.book({**ROW, "status": "surrendered", "ended_on": "2026-06-01"}, joined="2026-06-12")
    office.walk("2026-06-12")
    assert ("lost_client", "2026-06-08") in office.tasks("2026-06-12")


def test_an_end_that_is_taken_back_or_corrected_takes_the_call_along(office: Office) -> None:
    office.book(ROW, joined="2026-05-01")
    gone = {**ROW, "status": "surrendered", "ended_on": "2026-06-01"}
    office.book(gone, joined="2026-06-02")
    office.walk("2026-06-08")
    office.book(ROW, joined="2026-06-10")
    assert "lost_client" not in dict(office.tasks("2026-06-10"))
    told = office("why", "K1", "lost_client", "--on", "2026-06-08").done().out
    assert "the policy has not ended on that day" in told
    office.book({**gone, "ended_on": "2026-06-03"}, joined="2026-06-11")
    office.walk("2026-06-11")
    assert [each for each in office.tasks("2026-06-11") if each[0] == "lost_client"] == [
        ("lost_client", "2026-06-10")
    ]


def test_the_call_to_who_has_left_is_the_desks(office: Office) -> None:
    """It is on no list of the agent's, and the record says which desk and who of it."""
    office.book(ROW, joined="2026-05-01")
    office.book({**ROW, "status": "surrendered", "ended_on": "2026-06-01"}, joined="2026-06-02")
    office.walk("2026-06-08")
    office.now = MORNING + datetime.timedelta(days=28)
    asked = ("tasks", "list", "--on", "2026-06-08", "--format", "json")
    (task,) = office(*asked, "--desk", "callback").done().document()
    assert (task["touchpoint"], task["desk"], task["agent_no"]) == ("lost_client", "callback", "A1")
    assert task["title"] == "Call to a client who has left (call-back desk)"
    assert office(*asked, "--agent", "A1").done().document() == []
    assert office(*asked, "--desk", "quality").done().document() == []
    refused = office(*asked, "--agent", "A1", "--desk", "quality").refused(2)
    assert "a task is an agent's or a desk's" in refused
    told = office("status")
    assert "nobody of the call-back desk may record 1 tasks on its list" in told.err
    for login in ("mei", "ilses"):
        role = ("agent", "--agent", "A1") if login == "ilses" else ("operations",)
        made = ("user", "add", login, "--role", *role, "--password-stdin")
        call("--home", office.home, *made, cwd=office.home, typed="correct horse battery\n").done()
    done = ("tasks", "done", task["id"], "--note", "moved abroad", "--by")
    assert "mei is not of the call-back desk" in office(*done, "mei").refused()
    office("user", "desks", "mei", "callback").done()
    office("user", "desks", "ilses", "callback").done()
    assert "nobody of the call-back desk" not in office("status").err
    assert "ilses serves the client of task" in office(*done, "ilses").refused()
    later = ("tasks", "postpone", task["id"], "--to", "2026-06-09", "--by", "mei")
    office(*later).done()
    office(*done, "mei").done()
    lines = office("card", "C1", "--format", "json").done().document()["trail"]
    facts = [each["facts"] for each in lines if each["kind"] == "task.done"]
    assert facts == [{"note": "moved abroad", "desk": "callback", "by": "mei"}]
    assert "call-back" in office("card", "C1").done().out
    why = office("why", "K1", "lost_client", "--on", "2026-06-08").done().out
    assert "It is not the agent's: the plan gave it to the call-back desk." in why
    office("tasks", "undo", task["id"]).done()
    assert office.tasks("2026-06-09") == [("lost_client", "2026-06-08")]


def test_an_edited_plan_is_compared_and_changes_nothing_that_was_given_out(office: Office) -> None:
    office.book(ROW, joined="2026-05-01")
    other = {**ROW, "policy_no": "K2", "client_no": "C2", "phone": "+12125550102"}
    office.book(other, joined="2026-05-01")
    gone = {"status": "surrendered", "ended_on": "2026-06-01"}
    office.book({**ROW, **gone}, joined="2026-06-02")
    office.book({**other, **gone, "ended_on": "2026-06-03"}, joined="2026-06-03")
    office.walk("2026-06-08")
    plan = office.home / "plans" / "standard.toml"
    edited = office.home / "edited.toml"
    edited.write_text(plan.read_text("utf-8").replace('desk = "callback"', ""), "utf-8")
    office.now = MORNING + datetime.timedelta(days=28)
    compared = office("plan", "diff", edited, "--format", "json").done().document()
    acts = {(each["policy_no"], each["before"], each["after"]) for each in compared["examples"]}
    assert acts == {("K2", "task:callback", "task")}
    plan.write_text(edited.read_text("utf-8"), "utf-8")
    office.walk("2026-06-10")
    asked = ("tasks", "list", "--on", "2026-06-10", "--format", "json")
    desks = {each["policy_no"]: each["desk"] for each in office(*asked).done().document()}
    assert desks == {"K1": "callback", "K2": ""}


def test_who_has_another_policy_has_not_left(office: Office) -> None:
    other = {**ROW, "policy_no": "K2", "issue_date": "2025-01-15"}
    office.book(ROW, other, joined="2026-05-01")
    gone = {**ROW, "status": "surrendered", "ended_on": "2026-06-01"}
    office.book(gone, other, joined="2026-06-02")
    office.walk("2026-06-08")
    assert "lost_client" not in dict(office.tasks("2026-06-08"))
    told = office("why", "K1", "lost_client", "--on", "2026-06-08").done().out
    assert "another policy of the client is served" in told
    office.now = MORNING + datetime.timedelta(days=29)
    office.book({**other, "status": "surrendered", "ended_on": "2026-06-09"}, joined="2026-06-09")
    assert ("lost_client", "2026-06-08") in office.tasks("2026-06-09")


def test_who_complains_is_not_called_until_the_complaint_is_over(office: Office) -> None:
    office.book(ROW, joined="2026-05-01")
    gone = {**ROW, "status": "terminated", "ended_on": "2026-06-01"}
    office.book(gone, joined="2026-06-02")
    asked = ("--client", "C1", "--received", "2026-06-03", "--text", "Nobody calls back")
    office.now = MORNING + datetime.timedelta(days=23)
    opened = office("cases", "open", "complaint", *asked, "--format", "json").done().document()
    office.walk("2026-06-08")
    assert "lost_client" not in dict(office.tasks("2026-06-08"))
    told = office("why", "K1", "lost_client", "--on", "2026-06-08").done().out
    assert "A complaint of the client's is open" in told
    office.now = MORNING + datetime.timedelta(days=29)
    withdrawn = ("cases", "step", opened["case"], "withdraw", "--text", "all is well")
    office(*withdrawn).done()
    office.walk("2026-06-09")
    assert ("lost_client", "2026-06-08") in office.tasks("2026-06-09")


def test_the_manual_says_where_it_is_not_owed(office: Office) -> None:
    rows = office("plan", "show", "--locale", "en", "--format", "json").done().document()
    (lost,) = (each for each in rows if each["touchpoint"] == "lost_client")
    assert lost["unless"] == "another policy is served, a complaint is open"
    assert lost["desk"] == "call-back desk"
    assert "not where" in office("plan", "show", "--locale", "en").done().out


def test_why_says_it_in_chinese(office: Office) -> None:
    office.book(ROW, joined="2026-05-01")
    office.book({**ROW, "status": "surrendered", "ended_on": "2026-06-01"}, joined="2026-06-02")
    office.walk("2026-06-08")
    asked = ("why", "K1", "lost_client", "--on", "2026-06-08")
    chinese = {"SERVICING_SERVICING_LOCALE": "zh_CN"}
    told = call("--home", office.home, *asked, cwd=office.home, env=chinese).done().out
    assert "保单已于 2026-06-01 终止（退保），因此应当跟进。" in told


LETTERS = """
[[touchpoint]]
id = "rescue_letter"
title = { en = "Rescue" }
anchor = "suspended"
due = [{ days = 1 }]
kind = "basic"
owner = "message"
template = "rescue"

[[touchpoint]]
id = "farewell"
title = { en = "Farewell" }
anchor = "ended"
due = [{ days = 1 }]
kind = "basic"
owner = "message"
template = "farewell"
"""


@pytest.fixture
def writing(office: Office) -> Office:
    """The same, which writes to clients as well."""
    plan = office.home / "plans" / "standard.toml"
    plan.write_text(f"{plan.read_text('utf-8')}\n{LETTERS}", "utf-8")
    texts = office.home / "templates" / "messages" / "en"
    texts.mkdir(parents=True, exist_ok=True)
    for name in ("rescue", "farewell"):
        (texts / f"{name}.sms.txt").write_text(f"{name}: {{{{ client_name }}}}\n", "utf-8")
        text = f"Subject: {name}\n\n{{{{ agent_name }}}}\n"
        (texts / f"{name}.email.txt").write_text(text, "utf-8")
    office("plan", "check", plan).done()
    return office


def test_a_suspended_and_a_lost_client_are_written_to(writing: Office) -> None:
    other = {**ROW, "policy_no": "K2", "client_no": "C2", "phone": "+12125550102"}
    writing.book(ROW, other, joined="2026-05-01")
    gone = {**other, "status": "surrendered", "ended_on": "2026-06-08"}
    writing.book(SUSPENDED, gone, joined="2026-06-08")
    writing.now = MORNING + datetime.timedelta(days=29)
    for template, client in (("rescue", "C1"), ("farewell", "C2")):
        seen = writing("templates", "preview", template, "--client", client).done().out
        assert f"{template}: Ilse Brandt" in seen and "queued: due on its day" in seen
    writing.walk("2026-06-09")
    assert writing.dispatch("2026-06-09 10:00") == {"accepted": 2}
    assert sorted(writing.sent("2026-06-09")) == ["farewell: Ilse Brandt", "rescue: Ilse Brandt"]


def test_what_waits_for_a_policy_that_is_reinstated_does_not_leave(writing: Office) -> None:
    writing.book(ROW, joined="2026-05-01")
    writing.book(SUSPENDED, joined="2026-06-08")
    writing.walk("2026-06-09")
    writing.book(ROW, joined="2026-06-09")
    assert writing.dispatch("2026-06-09 10:00") == {}
    assert ("rescue_letter", "cancelled", "not_suspended") in writing.messages()


def test_the_texts_are_looked_at_for_whom_they_would_reach(writing: Office) -> None:
    """A suspended policy is told what its text lacks, and one that has ended lately."""
    other = {**ROW, "policy_no": "K2", "client_no": "C2", "phone": "+12125550102"}
    old = {**ROW, "policy_no": "K3", "client_no": "C3", "phone": "+12125550103"}
    writing.book(ROW, other, old, joined="2026-05-01")
    gone = {"status": "surrendered", "ended_on": "2026-05-10"}
    writing.book(
        SUSPENDED,
        {**other, **gone},
        {**old, **gone, "ended_on": "2026-05-02"},
        joined="2026-05-10",
    )
    told = writing("templates", "check", "--format", "json").document()
    reached = {each["template"]: each["clients"] for each in told["reached"]}
    assert (reached["en/rescue.sms"], reached["en/farewell.sms"]) == (1, 2)


# ------------------------------------------------------- a day that is corrected when part was had

BOTH = """
[[touchpoint]]
id = "since_then"
title = { en = "Since then" }
anchor = "suspended"
due = [{ days = 1 }, { days = 7 }]
kind = "basic"
owner = "both"
template = "rescue"

[[touchpoint]]
id = "gone"
title = { en = "Gone" }
anchor = "ended"
due = [{ days = 1 }]
kind = "basic"
owner = "both"
template = "farewell"
"""


@pytest.fixture
def both(writing: Office) -> Office:
    """The same, with steps that are a message and a task; one policy, in service."""
    plan = writing.home / "plans" / "standard.toml"
    written = plan.read_text("utf-8").replace(LETTERS, BOTH)
    plan.write_text(written, "utf-8")
    writing("plan", "check", plan).done()
    writing.book({**ROW, "suspended_on": ""}, joined="2026-05-01")
    return writing


def says(office: Office, on: str, **facts: str) -> None:
    """A file of that day says so, and the day is walked and its messages leave."""
    office.now = datetime.datetime.fromisoformat(f"{on}T05:00+08:00")
    office.book({**ROW, "suspended_on": "", **facts}, joined=on)
    lives(office, on)


def lives(office: Office, on: str) -> None:
    office.now = datetime.datetime.fromisoformat(f"{on}T06:00+08:00")
    office.walk(on)
    office.now = datetime.datetime.fromisoformat(f"{on}T10:00+08:00")
    office.dispatch(f"{on} 10:00")


def texts(office: Office) -> list[str]:
    """The touchpoints of which a message has left, in the order in which they were made."""
    return [key for key, state, _ in reversed(office.messages()) if state == "accepted"]


def open_tasks(office: Office, on: str) -> list[tuple[str, str]]:
    return [each for each in office.tasks(on) if each[0] in ("since_then", "gone")]


def since(day: str) -> dict[str, str]:
    return {"status": "suspended", "suspended_on": day}


def test_what_was_had_of_a_suspension_is_not_made_again_when_its_day_is_corrected(
    both: Office,
) -> None:
    says(both, "2026-06-09", **since("2026-06-08"))
    assert (texts(both), open_tasks(both, "2026-06-09")) == (
        ["since_then"],
        [("since_then", "2026-06-09")],
    )
    for day, corrected in (("10", "09"), ("11", "07"), ("12", "11"), ("13", "08")):
        says(both, f"2026-06-{day}", **since(f"2026-06-{corrected}"))
        assert texts(both) == ["since_then"]
        assert open_tasks(both, f"2026-06-{day}") == [("since_then", "2026-06-09")]
    lives(both, "2026-06-15")
    assert texts(both) == ["since_then"] * 2, "the second step comes on its day"
    told = both("why", "K1", "since_then", "--on", "2026-06-09").done().out
    assert "suspension 2026-06-08" in told


def test_a_step_of_which_nothing_was_had_comes_on_the_right_day(both: Office) -> None:
    says(both, "2026-06-08", **since("2026-06-08"))
    says(both, "2026-06-09", **since("2026-06-09"))
    assert (texts(both), open_tasks(both, "2026-06-09")) == ([], [])
    lives(both, "2026-06-10")
    assert texts(both) == ["since_then"]
    assert open_tasks(both, "2026-06-10") == [("since_then", "2026-06-10")]


def test_a_task_that_was_done_is_done_of_the_corrected_day(both: Office) -> None:
    says(both, "2026-06-08", **since("2026-06-08"))
    (task,) = both("tasks", "list", "--on", "2026-06-08", "--format", "json").document()
    assert task["touchpoint"] == "rescue"
    both("tasks", "done", task["id"]).done()
    says(both, "2026-06-09", **since("2026-06-09"))
    assert "rescue" not in dict(both.tasks("2026-06-09"))
    assert "since_then" not in dict(both.tasks("2026-06-09")), "nothing of that one was had"
    told = both("why", "K1", "rescue", "--on", "2026-06-09", "--format", "json").document()
    assert told["outcome"] == "had_already"
    lives(both, "2026-06-16")
    assert ("rescue", "2026-06-16") in both.tasks("2026-06-16")


def test_another_suspension_owes_every_step_again(both: Office) -> None:
    says(both, "2026-06-09", **since("2026-06-08"))
    says(both, "2026-06-10", **since("2026-06-09"))
    says(both, "2026-06-12", status="in_force")
    assert open_tasks(both, "2026-06-12") == []
    says(both, "2026-06-17", **since("2026-06-16"))
    assert texts(both) == ["since_then"] * 2
    assert open_tasks(both, "2026-06-17") == [("since_then", "2026-06-17")]


def gone(day: str, status: str = "surrendered") -> dict[str, str]:
    return {"status": status, "ended_on": day}


CORRECTED = [
    ("suspended two days later", since("2026-06-08"), since("2026-06-10"), True),
    ("reinstated", since("2026-06-08"), {"status": "in_force"}, False),
    ("ended meanwhile", since("2026-06-08"), gone("2026-06-10", "matured"), False),
    ("lost a day later", gone("2026-06-08"), gone("2026-06-09"), True),
    ("lost a day before", gone("2026-06-08"), gone("2026-06-07"), True),
    ("not lost at all", gone("2026-06-08"), {"status": "in_force"}, False),
]


@pytest.mark.parametrize(("name", "was", "now", "goes_on"), CORRECTED)
def test_a_task_goes_on_whose_message_was_had_while_its_ground_stands(
    both: Office, name: str, was: dict[str, str], now: dict[str, str], goes_on: bool
) -> None:
    says(both, "2026-06-09", **was)
    before = open_tasks(both, "2026-06-09")
    assert (len(texts(both)), len(before)) == (1, 1)
    says(both, "2026-06-11", **now)
    assert (len(texts(both)), open_tasks(both, "2026-06-11")) == (1, before * goes_on)
    says(both, "2026-06-12", **was)
    assert (len(texts(both)), open_tasks(both, "2026-06-12")) == (1, before), "it is given back"


def test_the_example_has_them_with_all_their_texts_in_both_languages(tmp_path: Path) -> None:
    example = plan.load(ROOT / "examples" / "rescue" / "rescue.toml")
    path = tmp_path / "shown.toml"
    path.write_text(f'name = "shown"\ntitle = {{ en = "Shown" }}\n{documented()}', "utf-8")
    shown = plan.load(path)
    for mine, theirs in zip(example.touchpoints, shown.touchpoints, strict=True):
        facts = ("id", "title", "anchor", "due", "unless", "kind", "owner", "desk", "scope")
        assert [getattr(mine, each) for each in facts] == [getattr(theirs, each) for each in facts]
        for texts in (mine.title, mine.purpose, mine.action, mine.tool, mine.script):
            assert sorted(each for each, said in texts.items() if said) == ["en", "zh_CN"]


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
def test_a_workspace_that_takes_the_example_shows_it_as_its_manual(
    tmp_path: Path, locale: str
) -> None:
    office = Office(tmp_path / "office")
    (office.home / "plans").mkdir(exist_ok=True)
    example = (ROOT / "examples" / "rescue" / "rescue.toml").read_text("utf-8")
    (office.home / "plans" / "standard.toml").write_text(
        example.replace('name = "rescue"', 'name = "standard"'), "utf-8"
    )
    office("templates", "check").done()
    told = office("plan", "show", "--locale", locale).done().out
    assert {"en": "Rescue of a suspended policy", "zh_CN": "复效挽留"}[locale] in told
