"""A name that a stranger has filled with control characters steers no terminal, wherever it is shown."""

from pathlib import Path

import pytest

from tests import homes
from tests.acceptance.frontdoor import DAY, call

STEERING = ["\x1b[31m", "\x1b]0;owned\x07", "\x9b31m", "\u202e"]
"""A colour, the title of the window, a colour in one character, the other direction."""

HEADER = "policy_no,issue_date,annual_premium,client_no,client_name,agent_no,agent_name,product"


def write(path: Path, name: str, number: str = "P1") -> None:
    """A book of one policy."""
    row = f"{number},{DAY},1200,C1,{name}Ilse,A1,{name}Udo,{name}Life"
    path.write_text(f"{HEADER}\n{row}\n", "utf-8")


def steers(shown: str) -> bool:
    """Whether a character has come through that nobody reads."""
    return any(each in "\x1b\x07\x9b\u202e" for each in shown)


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
@pytest.mark.parametrize("strange", STEERING)
def test_an_import_refuses_the_name_and_its_refusal_steers_nothing(
    tmp_path: Path, strange: str, locale: str
) -> None:
    call("init", cwd=tmp_path).done()
    write(tmp_path / "book.csv", strange, f"P{strange}")
    speaks = {"SERVICING_SERVICING_LOCALE": locale}
    told = call("book", "import", "book.csv", cwd=tmp_path, env=speaks)
    assert told.code == 1
    for column in ("policy_no", "client_name", "agent_name", "product"):
        assert column in told.err
    assert not steers(told.err + told.out)


SHOWN = [
    ("card", "C1"),
    ("tasks", "list"),
    ("messages",),
    ("messages", "show", "1"),
    ("book", "timeline", "P1"),
    ("simulate",),
    ("why", "C1"),
]


@pytest.mark.parametrize("strange", STEERING)
def test_a_book_that_holds_such_names_is_shown_inert(tmp_path: Path, strange: str) -> None:
    call("init", cwd=tmp_path).done()
    write(tmp_path / "book.csv", "")
    call("book", "import", "book.csv", "--joined", str(DAY), cwd=tmp_path).done()
    for table in ("client", "agent"):
        homes.rows(tmp_path, f"UPDATE {table} SET name = '{strange}Ilse'")
    homes.rows(tmp_path, f"UPDATE policy SET product = '{strange}Life'")
    call("walk", "--date", str(DAY), cwd=tmp_path)
    told = {words: call(*words, cwd=tmp_path) for words in SHOWN}
    assert [words for words, each in told.items() if steers(each.out + each.err)] == []
    assert "Ilse" in told["card", "C1"].out


@pytest.mark.parametrize("strange", STEERING)
def test_a_document_says_the_name_and_steers_nothing(tmp_path: Path, strange: str) -> None:
    call("init", cwd=tmp_path).done()
    write(tmp_path / "book.csv", "")
    call("book", "import", "book.csv", cwd=tmp_path).done()
    homes.rows(tmp_path, f"UPDATE client SET name = '{strange}Ilse'")
    told = call("card", "C1", "--format", "json", cwd=tmp_path).done()
    assert not steers(told.out)
    assert told.document()["name"] == f"{strange}Ilse"


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_what_is_seen_of_a_strangers_file_steers_nothing(tmp_path: Path, form: str) -> None:
    """Its columns, its cells, and the draft of a mapping, which names its columns."""
    call("init", cwd=tmp_path).done()
    strange = "".join(STEERING)
    file = tmp_path / "theirs.csv"
    file.write_text(
        f"policy number,Inception{strange},Premium,x{strange},Name\nP1,{DAY},1200,{strange},Ilse\n",
        "utf-8",
    )
    told = call("book", "look", "theirs.csv", "--format", form, cwd=tmp_path)
    shown = told.err if form == "csv" else told.out + told.err  # a file gets its cells as they are
    assert told.out and not steers(shown)


def test_the_names_of_sheets_steer_nothing(tmp_path: Path) -> None:
    from openpyxl import Workbook

    call("init", cwd=tmp_path).done()
    book = Workbook()
    for name in ("one\u202e", "two\x9b31m"):
        book.create_sheet(name).append(["policy_no", "issue_date"])
        book[name].append(["P1", str(DAY)])
    del book["Sheet"]
    book.save(tmp_path / "theirs.xlsx")
    told = call("book", "look", "theirs.xlsx", cwd=tmp_path)
    assert not steers(told.out + told.err)
