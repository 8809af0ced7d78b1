"""What of the book opens cases by itself, and what is noted on open ones (domain.md §12.13)."""
