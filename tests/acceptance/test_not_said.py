"""What is not said to a client is warned of, and nothing is stopped for it (domain.md §14.7)."""

from pathlib import Path

import pytest

from policies import plan
from tests.acceptance.frontdoor import Answer, call

EN, ZH = {"SERVICING_SERVICING_LOCALE": "en"}, {"SERVICING_SERVICING_LOCALE": "zh_CN"}


def ask(office: Path, *args: object, said: dict[str, str] = EN) -> Answer:
    return call(*args, cwd=office, env=said)


def test_the_shipped_texts_and_scripts_say_none_of_it(office: Path) -> None:
    assert "better said otherwise" not in ask(office, "templates", "check").err


def test_a_rude_text_is_named_and_may_go_out(office: Path) -> None:
    own = office / "templates" / "messages" / "zh_CN"
    own.mkdir(parents=True)
    (own / "news.sms.txt").write_text("【{{ company }}】规定就是规定。拒收请回复R", "utf-8")
    told = ask(office, "templates", "check").done()
    assert told.err.strip() == (
        "Warning: zh_CN/news.sms: '规定就是规定' contradicts or lectures the client;"
        " better said otherwise"
    )
    found = ask(office, "templates", "check", "--format", "json").done()
    assert (found.document()["complaints"], found.err) == ([], told.err)


def test_a_script_that_coaches_is_named(office: Path) -> None:
    text = (plan.SHIPPED / "standard.toml").read_text("utf-8")
    coached = text.replace("您按实际情况回答就好", "您都回答是就好")
    assert coached != text
    (office / "plans").mkdir()
    (office / "plans" / "standard.toml").write_text(coached, "utf-8")
    told = ask(office, "templates", "check", said=ZH).done()
    assert told.err.strip() == (
        "注意：delivery script zh_CN：“都回答是”教客户如何回答回访，宜换一种说法"
    )


NOTED = [
    ("done", ()),
    ("skip", ()),
    ("postpone", ("--to", "2026-05-12")),
]


@pytest.mark.parametrize(("what", "more"), NOTED)
def test_a_note_is_kept_with_a_warning(what: str, more: tuple[str, ...], office: Path) -> None:
    told = ask(office, "tasks", what, 1, "--note", "told her: shut up", *more).done()
    warning = "Warning: 'shut up' in the note is vulgar; better said otherwise"
    assert told.err.strip() == warning
    assert ask(office, "tasks", "done", 2, "--note", "a kind word").done().err == ""


def test_a_list_that_cannot_be_read_does_not_stop_a_task(office: Path) -> None:
    (office / "manners").mkdir()
    (office / "manners" / "en.toml").write_text("vulgar = 3\n", "utf-8")
    told = ask(office, "tasks", "done", 1, "--note", "well").done()
    assert "en.toml: vulgar" in told.err
    refused = ask(office, "templates", "check").refused()
    assert "en.toml: vulgar" in refused
