"""A client answers to a call-back alone, by a link that is signed and used once (domain.md §15.5)."""
