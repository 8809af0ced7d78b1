"""The figures of service: coverage, scorecards, losses, and the files that figures become."""
