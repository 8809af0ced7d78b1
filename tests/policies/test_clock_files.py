"""Clocks stand in files by country; a mistake in one is answered by file, rule and sentence."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from policies import clock, countries, dates, errors
from policies.clock import Rule
from tests.refusals import english, refuses

GOOD = """\
[[rule]]
name = "complaint_simple"
length = 10
unit = "working_days"
valid_from = 2024-01-01

[[rule]]
name = "complaint_simple"
length = 15
unit = "calendar_days"
valid_from = 2026-07-01
"""


def write(folder: Path, text: str, name: str = "cn.toml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def own(home: Path, text: str, name: str = "cn.toml") -> Path:
    return write(home / "clocks", text, name)


def day(text: str) -> date:
    return date.fromisoformat(text)


IMPROVED = {
    "detractor": (2, "working_days"),
    "improvement": (15, "calendar_days"),
    "problem": (5, "working_days"),
    "retention": (2, "working_days"),
    "retention_decision": (30, "calendar_days"),
}
"""Until when an abnormal day is answered, a problem item solved, the client of a policy that may be lost
contacted, and one who is not content: the company's own, everywhere."""


@pytest.mark.parametrize(
    ("country", "lengths"),
    [
        (
            "CN",
            {
                "complaint_simple": (15, "calendar_days"),
                "complaint_complex": (30, "calendar_days"),
                "complaint_special": (60, "calendar_days"),
                "reinstatement": (30, "calendar_days"),
                "rescission": (24, "months"),
                "free_look": (15, "calendar_days"),
                **IMPROVED,
            },
        ),
        (
            "GB",
            {
                "complaint_summary": (3, "working_days"),
                "complaint_final": (8, "weeks"),
                "free_look": (30, "calendar_days"),
                **IMPROVED,
            },
        ),
        ("US", {"free_look": (10, "calendar_days"), **IMPROVED}),
        ("DE", {}),
    ],
)
def test_the_shipped_rules(country: str, lengths: dict[str, tuple[int, str]]) -> None:
    rules, on = clock.shipped(country), day("2026-02-09")
    found = {name: rules.at(name, on) for name in rules.names}
    assert {name: (rule.length, rule.unit) for name, rule in found.items()} == lengths


def test_every_shipped_file_is_of_a_country() -> None:
    names = [path.stem.upper() for path in clock.SHIPPED.iterdir()]
    assert sorted(names) == ["CN", "GB", "US"]
    assert countries.KNOWN.issuperset(names)


@pytest.mark.parametrize(
    ("on", "length", "unit"),
    [
        ("2024-01-01", 10, "working_days"),
        ("2026-06-30", 10, "working_days"),
        ("2026-07-01", 15, "calendar_days"),
        ("2199-12-31", 15, "calendar_days"),
    ],
)
def test_a_clock_runs_by_the_version_of_its_day(
    tmp_path: Path, on: str, length: int, unit: str
) -> None:
    rule = clock.read(write(tmp_path, GOOD)).at("complaint_simple", day(on))
    assert (rule.length, rule.unit) == (length, unit)


def test_versions_may_stand_in_any_order(tmp_path: Path) -> None:
    first, second = GOOD.split("\n\n")
    turned = clock.read(write(tmp_path, f"{second}\n{first}\n"))
    assert turned.at("complaint_simple", day("2026-06-30")).length == 10


def test_a_day_before_the_first_version_is_refused(tmp_path: Path) -> None:
    rules = clock.read(write(tmp_path, GOOD))
    with refuses(errors.RuleNotYetValid, match="no version for 2023-12-31.*from 2024-01-01 on"):
        rules.at("complaint_simple", day("2023-12-31"))


def test_a_rule_that_is_not_known_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with refuses(errors.RuleNotFound, match="no clock 'complaint_final', there is: complaint_simp"):
        clock.read(write(tmp_path, GOOD)).at("complaint_final", day("2026-02-09"))
    with refuses(errors.RuleNotFound, match="no clock 'free_look': this country has none"):
        clock.shipped("DE").at("free_look", day("2026-02-09"))


# --- The workspace's own ------------------------------------------------------------------------


def test_a_workspace_without_files_has_the_shipped_rules(tmp_path: Path) -> None:
    assert clock.of("CN", tmp_path).names == clock.shipped("CN").names
    assert clock.of("DE", tmp_path).names == []


def test_a_rule_that_the_workspace_names_is_its_own_and_the_others_stay(tmp_path: Path) -> None:
    own(tmp_path, GOOD)
    rules = clock.of("CN", tmp_path)
    assert rules.names == clock.shipped("CN").names
    simple = rules.at("complaint_simple", day("2026-02-09"))
    assert simple == Rule("complaint_simple", 10, "working_days", day("2024-01-01"))
    complex_one = rules.at("complaint_complex", day("2026-02-09"))
    assert complex_one == clock.shipped("CN").at("complaint_complex", day("2026-02-09"))
    with refuses(errors.RuleNotYetValid):  # no version of the shipped rule is left
        rules.at("complaint_simple", day("2023-12-31"))


def test_the_working_day_figures_are_reached_by_a_file_of_one_s_own(tmp_path: Path) -> None:
    shipped = (clock.SHIPPED / "cn.toml").read_text("utf-8")
    own(tmp_path, shipped.replace('"calendar_days"', '"working_days"', 1))
    rules = clock.of("CN", tmp_path)
    for received, due in (
        ("2026-02-09", "2026-03-06"),
        ("2026-03-02", "2026-03-23"),
        ("2026-09-21", "2026-10-19"),
    ):
        rule = rules.at("complaint_simple", day(received))
        counted = clock.due(rule, day(received), dates.work_calendar("CN"))
        assert counted.due == day(due)


def test_a_country_without_shipped_rules_may_have_its_own(tmp_path: Path) -> None:
    own(tmp_path, GOOD, "de.toml")
    assert clock.of("DE", tmp_path).names == ["complaint_simple"]
    assert clock.of("CN", tmp_path).names == clock.shipped("CN").names


@pytest.mark.parametrize("name", ["complaints.toml", "CN.toml", "uk.toml", "cn-2026.toml"])
def test_a_file_that_nobody_would_read_is_refused(tmp_path: Path, name: str) -> None:
    path = own(tmp_path, GOOD, name)
    with refuses(errors.BadRule, match="named after its country, such as cn.toml") as refusal:
        clock.of("CN", tmp_path)
    assert english(refusal.value).startswith(str(path))


def test_what_is_no_file_of_clocks_is_left_alone(tmp_path: Path) -> None:
    own(tmp_path, GOOD, "past/CN.toml")
    own(tmp_path, "notes", "notes.txt")
    assert clock.of("CN", tmp_path).at("complaint_simple", day("2026-02-09")).length == 15


# --- Mistakes -----------------------------------------------------------------------------------


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


SIMPLE = "rule 'complaint_simple': "


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "has no [[rule]]"),
        ("rule = []", "has no [[rule]]"),
        ("rule = 3", "has no [[rule]]"),
        ("rule = [3]", "rule '#1': [[rule]] must be a table"),
        (GOOD + "\n[more]\n", "unknown key 'more'"),
        (changed("length", "lenght"), SIMPLE + "unknown key 'lenght'"),
        (changed("length = 10\n", ""), SIMPLE + "the key 'length' is missing"),
        (changed('name = "complaint_simple"\n', ""), "rule '#1': the key 'name' is missing"),
        (changed("valid_from = 2024-01-01", ""), SIMPLE + "the key 'valid_from' is missing"),
        (
            changed("working_days", "business_days"),
            SIMPLE + "unit 'business_days' is none, there is: cal",
        ),
        (changed("length = 10", "length = -1"), SIMPLE + "length = -1 is outside of 0 to 2600"),
        (changed("length = 10", "length = 2601"), SIMPLE + "length = 2601 is outside of 0 to 2600"),
        (changed("length = 10", "length = 1.5"), SIMPLE + "length: expected a whole number, not"),
        (changed("length = 10", 'length = "10"'), SIMPLE + "length: expected a whole number, not"),
        (changed("2024-01-01", "2024-02-30"), "line 5"),
        (changed("2024-01-01", '"soon"'), SIMPLE + "valid_from: expected a date, not"),
        (changed("2024-01-01", '"2024-01-01"'), SIMPLE + "valid_from: expected a date, not"),
        (changed("2024-01-01", "2024-01-01T00:00:00"), SIMPLE + "valid_from: expected a date, not"),
        (changed('"complaint_simple"', '"Complaint simple"'), "name must be of small letters"),
        (changed('"complaint_simple"', '""'), "rule '#1': name must be of small letters"),
        (changed("2024-01-01", "2026-07-01"), SIMPLE + "has 2 versions from 2026-07-01 on"),
    ],
)
def test_a_file_with_a_mistake_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    path = write(tmp_path, text)
    with refuses((errors.BadRule, errors.UnreadableFile)) as refusal:
        clock.read(path)
    told = english(refusal.value)
    assert str(path) in told
    assert sentence in told


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with refuses(errors.UnreadableFile, match="there is no such file"):
        clock.read(tmp_path / "cn.toml")
    (tmp_path / "clocks" / "cn.toml").mkdir(parents=True)
    with refuses(errors.UnreadableFile, match="is a folder, not a file"):
        clock.of("CN", tmp_path)
    shutil.rmtree(tmp_path / "clocks")
    path = own(tmp_path, "")
    path.write_bytes("# 时限".encode("gb18030"))
    with refuses(errors.UnreadableFile, match="is not UTF-8 text"):
        clock.of("CN", tmp_path)
