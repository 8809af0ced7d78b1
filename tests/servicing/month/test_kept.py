"""What was worked out is good for five minutes, and no longer."""

import datetime

from servicing.month import kept
from servicing.month.kept import Kept

NOW = datetime.datetime(2026, 6, 1, 9, 30, tzinfo=datetime.UTC)
A_SECOND = datetime.timedelta(seconds=1)


def test_it_is_worked_out_anew_after_five_minutes_or_when_it_is_forgotten() -> None:
    found: Kept[int] = Kept()
    counted = iter(range(10))

    def look(now: datetime.datetime, of: str = "a unit") -> tuple[datetime.datetime, int]:
        return found.of(of, now, lambda: next(counted))

    assert look(NOW) == (NOW, 0)
    assert look(NOW + kept.GOOD_FOR - A_SECOND) == (NOW, 0)
    assert look(NOW, "another unit") == (NOW, 1)
    assert look(NOW + kept.GOOD_FOR) == (NOW + kept.GOOD_FOR, 2)
    found.forget()
    assert look(NOW + kept.GOOD_FOR)[1] == 3


def test_it_does_not_grow_for_ever() -> None:
    found: Kept[int] = Kept()
    for number in range(kept.MOST + 5):
        assert found.of(number, NOW, lambda number=number: number) == (NOW, number)  # type: ignore[misc]
