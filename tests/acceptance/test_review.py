"""The review of a family's policies, from the command line."""

from pathlib import Path

import pytest

from tests.acceptance.frontdoor import call
from tests.acceptance.office import Office

CHINESE = {"LANGUAGE": "zh_CN"}
ENGLISH = {"LANGUAGE": "en"}

ADA = {
    "policy_no": "P1",
    "issue_date": "2026-01-05",
    "annual_premium": "1200",
    "product": "安心定期寿险",
    "sum_assured": "200000",
    "currency": "CNY",
    "client_no": "C1",
    "client_name": "Ada Example",
    "agent_no": "A1",
}
BEN = {**ADA, "policy_no": "P2", "client_no": "C2", "client_name": "Ben Example", "sum_assured": ""}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    found = Office(tmp_path / "office")
    found.book(ADA, BEN, joined="2026-02-01")
    return found


def test_the_worked_figure(tmp_path: Path) -> None:
    call("init", cwd=tmp_path).done()
    asked = ("review", "gap", "--income", "200000", "--cover", "500000")
    found = call(*asked, "--format", "json", cwd=tmp_path).done().document()
    assert found == {"kind": "life", "need": 2_000_000, "cover": 500_000, "gap": 1_500_000}
    told = call(*asked, cwd=tmp_path, env=ENGLISH).done().out
    assert told == "need 2,000,000, cover 500,000: gap 1,500,000\n"
    assert "缺口 1,500,000" in call(*asked, cwd=tmp_path, env=CHINESE).done().out
    other = call(*asked, "--kind", "medical", "--format", "json", cwd=tmp_path).done().document()
    assert (other["need"], other["gap"]) == (None, None)


def test_the_same_gap_comes_out_of_what_a_client_has_and_tells(office: Office) -> None:
    office("review", "income", "C1", "200,000").done()
    office(
        "review", "other", "C1", "--insurer", "Mutual", "--kind", "life", "--sum", "300000"
    ).done()
    office(
        "review", "beneficiary", "P1", "--name", "Ben", "--kin", "spouse", "--share", "100"
    ).done()
    office("client", "family", "C1", "C2", "--kin", "spouse").done()
    found = office("review", "show", "C1", "--format", "json").done().document()
    ada, ben = found["persons"]
    assert (ada["lines"][0]["cover"], ada["lines"][0]["gap"]) == (
        {"CNY": "500000.00"},
        "1500000.00",
    )
    assert [each["insurer"] for each in ada["policies"]] == ["", "Mutual"]
    assert ada["policies"][0]["beneficiaries"][0]["share"] == "100"
    assert (ben["kin"], ben["lines"][0]["unknown"], ben["lines"][0]["gap"]) == ("spouse", 1, None)
    told = office("review", "show", "C1").done().out
    assert "1,500,000 CNY" in told
    assert "1 policy of unknown amount" in told
    assert "recommends no product" in told
    rows = office("review", "show", "C1", "--format", "csv").done().table()
    assert (rows[0]["kind"], rows[0]["gap"]) == ("life", "1500000.00")


def test_the_card_says_that_it_was_written_and_none_of_it(office: Office) -> None:
    office("review", "income", "C1", "4321").done()
    lines = office("card", "C1", "--format", "json").done().document()["trail"]
    (line,) = [each for each in lines if each["kind"] == "cover.income"]
    assert line["facts"].keys() == {"by"}
    assert "4321" not in str(lines)


REFUSED = [
    (("income", "C1", "much"), "an amount of money was expected"),
    (("income", "C9", "1"), "C9"),
    (("other", "C1", "--insurer", " "), "a name was expected"),
    (("other", "C1", "--insurer", "x", "--sum", "-1"), "an amount of money was expected"),
    (("other", "C1", "--insurer", "x", "--currency", "dollars"), "a currency such as CNY"),
    (
        ("beneficiary", "P1", "--name", "x", "--kin", "child", "--share", "101"),
        "up to 100 per cent",
    ),
    (("beneficiary", "P9", "--name", "x", "--kin", "child"), "P9"),
    (("forget", "C1", "--other", "7"), "no number 7"),
    (("forget", "C1", "--beneficiary", "7", "--policy", "P2"), "P2"),
    (("show", "C9"), "C9"),
    (("check", "nowhere.toml"), "nowhere.toml"),
]


@pytest.mark.parametrize(("words", "why"), REFUSED)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    words: tuple[str, ...], why: str, office: Office
) -> None:
    assert why in office("review", *words).refused()
    found = office("review", "show", "C1", "--format", "json").done().document()["persons"][0]
    assert (len(found["policies"]), found["income"]) == (1, None)


def test_the_workspace_s_own_file_decides_on_kinds_and_needs(office: Office) -> None:
    folder = office.home / "covers"
    folder.mkdir()
    own = '[need]\nmedical = { income_times = 0.5 }\n[products]\nmedical = ["安心定期寿险"]\n'
    (folder / "standard.toml").write_text(own, "utf-8")
    office("review", "income", "C1", "1000000").done()
    found = office("review", "show", "C1", "--format", "json").done().document()
    by_kind = {each["kind"]: each for each in found["persons"][0]["lines"]}
    assert by_kind["life"]["need"] is None
    assert by_kind["medical"]["gap"] == "300000.00"
    told = office("review", "check", "standard").done().out
    assert told.endswith("standard.toml is in order: 1 product, 1 needs\n")
    (folder / "standard.toml").write_text("[need]\nlife = { income_times = 0 }\n", "utf-8")
    assert "line 2: life" in office("review", "show", "C1").refused()
