"""Names stand as a person looks for them: by the numbers in them, else by their letters."""

import random

import pytest

from policies import ordering

IN_ORDER = [
    [
        "一队",
        "二队",
        "三队",
        "四队",
        "五队",
        "六队",
        "七队",
        "八队",
        "九队",
        "十队",
        "十一队",
        "二十队",
        "二十一队",
    ],
    ["团队一队", "团队二队", "团队十队", "团队百零五队", "团队一百二十队"],
    ["第一营业部", "第二营业部", "第十营业部", "第十二营业部"],
    ["上海分公司 · 1部", "上海分公司 · 2部", "上海分公司 · 10部", "上海分公司 · 直属"],
    ["业务１组", "业务2组", "业务三组", "业务12组"],
    ["营业部一", "营业部二", "营业部三", "营业部十"],
    [
        "北京",
        "成都",
        "广州",
        "九江",
        "三亚",
        "上海",
        "深圳",
        "四川",
    ],  # by pinyin; no number among them
    ["", "A00001", "A00002", "A00010", "Ärzte", "Bonn", "zürich", "北京"],
    ["Team 2", "team 9", "Team 10"],
    ["三亚一队", "三亚二队", "三亚十队"],
]


@pytest.mark.parametrize("names", IN_ORDER, ids=lambda names: names[1])
def test_names_stand_as_a_person_looks_for_them(names: list[str]) -> None:
    mixed = names.copy()
    random.Random(7).shuffle(mixed)
    assert sorted(mixed, key=ordering.by_name) == names


NUMERALS = [("一", 1), ("十", 10), ("十九", 19), ("二十", 20), ("二十一", 21), ("一百", 100)]
NUMERALS += [
    ("百零五", 105),
    ("一百二十三", 123),
    ("两千零六", 2006),
    ("一二", 12),
    ("二〇二六", 2026),
]


@pytest.mark.parametrize(("numerals", "value"), NUMERALS)
def test_numerals_have_a_value(numerals: str, value: int) -> None:
    assert ordering.value(numerals) == value


def test_names_that_sort_alike_are_told_apart() -> None:
    assert ordering.by_name("一队") != ordering.by_name("1队")
