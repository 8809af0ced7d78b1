"""Persistency: which policies count, what each is to the figure, the figure, what may still be lost."""
