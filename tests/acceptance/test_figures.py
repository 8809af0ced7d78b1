"""What is at risk, the scorecard, and service beside loss, from the command line.

A book of nine policies on 11 May 2026, joined and walked in December 2025, when one of two first-year
tasks was done. Of the cohort of February 2025 one was paid and one was not; March 2025 is judged at
the end of May, and needs more than can still be collected.
"""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.frontdoor import COLUMNS, Answer, call, width
from tests.cast import at
from tests.homes import Homes

HEAD = (
    "policy_no,issue_date,annual_premium,client_no,client_name,agent_no,agent_name,team,branch,"
    "referred_by,currency,product"
)
CHEN_YAN, HE_JING = "A001,陈燕,一部,上海", "A000,何静,一部,上海"
SUN_LI = "A900,孙丽,九部,北京"
BOOK = [
    f"P001,2025-03-20,6000,C001,林伟,{CHEN_YAN},",
    f"P002,2025-03-20,3000,C002,王芳,{CHEN_YAN},",
    f"P003,2025-03-12,1000.01,C003,李娜,{HE_JING},",
    f"P004,2025-03-05,2000,C004,张伟,{SUN_LI},",
    f"P005,2025-05-06,5000,C005,刘洋,{CHEN_YAN},",
    f"P006,2025-02-10,4000,C006,赵磊,{CHEN_YAN},",
    f"P007,2025-02-10,1000,C900,周明,{SUN_LI},",
    f"P008,2026-02-01,800,C008,吴静,{SUN_LI},C001",
    f"P009,2026-04-10,700,C002,王芳,{CHEN_YAN},",
]
LEDGER = [
    *("P001,2026-03-20,6000,", "P002,2026-03-20,3000,2026-03-20", "P003,2026-03-12,1000.01,"),
    *("P004,2026-03-05,2000,", "P005,2026-05-06,5000,", "P006,2026-02-10,4000,2026-02-09"),
    *("P007,2026-02-10,1000,",),
]
JOINED, WALKED = "2025-12-08", "2025-12-10"

EN, ZH = {"SERVICING_SERVICING_LOCALE": "en"}, {"SERVICING_SERVICING_LOCALE": "zh_CN"}


def make(office: Path, book: Sequence[str], ledger: Sequence[str]) -> Path:
    office.mkdir()
    rows = [f"{row},CNY,安心终身寿险" for row in book]
    (office / "book.csv").write_text("\n".join([HEAD, *rows, ""]), "utf-8")
    call("init", cwd=office).done()
    call("book", "import", "book.csv", "--joined", JOINED, cwd=office, now=at(JOINED)).done()
    if ledger:
        text = "\n".join(["policy_no,due_date,amount,paid_on", *ledger, ""])
        (office / "premiums.csv").write_text(text, "utf-8")
        call("book", "import", "premiums.csv", "--premiums", cwd=office).done()
    return office


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace after some days; its figures are only read."""
    office = make(tmp_path_factory.mktemp("figures") / "office", BOOK, LEDGER)
    call("walk", "--on", WALKED, cwd=office, now=at(WALKED)).done()
    todo = call("tasks", "list", "--on", WALKED, "--format", "json", cwd=office).done().document()
    mine = {each["policy_no"]: each["id"] for each in todo}
    assert sorted(mine) == ["P006", "P007"]
    call("tasks", "done", mine["P006"], cwd=office, now=at("2025-12-11")).done()
    return office


@pytest.fixture(scope="module")
def without_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("figures") / "no-ledger", BOOK, [])


def document(office: Path, *words: object) -> Any:
    answer = call(*words, "--format", "json", cwd=office).done()
    assert answer.err == ""
    return answer.document()


def rows(office: Path, *words: object) -> list[dict[str, str]]:
    answer = call(*words, "--format", "csv", cwd=office).done()
    assert {len(row) for row in csv.reader(io.StringIO(answer.out))} == {
        len(answer.lines()[0].split(","))
    }
    return answer.table()


def squeezed(answer: Answer) -> list[str]:
    """The lines of a table, one blank between its cells."""
    assert max(map(width, answer.done().lines())) <= COLUMNS
    return [" ".join(line.split()) for line in answer.lines() if line.strip(" ─")]


# --- atrisk ---------------------------------------------------------------------------------------

MARCH = {
    **{"cohort": "2025-03", "key": "", "judged_on": "2026-05-31"},
    **{"counted": 4, "kept": 1, "undecided": 2, "lost": 1},
    **{"premium_counted": 12000.01, "premium_kept": 3000, "premium_undecided": 7000.01},
    **{"ratio": 10000.01 / 12000.01, "ratio_if_nothing": 3000 / 12000.01},
    **{"to_collect": 7560.01, "to_keep": 3, "within_reach": False},
}
MAY = {
    **{"cohort": "2025-05", "key": "", "judged_on": "2026-07-31"},
    **{"counted": 1, "kept": 0, "undecided": 1, "lost": 0},
    **{"premium_counted": 5000, "premium_kept": 0, "premium_undecided": 5000},
    **{"ratio": 1.0, "ratio_if_nothing": 0.0},
    **{"to_collect": 4400, "to_keep": 1, "within_reach": True},
}


def test_atrisk_as_one_document(office: Path) -> None:
    told = document(office, "atrisk")
    policies = told.pop("policies")
    head = {"month": 13, "definition": "paid", "basis": "premium", "as_of": "2026-05-11"}
    assert told == {**head, "target": 0.88, "rows": [MARCH, MAY], "currency": "CNY"}
    assert [each["policy_no"] for each in policies] == ["P001", "P005", "P003"]
    assert policies[2] == {
        **{"policy_no": "P003", "client_no": "C003", "client_name": "李娜"},
        **{"agent_no": "A000", "agent_name": "何静", "cohort": "2025-03"},
        **{"judged_on": "2026-05-31", "reason": "in_grace", "premium": 1000.01},
        **{"outstanding": 1000.01, "due_on": "2026-03-12", "grace_until": "2026-05-11"},
        **{"days_left": 0, "currency": "CNY"},
    }


@pytest.mark.parametrize(
    ("env", "head", "march", "first"),
    [
        (
            EN,
            "13-month persistency still open, premium paid in grace, by premium, as of 2026-05-11;"
            " target 88.0 %",
            "2025-03 2026-05-31 12,000.01 83.3 % 25.0 % 7,560.01 ▼",
            "P001 林伟 A001 6,000.00 6,000.00 8",
        ),
        (
            ZH,
            "尚未考核的13个月继续率（宽限期内实收，按保费），截至 2026-05-11；目标 88.0 %",
            "2025-03 2026-05-31 12,000.01 83.3 % 25.0 % 7,560.01 ▼",
            "P001 林伟 A001 6,000.00 6,000.00 8",
        ),
    ],
    ids=["en", "zh_CN"],
)
def test_atrisk_in_a_terminal(
    office: Path, env: dict[str, str], head: str, march: str, first: str
) -> None:
    lines = squeezed(call("atrisk", cwd=office, env=env))
    assert " ".join(lines).replace(" ", "").startswith(head.replace(" ", ""))
    assert any(line.startswith(march) for line in lines)
    assert lines.index(first) < lines.index("P003 李娜 A000 1,000.01 1,000.01 0")


def test_atrisk_by_agent_has_each_one_s_own_amount(office: Path) -> None:
    found = {
        (row["cohort"], row["key"]): (row["to_collect"], row["within_reach"])
        for row in rows(office, "atrisk", "--by", "agent")
    }
    assert found == {
        ("2025-03", "A000"): ("880.01", "True"),
        ("2025-03", "A001"): ("4920.00", "True"),
        ("2025-03", "A900"): ("1760.00", "False"),
        ("2025-05", "A001"): ("4400.00", "True"),
    }


def test_atrisk_lists_the_policies_that_decide(office: Path) -> None:
    found = rows(office, "atrisk", "--list")
    assert [row["policy_no"] for row in found] == ["P001", "P005", "P003"]
    assert [row["days_left"] for row in found] == ["8", "55", "0"]
    hers = rows(office, "atrisk", "--list", "--agent", "A000")
    assert hers == found[2:]


def test_atrisk_by_count_says_how_many_to_keep(office: Path) -> None:
    lines = squeezed(call("atrisk", "--basis", "count", cwd=office, env=EN))
    assert "2025-03 2026-05-31 4 75.0 % 25.0 % 3 ▼" in lines


def test_atrisk_looks_as_far_ahead_as_asked(office: Path) -> None:
    told = document(office, "atrisk", "--as-of", "2026-02-28", "--ahead", 0)
    assert [row["cohort"] for row in told["rows"]] == ["2025-02"]
    told = document(office, "atrisk", "--as-of", "2026-02-28")
    assert [row["cohort"] for row in told["rows"]] == ["2025-02", "2025-03"]


# --- collection -----------------------------------------------------------------------------------

SPRING = ("--from", "2026-02-10", "--to", "2026-05-05")


def test_what_came_in_of_the_second_year_as_one_document(office: Path) -> None:
    told = document(office, "collection", *SPRING)
    asked = {"by": "branch", "from": "2026-02-10", "to": "2026-05-05", "as_of": "2026-05-11"}
    assert told == {
        **asked,
        "rows": [
            {
                **{"key": "北京", "name": "", "instalments": 2, "paid": 0},
                **{
                    "due": 3000,
                    "received": 0,
                    "ratio": 0.0,
                    "outstanding": 3000,
                    "lost": 3000,
                    "income": None,
                },
            },
            {
                **{"key": "上海", "name": "", "instalments": 4, "paid": 2},
                **{"due": 14000.01, "received": 7000, "ratio": 700_000 / 1_400_001},
                **{"outstanding": 7000.01, "lost": 0, "income": None},
            },
        ],
        "total": {
            **{"key": "total", "name": "", "instalments": 6, "paid": 2},
            **{"due": 17000.01, "received": 7000, "ratio": 700_000 / 1_700_001},
            **{"outstanding": 10000.01, "lost": 3000, "income": None},
        },
        "currency": "CNY",
    }


@pytest.mark.parametrize(
    ("env", "lines"),
    [
        (
            EN,
            [
                "second-year premiums due from 2026-02-10 to 2026-05-05, paid by 2026-05-11",
                "unit paid due received rate outstanding",
                "A000 何静 0/1 1,000.01 0.00 0.0 % 1,000.01",
                "A001 陈燕 2/3 13,000.00 7,000.00 53.8 % 6,000.00",
                "A900 孙丽 0/2 3,000.00 0.00 0.0 % 3,000.00",
                "total 2/6 17,000.01 7,000.00 41.2 % 10,000.01",
                "of what is outstanding, 3,000 CNY is lost: the policy or its grace has ended",
            ],
        ),
        (
            ZH,
            [
                "二次续期保费：2026-02-10 至 2026-05-05 应缴，截至 2026-05-11 实收",
                "对象 已缴期数 应收 实收 收费率 未收",
                "A000 何静 0/1 1,000.01 0.00 0.0 % 1,000.01",
                "A001 陈燕 2/3 13,000.00 7,000.00 53.8 % 6,000.00",
                "A900 孙丽 0/2 3,000.00 0.00 0.0 % 3,000.00",
                "合计 2/6 17,000.01 7,000.00 41.2 % 10,000.01",
                "未收保费中 3,000 CNY 已无法收回（保单已终止或宽限期已过）",
            ],
        ),
    ],
    ids=["en", "zh_CN"],
)
def test_what_came_in_in_a_terminal(office: Path, env: dict[str, str], lines: list[str]) -> None:
    assert squeezed(call("collection", *SPRING, "--by", "agent", cwd=office, env=env)) == lines


def test_what_may_still_be_collected_ends_first_to_last(office: Path) -> None:
    found = rows(office, "collection", *SPRING, "--list")
    assert [(each["policy_no"], each["days_left"]) for each in found] == [
        ("P003", "0"),
        ("P001", "8"),
    ]
    told = document(office, "collection", *SPRING, "--list", "--agent", "A001")
    assert told["instalments"] == [
        {
            **{"policy_no": "P001", "client_no": "C001", "client_name": "林伟"},
            **{"agent_no": "A001", "due_on": "2026-03-20", "amount": 6000, "currency": "CNY"},
            **{"grace_until": "2026-05-19", "days_left": 8, "income": None},
        }
    ]


def test_what_was_paid_later_had_not_come_in(office: Path) -> None:
    told = document(office, "collection", *SPRING, "--as-of", "2026-03-19", "--team", "一部")
    assert told["total"]["received"] == 4000


def test_without_a_ledger_nothing_is_collected(without_ledger: Path) -> None:
    said = call("collection", *SPRING, cwd=without_ledger, env=EN).refused()
    assert "book import --premiums" in said


# --- scorecard ------------------------------------------------------------------------------------


def test_the_scorecard_as_one_document(office: Path) -> None:
    told = document(office, "scorecard", "--by", "agent")
    cards = {card["key"]: card for card in told.pop("rows")}
    total = told.pop("total")
    assert told == {
        **{"period": "2026-04", "by": "agent", "as_of": "2026-05-11"},
        **{"month": 13, "definition": "paid", "basis": "premium"},
        "targets": {"persistency": 0.88, "referrals": 3, "add_on": 0.1, "in_time_days": 7},
    }
    assert [
        (key, card["name"], card["agents"], card["overdue"]) for key, card in cards.items()
    ] == [
        *[("A000", "何静", 1, 0), ("A001", "陈燕", 1, 0), ("A900", "孙丽", 1, 1)],
    ]
    assert cards["A001"]["now"] == {
        **{"period": "2026-04", "persistency": 1.0, "counted": 1},
        **{"referrals": 1, "referrals_target": 3, "add_on": 1 / 3, "one_policy": 3, "bought": 1},
        **{"in_time": 0, "late": 0, "missed": 0, "waiting": 0},
        **{"coverage": None, "in_time_share": None},
    }
    assert (total["key"], total["agents"], total["overdue"]) == ("total", 3, 1)
    now = total["now"]
    assert (now["persistency"], now["one_policy"], now["bought"]) == (0.8, 6, 1)
    assert [score["period"] for score in total["trend"]][::11] == ["2025-05", "2026-04"]
    december = cards["A001"]["trend"][7]
    assert (december["period"], december["in_time"], december["coverage"]) == ("2025-12", 1, 1.0)
    assert cards["A900"]["trend"][7]["waiting"] == 1


@pytest.mark.parametrize(
    ("env", "words", "branch", "total"),
    [
        (
            EN,
            "Scorecard of 2026-04; targets: persistency 88.0 %, 3 referrals per agent and year,"
            " add-on 10.0 %",
            "北京 0.0 % ▼ 0/3 ▼ 0.0 % ▼ — — 1",
            "total 80.0 % ▼ 1/9 ▼ 16.7 % — — 1",
        ),
        (
            ZH,
            "2026-04 考核表；目标：继续率 88.0 %，年人均转介绍 3，加保率 10.0 %",
            "北京 0.0 % ▼ 0/3 ▼ 0.0 % ▼ — — 1",
            "合计 80.0 % ▼ 1/9 ▼ 16.7 % — — 1",
        ),
    ],
    ids=["en", "zh_CN"],
)
def test_the_scorecard_in_a_terminal_marks_what_misses_its_target(
    office: Path, env: dict[str, str], words: str, branch: str, total: str
) -> None:
    lines = squeezed(call("scorecard", cwd=office, env=env))
    assert " ".join(lines).startswith(words)
    assert [branch, total] == [lines[-3], lines[-1]]


def test_the_trend_is_twelve_rows_a_unit(office: Path) -> None:
    found = rows(office, "scorecard", "--trend", "--period", "2026-Q1", "--branch", "北京")
    assert [row["key"] for row in found] == ["北京"] * 12 + ["total"] * 12
    assert [row["period"] for row in found[:12]][::11] == ["2023-Q2", "2026-Q1"]
    assert [row["overdue"] for row in found[:12]] == [""] * 11 + ["1"]
    december = found[10]
    assert (december["period"], december["waiting"]) == ("2025-Q4", "1")
    squeezed(call("scorecard", "--trend", "--by", "agent", cwd=office, env=ZH))


def test_the_scorecard_says_of_persistency_what_persistency_says(office: Path) -> None:
    for period, ends in [("2026-04", "2026-04-30"), ("2026", "2026-05-11")]:
        cards = document(office, "scorecard", "--by", "agent", "--period", period)["rows"]
        asked = ("persistency", "--rolling", "--by", "agent", "--as-of", ends)
        audit = document(office, *asked)
        told = {row["key"]: row["ratio"] for row in audit["rows"]}
        assert told == {"A001": 1.0, "A900": 0.0}
        assert {
            card["key"]: card["now"]["persistency"] for card in cards if card["now"]["counted"]
        } == told


# --- losses ---------------------------------------------------------------------------------------

FEBRUARY = {
    **{"kept_served": 1, "kept_unserved": 0, "kept_no_record": 0},
    **{"lost_served": 0, "lost_unserved": 1, "lost_no_record": 0, "lost_no_contact": 1},
}


def test_losses_as_one_document(office: Path) -> None:
    assert document(office, "losses") == {
        **{"month": 13, "definition": "paid", "as_of": "2026-05-11", "no_contact_days": 120},
        "rows": [{"key": "2025-02", **FEBRUARY}],
        "total": {"key": "total", **FEBRUARY},
    }


def test_losses_by_agent_as_csv(office: Path) -> None:
    found = rows(office, "losses", "--by", "agent")
    assert [row["key"] for row in found] == ["A001", "A900", "total"]
    assert (found[0]["kept_served"], found[1]["lost_unserved"]) == ("1", "1")
    assert {name: int(value) for name, value in found[2].items() if name != "key"} == FEBRUARY


@pytest.mark.parametrize(
    ("env", "head", "total"),
    [
        (EN, "no contact: none in the last 120 days", "total 1 0 0.0 % 1 100.0 % 0 1"),
        (ZH, "流失保单与首年服务对照", "合计 1 0 0.0 % 1 100.0 % 0 1"),
    ],
    ids=["en", "zh_CN"],
)
def test_losses_in_a_terminal(office: Path, env: dict[str, str], head: str, total: str) -> None:
    lines = squeezed(call("losses", cwd=office, env=env))
    assert head in " ".join(lines)
    assert lines[-1] == total


# --- A book of great numbers ----------------------------------------------------------------------


def premium(number: int) -> str:
    return f"{1_234_567 + number}.10"


GREAT = [
    f"POL2025031200{number:02},2025-03-12,{premium(number)},C2025{number:04},欧阳娜娜,"
    f"AG00{number % 3}2026,诸葛小明,卓越精英营业{number % 3}部,内蒙古自治区分公司,"
    for number in range(30)
]


@pytest.fixture(scope="module")
def great_office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ledger = [f"POL2025031200{number:02},2026-03-12,{premium(number)}," for number in range(30)]
    return make(tmp_path_factory.mktemp("figures") / "great", GREAT, ledger)


SHOWN = [
    *[("atrisk",), ("atrisk", "--list")],
    *[("atrisk", "--by", by) for by in ("branch", "team", "agent")],
    ("collection", "--from", "2026-03-01", "--to", "2026-03-31"),
    ("collection", "--from", "2026-03-01", "--to", "2026-03-31", "--by", "agent"),
    ("collection", "--from", "2026-03-01", "--to", "2026-03-31", "--list"),
    *[("scorecard",), ("scorecard", "--by", "agent", "--trend")],
    *[("losses", "--as-of", "2026-06-15"), ("losses", "--as-of", "2026-06-15", "--by", "team")],
]


@pytest.mark.parametrize("env", [EN, ZH], ids=["en", "zh_CN"])
def test_tables_of_long_names_and_great_premiums_fit_eighty_columns(
    great_office: Path, env: dict[str, str]
) -> None:
    for words in SHOWN:
        answer = call(*words, cwd=great_office, env=env).done()
        assert max(map(width, answer.lines())) <= COLUMNS, words


AMOUNTS = [
    # thirty premiums of 1.2 million are 37,037,448.00 in all; ten of one team a third of it
    (("atrisk",), ["37,037,448.00", "32,592,954.24", "1,234,596.10"]),
    (("atrisk", "--by", "branch"), ["37,037,448.00", "32,592,954.24"]),
    (("atrisk", "--by", "team"), ["12,345,806.00", "10,864,309.28", "1,234,577.10"]),
]


@pytest.mark.parametrize("env", [EN, ZH], ids=["en", "zh_CN"])
def test_an_amount_is_never_broken_in_two(great_office: Path, env: dict[str, str]) -> None:
    for words, amounts in AMOUNTS:
        said = call(*words, cwd=great_office, env=env).done().out.split()
        assert [amount for amount in amounts if amount not in said] == [], words


def test_a_person_is_shown_twenty_policies_and_told_of_the_others(great_office: Path) -> None:
    for env, others in [(EN, "and 10 more policies: --list"), (ZH, "另有 10 张保单：--list")]:
        assert squeezed(call("atrisk", cwd=great_office, env=env))[-1] == others
    listed = call("atrisk", "--list", cwd=great_office, env=EN).done()
    assert listed.out.count("POL") == 30
    assert "more policies" not in listed.out
    assert len(document(great_office, "atrisk")["policies"]) == 30


# --- What cannot be asked -------------------------------------------------------------------------

FIGURES = ("atrisk", "scorecard", "losses")

REFUSED = [
    *[((figure, "--branch", "广州"), 1, ["广州"]) for figure in FIGURES],
    (("atrisk", "--team", "三部"), 1, ["三部"]),
    (("scorecard", "--agent", "A404"), 1, ["A404"]),
    *[
        (("scorecard", "--period", period), 2, [period, "2026-05, 2026-Q2 or 2026"])
        for period in ("2026-13", "2026-Q5", "May")
    ],
    (("scorecard", "--as-of", "2026-02-30"), 2, ["2026-02-30", "YYYY-MM-DD"]),
    (("scorecard", "--by", "cohort"), 2, ["cohort", "branch"]),
    (("scorecard", "--as-of", "2020-01-01"), 1, ["2025-02-10", "2020-01-01"]),
    (("atrisk", "--to", "2025-02"), 1, ["open", "2026-05-11"]),
    (("atrisk", "--from", "2025-07"), 1, ["open", "2026-05-11"]),
    (("atrisk", "--ahead", "12"), 2, ["12", "ahead"]),
    (("atrisk", "--month", "14"), 2, ["14", "13"]),
    (("atrisk", "--by", "product"), 2, ["product", "agent"]),
    (("losses", "--from", "2025-03"), 1, ["complete", "2026-05-11"]),
    (("losses", "--from", "March"), 2, ["March", "YYYY-MM"]),
    (("losses", "--from", "2025-02", "--to", "2025-01"), 1, ["2025-02", "2025-01"]),
]


@pytest.mark.parametrize(
    ("words", "code", "parts"), REFUSED, ids=[" ".join(words) for words, *_ in REFUSED]
)
def test_bad_input_is_one_sentence(
    office: Path, words: tuple[str, ...], code: int, parts: list[str]
) -> None:
    answer = call(*words, "--format", "json", cwd=office)
    sentence = answer.refused(code)
    assert answer.out == ""
    for part in parts:
        assert part in sentence


@pytest.mark.parametrize("period", ["9999-12", "0001-01"])
def test_a_period_at_either_end_of_the_calendar_is_no_crash(office: Path, period: str) -> None:
    answer = call("scorecard", "--period", period, cwd=office)
    if answer.code:
        answer.refused(answer.code)


@pytest.mark.parametrize("figure", ["atrisk", "losses"])
def test_paid_cannot_be_asked_of_a_book_without_a_ledger(without_ledger: Path, figure: str) -> None:
    asked = (figure, "--definition", "paid")
    assert "premium ledger" in call(*asked, cwd=without_ledger).refused()


def test_without_a_ledger_all_figures_are_told_by_what_is_in_force(without_ledger: Path) -> None:
    for figure in FIGURES:
        assert document(without_ledger, figure)["definition"] == "in-force"


@pytest.mark.parametrize("figure", FIGURES)
def test_an_empty_book_has_no_figures(tmp_path: Path, figure: str) -> None:
    call("init", cwd=tmp_path).done()
    assert "import one first" in call(figure, cwd=tmp_path).refused()


@pytest.fixture(scope="module")
def mixed(office: Path, tmp_path_factory: pytest.TempPathFactory, homes: Homes) -> Path:
    """The same book with one policy whose premium is in dollars."""
    mixed = homes.copied(office, tmp_path_factory.mktemp("figures") / "mixed")
    row = f"P010,2025-03-20,900,C010,郑爽,{CHEN_YAN},,USD,安心终身寿险"
    (mixed / "more.csv").write_text(f"{HEAD}\n{row}\n", "utf-8")
    call("book", "import", "more.csv", "--joined", JOINED, cwd=mixed).done()
    return mixed


@pytest.mark.parametrize("figure", ["atrisk", "scorecard"])
def test_premiums_of_two_currencies_are_refused_with_what_can_be_asked(
    mixed: Path, figure: str
) -> None:
    sentence = call(figure, cwd=mixed).refused()
    assert "CNY and USD" in sentence
    known = call(figure, "--help", cwd=mixed).done().out
    for option in ("--currency", "--basis"):
        assert (option in sentence) <= (option in known), f"{figure} has no {option}"


def test_in_one_currency_the_early_warning_is_told(mixed: Path) -> None:
    told = document(mixed, "atrisk", "--currency", "CNY")
    assert told["rows"] == [MARCH, MAY]
    (row,) = document(mixed, "atrisk", "--currency", "USD")["rows"]
    assert row["premium_counted"] == 900
