"""What people are shown in a terminal and in files: tables, charts, a card, a day to come."""
