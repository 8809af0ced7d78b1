"""Looks at the days to come without a trace, at the effect of a change, and at texts."""
