"""What values do to the book: rows are added and changed by their numbers, marked, left out."""
