"""What took long to count is shown again for a while, and no longer."""

import pytest

from servicing.web.remembered import LONG, TIMES, Remembered


class Clock:
    """A clock that each look moves on by as much as the look takes."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


TAKES = [(0.0, 0.0, 2), (LONG / 2, 0.0, 2), (0.2, 0.0, 1), (0.2, 0.2 * TIMES - 0.01, 1)]
TAKES += [(0.2, 0.2 * TIMES + 0.01, 2), (1.0, 49.0, 1), (1.0, 51.0, 2)]
"""Seconds that a look takes, seconds until the next one, and how often it is counted in both."""


@pytest.mark.parametrize(("takes", "later", "counted"), TAKES)
def test_it_is_counted_again_when_it_is_due(takes: float, later: float, counted: int) -> None:
    clock, looks = Clock(), list[int]()
    known = Remembered(clock)

    def look() -> int:
        clock.now += takes
        looks.append(1)
        return len(looks)

    known.of("queue", look)
    clock.now += later
    assert known.of("queue", look) == counted == len(looks)


def test_whoever_decides_something_sees_it_at_once() -> None:
    clock = Clock()
    known = Remembered(clock)

    def slowly(answer: int) -> int:
        clock.now += 1
        return answer

    assert known.of("queue", lambda: slowly(1)) == 1
    assert known.of("queue", lambda: slowly(2)) == 1
    assert known.of("another", lambda: slowly(3)) == 3
    known.forget()
    assert known.of("queue", lambda: slowly(4)) == 4
