"""A workspace and what keeps it: its book taken in and backed up, its people, how it is doing."""
