"""What service earns, from the command line."""

import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.frontdoor import Answer, call

NOW = datetime.datetime(2026, 12, 31, 9, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
CHINESE = {"LANGUAGE": "zh_CN"}

BOOK = """\
policy_no,issue_date,annual_premium,currency,premium_term_years,client_no,client_name,agent_no,agent_name
P001,2025-05-12,100000,CNY,20,C001,林伟,A001,陈燕
P002,2026-03-10,36538,CNY,20,C001,林伟,A001,陈燕
P003,2025-11-20,1000,CNY,20,C001,林伟,A001,陈燕
"""
LEDGER = """\
policy_no,due_date,amount,paid_on
P001,2025-05-12,100000,2025-05-12
P001,2026-05-12,100000,2026-06-01
P002,2026-03-10,36538,2026-03-10
P003,2025-11-20,1000,2025-11-20
P003,2026-11-20,1000,
"""
TABLE = """\
currency = "CNY"
[[rate]]
first_year = 0.5
renewal = [{ from = 2, share = 0.1 }]
bonus = [{ from = 0, to = 0.8, share = 0 }, { from = 0.8, share = 0.00997 }]
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    call("init", cwd=tmp_path, now=NOW).done()
    (tmp_path / "book.csv").write_text(BOOK, "utf-8")
    (tmp_path / "ledger.csv").write_text(LEDGER, "utf-8")
    call("book", "import", "book.csv", "--joined", "2026-01-01", cwd=tmp_path, now=NOW).done()
    call("book", "import", "ledger.csv", "--premiums", cwd=tmp_path, now=NOW).done()
    (tmp_path / "commissions").mkdir()
    return tmp_path


def with_table(home: Path, text: str = TABLE) -> Path:
    (home / "commissions" / "standard.toml").write_text(text, "utf-8")
    return home


def asked(home: Path, *words: str, **how: Any) -> Answer:
    return call(*words, cwd=home, now=NOW, **how)


def report(home: Path) -> Any:
    said = ("earnings", "report", "--by", "agent", "--period", "2026", "--format", "json")
    return asked(home, *said).done().document()


def test_the_worked_figure_comes_out_of_a_small_book(home: Path) -> None:
    found = report(with_table(home))
    assert found["rows"] == [
        {
            "key": "A001",
            "name": "陈燕",
            "first_year": 18_269,
            "renewal": 10_000,
            "bonus": 997,
            "income": 10_997,
            "ratio": 10_997 / 18_269,
            "persistency": 1.0,
            "outstanding": 100,
            "unknown": 0,
        }
    ]
    assert (found["currency"], found["total"]["income"]) == ("CNY", 10_997)
    said = ("earnings", "report", "--period", "2026")
    assert asked(home, *said).done().lines()[-1].split()[-2:] == ["%", "100.00"]
    assert "60.2 %" in asked(home, *said).done().lines()[-1]
    assert "续期收入" in asked(home, *said, env=CHINESE).done().out


def test_without_a_table_nobody_is_told_an_income(home: Path) -> None:
    told = asked(home, "earnings", "report", "--period", "2026").refused()
    assert "commissions/standard.toml" in told
    assert collection(home)["total"]["income"] is None


def collection(home: Path) -> Any:
    span = ("--from", "2026-11-01", "--to", "2026-12-31", "--format", "json")
    return asked(home, "collection", *span).done().document()


def test_collection_tells_the_income_that_hangs_on_what_may_still_come_in(home: Path) -> None:
    found = collection(with_table(home))
    assert (found["total"]["outstanding"], found["total"]["income"]) == (1000, 100)
    listed = ("collection", "--from", "2026-11-01", "--to", "2026-12-31", "--list")
    lines = asked(home, *listed, "--format", "json").done().document()["instalments"]
    assert [(each["policy_no"], each["income"]) for each in lines] == [("P003", 100)]


def test_a_renewal_task_has_its_income_beside_it(home: Path) -> None:
    with_table(home)
    asked(home, "walk", "--on", "2026-12-07").done()
    lines = asked(home, "tasks", "list", "--on", "2026-12-07", "--format", "json").done().document()
    earns = {(each["touchpoint"], each["policy_no"]): each["income"] for each in lines}
    assert earns["renewal", "P003"] == "100.00"
    assert [each for each in earns.values() if each is not None] == ["100.00"]
    assert {each["currency"] for each in lines} == {"CNY", None}


def test_the_checker_names_a_product_that_is_not_in_the_book(home: Path) -> None:
    assert asked(home, "earnings", "check", "example").done().out.endswith("in order: 2 rates\n")
    own = (
        TABLE + '[[rate]]\nproduct = "重疾"\nfirst_year = 0\nrenewal = [{ from = 2, share = 0 }]\n'
    )
    with_table(home, own)
    told = asked(home, "earnings", "check", "commissions/standard.toml").refused()
    assert told.endswith("line 6: rate 重疾: no policy of the book is of the product 重疾")


def test_a_wrong_table_is_refused_with_its_line(home: Path) -> None:
    with_table(home, TABLE.replace("from = 2", "from = 3"))
    told = asked(home, "earnings", "report", "--period", "2026").refused()
    assert "standard.toml, line 4: rate *: 2 is left out" in told
