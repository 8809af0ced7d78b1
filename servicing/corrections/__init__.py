"""What the book has corrected since the walk: what is owed no longer, and whose it is by now."""
