"""Call-backs 回访 of new contracts: opened, attempted, answered, counted (docs/callbacks.md)."""
