"""A warning names enough of a person's cell to find the row, and too little to reach anybody."""

import datetime

import pytest

from policies.importing.sense import masks

SHOWN = [
    ("client_name", "Ilse Brandt", "I… B…"),
    ("client_name", "王小明", "王…"),
    ("agent_name", "陈燕", "陈…"),
    ("client_name", "", ""),
    ("email", "nora@mail.example", "n…@mail.example"),
    ("email", "nora@mail.example; n.vogt@mail.example", "n…@mail.example; n…@mail.example"),
    ("email", "Nora Vogt <nora@a.example> <v@a.example>", "n…@a.example; v…@a.example"),
    ("agent_email", "none yet", "n…"),
    ("phone", "+12125550101", "+1212…01"),
    ("phone", "12345", "1…"),
    ("agent_phone", "待补", "待…"),
    ("marketing_consent", True, "yes"),
    ("marketing_consent", False, "no"),
    ("marketing_consent", None, ""),
    ("birthday", datetime.date(1980, 5, 1), "1980-05-01"),
    ("channel", "sms", "sms"),
]


@pytest.mark.parametrize(("column", "value", "shown"), SHOWN)
def test_personal_cells_are_hidden_in_part(column: str, value: object, shown: str) -> None:
    assert masks.shown(column, value) == shown
