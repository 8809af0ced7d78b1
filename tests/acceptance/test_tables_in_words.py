"""No table for people has a code of a file: states, sources and reasons are said in their language."""

import re
from pathlib import Path

import pytest

from policies import case_file, clock, pressing
from policies.desks import DESKS
from servicing.callbacks import calling
from tests.acceptance.frontdoor import call

CHINESE = {"SERVICING_SERVICING_LOCALE": "zh_CN", "COLUMNS": "200"}
RULES = clock.of("CN", Path("/nowhere")).names
KINDS = [
    case_file.load(case_file.SHIPPED / f"{each}.toml", RULES)
    for each in case_file.names(Path("/nowhere"))
]


def codes() -> set[str]:
    """What the files of kinds call things, and what the program does."""
    found = {*DESKS, *calling.OUTCOMES, *pressing.LEVELS, "the book", "the client", "the clock"}
    for kind in KINDS:
        found.add(kind.id)
        for part in (kind.state, kind.step, kind.source, kind.channel, kind.category):
            found.update(each.id for each in part)
        for step in kind.step:
            found.update(step.reasons)
    return found


def told(home: Path, *words: object) -> list[str]:
    """The lines of a command in Chinese, but for that of the steps, which are named as they are typed."""
    answer = call(*words, cwd=home, env=CHINESE).done()
    return [each for each in answer.out.splitlines() if not each.startswith("当前可办理")]


def done(home: Path, *words: object) -> None:
    call(*words, cwd=home).done()


@pytest.fixture
def desk(office: Path) -> Path:
    """Call-backs of which one was tried, one has a problem item, and a complaint that went up."""
    done(office, "callbacks", "open")
    said = (
        "--source",
        "client",
        "--channel",
        "phone",
        "--text",
        "说了三次",
        "--category",
        "simple",
    )
    asked = ("--client", "C000001", "--received", "2026-04-01", *said)
    done(office, "cases", "open", "complaint", *asked)
    listed = call("cases", "list", "--format", "json", cwd=office).done().document()
    complaint = next(each["case"] for each in listed if each["kind"] == "complaint")
    done(office, "cases", "step", complaint, "accept", "--text", "受理")
    other = ("--client", "C000002", "--received", "2026-05-04", "--text", "不明白")
    done(office, "cases", "open", "complaint", *other)
    refused = complaint + 1
    why = ("--reason", "out_of_scope", "--text", "不属本公司")
    done(office, "cases", "step", refused, "refuse", *why)
    done(office, "cases", "open", "problem", *other, "--source", "spot_check")
    done(office, "cases", "escalate")
    return office


LISTS: list[tuple[object, ...]] = [
    ("cases", "list"),
    ("cases", "list", "--state", "refused"),
    ("callbacks", "due"),
    ("callbacks", "rate", "--from", "2026-01-01", "--to", "2026-05-04"),
    ("checks", "list"),
    ("checks", "draws"),
    ("checks", "report"),
    *(("cases", "report", each, "--on", "2026-05-04") for each in ("weekly", "monthly", "daily")),
    ("cases", "report", "complained-of", "--on", "2026-05-04"),
]


@pytest.mark.parametrize("words", LISTS, ids=" ".join)
def test_no_code_stands_in_a_chinese_table(desk: Path, words: tuple[object, ...]) -> None:
    assert raw(told(desk, *words)) == {}


def raw(lines: list[str]) -> dict[str, str]:
    """The codes that stand somewhere, each with its line."""
    return {
        code: line
        for line in lines
        for code in codes()
        if re.search(rf"(?<![\w-]){re.escape(code)}(?![\w-])", line)
    }


def test_no_code_stands_in_a_case_that_is_shown_in_chinese(desk: Path) -> None:
    every = call("cases", "list", "--format", "json", cwd=desk).done().document()
    every += (
        call("cases", "list", "--state", "refused", "--format", "json", cwd=desk).done().document()
    )
    assert {each["kind"] for each in every} >= {"complaint", "problem"}
    wrong = {each["case"]: raw(told(desk, "cases", "show", each["case"])) for each in every}
    assert {case: found for case, found in wrong.items() if found} == {}
