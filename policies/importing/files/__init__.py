"""What a file is, whatever its format: a header, and rows of text cells with their lines."""
