"""The assessment as pages: the worked card, what each number of it opens, and to whom.

It is July 2026 in the book of the worked card; Chen Yan's team is 一部 in 上海, Sun Li is in 北京.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from policies.models import Client
from servicing.core.account_models import User
from servicing.core.models import Task
from servicing.core.settings import General
from servicing.operations import workspace
from servicing.operations.workspace import Workspace
from servicing.web import app as pages
from tests import cast
from tests.homes import close
from tests.servicing import worked_card
from tests.servicing.case_reports.filed import ended, file
from tests.servicing.web.visits import (
    ACCOUNTS,
    MOST_STATEMENTS,
    Visitor,
    account,
    statements,
    text_of,
)
from tests.servicing.worked_card import NOW

Visit = Callable[[str], Visitor]
JUNE = "period=2026-06"
FACTORS = ("persistency", "referrals", "add_on", "coverage", "complaints")


@pytest.fixture
def space(own_url: str, tmp_path: Path) -> Iterator[Workspace]:
    workspace.create(tmp_path / "home", own_url, General(locale="en"))
    opened = workspace.at(tmp_path / "home", {})
    opened.open()
    worked_card.live()
    for login in ACCOUNTS:
        account(login)
    yield opened
    close()


@pytest.fixture
def visit(space: Workspace) -> Visit:
    assert space.walker()
    app = pages.create(space, lambda: NOW)
    return lambda login: Visitor(app, login, NOW)


def card(visitor: Visitor, asked: str = "") -> str:
    """What the first card of the page says."""
    answer = visitor.get(f"/assessment?{JUNE}{asked}")
    assert answer.status_code == 200
    answer.text = re.findall(r"<article.*?</article>", answer.text, re.S)[0]
    return text_of(answer)


def test_the_worked_card_stands_on_the_page(visit: Visit) -> None:
    for login, asked in (("chenyan", ""), ("shanghai", "&agent=A001"), ("admin", "&agent=A001")):
        told = card(visit(login), asked)
        assert "91.23 of 100 points" in told
        for value, points in WORKED:
            assert f"{value} {points}" in told, told


WORKED = [
    ("90.2 %", "40.00 / 40"),
    ("2", "13.33 / 20"),
    ("9.0 %", "13.50 / 15"),
    ("96.0 %", "14.40 / 15"),
    ("0", "10.00 / 10"),
]
