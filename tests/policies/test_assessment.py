"""The assessment of service by weights and gates (domain.md §14.6)."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import assessment, errors
from servicing.core import i18n

STANDARD = assessment.load(assessment.SHIPPED / "standard.toml")

MEASURED: dict[str, Decimal | Fraction | None] = {
    "persistency": Decimal("0.902"),
    "referrals": Decimal(2),
    "add_on": Decimal("0.09"),
    "coverage": Decimal("0.96"),
    "complaints": Decimal(0),
}


def test_the_worked_example() -> None:
    """40 (capped) + 20 × 2/3 + 15 × 9/10 + 15 × 96 % + 10 = 91.23."""
    found = assessment.assess(STANDARD, MEASURED)
    points = [str(each.points) for each in found.lines]
    assert points == ["40.00", "13.33", "13.50", "14.40", "10.00"]
    assert (str(found.points), found.possible, found.shut) == ("91.23", 100, ())


def test_a_proven_mis_selling_makes_it_nothing() -> None:
    found = assessment.assess(STANDARD, MEASURED, ["mis_selling"])
    assert (found.points, found.shut) == (0, ("mis_selling",))
    assert str(found.lines[0].points) == "40.00"


POINTS = [
    ("persistency", "0.88", "40.00"),
    ("persistency", "0.44", "20.00"),
    ("persistency", "1", "40.00"),
    ("persistency", "0", "0.00"),
    ("referrals", "1", "6.67"),
    ("referrals", "0", "0.00"),
    ("coverage", "0.9999", "15.00"),
    ("coverage", "0.9996", "14.99"),  # 14.994
    ("coverage", "0.99966666", "14.99"),
    ("coverage", "0.99967", "15.00"),  # 14.99505
    ("coverage", "19/24", "11.88"),  # 11.875, half up
    ("add_on", "1/480", "0.31"),  # 0.3125
    ("add_on", "1/48", "3.13"),  # 3.125, half up
    ("complaints", "1", "0.00"),
    ("complaints", "3", "0.00"),
]


@pytest.mark.parametrize(("factor", "value", "points"), POINTS)
def test_each_factor_is_capped_at_its_weight_and_never_below_nothing(
    factor: str, value: str, points: str
) -> None:
    found = assessment.assess(STANDARD, {**MEASURED, factor: Fraction(value)})
    (line,) = (each for each in found.lines if each.id == factor)
    assert str(line.points) == points


def test_what_cannot_be_measured_is_in_neither_sum() -> None:
    found = assessment.assess(STANDARD, {**MEASURED, "add_on": None})
    assert (str(found.points), found.possible) == ("77.73", 85)


@given(st.fractions(0, 100))
def test_points_are_rounded_half_up(exact: Fraction) -> None:
    found = assessment.rounded(exact)
    assert Fraction(found) - Fraction(1, 200) <= exact < Fraction(found) + Fraction(1, 200)


@given(st.fixed_dictionaries({name: st.decimals(0, 5, places=3) | st.none() for name in MEASURED}))
def test_an_assessment_is_never_more_than_what_could_be_measured(
    measured: dict[str, Decimal | None],
) -> None:
    found = assessment.assess(STANDARD, measured)
    assert 0 <= found.points <= found.possible <= 100
    assert found.points == sum(each.points or 0 for each in found.lines)


FACTOR = '[[factor]]\nid = "{id}"\ntitle = {{ en = "x" }}\nweight = {weight}\n'


def one(more: str = "target = 1", name: str = "x", weight: str = "100") -> str:
    return FACTOR.format(id=name, weight=weight) + more + "\n"


REFUSED = [
    ("", "the weights add up to 0, not to 100"),
    (one(weight="99.5"), "the weights add up to 99.5, not to 100"),
    (one("target = 1\nlost_each = 2"), "factor 'x': either target or lost_each"),
    (one(""), "factor 'x': either target or lost_each"),
    (one("target = 0"), "factor 'x': target: '0' is not above 0"),
    (one(weight="-100"), "factor 'x': weight: '-100' is not above 0"),
    (one("targt = 1"), "factor 'x': unknown key 'targt'"),
    (one("target = true"), "factor 'x': target"),
    (one(weight="50") + one(weight="50"), "factor 'x': stands 2 times"),
    (one(name="x y"), "factor 'x y': the id must be letters"),
    ("factor = [3]\n", "factor '#1'"),
    ("factor = 3\n", "factor"),
    ("wieght = 3\n", "unknown key 'wieght'"),
]


@pytest.mark.parametrize(("text", "told"), REFUSED)
def test_what_a_file_says_wrongly_is_refused_by_file_and_factor(
    text: str, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "assessments" / "standard.toml"
    path.parent.mkdir()
    path.write_text(text, "utf-8")
    with pytest.raises(errors.BadAssessment) as refused:
        assessment.load(assessment.find("standard", tmp_path))
    sentence = i18n.sentence(refused.value.notice, "en")
    assert sentence.startswith(str(path)) and told in sentence


def test_weights_are_read_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(one(name="a", weight="33.1") + one(name="b", weight="66.9"), "utf-8")
    assert [each.weight for each in assessment.load(path).factors] == [
        Decimal("33.1"),
        Decimal("66.9"),
    ]
