"""The facts of a made-up client and a scorecard with a mistake, as the repository ships them."""

from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples" / "tiers"
TIER_FACTS, MEMBERS = EXAMPLES / "facts.toml", EXAMPLES / "members.toml"
