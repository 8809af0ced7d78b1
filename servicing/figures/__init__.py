"""The manager's figures of service: coverage, scorecards, losses. Those of the book are in `policies`."""
