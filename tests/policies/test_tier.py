"""Scorecards of tiers: bands, points, tiers, and what is refused (domain.md §18)."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import errors, tier, tier_bands, tier_labels
from policies.tier_bands import Band
from servicing.core import i18n

BASIC = tier.load(tier.SHIPPED / "basic.toml")

FACTS = {
    "annual_premium": "24000",
    "policies": "3",
    "years": "6",
    "referrals": "1",
    "churn": "0.014",
    "city_churn": "0.020",
}


def scored(**others: str) -> tier.Scored:
    return tier.score(BASIC, {name: Decimal(said) for name, said in (FACTS | others).items()})


def test_the_shipped_scorecard_scores_factor_by_factor() -> None:
    found = scored()
    assert [str(each.points) for each in found.factors] == ["9", "5", "6", "5", "1.5"]
    assert (found.points, found.tier) == (Decimal("26.5"), "attentive")


CHURN = [
    ("0.012", "2.0"),
    ("0.015", "1.0"),
    ("0.014", "1.5"),
    ("0.018", "0.5"),
    ("0.0181", "0"),
    ("0.020", "0"),
    ("0.030", "0"),
    ("0.01", "2"),
    ("0", "2"),
]


@pytest.mark.parametrize(("churn", "points"), CHURN)
def test_each_full_step_earns_and_no_more_than_the_most(churn: str, points: str) -> None:
    """Floats would make 2 steps of 0.020 less 0.014."""
    assert scored(churn=churn).factors[-1].points == Decimal(points)


@given(st.integers(0, 100_000), st.integers(0, 100_000))
def test_points_of_steps_are_those_of_whole_numbers(mine: int, other: int) -> None:
    value, against = Decimal(mine).scaleb(-6), Decimal(other).scaleb(-6)
    found = scored(churn=f"{value:f}", city_churn=f"{against:f}").factors[-1].points
    assert found == min(Fraction(2), Fraction(max(0, (other - mine) // 2000), 2))


EDGES = [
    ("annual_premium", "0", "2"),
    ("annual_premium", "4999.99", "2"),
    ("annual_premium", "5000", "5"),
    ("annual_premium", "99999.999", "9"),
    ("annual_premium", "100000", "12"),
    ("policies", "0", "0"),
    ("policies", "1", "2"),
    ("policies", "4", "8"),
    ("referrals", "3", "10"),
]


@pytest.mark.parametrize(("factor", "value", "points"), EDGES)
def test_a_band_holds_its_beginning_and_not_its_end(factor: str, value: str, points: str) -> None:
    found = {each.factor: each.points for each in scored(**{factor: value}).factors}
    assert found[factor] == Decimal(points)


TIERS = [
    ({"annual_premium": "0", "policies": "0", "years": "0", "referrals": "0"}, "5.5", "regular"),
    ({"annual_premium": "5000", "years": "0", "referrals": "0"}, "13.5", "regular"),
    ({"annual_premium": "5000", "years": "2", "referrals": "0"}, "15.5", "attentive"),
    ({"annual_premium": "20000", "years": "2", "referrals": "3"}, "29.5", "personal"),
    (
        {"annual_premium": "20000", "years": "2", "referrals": "3", "churn": "0.02"},
        "28",
        "personal",
    ),
]


@pytest.mark.parametrize(("facts", "points", "reached"), TIERS)
def test_a_tier_is_the_highest_that_is_reached(
    facts: dict[str, str], points: str, reached: str
) -> None:
    found = scored(**facts)
    assert (found.points, found.tier) == (Decimal(points), reached)


# ------------------------------------------------------------------------------------------ bands


def band(said: str) -> Band:
    """`0..10`: from 0 to 10; `>10`: above 10; `..=10`: up to 10."""
    above = said.startswith(">")
    begin, _, end = said.removeprefix(">").partition("..")
    up_to = end.startswith("=")
    end = end.removeprefix("=")
    return Band(
        start=Decimal(begin) if begin and not above else None,
        above=Decimal(begin) if above else None,
        to=Decimal(end) if end and not up_to else None,
        up_to=Decimal(end) if up_to else None,
        points=Decimal(1),
    )


RIGHT = [
    ["0.."],
    [".."],
    ["0..10", "10.."],
    ["..10", "10.."],
    ["10..", "0..10"],
    ["0..=10", ">10.."],
    ["0..10", "10..=10", ">10.."],
    ["0..0.5", "0.5..1", "1.."],
]


@pytest.mark.parametrize("said", RIGHT, ids=" ".join)
def test_bands_that_leave_nothing_out_are_right(said: list[str]) -> None:
    assert list(tier_bands.mistakes(list(map(band, said)))) == []


WRONG = [
    # bands, the number of the one that is wrong, what is said
    (["0..1000", "1000..2000", ">2000.."], 2, "the bands leave out 2000"),
    (["0..1000", "1001.."], 1, "the bands leave out 1000 ≤ x < 1001"),
    (["0..=1000", "1001.."], 1, "the bands leave out 1000 < x < 1001"),
    (["0..1000", ">1001.."], 1, "the bands leave out 1000 ≤ x ≤ 1001"),
    (["1001..", "0..1000"], 0, "the bands leave out 1000 ≤ x < 1001"),
    (["0..1001", "1000.."], 1, "two bands have 1000 ≤ x < 1001"),
    (["0..=1000", "1000.."], 1, "two bands have 1000"),
    (["0..", "1000.."], 1, "two bands have x ≥ 1000"),
    (["0..100", "20..30", "100.."], 1, "two bands have 20 ≤ x < 30"),
    (["..5", "..5", "5.."], 1, "two bands have x < 5"),
    (["5.."], 0, "the lowest band begins at 5; it begins at 0, or has no beginning"),
    ([">0.."], 0, "the lowest band begins at 0;"),
    (["0..10"], 0, "the bands leave out x ≥ 10: the highest has no end"),
    (["0..=10"], 0, "the bands leave out x > 10: the highest has no end"),
    (["10..10", "0..10"], 0, "no value lies between 10 and 10"),
    (["20..10"], 0, "no value lies between 20 and 10"),
    ([">10..=10"], 0, "no value lies between 10 and 10"),
]


@pytest.mark.parametrize(("said", "number", "told"), WRONG)
def test_a_gap_and_an_overlap_are_named_with_their_values(
    said: list[str], number: int, told: str
) -> None:
    place, why = next(tier_bands.mistakes(list(map(band, said))))
    assert place == number
    assert told in i18n.sentence(why, "en")


NUMBERS = st.integers(-3, 6).map(lambda number: Decimal(number) / 2)
BANDS = st.lists(
    st.builds(
        lambda begin, end, above, up_to: Band(
            start=None if above else begin,
            above=begin if above else None,
            to=None if up_to else end,
            up_to=end if up_to else None,
            points=Decimal(),
        ),
        *(NUMBERS | st.none(), NUMBERS | st.none(), st.booleans(), st.booleans()),
    ),
    min_size=1,
    max_size=4,
)


@given(BANDS)
def test_bands_are_right_where_each_value_lies_in_one(bands: list[Band]) -> None:
    """Read once more by trying values: at each edge, and between them."""
    tried = [Decimal(number) / 4 for number in range(-10, 20)]
    counts = [
        sum(tier_bands.band_of([each], value) is not None for each in bands) for value in tried
    ]
    begins_below = any(tier_bands.band_of([each], Decimal(-1000)) for each in bands)
    needed = [
        count for value, count in zip(tried, counts, strict=True) if value >= 0 or begins_below
    ]
    is_right = set(needed) == {1} and set(counts) <= {0, 1}
    below = [count for value, count in zip(tried, counts, strict=True) if value < 0]
    is_right = is_right and (begins_below or not any(below))
    empty = any(not any(tier_bands.band_of([each], value) for value in tried) for each in bands)
    assert (not list(tier_bands.mistakes(bands))) == (is_right and not empty)


# ------------------------------------------------------------------------------------------ the file

FACTOR = '[[factor]]\nid = "{id}"\ntitle = {{ en = "{title}" }}\n{more}\n'
WHOLE = "bands = [{ points = 1 }]"
STEPS = 'against = "other"\nbetter = "lower"\nstep = 0.1\neach = 1\nmost = 2'
TIER = '[[tier]]\nid = "{id}"\ntitle = {{ en = "{title}" }}\nfrom = {start}\n'


def factor(more: str = WHOLE, name: str = "x", title: str = "X") -> str:
    return FACTOR.format(id=name, title=title, more=more)


def one_tier(start: str = "0", name: str = "a", title: str = "A") -> str:
    return TIER.format(id=name, title=title, start=start)


REFUSED = [
    ("", "has no factor"),
    ("factor = 3\n", "factor"),
    ("factor = [3]\n", "factor #1"),
    ('fctor = "x"\n', "unknown key 'fctor'"),
    (factor(""), ", line 1: factor x: either bands are needed"),
    (factor(f"{WHOLE}\n{STEPS}"), ", line 1: factor x: either bands are needed"),
    (factor(STEPS.replace("each = 1\n", "")), "factor x: the key 'each' is missing"),
    (factor(STEPS.replace("0.1", "0")), "factor x: step: '0' is not above 0"),
    (factor(STEPS.replace("0.1", "nan")), "factor x: step: 'NaN' is no number below"),
    (factor(STEPS.replace('"lower"', '"less"')), "factor x: better: 'less'"),
    (factor("bands = [{ points = -1 }]"), ", line 4: factor x: -1 points are below 0"),
    (factor("bands = [{ points = true }]"), "factor x: bands"),
    (factor('bands = [{ points = "many" }]'), "bands"),
    (factor("bands = [{ points = 1, form = 0 }]"), "factor x: unknown key 'form'"),
    (factor("bands = [{ to = 0.0000000001, points = 1 }]"), "to: '1E-10' is no number below"),
    (factor("bands = [{ to = 1e13, points = 1 }]"), "to: '1E+13' is no number below"),
    (factor("bands = [{ from = 0, above = 0, points = 1 }]"), "a band has from or above"),
    (factor("bands = [{ to = 0, up_to = 0, points = 1 }]"), "a band has to or up_to, not both"),
    (factor() + factor(), ", line 1: factor x: stands 2 times"),
    (factor(name="x y"), "factor x y: the id must be letters"),
    (factor(WHOLE + "\nweight = 3"), ", line 1: factor x: unknown key 'weight'"),
    (factor() + one_tier("5"), ", line 5: tier a: the first tier begins at 0 points, not at 5"),
    (factor() + one_tier() + one_tier("0", "b"), "line 9: tier b: begins at 0 points, not above"),
    (factor() + one_tier("inf"), "tier a: from: 'Infinity' is no number below"),
    ("a = 1e99999999999999999999\n", "a number in it is too long"),
    (f"a = {'1' * 5000}\n", "a number in it is too long"),
]


@pytest.mark.parametrize(("text", "told"), REFUSED)
def test_what_a_scorecard_says_wrongly_is_refused_by_file_and_place(
    text: str, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(errors.ServicingError) as refused:
        tier.load(path)
    sentence = i18n.sentence(refused.value.notice, "en")
    assert str(path) in sentence and told in sentence


IN_LINES = """\
# points = 1
title = { en = "points = 2" }
[[factor]]
id = "a"
title = { en = "# points = 3" }
bands = [{ points = 1 }]

[[factor]]
id = "members"
title = { en = "Members" }  # points = 4
bands = [
    { to = 1000, points = 5 },  # points = 6

    { from = 1000, to = 2000, points = 9 }, { above = 2000, points = 10 },
]
"""

IN_TABLES = """\
[[factor]]
id = "members"
title = { en = "Members" }
[[factor.bands]]
to = 1000
points = 5
[[factor.bands]]
from = 1000
to = 2000
points = 9
[[ factor.bands ]]
above = 2000
points = 10
"""


@pytest.mark.parametrize(("text", "line"), [(IN_LINES, 14), (IN_TABLES, 13)])
def test_the_line_is_that_of_the_band(text: str, line: int, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(errors.BadScorecard) as refused:
        tier.load(path)
    told = i18n.sentence(refused.value.notice, "en")
    assert told == f"{path}, line {line}: factor members: the bands leave out 2000"


def test_a_scorecard_without_tiers_has_points_alone(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(factor(), "utf-8")
    found = tier.score(tier.load(path), {"x": Decimal(-3)})
    assert (found.points, found.tier) == (1, "")


# ------------------------------------------------------------------------------------------ labels

INSULTS = [
    ("垃圾客户", "degrading"),
    ("低 端", "degrading"),
    ("Junk clients", "degrading"),
    ("ＪＵＮＫ", "degrading"),
    ("low-value", "degrading"),
    ("穷人", "by_wealth"),
    ("Poor", "by_wealth"),
    ("难缠的客户", "blaming"),
    ("黑名单", "blaming"),
    ("Troublemakers", "blaming"),
    ("傻客户", "vulgar"),
    ("idiots", "vulgar"),
]


@pytest.mark.parametrize(("label", "reason"), INSULTS)
def test_an_insulting_label_is_refused_with_its_reason(label: str, reason: str) -> None:
    (why, *_) = tier_labels.refused(label)
    assert why.facts["why"].code == f"label_{reason}"
    assert all(label in i18n.sentence(why, locale) for locale in ("en", "zh_CN"))


@pytest.mark.parametrize(
    "label",
    ["标准服务", "关怀服务", "金卡", "Gold", "Regular", "最低等级", "Poorhouse Lane", "Idiotes"],
)
def test_a_label_that_insults_nobody_is_taken(label: str) -> None:
    assert list(tier_labels.refused(label)) == []


@pytest.mark.parametrize(
    "text",
    [
        factor() + one_tier(title="Losers"),
        factor() + one_tier(name="cash_cow"),
        factor(title="Idiots"),
        'title = { en = "Our losers" }\n' + factor(),
    ],
)
def test_an_insult_is_refused_wherever_a_scorecard_has_it(text: str, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(errors.BadScorecard) as refused:
        tier.load(path)
    assert "cannot be stored" in i18n.sentence(refused.value.notice, "en")


# ------------------------------------------------------------------------------------------ facts

WRONG_FACTS = [
    ({"churn": None}, "not said: churn"),
    ({"churn": None, "city_churn": None}, "not said: churn, city_churn"),
    ({"chrn": "1"}, "no fact of this scorecard: chrn; there is: annual_premium,"),
    ({"years": "true"}, "years: 'True' is no number"),
    ({"years": '"six"'}, "years: 'six' is no number"),
    ({"years": "2026-01-01"}, "years: '2026-01-01' is no number"),
    ({"years": "nan"}, "years: 'NaN' is no number"),
    ({"years": "1e12"}, "years: '1E+12' is no number below 1,000,000,000,000"),
    ({"churn": "0.0000000001"}, "churn: '1E-10' is no number below"),
    ({"years": "-1"}, "years: -1 lies in none of the bands"),
]


@pytest.mark.parametrize(("others", "told"), WRONG_FACTS)
def test_facts_that_do_not_fit_are_refused_by_name(
    others: dict[str, str | None], told: str, tmp_path: Path
) -> None:
    path = tmp_path / "facts.toml"
    said = {name: each for name, each in (FACTS | others).items() if each is not None}
    path.write_text("".join(f"{name} = {each}\n" for name, each in said.items()), "utf-8")
    with pytest.raises(errors.BadSetting) as refused:
        tier.read_facts(path, BASIC)
    sentence = i18n.sentence(refused.value.notice, "en")
    assert sentence.startswith(str(path)) and told in sentence


def test_facts_are_read_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "facts.toml"
    said = FACTS | {"churn": "0.123456789", "annual_premium": "123456789012.345678901"}
    said |= {"years": "1e3"}
    path.write_text("".join(f"{name} = {each}\n" for name, each in said.items()), "utf-8")
    facts = tier.read_facts(path, BASIC)
    assert str(facts["churn"]) == "0.123456789"
    assert str(facts["annual_premium"]) == "123456789012.345678901"
    assert str(facts["years"]) == "1000"
