"""What people are shown in a terminal: tables, charts, a card, a day to come."""
