"""A sample can be drawn again, and by nobody chosen (domain.md §14.1)."""

import hashlib
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import sampling
from policies.notices import Invalid

SIZES = [
    # clients, share, at least, drawn
    (1847, "0.1", 0, 185),
    (1200, "0.1", 10, 120),
    (600, "0.1", 10, 60),
    (47, "0.1", 10, 10),
    (9, "0.1", 10, 9),
    (0, "0.1", 10, 0),
    (1, "0.001", 0, 1),
    (10, "0.1", 0, 1),
    (11, "0.1", 0, 2),
    (100, "0.07", 0, 7),  # 7.000000000000001 as a float, which would make it 8
    (1000, "0.029", 0, 29),
    (5, "1", 0, 5),
]


@pytest.mark.parametrize(("frame", "share", "min_each", "drawn"), SIZES)
def test_as_many_are_drawn_as_the_share_says_exactly(
    frame: int, share: str, min_each: int, drawn: int
) -> None:
    assert sampling.size(frame, Decimal(share), min_each) == drawn


def test_three_branches_are_drawn_from_one_by_one() -> None:
    frame = {"East": 1200, "West": 600, "North": 47}
    sizes = sampling.sizes(frame, Decimal("0.1"), 10)
    assert sizes == {"East": 120, "West": 60, "North": 10}
    clients = [(unit, f"{unit}{number}") for unit, many in frame.items() for number in range(many)]
    drawn = list(sampling.draw(clients, "2026-06", Decimal("0.1"), 10))
    assert len(drawn) == len(set(drawn)) == 190
    assert Counter(unit for unit, _ in drawn) == sizes


def test_a_place_is_the_sha_256_that_anybody_can_compute() -> None:
    assert sampling.place("S", "C001") == int(hashlib.sha256(b"S|C001").hexdigest(), 16)


@pytest.mark.parametrize(("text", "share"), [("0.1", "0.1"), (" 1 ", "1"), (".5", "0.5")])
def test_a_share_is_read_as_it_is_written(text: str, share: str) -> None:
    assert sampling.read_share(text) == Decimal(share)


@pytest.mark.parametrize(
    "text", ["", "0", "1.01", "-0.1", "10%", "0,1", "1e-3", "NaN", "0." + "1" * 21]
)
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        sampling.read_share(text)
    assert refused.value.notice.facts == {"value": text}


SEEDS = st.text(max_size=8)
FRAMES = st.lists(
    st.tuples(st.sampled_from("ABC"), st.integers(0, 400).map(lambda each: f"C{each:03}")),
    max_size=60,
    unique_by=lambda each: each[1],
)
SHARES = st.integers(1, 1000).map(lambda each: Decimal(each) / 1000)
LEAST = st.integers(0, 12)


@given(FRAMES, SEEDS, SHARES, LEAST, st.randoms(use_true_random=False))
def test_the_order_of_the_frame_does_not_matter(frame, seed, share, least, chance) -> None:  # type: ignore[no-untyped-def]
    mixed = list(frame)
    chance.shuffle(mixed)
    drawn = list(sampling.draw(frame, seed, share, least))
    assert list(sampling.draw(mixed, seed, share, least)) == drawn


@given(FRAMES, SEEDS, SHARES, SHARES, LEAST)
def test_a_larger_share_contains_the_smaller(
    frame: list[tuple[str, str]], seed: str, one: Decimal, other: Decimal, least: int
) -> None:
    few, many = (set(sampling.draw(frame, seed, each, least)) for each in sorted([one, other]))
    assert few <= many


@given(FRAMES, SEEDS, SHARES, LEAST)
def test_each_stratum_has_its_size_and_who_is_drawn_stands_before_who_is_not(
    frame: list[tuple[str, str]], seed: str, share: Decimal, least: int
) -> None:
    drawn = set(sampling.draw(frame, seed, share, least))
    sizes = sampling.sizes(Counter(unit for unit, _ in frame), share, least)
    assert Counter(unit for unit, _ in drawn) == Counter(sizes)
    for unit in "ABC":
        inside = [sampling.place(seed, no) for of, no in frame if of == unit and (of, no) in drawn]
        outside = [
            sampling.place(seed, no) for of, no in frame if of == unit and (of, no) not in drawn
        ]
        assert max(inside, default=0) <= min(outside, default=1 << 256)


@given(FRAMES, SEEDS, SHARES, LEAST)
def test_a_frame_read_once_in_little_memory_is_drawn_as_one_that_is_sorted(
    frame: list[tuple[str, str]], seed: str, share: Decimal, least: int
) -> None:
    sizes = sampling.sizes(Counter(unit for unit, _ in frame), share, least)
    places = [(unit, sampling.place(seed, number)) for unit, number in frame]
    last = sampling.last_places(iter(places), sizes)
    streamed = {
        each for each, (unit, at) in zip(frame, places, strict=True) if at <= last.get(unit, -1)
    }
    assert streamed == set(sampling.draw(frame, seed, share, least))


def test_another_seed_draws_others() -> None:
    frame = [("A", f"C{number:03}") for number in range(400)]
    one, other = (set(sampling.draw(frame, seed, Decimal("0.1"))) for seed in ("May", "June"))
    assert one != other
