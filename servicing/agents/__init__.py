"""Whose clients they are: handed over, spread evenly, left without anybody."""
