"""What a policy is: its dates, its plan, its book. Knows nothing of messages, tasks or the clock."""
