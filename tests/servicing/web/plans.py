"""Plans that a person brings to be compared."""

import io

from policies import plan


def without(key: str) -> tuple[io.BytesIO, str]:
    """The standard plan without one of its touchpoints."""
    head, *others = (plan.SHIPPED / "standard.toml").read_text("utf-8").split("[[touchpoint]]")
    left = [each for each in others if f'id = "{key}"' not in each]
    assert len(left) == len(others) - 1
    return io.BytesIO("[[touchpoint]]".join([head, *left]).encode()), "ours.toml"
