"""What every room of the service stands on: its tables, settings, words, states, the trail, accounts."""
