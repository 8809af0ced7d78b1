"""The pages of client events: what is planned, who is on the list, and the door (docs/events.md)."""
