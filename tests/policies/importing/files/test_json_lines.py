"""A line of JSON is a row; nothing in it is rounded, and nothing that stands twice is lost."""

import json
from pathlib import Path

import pytest

from policies import errors
from policies.importing.files import files, json_lines
from policies.importing.files.tables import FileRow, Reading, Recognised
from tests.refusals import english


def rows_of(folder: Path, text: str | bytes) -> tuple[list[str], list[FileRow], list[str]]:
    """The header, the rows, and what is told of the file."""
    path = folder / "book.jsonl"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with files.opened(path, Reading(country="CN")) as table:
        header, rows = table.header, list(table.rows)
        assert table.fraction() == 1
        return header, rows, [english(each) for each in table.told]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ('"林伟"', "林伟"),
        ('""', ""),
        ("null", ""),
        ("true", "yes"),
        ("false", "no"),
        ("1200.10", "1200.10"),
        ("440105199001011234", "440105199001011234"),
        ("1e3", "1e3"),
        ('"\\u6797\\u4f1f"', "林伟"),
    ],
)
def test_a_value_is_the_cell_that_a_csv_file_would_have(
    tmp_path: Path, value: str, cell: str
) -> None:
    header, rows, told = rows_of(tmp_path, f'{{"policy_no": "P1", "value": {value}}}\n')
    assert header == ["policy_no", "value"]
    assert rows == [FileRow(1, ["P1", cell])]
    assert told == []


def test_keys_in_another_order_and_missing_ones_are_the_same_columns(tmp_path: Path) -> None:
    text = '{"a": "1", "b": "2"}\n\n{"c": "3", "b": "4"}\n{}\n{"a": " "}\n'
    header, rows, _ = rows_of(tmp_path, text)
    assert header == ["a", "b", "c"]
    assert rows == [FileRow(1, ["1", "2", ""]), FileRow(3, ["", "4", "3"])]


def test_a_key_that_comes_late_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_lines, "FIRST_ROWS", 2)
    text = '{"a": 1}\n{"b": 2}\n{"a": 3, "late": 4}\n{"late": 5, "a": 6}\n'
    header, rows, told = rows_of(tmp_path, text)
    assert header == ["a", "b"]
    assert [row.cells for row in rows] == [["1", ""], ["", "2"], ["3", ""], ["6", ""]]
    assert told == [
        "'late' first comes in line 3, after the rows that make the header, and is ignored"
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"a": [1, 2]}', "'a' holds a list or an object"),
        ('{"a": {"b": 1}}', "holds a list or an object"),
        ('{"a": 1, "a": 2}', "'a' stands in it more than once"),
        ('{"a": 1, " a ": 2}', "'a' stands in it more than once"),
        ('{"a": NaN}', "'NaN' is no value"),
        ('{"a": -Infinity}', "'-Infinity' is no value"),
        ('{"a": 1', "a JSON object was expected"),
        ('{"a": 1},', "a JSON object was expected"),
        ("P1;2", "a JSON object was expected"),
        ("[1, 2]", "a JSON object was expected"),
        ('"text"', "a JSON object was expected"),
        ('{"a": "\\ud800"}', "U+D800 is no character of a text"),
        ('{"\\udc00": "1"}', "U+DC00 is no character of a text"),
        ("[" * 100_000, "a JSON object was expected"),
    ],
)
def test_a_line_that_is_no_row_is_refused_alone(tmp_path: Path, line: str, why: str) -> None:
    _, rows, _ = rows_of(tmp_path, f'{{"a": 1, "b": 2}}\n{line}\n{{"a": 3, "b": 4}}\n')
    good, bad, last = rows
    assert (good.cells, last) == (["1", "2"], FileRow(3, ["3", "4"]))
    assert (bad.line, bad.cells) == (2, [line])
    assert bad.why is not None and why in english(bad.why)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([{"policy_no": "P1"}]),
        json.dumps([{"policy_no": "P1"}], indent=2),
        json.dumps({"policy_no": "P1"}, indent=2),
        '[\n{"policy_no": "P1"}\n]',
        "[]",
        "{}",
    ],
)
def test_json_that_is_not_a_row_a_line_is_refused_as_such(tmp_path: Path, text: str) -> None:
    with pytest.raises(errors.UnreadableFile) as caught:
        rows_of(tmp_path, text)
    assert "is JSON, but not a row a line" in english(caught.value)


@pytest.mark.parametrize("header", ["{id},name", "[id],name", "{a", "[a"])
def test_a_csv_file_may_begin_with_a_bracket(tmp_path: Path, header: str) -> None:
    assert rows_of(tmp_path, f"{header}\n1,2\n")[0] == header.split(",")


def test_lines_of_json_are_decoded_as_other_text(tmp_path: Path) -> None:
    names = ["王小明", "周国强", "陈静", "刘建华", "赵敏", "孙丽华"]
    text = "".join(
        f'{{"policy_no": "P{at}", "client_name": "{name}"}}\n' for at, name in enumerate(names)
    )
    path = tmp_path / "book.jsonl"
    path.write_bytes(text.encode("gb18030"))
    reading = Reading(country="CN", names=frozenset(["client_name"]))
    with files.opened(path, reading) as table:
        assert [row.cells[1] for row in table.rows] == names
        assert table.recognised == Recognised(encoding="gb18030", by_evidence=True)
