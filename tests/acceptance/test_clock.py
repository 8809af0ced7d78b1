"""Clocks from the command line: until when, by which rule, and how it was counted."""

import datetime
from pathlib import Path
from typing import Any

import pytest

from policies import clock
from tests.acceptance.frontdoor import call, servicing

ENGLISH = {"LANGUAGE": "en"}
ENGLAND = ("--country", "GB", "--subdivision", "ENG")


def counted(folder: Path, rule: str, start: str, *more: str) -> Any:
    return (
        call("clock", rule, "--from", start, *more, "--format", "json", cwd=folder)
        .done()
        .document()
    )


def told(folder: Path, rule: str, start: str, *more: str) -> str:
    return call("clock", rule, "--from", start, *more, cwd=folder, env=ENGLISH).done().out


@pytest.mark.parametrize(
    ("received", "calendar", "working", "complex_one", "special"),
    [
        ("2026-02-09", "2026-02-24", "2026-03-06", "2026-03-11", "2026-04-10"),
        ("2026-03-02", "2026-03-17", "2026-03-23", "2026-04-01", "2026-05-01"),
        ("2026-09-21", "2026-10-06", "2026-10-19", "2026-10-21", "2026-11-20"),
    ],
)
def test_complaints_of_mainland_china(
    tmp_path: Path, received: str, calendar: str, working: str, complex_one: str, special: str
) -> None:
    simple = counted(tmp_path, "complaint_simple", received)
    assert simple == {
        "rule": "complaint_simple",
        "from": received,
        "due": calendar,
        "days": 15,
        "unit": "calendar_days",
    }
    in_working_days = counted(tmp_path, "complaint_simple", received, "--unit", "working_days")
    assert in_working_days == simple | {"due": working, "unit": "working_days"}
    assert counted(tmp_path, "complaint_complex", received)["due"] == complex_one
    assert counted(tmp_path, "complaint_special", received)["due"] == special


def test_complaints_of_england(tmp_path: Path) -> None:
    assert counted(tmp_path, "complaint_summary", "2026-04-02", *ENGLAND) == {
        "rule": "complaint_summary",
        "from": "2026-04-02",
        "due": "2026-04-09",
        "days": 3,
        "unit": "working_days",
    }
    final = counted(tmp_path, "complaint_final", "2026-04-02", *ENGLAND)
    assert (final["due"], final["days"], final["unit"]) == ("2026-05-28", 8, "weeks")
    scotland = (*ENGLAND[:-1], "SCT")
    assert counted(tmp_path, "complaint_summary", "2026-04-02", *scotland)["due"] == "2026-04-08"


def test_a_silent_reinstatement(tmp_path: Path) -> None:
    assert counted(tmp_path, "reinstatement", "2026-09-01")["due"] == "2026-10-01"


def test_a_free_look_with_six_working_days_left(tmp_path: Path) -> None:
    assert counted(tmp_path, "free_look", "2026-02-10")["due"] == "2026-02-25"
    assert " ".join(told(tmp_path, "free_look", "2026-02-10").split()) == (
        "free_look: due on 2026-02-25 (Wed)"
        " 15 calendar days after 2026-02-10 (Tue), which is not counted"
        " by the rule of CN that is valid from 2000-01-01 on"
        " 6 of these days are working days: 2026-02-11 – 2026-02-14, 2026-02-24 – 2026-02-25"
    )


def test_a_table_says_which_days_were_left_out_and_which_made_up_days_counted(
    tmp_path: Path,
) -> None:
    out = told(tmp_path, "complaint_simple", "2026-02-09", "--unit", "working_days")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[0] == "complaint_simple: due on 2026-03-06 (Fri)"
    assert lines[4] == "days counted? reason"
    assert lines[6:] == [
        "2026-02-14 (Sat) yes offices work, to make up for a day off",
        "2026-02-15 (Sun) no weekend",
        "2026-02-16 (Mon) no Chinese New Year's Eve",
        "2026-02-17 – 2026-02-19 no Chinese New Year (Spring Festival)",
        "2026-02-20 (Fri) no Day off (substituted from 02/14/2026)",
        "2026-02-21 – 2026-02-22 no weekend",
        "2026-02-23 (Mon) no Day off (substituted from 02/28/2026)",
        "2026-02-28 (Sat) yes offices work, to make up for a day off",
        "2026-03-01 (Sun) no weekend",
    ]


def test_a_table_of_a_part_names_it_and_its_holidays(tmp_path: Path) -> None:
    out = told(tmp_path, "complaint_summary", "2026-04-02", *ENGLAND)
    assert "by the rule of GB-ENG that is valid from 2016-06-30 on" in out
    assert "Good Friday" in out and "Easter Monday" in out


def test_it_is_told_in_chinese_where_that_is_spoken(tmp_path: Path) -> None:
    chinese = {"LANGUAGE": "zh_CN"}
    asked = ("clock", "complaint_simple", "--from", "2026-02-09", "--unit", "working_days")
    out = call(*asked, cwd=tmp_path, env=chinese).done().out
    assert out.startswith("complaint_simple：2026-03-06（周五）到期\n")
    assert "自 2026-02-09（周一）起 15 个工作日，当日不计" in out
    assert "农历除夕" in out and "调休上班" in out


def test_csv_has_the_keys_of_json(tmp_path: Path) -> None:
    asked = ("clock", "complaint_final", "--from", "2026-04-02", *ENGLAND, "--format", "csv")
    (row,) = call(*asked, cwd=tmp_path).done().table()
    assert row == {
        "rule": "complaint_final",
        "from": "2026-04-02",
        "due": "2026-05-28",
        "days": "8",
        "unit": "weeks",
    }


def test_the_installed_command_counts(tmp_path: Path) -> None:
    asked = ("clock", "complaint_summary", "--from", "2026-04-02", *ENGLAND, "--format", "json")
    answer = servicing(*asked, cwd=tmp_path).done()
    assert answer.document()["due"] == "2026-04-09"
    assert answer.err == ""
    assert [*tmp_path.iterdir()] == [], "it writes nothing"


# --- The workspace ------------------------------------------------------------------------------


@pytest.fixture
def english_office(tmp_path: Path) -> Path:
    """A workspace of a company in England."""
    call("init", *ENGLAND, "--locale", "en", cwd=tmp_path).done()
    return tmp_path


def test_the_workspace_says_which_country_and_which_part(english_office: Path) -> None:
    assert counted(english_office, "complaint_summary", "2026-04-02")["due"] == "2026-04-09"
    scotland = counted(english_office, "complaint_summary", "2026-04-02", "--subdivision", "SCT")
    assert scotland["due"] == "2026-04-08"
    china = counted(english_office, "complaint_simple", "2026-02-09", "--country", "CN")
    assert china["due"] == "2026-02-24", "the part is one of the workspace's country"


def test_a_file_of_the_workspace_comes_first(tmp_path: Path) -> None:
    call("init", cwd=tmp_path).done()
    (tmp_path / "clocks").mkdir()
    shipped = (clock.SHIPPED / "cn.toml").read_text("utf-8")
    own = shipped.replace('"calendar_days"', '"working_days"', 1)
    (tmp_path / "clocks" / "cn.toml").write_text(own, "utf-8")
    found = counted(tmp_path, "complaint_simple", "2026-02-09")
    assert (found["due"], found["unit"]) == ("2026-03-06", "working_days")
    assert counted(tmp_path, "complaint_complex", "2026-02-09")["due"] == "2026-03-11"


def test_a_file_of_the_workspace_with_a_mistake_is_refused(tmp_path: Path) -> None:
    (tmp_path / "clocks").mkdir()
    path = tmp_path / "clocks" / "cn.toml"
    rule = (
        '[[rule]]\nname = "free_look"\nlength = 15\nunit = "fortnights"\nvalid_from = 2026-01-01\n'
    )
    path.write_text(rule, "utf-8")
    asked = ("clock", "complaint_simple", "--from", "2026-02-09")
    sentence = call(*asked, cwd=tmp_path, env=ENGLISH).refused()
    assert "clocks/cn.toml: rule 'free_look': unit 'fortnights' is none, there is: cal" in sentence


# --- What is said, and what is refused ----------------------------------------------------------


def test_a_year_whose_holidays_are_not_announced_is_counted_and_said(tmp_path: Path) -> None:
    asked = ("clock", "complaint_simple", "--from", "2098-12-25", "--unit", "working_days")
    answer = call(*asked, "--format", "json", cwd=tmp_path, env=ENGLISH).done()
    assert datetime.date.fromisoformat(answer.document()["due"]).year == 2099
    assert "Warning: the holidays of CN for 2098, 2099 are not announced yet" in answer.err
    unaffected = call(*asked[:-2], "--format", "json", cwd=tmp_path, env=ENGLISH).done()
    assert unaffected.err == "", "calendar days depend on no holiday"


def test_a_year_of_which_the_library_does_not_know_all_holidays_is_said(tmp_path: Path) -> None:
    (tmp_path / "clocks").mkdir()
    text = '[[rule]]\nname = "free_look"\nlength = 30\nunit = "working_days"\n'
    (tmp_path / "clocks" / "in.toml").write_text(f"{text}valid_from = 2000-01-01\n", "utf-8")
    asked = ("clock", "free_look", "--from", "2060-02-10", "--country", "IN", "--subdivision", "MH")
    answer = servicing(*asked, "--format", "json", cwd=tmp_path, env=ENGLISH).done()
    assert answer.document()["days"] == 30
    (sentence,) = answer.err.splitlines()
    assert sentence.startswith("Warning: some holidays of IN are not known for the days")


def test_a_country_whose_parts_differ_is_counted_by_what_all_have_and_said(tmp_path: Path) -> None:
    asked = ("clock", "complaint_summary", "--from", "2026-04-02", "--country", "GB")
    answer = call(*asked, "--format", "json", cwd=tmp_path, env=ENGLISH).done()
    assert answer.document()["due"] == "2026-04-08", "the earlier day"
    assert "name one (ENG, NIR, SCT, WLS) by --subdivision" in answer.err


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (
            ["complaint_final", "--from", "2026-04-02"],
            1,
            "there is no clock 'complaint_final', there is: complaint_complex, complaint_simple, "
            "complaint_special, detractor, free_look, improvement, problem, reinstatement, "
            "rescission, retention, retention_decision; "
            "--country asks for the clocks of another",
        ),
        (["free_look", "--from", "2026-04-02", "--country", "FR"], 1, "this country has none"),
        (
            ["complaint_simple", "--from", "2020-02-29"],
            1,
            "the clock 'complaint_simple' has no version for 2020-02-29: its first one is valid "
            "from 2020-03-01 on",
        ),
        (
            ["free_look", "--from", "2026-02-30"],
            2,
            "'--from': '2026-02-30' is not a date as YYYY-MM-DD",
        ),
        (["free_look", "--from", "0001-01-01"], 2, "'--from': a date from 1900-01-01 to"),
        (["free_look"], 2, "--from"),
        ([], 2, "RULE"),
        (
            ["free_look", "--from", "2026-02-10", "--country", "UK"],
            2,
            "'--country': 'UK' is not a country code such as CN",
        ),
        (
            ["free_look", "--from", "2026-02-10", "--subdivision", "BJ"],
            2,
            "'--subdivision': no part of CN has holidays of its own, as far as we know",
        ),
        (
            ["free_look", "--from", "2026-02-10", "--country", "GB", "--subdivision", "eng"],
            2,
            "'--subdivision': 'eng' is no part of GB with holidays of its own, there is: ENG, NIR, S",
        ),
        (
            ["complaint_final", "--from", "2026-04-02", *ENGLAND, "--unit", "working_days"],
            2,
            "--unit counts the days of a rule in another way, and 'complaint_final' is counted in "
            "weeks",
        ),
        (
            ["free_look", "--from", "2026-02-10", "--unit", "weeks"],
            2,
            "'--unit': 'weeks' is not one of",
        ),
    ],
)
def test_what_cannot_be_counted_is_refused(
    tmp_path: Path, words: list[str], code: int, sentence: str
) -> None:
    assert sentence in call("clock", *words, cwd=tmp_path, env=ENGLISH).refused(code)


def test_a_subdivision_that_the_country_does_not_have_is_refused_by_its_key(tmp_path: Path) -> None:
    (tmp_path / "servicing.toml").write_text(
        '[servicing]\ncountry = "GB"\nsubdivision = "BJ"\n', "utf-8"
    )
    sentence = call("status", cwd=tmp_path, env=ENGLISH).refused()
    assert "servicing.toml: subdivision: 'BJ' is no part of GB with holidays" in sentence
