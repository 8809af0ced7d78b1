"""Tasks that a desk has to do, not the agent of their policy (domain.md §4.19)."""
