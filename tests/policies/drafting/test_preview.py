"""The first rows of a file as they would be understood."""

import datetime
from pathlib import Path

from policies.drafting.preview import SHOWN, Preview, preview
from policies.importing.cells.cells import Style
from policies.importing.mapping.mapping import Mapping

STYLE = Style(country="CN", today=datetime.date(2026, 6, 1))
HEADER = (
    "policy_no,issue_date,annual_premium,client_no,client_name,agent_no,phone,marketing_consent"
)


def previewed(tmp_path: Path, *rows: str, mapping: Mapping | None = None) -> Preview:
    path = tmp_path / "book.csv"
    path.write_text("\n".join([HEADER, *rows]), "utf-8")
    return preview(path, "book", mapping or Mapping(), STYLE)


def shown(found: Preview) -> list[list[str]]:
    return [[each.text for each in row.cells] for row in found.rows]


def test_cells_are_shown_as_values(tmp_path: Path) -> None:
    found = previewed(
        tmp_path,
        "P1,05.06.2025,1200.5,C1,王芳,A1,138 0000 0001,yes",
        "P2,2025-06-07,1300,C2,李强,A1,ask him,",
        mapping=Mapping(date_formats=("%d.%m.%Y",)),
    )
    by_name = [dict(row.by(found.columns)) for row in found.rows]
    first, second = ({name: each.text for name, each in row.items()} for row in by_name)
    assert first["issue_date"] == "2025-06-05" and first["annual_premium"] == "1,200.50"
    assert first["phone"] == "+8613800000001" and first["marketing_consent"] == "yes"
    assert second["phone"] == "ask him" and second["marketing_consent"] == ""
    assert not any(row.is_refused for row in found.rows)


def test_a_refused_row_stands_in_its_place_with_its_cells_as_they_are(tmp_path: Path) -> None:
    found = previewed(
        tmp_path,
        "P1,someday,many,C1,王芳,A1,,",
        "P2,2025-06-07,1300,C2,李强,A1,,",
        "P3,2025-06-07",
    )
    bad, good, narrow = found.rows
    wrong = {name: each.wrong.code for name, each in bad.by(found.columns) if each.wrong}
    assert wrong == {"issue_date": "not_a_date", "annual_premium": "not_an_amount"}
    assert dict(bad.by(found.columns))["issue_date"].text == "someday"
    assert (bad.line, good.line, narrow.line) == (2, 3, 4) and not good.is_refused
    assert narrow.wrong and narrow.wrong.code == "wrong_width" and narrow.is_refused


def test_ten_rows_are_shown(tmp_path: Path) -> None:
    rows = [f"P{number},2025-06-07,1,C1,王芳,A1,," for number in range(SHOWN + 3)]
    assert len(previewed(tmp_path, *rows).rows) == SHOWN
