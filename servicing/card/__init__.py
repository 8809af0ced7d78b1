"""A client's card: what is known of the client, what was done, and what a person writes on it."""
