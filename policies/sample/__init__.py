"""A made-up book of any size, seeded: its people, their contracts, the ledger."""
