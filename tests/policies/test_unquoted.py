"""What a database says of an error is told without the row that it is about."""

import pytest

from policies.unquoted import without_values

ILSE = "Ilse Brandt"

SAID = {
    'duplicate key value violates unique constraint "client_client_no_key"\nDETAIL:  (Ilse)': (
        'duplicate key value violates unique constraint "client_client_no_key"'
    ),
    'null value in column "name" of relation "client" violates not-null constraint': (
        'null value in column "name" of relation "client" violates not-null constraint'
    ),
    "UNIQUE constraint failed: client.client_no": "UNIQUE constraint failed: client.client_no",
    f'invalid input syntax for type integer: "{ILSE}"': "invalid input syntax for type integer: …",
    f'invalid input value for enum "mood": "a" "{ILSE}"': "invalid input value for enum …",
    f"Could not decode to UTF-8 column 'name' with text '{ILSE}\xff'": (
        "Could not decode to UTF-8 column …"
    ),
    f'column "{ILSE}" does not exist': "column …",
    f'date/time field value out of range: "2" {ILSE}"': "date/time field value out of range: …",
    f"无效的类型 integer 输入语法: “{ILSE}”": "无效的类型 integer 输入语法: …",
    f'ERROR: x DETAIL:  Failing row contains (1, {ILSE}, "")': "ERROR: x",
    "value too long for type character varying(3)": "value too long for type character varying(3)",
    'connection failed: to server at "db.example", port 1 failed: refused': (
        'connection failed: to server at "db.example", port 1 failed: refused'
    ),
    "": "–",
}
"""What SQLite, PostgreSQL and their drivers say, and what is told of it."""


@pytest.mark.parametrize("complaint", SAID)
def test_of_a_row_nothing_is_told(complaint: str) -> None:
    assert without_values(complaint) == SAID[complaint]
