"""Surveys: who is asked how satisfied they are, what they answer, what comes of it (domain.md §16)."""
