"""A workspace is made for whoever says whose it is; nothing is written where that is invalid."""

import os
import pty
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.frontdoor import COMMAND, call

USUAL = ("CN", "zh_CN", "Asia/Shanghai", "示例人寿")


def settings(home: Path) -> dict[str, Any]:
    return tomllib.loads((home / "servicing.toml").read_text("utf-8"))["servicing"]


def whose(home: Path) -> tuple[str, str, str, str]:
    """Country, language, time zone and company."""
    found = settings(home)
    return found["country"], found["locale"], found["timezone"], found["company"]


SAID = [
    ([], USUAL),
    (["--country", "GB"], ("GB", "zh_CN", "Europe/London", "示例人寿")),
    (["--country", "US", "--locale", "en"], ("US", "en", "America/New_York", "示例人寿")),
    (["--country", "SG"], ("SG", "zh_CN", "Asia/Singapore", "示例人寿")),
    (["--timezone", "Asia/Urumqi"], ("CN", "zh_CN", "Asia/Urumqi", "示例人寿")),
    (["--company", 'Life "A\\B" = ä'], (*USUAL[:3], 'Life "A\\B" = ä')),
]


@pytest.mark.parametrize(("options", "expected"), SAID)
def test_what_is_said_stands_in_the_settings(
    tmp_path: Path, options: list[str], expected: tuple[str, ...]
) -> None:
    call("init", *options, cwd=tmp_path).done()
    assert whose(tmp_path) == expected
    call("status", cwd=tmp_path)  # it can be read


def test_a_part_of_the_country_is_named_or_asked_for(tmp_path: Path) -> None:
    (named, unnamed) = (tmp_path / "named", tmp_path / "unnamed")
    said = call("--home", named, "init", "--country", "GB", "--subdivision", "SCT", cwd=tmp_path)
    assert (settings(named)["subdivision"], said.done().err) == ("SCT", "")
    said = call("--home", unnamed, "init", "--country", "GB", "--locale", "en", cwd=tmp_path).done()
    assert settings(unnamed)["subdivision"] == ""
    assert "ENG, NIR, SCT, WLS" in said.err and "subdivision" in said.err


WRONG = [
    (["--subdivision", "ENG"], "subdivision"),
    (["--country", "GB", "--subdivision", "eng"], "subdivision"),
    (["--country", "XX"], "country"),
    (["--country", "cn"], "country"),
    (["--timezone", "Mars/Base"], "timezone"),
    (["--locale", "tlh"], "locale"),
    (["--company", " "], "company"),
    (["--company", "a\nb"], "company"),
]


@pytest.mark.parametrize(("options", "named"), WRONG)
def test_nothing_is_written_where_it_is_invalid(
    tmp_path: Path, options: list[str], named: str
) -> None:
    said = call("init", *options, cwd=tmp_path)
    assert (said.code, list(tmp_path.iterdir())) == (1, [])
    assert named in said.err


def test_a_person_is_asked_for_what_is_not_said(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, b"GB\n\nExample Life\n")
    done = subprocess.run(
        [COMMAND, "init", "--locale", "en"],
        cwd=tmp_path,
        env={**os.environ, "LANGUAGE": "en"},
        stdin=theirs,
        capture_output=True,
        text=True,
        check=True,
    )
    os.close(ours)
    os.close(theirs)
    assert whose(tmp_path) == ("GB", "en", "Europe/London", "Example Life")
    asked = ["Country of the book", "[CN]", "Time zone [Europe/London]", "Company"]
    assert [each for each in asked if each not in done.stderr] == []
    assert "Language" not in done.stderr
