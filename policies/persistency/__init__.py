"""Persistency: the policies that count, the verdict on each, the figure, and the early warning."""
