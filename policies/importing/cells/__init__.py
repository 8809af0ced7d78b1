"""What a cell says: a day, an amount, a text, a phone, or why it says none."""
