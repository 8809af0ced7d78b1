"""Nobody's values make a page fail: extreme days, numbers and texts are answered or refused."""

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from werkzeug.test import TestResponse

from servicing.core.models import Message, Task
from servicing.web import access
from tests.servicing.web import registered
from tests.servicing.web.conftest import Visit
from tests.servicing.web.extremes import (
    ARGUMENTS,
    FIELDS,
    ONE_OF_EACH,
    PLACES,
    THE_OTHERS,
    VALUES,
    reader_of,
)

IN_TWO_PARTS = [
    pytest.param(ONE_OF_EACH, id="one of each"),
    pytest.param(THE_OTHERS, id="the others", marks=pytest.mark.drilled),
]
"""All of them go through each argument and field: those of the second part in a drill."""


def told(answer: TestResponse) -> str:
    """Nothing, unless a page failed."""
    return "" if answer.status_code < 500 else str(answer.status_code)


@pytest.mark.parametrize("values", IN_TWO_PARTS)
@pytest.mark.parametrize("path", ARGUMENTS)
def test_no_address_makes_a_page_fail(visit: Visit, path: str, values: Sequence[str]) -> None:
    visitor, usual, wrong = visit(reader_of("GET", path)), ARGUMENTS[path], []
    path = path.format(case=registered.case().id)
    assert visitor.get(f"{path}?{urlencode(usual)}").status_code < 400
    for name in usual:
        for value in values:
            query = urlencode({**usual, name: value})
            if failed := told(visitor.get(f"{path}?{query}")):
                wrong.append(f"{path}?{name}={value[:30]!r}: {failed}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", PLACES)
def test_no_path_makes_a_page_fail(visit: Visit, path: str) -> None:
    wrong = []
    for login in PLACES[path]:
        visitor = visit(login or None)
        for value in VALUES:
            if failed := told(visitor.get(path.format(quote(value)))):
                wrong.append(f"{path}, {login}: {value[:30]!r}: {failed}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("values", IN_TWO_PARTS)
@pytest.mark.parametrize("path", FIELDS)
def test_no_form_makes_a_page_fail(visit: Visit, path: str, values: Sequence[str]) -> None:
    visitor, wrong = visit(reader_of("POST", path)), []
    task = Task.select().where(Task.state == "open").order_by(Task.id).first().id
    message = Message.select().order_by(Message.id).first().id
    case = registered.case().id
    usual = {name: value.format(task=task) for name, value in FIELDS[path].items()}
    for name in usual:
        for value in values:
            form = {**usual, name: value}
            if failed := told(visitor.post(path.format(message=message, case=case), **form)):
                wrong.append(f"{path} {name}={value[:30]!r}: {failed}")
    assert not wrong, "\n".join(wrong)


def test_the_two_parts_are_all_of_the_values() -> None:
    assert sorted((*ONE_OF_EACH, *THE_OTHERS)) == sorted(VALUES)


ASKED = re.compile(
    r'(?:args\.get|form\.get|form\.getlist|figures\.(?:read|chosen|day_chosen))\("([a-z_]+)"'
    r'|"([a-z_]+)" (?:not )?in request\.(?:args|form)'
)


def test_the_table_has_every_argument_and_field() -> None:
    """A new one is not left out by chance."""
    code = "".join(each.read_text("utf-8") for each in Path(access.__file__).parent.rglob("*.py"))
    asked = {first or second for first, second in ASKED.findall(code)}
    known = {name for each in (*ARGUMENTS.values(), *FIELDS.values()) for name in each}
    assert asked - known == set()
