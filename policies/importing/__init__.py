"""A file of another system becomes the book: cells, columns, rows put in by number, one transaction."""
