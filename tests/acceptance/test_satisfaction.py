"""Figures of satisfaction from the command line: every worked figure, what is said, what is refused."""

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.frontdoor import call, servicing

CHINESE = {"LANGUAGE": "zh_CN"}


def made(folder: Path, name: str, counts: str) -> Any:
    asked = ("satisfaction", "figure", name, "--counts", counts, "--format", "json")
    return call(*asked, cwd=folder).done().document()


def needed(folder: Path, *words: str) -> Any:
    asked = ("satisfaction", "need", *words, "--format", "json")
    return call(*asked, cwd=folder).done().document()


TOLD = [
    ("csat", "96,68,20,10,6", "CSAT 82.0 % (76.1–86.7)", "mean 4.19", "200 answers"),
    ("nps", "52,28,20", "NPS +32 ± 15.4", "100 answers"),
    ("nps", "104,56,40", "NPS +32 ± 10.9", "200 answers"),
    ("nps", "20,28,52", "NPS -32 ± 15.4", "100 answers"),
    ("nps", "30,10,30", "NPS 0 ± 21.7", "70 answers"),
    ("nps", "5,3,2", "NPS +30 ± 48.4", "10 answers", "too few to judge by: 30 answers are needed"),
    ("csat", "10,0,0,0,0", "CSAT 100.0 % (72.2–100.0)", "mean 5.00", "10 answers", "too few"),
    ("csat", "1,0,0,0,0", "CSAT 100.0 % (20.7–100.0)", "mean 5.00", "1 answer", "too few"),
    ("ces", "0,0,0,0,0,0,0", "CES: nobody has answered"),
]


@pytest.mark.parametrize("case", TOLD, ids=lambda case: f"{case[0]} {case[1]}")
def test_a_figure_is_told_with_its_interval(case: tuple[str, ...], tmp_path: Path) -> None:
    name, counts, *lines = case
    told = call("satisfaction", "figure", name, "--counts", counts, cwd=tmp_path).done().lines()
    assert len(told) == len(lines)
    assert all(line.startswith(begin) for line, begin in zip(told, lines, strict=True))


def test_a_program_reads_it_unrounded(tmp_path: Path) -> None:
    csat = made(tmp_path, "csat", "96,68,20,10,6")
    assert csat == {
        "figure": "csat",
        "value": 0.82,
        "low": pytest.approx(0.76088406),
        "high": pytest.approx(0.86705449),
        "margin": None,
        "mean": 4.19,
        "n": 200,
        "enough": True,
    }
    nps = made(tmp_path, "nps", "52,28,20")
    assert (nps["value"], nps["mean"], nps["enough"]) == (0.32, None, True)
    assert nps["margin"] == pytest.approx(0.15403156)
    assert (nps["low"], nps["high"]) == pytest.approx((0.32 - nps["margin"], 0.32 + nps["margin"]))
    few = made(tmp_path, "csat", "10,0,0,0,0")
    assert (few["value"], few["high"], few["enough"]) == (1, 1, False)
    nobody = made(tmp_path, "nps", "0,0,0")
    numbers = ("value", "low", "high", "margin", "mean")
    assert [nobody[each] for each in numbers] == [None] * 5
    assert (nobody["n"], nobody["enough"]) == (0, False)


@pytest.mark.parametrize(
    ("words", "answers"),
    [
        (("--margin", "0.10"), 97),
        (("--margin", "0.10", "--of", "2000"), 92),
        (("--margin", "0.05"), 385),
        (("--margin", "0.05", "--of", "2000"), 323),
    ],
)
def test_so_many_answers_are_needed(words: tuple[str, ...], answers: int, tmp_path: Path) -> None:
    assert needed(tmp_path, *words) == {"answers": answers}
    told = call("satisfaction", "need", *words, cwd=tmp_path).done().out
    assert told.startswith(f"{answers} answers")


GAPS = ("satisfaction", "gap", "--gaps", "-0.4,-0.6,0.1,-0.2,0.3")
WEIGHTS = ("--weights", "0.30,0.25,0.20,0.15,0.10")


@pytest.mark.parametrize(
    ("words", "english", "chinese"),
    [
        ((*GAPS, *WEIGHTS), "SERVQUAL -0.25: less than", "SERVQUAL -0.25：低于客户期望"),
        (GAPS, "SERVQUAL -0.16: less than", "SERVQUAL -0.16：低于客户期望"),
        ((*GAPS[:3], "1,0,0,0,0"), "SERVQUAL +0.20: more than", "SERVQUAL +0.20：高于客户期望"),
        ((*GAPS[:3], "0,0,0,0,0.01"), "SERVQUAL 0: as clients", "SERVQUAL 0：符合客户期望"),
    ],
)
def test_the_gap_of_servqual(
    words: tuple[str, ...], english: str, chinese: str, tmp_path: Path
) -> None:
    assert call(*words, cwd=tmp_path).done().out.startswith(english)
    assert call(*words, cwd=tmp_path, env=CHINESE).done().out == f"{chinese}\n"


def test_a_program_reads_the_gap(tmp_path: Path) -> None:
    found = call(*GAPS, *WEIGHTS, "--format", "json", cwd=tmp_path).done().document()
    assert found == {"gap": -0.25}


def test_it_is_told_in_chinese_where_that_is_spoken(tmp_path: Path) -> None:
    asked = ("satisfaction", "figure", "csat", "--counts", "10,0,0,0,0")
    assert call(*asked, cwd=tmp_path, env=CHINESE).done().lines() == [
        "CSAT 100.0 %（72.2–100.0）",
        "平均分 5.00",
        "共 10 份答卷",
        "样本不足，不宜据此评价：至少需要 30 份答卷",
    ]
    asked = ("satisfaction", "need", "--margin", "0.10", "--of", "2000")
    told = call(*asked, cwd=tmp_path, env=CHINESE).done().out
    assert told == "客户 2,000 人，误差不超过 ± 10 个百分点，需要 92 份答卷\n"


def test_csv_has_the_keys_of_json(tmp_path: Path) -> None:
    asked = ("satisfaction", "figure", "csat", "--counts", "10,0,0,0,0")
    (row,) = call(*asked, "--format", "csv", cwd=tmp_path).done().table()
    assert list(row) == list(made(tmp_path, "csat", "10,0,0,0,0"))
    assert (row["value"], row["margin"], row["enough"]) == ("1.0", "", "False")


def test_the_installed_command_needs_no_workspace_and_writes_nothing(tmp_path: Path) -> None:
    asked = ("satisfaction", "figure", "nps", "--counts", "52,28,20", "--format", "json")
    assert servicing(*asked, cwd=tmp_path).done().document()["value"] == 0.32
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("figure", "csat", "--counts", "1,2,3"), "'--counts': csat is made of 5 counts"),
        (("figure", "nps", "--counts", "1,2"), "'--counts': nps is made of 3 counts: promoters"),
        (("figure", "ces", "--counts", "1"), "'--counts': ces is made of 7 counts"),
        (("figure", "nps", "--counts", "5,-3,2"), "'--counts': '5,-3,2' is no list of counts"),
        (("figure", "nps", "--counts", "5,3.5,2"), "'--counts': '5,3.5,2' is no list of counts"),
        (("figure", "csi", "--counts", "5,3,2"), "'csi' is not one of 'csat', 'nps', 'ces'"),
        (("figure", "nps"), "--counts"),
        (("need", "--margin", "0"), "'--margin': '0' is not a share above 0 and up to 1"),
        (("need", "--margin", "10%"), "'--margin': '10%' is not a share above 0 and up to 1"),
        (("need", "--margin", "0.1", "--of", "0"), "'--of': 0 is not in the range"),
        (("need",), "--margin"),
        (
            (*GAPS[1:], "--weights", "1,1,1,1,1"),
            "'--weights': weights from 0 to 1 that add up to 1",
        ),
        (("gap", "--gaps", "1,2"), "'--gaps': '1,2': five numbers with commas between them"),
        (("gap",), "--gaps"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else "",
)
def test_what_makes_no_figure_is_refused(
    words: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    assert sentence in call("satisfaction", *words, cwd=tmp_path).refused(2)
