"""The walk of a day: what falls due becomes touchpoints, messages and tasks, and is taken back."""
