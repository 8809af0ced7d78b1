"""What is written to clients, and whether it may be: texts and their length, permission, history."""
