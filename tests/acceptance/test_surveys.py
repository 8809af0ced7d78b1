"""Surveys as docs/satisfaction.md shows them: who is asked, who is spared, and what `why` says of it."""

import datetime
import re
from pathlib import Path
from typing import Any

import pytest

from policies.plan import SHIPPED
from tests.acceptance.frontdoor import MORNING
from tests.acceptance.office import ILSE, Office

ROOT = Path(__file__).parents[2]
PUBLIC = "https://service.example.com"
ROW = {
    **ILSE,
    "issue_date": "2026-05-09",
    "delivered_on": "2026-05-12",
    "birthday": "",
    "status": "in_force",
    "source": "company",
}
SURVEY, SETTLED, AGAIN = "how_was_it", "how_was_it_settled", "asked_again"
CLOSING: tuple[tuple[str, ...], ...] = (
    ("accept", "--text", "ours"),
    ("investigate", "--text", "on leave"),
    ("offer", "--text", "a colleague"),
    ("decide", "--text", "justified"),
    ("inform", "--text", "called her"),
    ("follow_up", "--date", "2026-12-01"),
    ("close",),
)


def documented() -> str:
    """The block of docs/satisfaction.md that has the touchpoints."""
    text = (ROOT / "docs" / "satisfaction.md").read_text("utf-8")
    (found,) = (each for each in re.findall(r"```toml\n(.*?)```", text, re.S) if SURVEY in each)
    return str(found)


class Asking(Office):
    """The standard plan, and behind it what the documents show."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        settings = home / "servicing.toml"
        settings.write_text(
            settings.read_text("utf-8") + f'\n[web]\npublic_url = "{PUBLIC}"\n', "utf-8"
        )
        self.plans(documented()).done()

    def plans(self, *more: str) -> Any:
        """The plan is the standard one with some touchpoints more."""
        plan = self.home / "plans" / "standard.toml"
        plan.parent.mkdir(exist_ok=True)
        standard = (SHIPPED / "standard.toml").read_text("utf-8")
        plan.write_text("\n".join((standard, *more)), "utf-8")
        return self("plan", "check", plan)

    def at(self, day: str, hour: int = 10) -> None:
        """It is that day."""
        on = datetime.date.fromisoformat(day)
        self.now = (MORNING + (on - MORNING.date())).replace(hour=hour)

    def visited(self, day: str, policy_no: str = "K1") -> None:
        """The agent's task of the first month is done on a day."""
        self.at(day)
        self.walk(day)
        rows = self("tasks", "list", "--on", day, "--format", "json").done().document()
        (task,) = (
            each["id"]
            for each in rows
            if (each["touchpoint"], each["policy_no"]) == ("month_1", policy_no)
        )
        self("tasks", "done", task).done()

    def morning(self, day: str) -> dict[str, int]:
        """A day is walked, and what is due leaves."""
        self.at(day)
        self.walk(day)
        return self.dispatch(f"{day} 10:00")

    def of(self, touchpoint: str) -> list[tuple[str, str]]:
        """The state and the reason of each message of a touchpoint."""
        return [(state, reason) for key, state, reason in self.messages() if key == touchpoint]

    def told_why(self, policy_no: str, on: str, touchpoint: str = SURVEY) -> str:
        """What `why` says, on one line."""
        return " ".join(self("why", policy_no, touchpoint, "--on", on).done().out.split())


@pytest.fixture
def office(tmp_path: Path) -> Asking:
    return Asking(tmp_path / "office")


def test_the_day_after_the_visit_the_client_is_asked_by_digit_and_link(office: Asking) -> None:
    office.book(ROW, joined="2026-05-11")
    office.visited("2026-06-09")
    office.morning("2026-06-10")
    assert office.of(SURVEY) == [("accepted", "accepted")]
    (text,) = (each for each in office.sent("2026-06-10") if PUBLIC in each)
    assert "How satisfied are you with our service this time?" in text
    assert "1-5 (5 = very satisfied, 1 = very dissatisfied)" in text
    assert re.search(rf"{PUBLIC}/s/\S+", text)


def test_who_was_asked_is_not_asked_again_within_90_days(office: Asking) -> None:
    office.book(ROW, {**ROW, "policy_no": "K2"}, joined="2026-05-11")
    office.visited("2026-06-09", "K1")
    office.visited("2026-06-09", "K2")
    counts = office.morning("2026-06-10")
    assert counts["cancelled"] == 1, counts
    assert sorted(office.of(SURVEY)) == [
        ("accepted", "accepted"),
        ("cancelled", "surveyed_lately"),
    ]
    told = [office.told_why(each, "2026-06-10") for each in ("K1", "K2")]
    assert sum("asked how satisfied they are within the last 90 days" in each for each in told) == 1


SPARED = [
    ("a complaint", "complaint_open", "A complaint of the client's is open"),
    ("a mourning", "bereaved", "somebody of the client's family has died"),
    ("a free look", "in_free_look", "The free look of a policy of the client's is not over"),
    ("a claim", "claimed_lately", "A policy of the client's has ended by a claim lately"),
]


def happens(office: Asking, what: str) -> None:
    """Something for which nobody is asked."""
    if what == "a complaint":
        asked = ("--client", "C1", "--received", "2026-06-09", "--text", "nobody calls")
        office("cases", "open", "complaint", *asked).done()
    elif what == "a mourning":
        other = {**ROW, "policy_no": "K3", "client_no": "C3", "client_name": "Otto Brandt"}
        office.book(ROW, other, joined="2026-05-11")
        office("client", "family", "C1", "C3", "--kin", "spouse").done()
        office("client", "deceased", "C3", "--on", "2026-06-08").done()
    elif what == "a free look":
        office.book(
            ROW,
            {**ROW, "policy_no": "K2", "issue_date": "2026-05-20", "delivered_on": "2026-05-26"},
            joined="2026-06-09",
        )
    else:
        ended = {**ROW, "policy_no": "K2", "status": "claim", "ended_on": "2026-05-20"}
        office.book({**ROW, "ended_on": ""}, ended, joined="2026-06-09")
        office("client", "alive", "C1").done()


@pytest.mark.parametrize(("what", "reason", "told"), SPARED)
def test_it_is_held_when_it_is_made_and_why_says_so(
    office: Asking, what: str, reason: str, told: str
) -> None:
    office.book(ROW, joined="2026-05-11")
    office.visited("2026-06-09")
    happens(office, what)
    office.morning("2026-06-10")
    assert [each for _, each in office.of(SURVEY)] == [reason]
    assert told in office.told_why("K1", "2026-06-10")


@pytest.mark.parametrize(("what", "reason", "told"), SPARED)
def test_and_once_more_when_it_is_to_leave(
    office: Asking, what: str, reason: str, told: str
) -> None:
    office.book(ROW, joined="2026-05-11")
    office.visited("2026-06-09")
    office.at("2026-06-10", 6)
    office.walk("2026-06-10")
    assert office.of(SURVEY) == [("queued", "due")]
    happens(office, what)
    office.dispatch("2026-06-10 10:00")
    assert [each for _, each in office.of(SURVEY)] == [reason]


REFUSED = [
    ('anchor = "task_done"\ntask = "month_1"', 'anchor = "issue"', "task_done, case_closed"),
    (
        'owner = "message"\ntemplate = "survey"\nsurvey = "csat"',
        'owner = "task"\nsurvey = "csat"',
        "a message alone",
    ),
    ('survey = "csat"', 'survey = "smiles"', "smiles"),
    ('survey = "csat"', 'survey = "csat"\nfree_look_days = 10', "15 or more"),
    ('survey = "csat"', "", "its touchpoint has no survey"),
    ('survey = "csat"', "free_look_days = 20", "free_look_days is of a touchpoint with survey"),
]


@pytest.mark.parametrize(("was", "now", "told"), REFUSED)
def test_plan_check_refuses_what_cannot_be_asked(
    office: Asking, was: str, now: str, told: str
) -> None:
    row = documented().split("[[touchpoint]]")[1]
    row = re.sub(r" +#.*", "", row)
    assert was in row
    said = office.plans("[[touchpoint]]" + row.replace(was, now)).refused()
    assert told in " ".join(said.split())


def test_a_link_needs_an_address(office: Asking) -> None:
    settings = office.home / "servicing.toml"
    text = settings.read_text("utf-8").replace(PUBLIC, "")
    settings.write_text(text, "utf-8")
    assert "public_url" in office.plans(documented()).refused()


def test_a_question_of_the_workspace_comes_in_place_of_ours(office: Asking) -> None:
    own = office.home / "surveys" / "csat.toml"
    own.parent.mkdir()
    own.write_text(
        'ask = { en = "All well?" }\nworst = { en = "no" }\nbest = { en = "yes" }\n', "utf-8"
    )
    office.book(ROW, joined="2026-05-11")
    office.visited("2026-06-09")
    office.morning("2026-06-10")
    (text,) = (each for each in office.sent("2026-06-10") if PUBLIC in each)
    assert "All well? Reply with a number, 1-5 (5 = yes, 1 = no)" in text
    own.write_text('ask = { en = "All well?" }\n', "utf-8")
    assert "has no words" in office.plans(documented()).refused()


def test_the_report_has_its_words(office: Asking) -> None:
    """The keys that scripts rely on; the worked figures stand in tests/servicing/surveys."""
    office.book(ROW, joined="2026-05-11")
    office.visited("2026-06-09")
    office.morning("2026-06-10")
    span = ("--from", "2026-05-01", "--to", "2026-06-30")
    told = (
        office("satisfaction", "report", *span, "--by", "agent", "--format", "json")
        .done()
        .document()
    )
    assert told["sent"] == 1 and told["answered"] == 0 and told["response"] == 0
    assert (told["praise"], told["closing"], told["known"]) == (None, None, 1)
    assert (told["return"], told["complaint"]) == (None, 0)
    assert told["csat"]["enough"] is False and [each["key"] for each in told["rows"]] == ["A1"]
    lines = office("satisfaction", "report", *span, "--format", "csv").done().table()
    assert [each["sent"] for each in lines] == ["1"]
