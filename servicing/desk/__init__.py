"""The agent's desk: the tasks of the day, the days after it, the client's card."""
