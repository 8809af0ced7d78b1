"""All rooms of the service stand on this one: tables, settings, words, states, the trail, accounts."""
