"""A manager's month: what needs somebody in a unit, and what was handed over."""
