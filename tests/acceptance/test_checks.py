"""Spot checks from the command line: drawn, recorded once, counted, and never edited."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.frontdoor import COLUMNS, Answer, call, width
from tests.homes import Homes

EN, ZH = {"SERVICING_SERVICING_LOCALE": "en"}, {"SERVICING_SERVICING_LOCALE": "zh_CN"}
DRAW = ("checks", "draw", "--share", "0.1", "--min", "3", "--by", "branch", "--seed", "S")

SEVEN_OF_NINE = """
note = "called on Monday"
[answers]
renewal = "pass"
introduction = "pass"
birthday = "fail"
record = "pass"
news = "na"
private_money = "pass"
"""


def ask(office: Path, *args: object) -> Answer:
    return call("checks", *args, cwd=office, env=EN)


def document(office: Path, *args: object) -> Any:
    return ask(office, *args, "--format", "json").done().document()


@pytest.fixture
def drawn(office: Path) -> Path:
    """An office whose clients were drawn."""
    call(*DRAW, cwd=office).done()
    return office


def test_a_draw_is_that_of_its_seed_and_stands(office: Path) -> None:
    told = document(office, *DRAW[1:])
    assert (told["is_new"], told["by"], told["share"], told["min"]) == (True, "branch", "0.1", 3)
    for each in told["strata"]:
        assert each["drawn"] == min(each["frame"], max(-(-each["frame"] // 10), 3))
    assert told["drawn"] == sum(each["drawn"] for each in told["strata"])
    again = document(office, *DRAW[1:])
    assert again == {**told, "is_new": False}
    listed = document(office, "list", "--draw", told["draw"])
    assert len(listed) == told["drawn"]
    assert {each["ratio"] for each in listed} == {None}


BRANCHES = {"east": 1200, "west": 600, "north": 47}
COLUMNS_OF_A_BOOK = "policy_no,issue_date,annual_premium,client_no,client_name,agent_no,team,branch"


@pytest.fixture
def large(tmp_path: Path, homes: Homes) -> Path:
    """An office with 1,847 clients in three branches."""
    call("init", cwd=tmp_path).done()
    rows = [
        f"P{branch}{number},2025-05-20,1200,C{branch}{number},林伟,A{branch},one,{branch}"
        for branch, count in BRANCHES.items()
        for number in range(count)
    ]
    (tmp_path / "book.csv").write_text("\n".join([COLUMNS_OF_A_BOOK, *rows, ""]), "utf-8")
    call("book", "import", "book.csv", cwd=tmp_path).done()
    return tmp_path


def test_of_1847_clients_at_a_tenth_at_least_ten_of_each_branch_190_are_drawn(large: Path) -> None:
    told = document(large, "draw", "--share", "0.1", "--min", "10", "--by", "branch", "--seed", "S")
    assert (told["frame"], told["drawn"]) == (1847, 190)
    assert {each["key"]: each["drawn"] for each in told["strata"]} == {
        "east": 120,
        "north": 10,
        "west": 60,
    }


def test_of_1847_clients_of_one_unit_a_tenth_are_185(large: Path) -> None:
    moved = (large / "book.csv").read_text("utf-8")
    for branch in ("west", "north"):
        moved = moved.replace(f",A{branch},one,{branch}", ",Aeast,one,east")
    (large / "book.csv").write_text(moved, "utf-8")
    call("book", "import", "book.csv", cwd=large).done()
    told = document(large, "draw", "--share", "0.1", "--by", "agent", "--seed", "S")
    assert (told["frame"], told["drawn"], len(told["strata"])) == (1847, 185, 1)


def test_every_draw_is_listed_the_latest_first(drawn: Path) -> None:
    document(drawn, "draw", "--share", "0.2", "--by", "agent", "--seed", "T")
    (drawn / "result.toml").write_text(SEVEN_OF_NINE, "utf-8")
    ask(drawn, "result", 1, "--file", "result.toml", "--by", "quality").done()
    listed = document(drawn, "draws")
    assert [(each["draw"], each["seed"], each["by"], each["checked"]) for each in listed] == [
        (2, "T", "agent", 0),
        (1, "S", "branch", 1),
    ]
    assert {each["drawn_by"][:3] for each in listed} == {"os:"}


def test_who_is_drawn_can_be_computed_again(office: Path) -> None:
    whole = document(office, "draw", "--share", "1", "--seed", "S")
    frame = {each["client_no"]: each["stratum"] for each in document(office, "list", "--draw", 1)}
    assert len(frame) == whole["frame"]
    some = document(office, *DRAW[1:])
    listed = document(office, "list", "--draw", some["draw"])
    for stratum in some["strata"]:
        of_it = [number for number, unit in frame.items() if unit == stratum["key"]]
        ordered = sorted(of_it, key=lambda each: hashlib.sha256(f"S|{each}".encode()).digest())
        found = {each["client_no"] for each in listed if each["stratum"] == stratum["key"]}
        assert found == set(ordered[: stratum["drawn"]])


def test_seven_of_nine_from_the_sheet_to_the_report(drawn: Path) -> None:
    (drawn / "result.toml").write_text(SEVEN_OF_NINE, "utf-8")
    told = document(drawn, "result", 1, "--file", "result.toml", "--by", "quality")
    assert (told["earned"], told["possible"], told["red_lines"]) == (7, 9, [])
    assert f"{100 * told['ratio']:.1f}" == "77.8"
    shown = document(drawn, "show", 1)
    assert (shown["checker"], shown["ratio"]) == ("quality", told["ratio"])
    assert {each["id"]: each["answer"] for each in shown["items"]}["birthday"] == "fail"
    total = document(drawn, "report")["total"]
    assert (total["checked"], total["passed_ratio"]) == (1, told["ratio"])
    assert total["open"] == total["drawn"] - 1
    assert "77.8 %" in ask(drawn, "report").done().out


def test_a_failed_red_line_is_told_and_found_again(drawn: Path) -> None:
    text = SEVEN_OF_NINE.replace('private_money = "pass"', 'private_money = "fail"')
    (drawn / "result.toml").write_text(text, "utf-8")
    said = ask(drawn, "result", 2, "--file", "result.toml", "--by", "quality").done()
    assert "Check 2 is recorded: 0 of 9, 0.0 %." in said.out
    assert "check 2: a red line failed (private_money)" in said.err
    (line,) = document(drawn, "list", "--red-lines")
    assert (line["check"], line["red_lines"]) == (2, 1)
    assert document(drawn, "report")["total"]["red_lines"] == 1
    listed = call("cases", "list", "--kind", "problem", "--format", "json", cwd=drawn).done()
    (case,) = listed.document()
    assert f"case {case['case']} is open for it" in " ".join(said.err.split())
    assert (case["state"], case["owner"]) == ("open", "callback")


def test_the_card_tells_of_the_check_without_its_score(drawn: Path) -> None:
    (drawn / "result.toml").write_text(SEVEN_OF_NINE, "utf-8")
    ask(drawn, "result", 1, "--file", "result.toml", "--by", "quality").done()
    number = document(drawn, "show", 1)["client_no"]
    card = call("card", number, "--format", "json", cwd=drawn).done().document()
    (line,) = (each for each in card["trail"] if each["kind"] == "check.recorded")
    assert line["facts"] == {"check": 1, "note": "called on Monday", "by": "quality"}


def test_a_result_is_recorded_once_and_not_by_the_agent(drawn: Path) -> None:
    (drawn / "result.toml").write_text(SEVEN_OF_NINE, "utf-8")
    agent = document(drawn, "show", 1)["agent_no"]
    refused = ask(drawn, "result", 1, "--file", "result.toml", "--by", agent).refused()
    assert refused == f"'{agent}' has served the client of check 1; somebody else has to check"
    ask(drawn, "result", 1, "--file", "result.toml", "--by", "quality").done()
    again = ask(drawn, "result", 1, "--file", "result.toml", "--by", "quality").refused()
    assert again == ("check 1 was recorded on 2026-05-11 by quality; a result stands as it is")


def test_a_sheet_says_what_to_answer_and_is_refused_until_it_is_filled_in(drawn: Path) -> None:
    sheet = ask(drawn, "show", 1, "--sheet").done().out
    assert "[answers]" in sheet and 'private_money = ""' in sheet
    (drawn / "result.toml").write_text(sheet, "utf-8")
    told = ask(drawn, "result", 1, "--file", "result.toml").refused()
    assert told.startswith("result.toml: answers.renewal: '' is no answer; one of pass, fail, na")
    (drawn / "result.toml").write_text(sheet.replace('= ""', '= "pass"'), "utf-8")
    assert document(drawn, "result", 1, "--file", "result.toml", "--by", "q")["ratio"] == 1


BAD = [
    (
        ("draw", "--share", "1.5", "--seed", "S"),
        2,
        "'1.5' is not a share above 0 and up to 1, as 0.1",
    ),
    (("draw", "--share", "10%", "--seed", "S"), 2, "'10%' is not a share"),
    (("draw", "--share", "0.1"), 2, "--seed"),
    (("draw", "--share", "0.1", "--seed", " "), 1, "' ' is no seed"),
    (("draw", "--share", "0.1", "--seed", "S", "--on", "2026-05-12"), 1, "still to come"),
    (("draw", "--share", "0.1", "--seed", "S", "--on", "2020-01-01"), 1, "no client has a policy"),
    (("list", "--draw", "99"), 1, "no draw has the number 99"),
    (("report", "--draw", "99"), 1, "no draw has the number 99"),
    (("list", "--agent", "X"), 1, "X"),
    (("show", "99999"), 1, "no spot check has the number 99999"),
    (("result", "1", "--file", "none.toml"), 1, "none.toml"),
]


@pytest.mark.parametrize(("args", "code", "told"), BAD)
def test_what_cannot_be_is_refused_in_a_sentence(
    args: tuple[str, ...], code: int, told: str, drawn: Path
) -> None:
    assert told in ask(drawn, *args).refused(code)


def test_a_company_s_own_questions_are_asked_from_the_next_draw_on(drawn: Path) -> None:
    folder = drawn / "question_sets"
    folder.mkdir()
    own = 'default_weight = 0\n[[item]]\nid = "polite"\nask = { en = "Polite?" }\n'
    (folder / "basic.toml").write_text(own, "utf-8")
    document(drawn, "draw", "--share", "0.1", "--seed", "T")
    newest = document(drawn, "list")[-1]["check"]
    assert [each["id"] for each in document(drawn, "show", newest)["items"]] == ["polite"]
    assert len(document(drawn, "show", 1)["items"]) == 6
    (folder / "basic.toml").write_text(f"{own}weight = 0\n", "utf-8")
    told = ask(drawn, "draw", "--share", "0.1", "--seed", "U").refused()
    assert "basic.toml: item 'polite': a weight of 0 is for red lines only" in told


@pytest.mark.parametrize("said", [EN, ZH])
@pytest.mark.parametrize(
    "args", [DRAW[1:], ("draws",), ("list",), ("show", 1), ("report",), ("report", "--by", "agent")]
)
def test_tables_fit_the_terminal(args: tuple[str, ...], said: dict[str, str], drawn: Path) -> None:
    told = call("checks", *args, cwd=drawn, env=said).done()
    assert max(width(line) for line in told.lines()) <= COLUMNS


@pytest.mark.parametrize("args", [DRAW[1:], ("list",), ("show", 1), ("report",)])
def test_csv_has_a_header_and_a_row_each(args: tuple[str, ...], drawn: Path) -> None:
    assert ask(drawn, *args, "--format", "csv").done().table()
