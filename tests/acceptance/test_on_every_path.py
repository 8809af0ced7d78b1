"""What the book gives back comes, whatever came between: once, on its right day or late in its window."""

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest

from policies import plan
from tests.acceptance.office import ILSE, Office

SHIPPED = Path(plan.__file__).parent / "plans"
BOOK_ZONE = datetime.timezone(datetime.timedelta(hours=8))


class Days(Office):
    """An office whose clock follows what is done."""

    def at(self, moment: str) -> "Days":
        self.now = datetime.datetime.fromisoformat(moment).replace(tzinfo=BOOK_ZONE)
        return self

    def walk(self, on: str) -> None:
        self.at(f"{on}T06:00")
        super().walk(on)
        self.at(f"{on}T08:00")

    def noon(self, on: str) -> dict[str, int]:
        self.at(f"{on}T12:00")
        return self.dispatch(f"{on} 12:00")

    def edit_plan(self, *changes: str) -> None:
        """Texts of the shipped plan, each followed by what takes its place."""
        file = self.home / "plans" / "standard.toml"
        text = (SHIPPED / "standard.toml").read_text("utf-8")
        file.parent.mkdir(exist_ok=True)
        for was, now in zip(changes[::2], changes[1::2], strict=True):
            assert was in text
            text = text.replace(was, now)
        file.write_text(text, "utf-8")

    def states(self, touchpoint: str) -> list[tuple[str, str]]:
        return [(state, why) for _, state, why in self.messages("--touchpoint", touchpoint)]


@pytest.fixture
def office(tmp_path: Path) -> Days:
    return Days(tmp_path / "office").at("2027-05-01T09:00")


GREETED = {**ILSE, "status": "in_force", "ended_on": "", "marketing_consent": "yes"}
MONTH_1 = {**GREETED, "issue_date": "2027-04-12", "birthday": ""}
NEWS = {**GREETED, "issue_date": "2026-04-12", "birthday": ""}
QUIET = {**GREETED, "issue_date": "2020-01-05", "birthday": "", "marketing_consent": "no"}
BILLED = {**QUIET, "issue_date": "2025-06-20"}
BILL = {"policy_no": "K1", "due_date": "2027-05-12", "amount": "1200.00", "paid_on": "2027-05-02"}
TEXT_OF_NEWS = ('en = "Company news"', 'en = "News"')


# ------------------------------------------------------------------------------- an edited plan


def a_birthday_after_an_edit(office: Days) -> None:
    office.book({**GREETED, "birthday": "1980-09-12"})
    office.walk("2027-05-14")
    office.edit_plan(*TEXT_OF_NEWS)
    office.book({**GREETED, "birthday": "1980-05-14"})


def an_issue_date_after_an_edit(office: Days) -> None:
    office.book(MONTH_1)
    office.walk("2027-05-13")
    office.edit_plan(*TEXT_OF_NEWS)
    office.walk("2027-05-14")
    office.book({**MONTH_1, "issue_date": "2027-04-13"})


def a_payment_after_an_edit(office: Days) -> None:
    office.book(BILLED)
    office.book(BILL, premiums=True)
    office.walk("2027-05-12")
    office.edit_plan(*TEXT_OF_NEWS)
    office.walk("2027-05-14")
    office.book({**BILL, "paid_on": ""}, premiums=True)


def a_touchpoint_that_is_new(office: Days) -> None:
    office.edit_plan('id = "birthday"', 'id = "birth_day"')
    office.book({**GREETED, "birthday": "1980-09-12"})
    office.walk("2027-05-14")
    (office.home / "plans" / "standard.toml").unlink()
    office.book({**GREETED, "birthday": "1980-05-14"})


# -------------------------------------------------------------------------------- ends and holders


def a_later_end(office: Days) -> None:
    ended = {**MONTH_1, "status": "surrendered", "ended_on": "2027-05-11"}
    office.book(ended, joined="2027-05-01")
    office.walk("2027-05-14")
    office.book({**ended, "ended_on": "2027-07-11"})


def the_year_of_a_term(office: Days) -> None:
    office.book({**MONTH_1, "ended_on": "2027-05-11"}, joined="2027-05-01")
    office.walk("2027-05-14")
    office.book({**MONTH_1, "ended_on": "2047-05-11"})


def a_new_holder(office: Days) -> None:
    office.book(MONTH_1)
    office.walk("2027-05-14")
    named = {"client_name": "Nora Vogt", "phone": "+12125550109", "birthday": "1970-05-14"}
    office.book({**MONTH_1, "client_no": "C9", **named})


def a_new_number_with_the_right_birthday(office: Days) -> None:
    office.book({**GREETED, "birthday": "1980-05-20"})
    office.walk("2027-05-14")
    office.book({**GREETED, "client_no": "C9", "birthday": "1980-05-14"})


# ---------------------------------------------------------------- what the client has had nothing of


def a_text_that_failed(office: Days) -> None:
    words = office.home / "templates" / "messages" / "en" / "birthday.sms.txt"
    words.parent.mkdir(parents=True)
    words.write_text("{% if client_name == 'Ilse Brandt' %}{{ 1 / 0 }}{% endif %} STOP", "utf-8")
    office.book(GREETED)
    office.walk("2027-05-12")
    assert office.noon("2027-05-12") == {"failed": 1}
    words.unlink()
    office.book({**GREETED, "birthday": "1980-05-14"})
    office.walk("2027-05-14")


def _skip_the_visit(office: Days) -> None:
    (task,) = office("tasks", "list", "--on", "2027-05-12", "--format", "csv").done().table()
    office("tasks", "skip", task["id"], "--note", "the date is wrong").done()


def a_task_that_was_skipped(office: Days) -> None:
    office.book(MONTH_1)
    office.walk("2027-05-12")
    _skip_the_visit(office)
    office.book({**MONTH_1, "issue_date": "2027-04-14"})
    office.walk("2027-05-14")


def a_task_that_was_skipped_without_a_phone(office: Days) -> None:
    office.book({**MONTH_1, "phone": ""})
    office.walk("2027-05-12")
    _skip_the_visit(office)
    office.book({**MONTH_1, "issue_date": "2027-04-14"})
    office.walk("2027-05-14")


def a_touchpoint_that_the_plan_had_dropped(office: Days) -> None:
    office.book(GREETED)
    office.walk("2027-05-12")
    office.edit_plan('id = "birthday"', 'id = "birth_day"')
    office.noon("2027-05-12")
    (office.home / "plans" / "standard.toml").unlink()
    office.book({**GREETED, "birthday": "1980-05-14"})
    office.walk("2027-05-14")


def another_policys_day_in_the_period(office: Days) -> None:
    other = {**NEWS, "policy_no": "K2", "issue_date": "2026-04-14"}
    office.book({**NEWS, "issue_date": "2026-04-02"}, other)
    office.walk("2027-05-02")
    paused = {"status": "suspended"}
    office.book({**NEWS, "issue_date": "2026-04-02", **paused}, {**other, **paused})
    office.walk("2027-05-13")
    office.book(other)
    office.walk("2027-05-14")


# ------------------------------------------------------------------------------------- introductions


def _handed_over(office: Days, *rows: dict[str, object]) -> None:
    others = (
        {**QUIET, "policy_no": f"Z{n}", "client_no": f"C{n}", "agent_no": f"A{n}", "phone": ""}
        for n in (2, 3)
    )
    office.book(*rows, *others)
    office.at("2027-05-13T09:00")
    office("handover", "--from", "A1", "--to", "A2", "--why", "retired", "--apply").done()
    office.book(*({**row, "agent_no": "A2"} for row in rows))


def an_agent_named_by_mistake(office: Days) -> None:
    _handed_over(office, QUIET)
    office.walk("2027-05-14")
    office.book({**QUIET, "agent_no": "A3"})
    assert office.states("introduction") == [("cancelled", "reassigned_since")]
    office.book({**QUIET, "agent_no": "A2"})


TWO = (QUIET, {**QUIET, "policy_no": "K9", "issue_date": "2021-01-05"})


def its_policy_ends(office: Days) -> None:
    _handed_over(office, *TWO)
    office.walk("2027-05-14")
    office.book({**QUIET, "agent_no": "A2", "status": "surrendered", "ended_on": "2027-05-14"})


def its_policy_goes_on(office: Days) -> None:
    _handed_over(office, *TWO)
    office.walk("2027-05-14")
    office.book({**QUIET, "agent_no": "A3"})


def its_policy_has_gone_on_before_its_day(office: Days) -> None:
    _handed_over(office, *TWO)
    office.book({**QUIET, "agent_no": "A3"})
    office.walk("2027-05-14")


LEFT = [("accepted", "accepted")]
CORRECTED = ("cancelled", "date_corrected")
Story = Callable[[Days], None]
STORIES: list[tuple[Story, str, list[tuple[str, str]]]] = [
    (a_birthday_after_an_edit, "birthday", LEFT),
    (an_issue_date_after_an_edit, "month_1", [CORRECTED, *LEFT]),
    (a_payment_after_an_edit, "renewal", [("skipped", "late"), *LEFT]),
    (a_touchpoint_that_is_new, "birthday", []),
    (a_later_end, "month_1", LEFT),
    (the_year_of_a_term, "month_1", LEFT),
    (a_new_holder, "birthday", LEFT),
    (a_new_number_with_the_right_birthday, "birthday", LEFT),
    (a_text_that_failed, "birthday", [("failed", "text_failed"), *LEFT]),
    (a_task_that_was_skipped, "month_1", [CORRECTED, *LEFT]),
    (a_task_that_was_skipped_without_a_phone, "month_1", [("suppressed", "no_phone"), *LEFT]),
    (a_touchpoint_that_the_plan_had_dropped, "birthday", [("cancelled", "not_in_plan"), *LEFT]),
    (another_policys_day_in_the_period, "news", [("cancelled", "policy_paused"), *LEFT]),
    (an_agent_named_by_mistake, "introduction", LEFT),
    (its_policy_ends, "introduction", LEFT),
    (its_policy_goes_on, "introduction", LEFT),
    (its_policy_has_gone_on_before_its_day, "introduction", LEFT),
]


@pytest.mark.parametrize(
    ("story", "touchpoint", "became"),
    [pytest.param(*each, id=each[0].__name__) for each in STORIES],
)
def test_what_the_book_gives_back_comes_once(
    office: Days, story: Story, touchpoint: str, became: list[tuple[str, str]]
) -> None:
    story(office)
    office.noon("2027-05-14")
    assert office.states(touchpoint) == became
    office.walk("2027-05-15")
    assert office.noon("2027-05-15") == {}


# ------------------------------------------------------------------------------------- far to the east

EASTERN = {**GREETED, "timezone": "Asia/Shanghai"}


def moved_to_los_angeles(office: Days) -> None:
    settings = office.home / "servicing.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace('"Asia/Shanghai"', '"America/Los_Angeles"', 1), "utf-8")


@pytest.mark.parametrize(
    "was",
    [
        {"birthday": "1980-09-01"},
        {"timezone": "America/Los_Angeles"},
        {"policy_no": "K2", "client_no": "C2", "birthday": ""},
    ],
)
def test_what_is_tomorrow_far_to_the_east_is_found_after_a_correction(
    office: Days, was: dict[str, str]
) -> None:
    moved_to_los_angeles(office)
    office.book({**EASTERN, **was})
    office.at("2027-05-11T22:00")("walk", "--on", "2027-05-11").done()
    office.at("2027-05-12T03:00").book(EASTERN)  # it is noon of the day before at the office
    assert office.at("2027-05-12T09:30").dispatch("2027-05-12T09:30+08:00") == {"accepted": 1}
    office.at("2027-05-12T21:00")("walk", "--on", "2027-05-12").done()
    assert office.dispatch("2027-05-13T09:30+08:00") == {}
    assert office.states("birthday") == LEFT


def test_what_is_tomorrow_far_to_the_east_is_found_of_a_policy_that_joins(office: Days) -> None:
    moved_to_los_angeles(office)
    office.book({**QUIET, "policy_no": "K2", "client_no": "C2", "timezone": ""})
    office.at("2027-05-11T22:00")("walk", "--on", "2027-05-11").done()
    office.at("2027-05-12T03:00").book(EASTERN)
    assert office.at("2027-05-12T09:30").dispatch("2027-05-12T09:30+08:00") == {"accepted": 1}
    office.at("2027-05-12T21:00")("walk", "--on", "2027-05-12").done()
    assert office.states("birthday") == LEFT


# -------------------------------------------------------------------------------------- left out


def test_a_policy_that_files_have_left_out_makes_up_for_nothing(office: Days) -> None:
    others = [
        {**QUIET, "policy_no": f"K{n}", "client_no": f"C{n}", "phone": f"+12125550{100 + n}"}
        for n in range(2, 13)
    ]
    known = {**MONTH_1, "issue_date": "2027-04-14"}
    office.book(known, *others, joined="2027-05-10")
    office.walk("2027-05-14")
    for _ in range(2):
        office.book(*others, complete=True)
    office.walk("2027-05-15")
    office.at("2027-05-16T05:00").book(known, *others, joined="2027-05-16")
    office.walk("2027-05-16")
    assert office.noon("2027-05-16") == {}
    assert office.states("month_1") == [("cancelled", "left_out")]
    assert office.tasks("2027-05-16") == []


def test_a_policy_that_comes_back_is_served_no_earlier_than_before(office: Days) -> None:
    suspended = {**MONTH_1, "status": "suspended"}
    office.book(suspended, joined="2027-05-13")
    office.at("2027-05-10T09:00").book(MONTH_1)
    office.walk("2027-05-14")
    assert office.states("month_1") == []
    assert office.why("K1", "month_1", "2027-05-12")["outcome"] == "joined_later"


# ------------------------------------------------------------------------------------------- why


def test_why_says_of_what_nobody_had_that_its_occurrence_is_free(office: Days) -> None:
    another_policys_day_in_the_period(office)
    told = office.why("K2", "news", "2027-05-02")
    assert "occurrence_is_free" in [each["code"] for each in told["chain"]]
    assert office.why("K2", "news", "2027-05-14")["outcome"] == "recorded"
