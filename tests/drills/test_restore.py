"""A hundred histories of a copy, a loss and a restore: nobody gets one touchpoint twice.

And nothing that was never sent stays unsent without standing on a list.
"""

from collections import Counter
from pathlib import Path

import pytest

from policies import database
from tests.drills.lost_books import History
from tests.standins.carriers import CARRIERS

SEEDS = 100
IN_ONE = 10


@pytest.fixture(autouse=True)
def no_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody speaks TLS here: to read all that a machine trusts takes longer than to send."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))


@pytest.mark.parametrize("tens", range(SEEDS // IN_ONE))
@pytest.mark.parametrize("provider", CARRIERS)
def test_nobody_gets_one_touchpoint_twice(provider: str, tens: int, tmp_path: Path) -> None:
    states: Counter[str] = Counter()
    with CARRIERS[provider]() as carrier:
        for seed in range(tens * IN_ONE, (tens + 1) * IN_ONE):
            carrier.forget()
            history = History(seed, tmp_path / str(seed), carrier)
            try:
                history.run()
                history.assert_nothing_twice()
                came_out = history.assert_nothing_lost()
            finally:
                if not database.database.is_closed():
                    database.database.close()
            print(f"seed {seed}: {dict(came_out)}")
            states += came_out
    assert states["accepted"] > states["unknown"], states
