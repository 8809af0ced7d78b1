"""Festivals and lunar birthdays from the command line."""

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.frontdoor import call, servicing

CHINESE = {"LANGUAGE": "zh_CN"}


def listed(folder: Path, year: int) -> dict[str, Any]:
    rows = call("festivals", "--year", year, "--format", "json", cwd=folder).done().document()
    return {each["festival"]: each for each in rows}


def lunar(folder: Path, born: str, year: int) -> Any:
    asked = ("lunar", "--born", born, "--year", year, "--format", "json")
    return call(*asked, cwd=folder).done().document()


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2026, ("2026-02-17", "2026-03-03", "2026-06-19", "2026-09-25", "2026-10-18")),
        (2027, ("2027-02-06", "2027-02-20", "2027-06-09", "2027-09-15", "2027-10-08")),
        (2028, ("2028-01-26", "2028-02-09", "2028-05-28", "2028-10-03", "2028-10-26")),
    ],
)
def test_the_festivals_of_a_year(year: int, days: tuple[str, ...], tmp_path: Path) -> None:
    names = ("spring_festival", "lantern", "dragon_boat", "mid_autumn", "double_ninth")
    found = listed(tmp_path, year)
    assert tuple(found[each]["on"] for each in names) == days
    assert all(found[each]["greeted"] for each in names)


def test_days_of_mourning_are_listed_as_days_without_greetings(tmp_path: Path) -> None:
    found = listed(tmp_path, 2026)
    kept = {name: each["on"] for name, each in found.items() if not each["greeted"]}
    assert kept == {
        "qingming": "2026-04-05",
        "ghost": "2026-08-27",
        "winter_clothes": "2026-11-09",
        "memorial": "2026-12-13",
    }
    told = call("festivals", "--year", "2026", cwd=tmp_path).done().lines()
    (line,) = (each.split() for each in told if "Qingming" in each)
    assert (line[:2], line[-1]) == (["2026-04-05", "(Sun)"], "no")


@pytest.mark.parametrize(
    ("born", "year", "on"),
    [
        ("2025-07-30", 2026, "2026-07-19"),
        ("2025-07-30", 2027, "2027-07-09"),
        ("1990-01-26", 2026, "2026-02-16"),
        ("1990-01-26", 2027, "2027-02-05"),
        ("1990-01-26", 2028, "2028-01-25"),
        ("1990-01-26", 2029, "2029-02-12"),
        ("1990-01-26", 2030, "2030-02-02"),
    ],
)
def test_a_lunar_birthday(born: str, year: int, on: str, tmp_path: Path) -> None:
    found = lunar(tmp_path, born, year)
    assert (found["on"], found["again"]) == (on, None)


def test_a_birthday_around_new_year_comes_twice_or_never(tmp_path: Path) -> None:
    twice = lunar(tmp_path, "1992-01-05", 2027)
    assert (twice["on"], twice["again"]) == ("2027-01-08", "2027-12-28")
    assert (twice["month"], twice["day"], twice["leap"]) == (12, 1, False)
    never = lunar(tmp_path, "1992-01-05", 2028)
    assert (never["on"], never["again"]) == (None, None)
    asked = ("lunar", "--born", "1992-01-05", "--year")
    assert "2027-01-08 (Fri), 2027-12-28 (Tue)" in call(*asked, 2027, cwd=tmp_path).done().out
    assert "in 2028: never" in call(*asked, 2028, cwd=tmp_path).done().out


def test_who_was_born_late_in_a_year_has_no_birthday_before_in_it(tmp_path: Path) -> None:
    found = lunar(tmp_path, "2027-12-28", 2027)
    assert (found["on"], found["again"]) == ("2027-12-28", None)


def test_it_is_told_in_both_languages(tmp_path: Path) -> None:
    asked = ("lunar", "--born", "2025-07-30", "--year", "2026")
    assert call(*asked, cwd=tmp_path).done().lines() == [
        "2025-07-30 is 闰六月初六: day 6 of leap month 6",
        "in 2026: 2026-07-19 (Sun)",
    ]
    assert call(*asked, cwd=tmp_path, env=CHINESE).done().lines() == [
        "2025-07-30 是农历闰六月初六（闰 6 月 6 日）",
        "2026 年：2026-07-19（周日）",
    ]
    listed = call("festivals", "--year", "2026", cwd=tmp_path, env=CHINESE).done().out
    assert "清明节" in listed and "可问候" in listed


def test_csv_has_the_keys_of_json(tmp_path: Path) -> None:
    asked = ("festivals", "--year", "2026", "--format", "csv")
    rows = call(*asked, cwd=tmp_path).done().table()
    assert [row["on"] for row in rows] == [each["on"] for each in listed(tmp_path, 2026).values()]
    asked = ("lunar", "--born", "1990-01-26", "--year", "2026", "--format", "csv")
    (row,) = call(*asked, cwd=tmp_path).done().table()
    expected = {"on": "2026-02-16", "again": "", "month": "12", "day": "30", "leap": "False"}
    assert row == expected


def test_the_installed_command_needs_no_workspace_and_writes_nothing(tmp_path: Path) -> None:
    asked = ("lunar", "--born", "1990-01-26", "--year", "2026", "--format", "json")
    assert servicing(*asked, cwd=tmp_path).done().document()["on"] == "2026-02-16"
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("festivals", "--year", "2101"), "'--year': 2101: a year from 1900 to 2100 was expected"),
        (("festivals", "--year", "next"), "'--year': 'next': a year from 1900 to 2100"),
        (("festivals",), "--year"),
        (("lunar", "--born", "1899-12-31", "--year", "2026"), "'--born': 1899: a year from 1900"),
        (("lunar", "--born", "1990-02-30", "--year", "2026"), "'--born': '1990-02-30' is not a"),
        (("lunar", "--born", "1990-01-26", "--year", "1989"), "'--year': 1989 is before the birth"),
        (("lunar", "--year", "2026"), "--born"),
    ],
)
def test_what_is_no_year_and_no_birthday_is_refused(
    words: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    assert sentence in call(*words, cwd=tmp_path).refused(2)
