"""Clients change their agent: by name, evenly or by a file, with all that moves; who has nobody."""
