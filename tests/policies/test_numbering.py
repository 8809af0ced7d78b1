"""Numbers that nobody has given before, on both databases."""

import peewee
import pytest

from policies import database, numbering
from policies.models import Branch
from tests import cast


def named(*names: str) -> list[int]:
    database.insert_rows(Branch, ("name",), [(each,) for each in names])
    return sorted(each.id for each in Branch.select().where(Branch.name.in_(names)))


@pytest.mark.parametrize("before", [(), ("上海", "北京")])
def test_numbers_begin_where_they_are_told_to(
    book: peewee.Database, before: tuple[str, ...]
) -> None:
    if before:
        named(*before)
    numbering.begin_at(Branch, 1_000)
    assert named("广州", "成都") == [1_000, 1_001]
    assert named("西安") == [1_002]


def test_they_go_on_from_there_freely(book: peewee.Database) -> None:
    numbering.begin_at(Branch, 1_000)
    assert named("上海") == [1_000]
    numbering.freely(Branch)
    assert named("北京", "广州") == [1_001, 1_002]


def test_they_may_begin_anew(book: peewee.Database) -> None:
    numbering.begin_at(Branch, 1_000)
    named("上海")
    numbering.begin_at(Branch, 9_000)
    assert named("北京") == [9_000]


@cast.on_sqlite
def test_what_numbers_freely_has_no_trigger(book: peewee.Database) -> None:
    def is_helped() -> bool:
        return bool(database.value("SELECT COUNT(*) FROM sqlite_master WHERE name = 'branch_leap'"))

    numbering.begin_at(Branch, 1_000)
    assert is_helped()
    numbering.freely(Branch)
    assert not is_helped()
