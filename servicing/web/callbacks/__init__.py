"""The pages of call-backs: those of the desk, and the one to which a client's link leads."""
