"""A workspace and what keeps it: its book taken in and backed up, its clock, its workers, its health."""
