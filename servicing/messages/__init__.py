"""Messages to clients: texts and their length, permission, history."""
