"""Whoever types a command is answered in the language of the workspace that they named."""

from pathlib import Path

import pytest

from tests.acceptance.frontdoor import call, servicing

NOBODYS = {"LANGUAGE": "", "LANG": "C.UTF-8", "LC_ALL": ""}
"""A reader who has chosen no language."""


@pytest.fixture
def chinese(tmp_path: Path) -> Path:
    """A workspace that speaks Chinese."""
    home = tmp_path / "zh"
    call("--home", home, "init", cwd=tmp_path).done()
    return home


@pytest.fixture
def english(tmp_path: Path) -> Path:
    """A workspace that speaks English."""
    home = tmp_path / "en"
    call("--home", home, "init", cwd=tmp_path).done()
    settings = home / "servicing.toml"
    settings.write_text(settings.read_text("utf-8").replace('"zh_CN"', '"en"'), "utf-8")
    return home


NO_COMMAND = "错误：没有“nosuch”命令\n"
NO_OPTION = "错误：没有选项 --nosuch\n"


@pytest.mark.parametrize(("typed", "sentence"), [("nosuch", NO_COMMAND), ("--nosuch", NO_OPTION)])
def test_what_does_not_exist_is_refused_in_the_language_of_the_workspace_in_the_environment(
    typed: str, sentence: str, chinese: Path, english: Path
) -> None:
    told = call(typed, cwd=english, env={**NOBODYS, "SERVICING_HOME": str(chinese)})
    assert (told.code, told.err.endswith(sentence)) == (2, True), told


def test_an_unknown_command_is_refused_in_the_language_of_the_workspace_that_is_named(
    chinese: Path, english: Path
) -> None:
    told = call("--home", chinese, "nosuch", cwd=english, env=NOBODYS)
    assert (told.code, told.err.endswith(NO_COMMAND)) == (2, True), told
    told = call("--home", english, "nosuch", cwd=chinese, env=NOBODYS)
    assert told.err.endswith("Error: there is no command 'nosuch'\n"), told


def test_a_question_that_nobody_answers_ends_in_the_same_language(chinese: Path) -> None:
    ask = ("--home", chinese, "user", "add", "chenyan", "--role", "operations")
    told = servicing(*ask, cwd=chinese, env=NOBODYS)
    assert told.code == 1
    assert told.err.endswith("密码: \n已中止。\n"), told
    assert "Abort" not in told.err


@pytest.mark.filterwarnings("ignore::getpass.GetPassWarning")
def test_two_passwords_that_differ_are_asked_for_again(chinese: Path) -> None:
    ask = ("--home", chinese, "user", "add", "chenyan", "--role", "operations")
    typed = "correct-horse-1\ncorrect-horse-2\ncorrect-horse-3\ncorrect-horse-3\n"
    told = call(*ask, cwd=chinese, env=NOBODYS, typed=typed)
    assert told.code == 0, told
    assert told.err.count("两次输入的密码不一致，请重新输入。") == 1
