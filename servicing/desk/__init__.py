"""The agent's desk: the tasks of the day, the days after it, and the clients whom one serves."""
