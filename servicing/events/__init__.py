"""Events for clients: from the invitation to who was there (docs/events.md, domain.md §19)."""
