"""The pages of surveys: the one to which a client's link leads, and what managers see of all of them."""
