"""Scorecards of tiers from the command line."""

from pathlib import Path
from typing import Any

import pytest

from policies import tier
from tests.acceptance.frontdoor import call, servicing
from tests.acceptance.tier_facts import MEMBERS, TIER_FACTS

CHINESE = {"LANGUAGE": "zh_CN"}
FACTS = TIER_FACTS.read_text("utf-8")


def scored(folder: Path, facts: str) -> Any:
    (folder / "facts.toml").write_text(facts, "utf-8")
    asked = ("tiers", "score", "basic", "--facts", "facts.toml", "--format", "json")
    return call(*asked, cwd=folder).done().document()


@pytest.mark.parametrize(("churn", "points"), [("0.012", 2), ("0.015", 1), ("0.014", 1.5)])
def test_points_by_exact_decimals(churn: str, points: float, tmp_path: Path) -> None:
    found = scored(tmp_path, FACTS.replace("\nchurn = 0.014", f"\nchurn = {churn}"))
    line = found["factors"][-1]
    assert line == {"factor": "churn", "value": float(churn), "points": points}
    assert found["points"] == 25 + points
    assert found["tier"] == "attentive"


def test_bands_that_leave_a_value_out_are_refused_with_the_line(tmp_path: Path) -> None:
    told = call("tiers", "check", MEMBERS, cwd=tmp_path).refused()
    assert told == f"{MEMBERS}, line 10: factor members: the bands leave out 2000"
    told = call("tiers", "check", MEMBERS, cwd=tmp_path, env=CHINESE)
    assert told.err == f"错误：{MEMBERS} 第 10 行：factor members：各档之间漏掉了 2000\n"
    asked = ("tiers", "score", MEMBERS, "--facts", TIER_FACTS)
    assert "the bands leave out 2000" in call(*asked, cwd=tmp_path).refused()


def test_the_bands_mended_are_in_order(tmp_path: Path) -> None:
    text = MEMBERS.read_text("utf-8").replace("above = 2000", "from = 2000")
    (tmp_path / "mended.toml").write_text(text, "utf-8")
    told = call("tiers", "check", "mended.toml", cwd=tmp_path).done().out
    assert told == "mended.toml is in order: 1 factor, 0 tiers\n"


def test_an_overlap_is_refused_with_the_line(tmp_path: Path) -> None:
    text = MEMBERS.read_text("utf-8").replace("above = 2000", "from = 1999")
    (tmp_path / "own.toml").write_text(text, "utf-8")
    told = call("tiers", "check", "own.toml", cwd=tmp_path).refused()
    assert told == "own.toml, line 10: factor members: two bands have 1999 ≤ x < 2000"


@pytest.mark.parametrize(
    ("ours", "theirs", "told"),
    [
        ("标准服务", "垃圾客户", "the name '垃圾客户' cannot be stored: '垃圾' degrades a person"),
        ("Regular service", "Poor", "the name 'Poor' cannot be stored: 'poor' judges a person"),
        ("attentive", "deadbeats", "the name 'deadbeats' cannot be stored: 'deadbeats' blames"),
    ],
)
def test_an_insulting_label_is_refused_with_the_reason(
    ours: str, theirs: str, told: str, tmp_path: Path
) -> None:
    shipped = (tier.SHIPPED / "basic.toml").read_text("utf-8")
    (tmp_path / "own.toml").write_text(shipped.replace(f'"{ours}"', f'"{theirs}"'), "utf-8")
    assert told in call("tiers", "check", "own.toml", cwd=tmp_path).refused()


def test_the_shipped_scorecard_is_in_order_and_told_in_both_languages(tmp_path: Path) -> None:
    told = call("tiers", "check", "basic", cwd=tmp_path).done().out
    assert told.endswith("basic.toml is in order: 5 factors, 3 tiers\n")
    asked = ("tiers", "score", "basic", "--facts", TIER_FACTS)
    english = call(*asked, cwd=tmp_path).done().lines()
    assert english[-1] == "26.5 points: Attentive service"
    assert english[-3].split() == ["Churn", "0.014", "1.5"]
    chinese = call(*asked, cwd=tmp_path, env=CHINESE).done().lines()
    assert chinese[-1] == "合计 26.5 分：关怀服务"
    assert chinese[0].split() == ["评分项", "数值", "得分"]


def test_a_strange_name_steers_no_terminal(tmp_path: Path) -> None:
    strange = tmp_path / "\x1b[31mred.toml"
    strange.write_text((tier.SHIPPED / "basic.toml").read_text("utf-8"), "utf-8")
    assert "\x1b" not in call("tiers", "check", strange, cwd=tmp_path).done().out


def test_csv_has_a_row_a_factor(tmp_path: Path) -> None:
    asked = ("tiers", "score", "basic", "--facts", TIER_FACTS, "--format", "csv")
    rows = call(*asked, cwd=tmp_path).done().table()
    assert rows[-1] == {"factor": "churn", "value": "0.014", "points": "1.5"}
    assert len(rows) == 5


def test_the_installed_command_needs_no_workspace_and_writes_nothing(tmp_path: Path) -> None:
    asked = ("tiers", "score", "basic", "--facts", TIER_FACTS, "--format", "json")
    assert servicing(*asked, cwd=tmp_path).done().document()["points"] == 26.5
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("check", "nowhere.toml"), "nowhere.toml"),
        (("check", "nowhere"), "nowhere"),
        (("check", "."), "."),
        (("score", "basic", "--facts", "nowhere.toml"), "nowhere.toml"),
        (("score", "basic", "--facts", "some.toml"), "some.toml: not said: policies, years"),
    ],
)
def test_what_cannot_be_read_is_refused(
    words: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "some.toml").write_text("annual_premium = 1\n", "utf-8")
    assert sentence in call("tiers", *words, cwd=tmp_path).refused()


VISIT = """
name = "ours"
[[touchpoint]]
id = "visit"
title = { en = "Visit" }
anchor = "%s"
due = [{ months = 3 }]
kind = "value-added"
scope = "policy"
owner = "task"
tiers = %s
"""

PLANS = [
    ("issue", '["personal", "attentive"]', ""),
    (
        "issue",
        '["gold"]',
        "the scorecard has no tier 'gold', there is: regular, attentive, personal",
    ),
    ("issue", '["personal", "personal"]', "tiers names 'personal' twice"),
    ("premium_due", '["personal"]', 'tiers is not for anchor = "premium_due"'),
]


@pytest.mark.parametrize(("anchor", "tiers", "told"), PLANS)
def test_a_plan_is_checked_against_the_scorecard(
    anchor: str, tiers: str, told: str, tmp_path: Path
) -> None:
    call("init", cwd=tmp_path).done()
    (tmp_path / "ours.toml").write_text(VISIT % (anchor, tiers), "utf-8")
    answer = call("plan", "check", "ours.toml", cwd=tmp_path)
    if told:
        assert told in answer.refused()
    else:
        answer.done()


def test_a_plan_is_checked_against_the_workspaces_own_scorecard(tmp_path: Path) -> None:
    call("init", cwd=tmp_path).done()
    (tmp_path / "ours.toml").write_text(VISIT % ("issue", '["gold"]'), "utf-8")
    own = (tier.SHIPPED / "basic.toml").read_text("utf-8").replace('"personal"', '"gold"')
    (tmp_path / "tiers").mkdir()
    (tmp_path / "tiers" / "basic.toml").write_text(own, "utf-8")
    call("plan", "check", "ours.toml", cwd=tmp_path).done()


DOWN = [("periods", "-1", "-1"), ("points", "-0.5", "-0.5")]


@pytest.mark.parametrize(("key", "value", "told"), DOWN)
def test_patience_is_not_below_zero(key: str, value: str, told: str, tmp_path: Path) -> None:
    text = (tier.SHIPPED / "basic.toml").read_text("utf-8")
    before = "periods = 2" if key == "periods" else "\npoints = 5\n"
    assert before in text
    text = text.replace(before, before.replace(before.split("=")[1].strip(), value))
    (tmp_path / "own.toml").write_text(text, "utf-8")
    assert (
        f"down: {key}: '{told}' is below 0"
        in call("tiers", "check", "own.toml", cwd=tmp_path).refused()
    )
