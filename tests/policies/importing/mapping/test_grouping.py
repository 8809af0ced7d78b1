"""Several rows of a file speak of one policy: riders are summed up, or the latest row counts."""

import itertools
from pathlib import Path
from typing import Any

import peewee
import pytest

from policies import errors
from policies.importing.mapping import loading
from tests import cast
from tests.policies.importing.as_read import NAMED, AsRead, read, read_text, row
from tests.policies.importing.book_files import Imported, load, mapping_of
from tests.refusals import english

RIDERS = f"""
rows_per_policy = {{ sum = ["annual_premium"], of = "Part", first = "Main" }}
{NAMED}
product = "Part"
"""
PARTS = f"""
rows_per_policy = {{ sum = ["annual_premium", "sum_assured"] }}
{NAMED}
sum_assured = "Sum"
status = "St"
"""
LATEST = f'rows_per_policy = {{ latest = "Changed" }}\n{NAMED}'


def main(number: str, premium: str = "1000", **cells: str) -> dict[str, str]:
    return row(number, Prem=premium, Part="main", **cells)


def rider(number: str, premium: str = "200.50", **cells: str) -> dict[str, str]:
    return row(number, Prem=premium, Part="Rider", **cells)


def premiums(found: AsRead) -> dict[str, int]:
    return dict(zip(found.values["policy_no"], found.values["annual_premium"], strict=True))


@pytest.mark.parametrize(
    "rows", list(itertools.permutations([main("K1"), rider("K1"), rider("K1", "3"), main("K2")]))
)
def test_riders_are_summed_up_wherever_they_stand(
    tmp_path: Path, rows: tuple[dict[str, str], ...]
) -> None:
    found = read(tmp_path, list(rows), RIDERS)
    assert premiums(found) == {"K1": 120350, "K2": 100000}
    assert (found.values["product"], found.why) == (["main", "main"], [])


def test_without_a_main_row_the_first_one_is_it(tmp_path: Path) -> None:
    rows = [row(Sum="500", St="in_force"), row("K2", Sum="", St=""), row(Prem="1", Sum="", St="")]
    found = read(tmp_path, rows, PARTS)
    assert premiums(found) == {"K1": 120100, "K2": 120000}
    assert found.values["sum_assured"] == [50000, None]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([rider("K1")], "of the policy's rows, one with 'Main' in 'Part' was expected"),
        (
            [rider("K1"), rider("K1")],
            "of the policy's rows, one with 'Main' in 'Part' was expected",
        ),
        ([main("K1"), main("K1")], "more than one of the policy's rows has 'Main' in 'Part'"),
    ],
)
def test_a_policy_has_one_main_row(tmp_path: Path, rows: list[dict[str, str]], why: str) -> None:
    found = read(tmp_path, [*rows, main("K2")], RIDERS)
    assert found.why == [f"line 2, policy_no 'K1': {why}"]
    assert (len(found.lines), found.values["policy_no"]) == (len(rows), ["K2"])


@pytest.mark.parametrize("wrong", [{"Prem": "much"}, {"Cl": "C9"}, {"Prem": ""}])
def test_a_refused_policy_goes_back_with_all_its_rows(
    tmp_path: Path, wrong: dict[str, str]
) -> None:
    bad = {**(main if wrong == {"Prem": ""} else rider)("K1"), **wrong}
    rows = [bad, main("K2"), (rider if wrong == {"Prem": ""} else main)("K1")]
    found = read(tmp_path, rows, RIDERS)
    assert found.values["policy_no"] == ["K2"]
    assert [cells[0] for cells in found.lines] == ["K1", "K1"]
    assert len(found.why) == 1


def test_a_rider_row_of_another_length_takes_its_policy_back_with_it(tmp_path: Path) -> None:
    whole = ",2026-01-10,1,C1,Ilse,A1,Main"
    lines = ["Pol,Issued,Prem,Cl,Name,Ag,Part", f"K1{whole}", f"K2{whole}", "K1,2026-01-10,2,C1"]
    found = read_text(tmp_path, "\n".join(lines), RIDERS)
    assert (found.values["policy_no"], found.why) == (
        ["K2"],
        ["line 2: 7 cells were expected, 4 found"],
    )
    assert [len(cells) for cells in found.lines] == [7, 4]


def test_parts_of_two_modes_are_not_summed_up(tmp_path: Path) -> None:
    codes = '[codes.payment_mode]\nM = "monthly"\nMonth = "monthly"\nY = "annual"'
    text = f'{RIDERS}payment_mode = "Mode"\n{codes}'
    alike = [main("K1", Mode="M"), rider("K1", Mode="month")]
    assert premiums(read(tmp_path, alike, text)) == {"K1": 120050}
    unlike = [main("K1", Mode="M"), rider("K1", Mode="Y")]
    assert read(tmp_path, unlike, text).why == [
        "line 2, payment_mode 'Y': the policy's other row, whose premium is added, says 'M'"
    ]


def test_a_rider_that_has_ended_alone_is_told(tmp_path: Path) -> None:
    rows = [
        row(Sum="", St="in_force"),
        row(Sum="", St="surrendered"),
        row("K2", Sum="", St="grace"),
    ]
    found = read(tmp_path, rows, PARTS)
    assert found.values["status"] == ["in_force", "grace"]
    assert found.told == [
        "1 row is added to its policy though its status is another, which does not count: line 3: K1"
    ]


OF_ONE_PERSON = [
    ("birthday", "1980-01-01", "1990-01-01", False),
    ("birthday", "1980-01-01", "", True),
    ("marketing_consent", "yes", "no", False),
    ("marketing_consent", "", "no", False),
    ("marketing_consent", "no", "", True),
    ("channel", "sms", "none", False),
    ("channel", "sms", "sms", True),
]


@pytest.mark.parametrize(("column", "first", "second", "is_taken"), OF_ONE_PERSON)
def test_no_part_hides_another_person_or_a_refusal(
    tmp_path: Path, column: str, first: str, second: str, is_taken: bool
) -> None:
    rows = [row(Sum="", St="", X=first), row(Sum="", St="", X=second, Prem="5")]
    found = read(tmp_path, rows, f'{PARTS}{column} = "X"')
    assert bool(found.values["policy_no"]) is is_taken
    assert [each.column for each in found.rejects] == ([] if is_taken else [column])


@pytest.mark.parametrize(
    ("column", "value"), [("client_name", "Otto Brandt"), ("issue_date", "2020-01-10")]
)
def test_what_the_first_row_decides_alone_is_told(tmp_path: Path, column: str, value: str) -> None:
    header = {"client_name": "Name", "issue_date": "Issued"}[column]
    rows = [row(Sum="", St=""), row(Sum="", St="", **{header: value})]
    assert read(tmp_path, rows, PARTS).told == [
        f"1 row is added to its policy though its {column} is another, which does not count: "
        "line 3: K1"
    ]


def test_a_row_that_stands_there_twice_is_added_and_told(tmp_path: Path) -> None:
    same = row(Sum="", St="")
    found = read(tmp_path, [same, row("K2", Sum="", St=""), same, same, row("K3", St="")], PARTS)
    assert premiums(found)["K1"] == 360000
    assert found.told == [
        "2 rows are the same as another one of their policies, and are added all the same: "
        "lines 4, 5: K1"
    ]


def test_premiums_of_instalments_are_summed_up_first(tmp_path: Path) -> None:
    text = f'premium_per = "instalment"\n{RIDERS}payment_mode = "Mode"\n'
    rows = [main("K1", "10", Mode="monthly"), rider("K1", "5", Mode="monthly")]
    assert premiums(read(tmp_path, rows, text)) == {"K1": 18000}


def test_parts_of_an_instalment_are_one(tmp_path: Path) -> None:
    text = """
        rows_per_policy = { sum = ["annual_premium", "amount"] }
        columns = { policy_no = "Pol", due_date = "Due", amount = "Prem" }
    """
    rows = [
        {"Pol": "K1", "Due": due, "Prem": "5"} for due in ("2026-05-08", "2026-06-08", "2026-05-08")
    ]
    found = read(tmp_path, rows, text, "premiums")
    assert found.values["amount"] == [1000, 500]


@pytest.mark.parametrize(
    ("days", "wins"),
    [
        (["2026-01-01", "2026-02-01", "2025-12-31"], 1),
        (["2026-01-01 08:00", "2026-01-01 09:30:00", "2026-01-01"], 1),
        (["3", "12", "7"], 1),
        (["10", "9", "8"], 0),
    ],
)
def test_the_latest_row_of_a_policy_counts(tmp_path: Path, days: list[str], wins: int) -> None:
    rows = [row("K1", Prem=str(place), Changed=day) for place, day in enumerate(days)]
    found = read(tmp_path, [*rows, row("K2", Changed="")], LATEST)
    assert premiums(found) == {"K1": wins * 100, "K2": 120000}
    older = ", ".join(str(place + 2) for place in range(3) if place != wins)
    assert found.told == [f"2 rows are outdated by later ones of their policies: lines {older}: K1"]


@pytest.mark.parametrize(
    ("days", "why"),
    [
        (["2026-01-01", "2026-01-01"], "the policy's latest rows in 'Changed' do not say the same"),
        (["2026-01-01", "7"], "of the policy's rows, each needs a date or a number in 'Changed'"),
        (["2026-01-01", ""], "of the policy's rows, each needs a date or a number in 'Changed'"),
        (["spring", "autumn"], "of the policy's rows, each needs a date or a number in 'Changed'"),
    ],
)
def test_where_no_row_is_the_latest_all_are_refused(
    tmp_path: Path, days: list[str], why: str
) -> None:
    rows = [row("K1", Prem=str(place), Changed=day) for place, day in enumerate(days)]
    found = read(tmp_path, rows, LATEST)
    assert (found.why, len(found.lines)) == ([f"line 2, policy_no 'K1': {why}"], 2)


TWO_ORDERS = 'date_formats = ["%d/%m/%Y", "%m/%d/%Y"]'


@pytest.mark.parametrize(
    ("days", "is_taken"),
    [
        (["05/06/2026", "07/05/2026"], False),
        (["25/06/2026", "05/06/2026"], False),
        (["25/06/2026", "26/06/2026"], True),
        (["05/05/2026", "26/06/2026"], True),
        (["2026-06-05", "2026-06-07"], True),
        (["9", "10"], True),
    ],
)
def test_a_day_that_can_be_read_in_two_ways_makes_no_row_the_latest(
    tmp_path: Path, days: list[str], is_taken: bool
) -> None:
    rows = [row(Prem=str(place), Changed=day) for place, day in enumerate(days, 1)]
    found = read(tmp_path, rows, f"{TWO_ORDERS}\n{LATEST}")
    assert bool(found.values["policy_no"]) is is_taken
    assert ["as two days" in each for each in found.why] == [True] * (not is_taken)


def test_a_row_that_stands_there_twice_is_the_latest_once(tmp_path: Path) -> None:
    rows = [row(Changed="2026-01-01"), row(Changed="2026-01-01")]
    assert premiums(read(tmp_path, rows, LATEST)) == {"K1": 120000}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("{}", "exactly one of sum, latest was expected"),
        ('{ sum = ["annual_premium"], latest = "X" }', "exactly one of sum, latest was expected"),
        (
            '{ sum = ["annual_premium"], of = "X" }',
            "'of' and 'first' are stated together, or neither is",
        ),
        (
            '{ sum = ["status"] }',
            "'status' is not summed up, only annual_premium, sum_assured, amount are",
        ),
    ],
)
def test_rows_that_cannot_be_put_together_so_are_told_when_the_mapping_is_read(
    tmp_path: Path, said: str, why: str
) -> None:
    path = tmp_path / "map.toml"
    path.write_text(f"rows_per_policy = {said}\n", "utf-8")
    with pytest.raises(errors.BadSetting) as refusal:
        loading.load_mapping(path)
    assert english(refusal.value) == f"{path}: rows_per_policy: {why}"


# --- In a book ----------------------------------------------------------------------------------


def taken(folder: Path, rows: list[dict[str, str]], text: str = RIDERS, **how: Any) -> Imported:
    return load(folder, *rows, mapping=mapping_of(folder, text), **how)


def test_a_changed_rider_changes_its_policy(book: peewee.Database, tmp_path: Path) -> None:
    rows = [main("K1"), main("K2"), rider("K1")]
    assert taken(tmp_path, rows).counts == (2, 0, 0, 0)
    assert taken(tmp_path, rows).counts == (0, 0, 2, 0)
    rows[2]["Prem"] = "300"
    assert taken(tmp_path, rows).counts == (0, 1, 1, 0)
    assert str(cast.policy("K1").annual_premium) == "1300.00"
    assert taken(tmp_path, rows[:2]).counts == (0, 1, 1, 0)


def test_what_a_premium_is_for_is_no_matter_of_cells_alone(
    book: peewee.Database, tmp_path: Path
) -> None:
    """The same row under another mapping is read again."""
    text = f'{NAMED}payment_mode = "Mode"\n'
    taken(tmp_path, [row(Mode="monthly")], text)
    found = taken(tmp_path, [row(Mode="monthly")], f'premium_per = "instalment"\n{text}')
    assert found.counts == (0, 1, 0, 0)
    assert str(cast.policy("K1").annual_premium) == "14400.00"


@pytest.mark.parametrize(
    "bad",
    [
        {"Prem": "much"},
        {"Cl": "C9"},
        {"Part": "Main"},
    ],
)
def test_a_complete_file_leaves_no_policy_out_whose_rows_were_refused(
    book: peewee.Database, tmp_path: Path, bad: dict[str, str]
) -> None:
    rows = [main("K1"), rider("K1"), main("K2")]
    taken(tmp_path, rows)
    rows[1] |= bad
    found = taken(tmp_path, rows, complete="book")
    assert (found.counts, found.warnings) == ((0, 0, 1, 1), [])
    assert [each.cells[6] for reject in found.rejects for each in reject.rows] == [
        *("main", bad.get("Part", "Rider")),
    ]


def test_refused_rows_of_a_policy_come_in_when_they_are_mended(
    book: peewee.Database, tmp_path: Path
) -> None:
    rows = [main("K1"), rider("K1", "much"), main("K2")]
    found = taken(tmp_path, rows)
    again = [dict(zip(found.header, each.cells, strict=True)) for each in found.rejects[0].rows]
    again[1]["Prem"] = "5"
    assert taken(tmp_path, again).counts == (1, 0, 0, 0)
    assert str(cast.policy("K1").annual_premium) == "1005.00"
