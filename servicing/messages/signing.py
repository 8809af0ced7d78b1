"""A message is signed by the agent of the day it leaves, not of the day it was made (domain.md §4.10)."""

LOCK = "signing"
"""Claims share it; who changes the agent of policies at large has it alone."""
