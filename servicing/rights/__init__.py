"""The rights of a person: what is known of a client is told, and erased as far as the law lets it."""
