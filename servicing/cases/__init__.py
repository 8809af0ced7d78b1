"""Cases: complaints, call-backs and their like, from receipt to end (docs/cases.md, domain.md §12)."""
