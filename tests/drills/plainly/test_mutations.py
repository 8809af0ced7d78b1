"""Each rule that is made wrong is noticed by some week; else the simulator would prove nothing."""

from pathlib import Path

import pytest

from policies import database
from tests import cast
from tests.drills.plainly import lives
from tests.drills.plainly.lives import Differs
from tests.drills.plainly.mutations import MUTATIONS

AT_MOST = 60
"""Weeks that are tried for a rule if the one that is known to notice it does so no longer."""


def notices(seed: int, room: Path) -> bool:
    """Whether the product and the reading differ in that week."""
    home = room / str(seed)
    home.mkdir()
    try:
        lives.live(seed, home, "sqlite:///book.db", lambda: "sqlite:///again.db")
    except Differs:
        return True
    finally:
        database.database.close()
    return False


@cast.on_one
@pytest.mark.parametrize("name", MUTATIONS)
def test_a_rule_made_wrong_is_noticed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_wrong, known = MUTATIONS[name]
    make_wrong(monkeypatch)
    assert any(notices(seed, tmp_path) for seed in dict.fromkeys([known, *range(AT_MOST)]))
